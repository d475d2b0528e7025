//! Rendering: an input that fits, put into the messages of one version.

use super::{Error, current::Current, program::Program, query::Query};
use crate::domain::{Digest, Message, ModelName, PromptName, Semver, VersionState};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// What a caller gives to be rendered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The input, by variable.
    #[serde(default)]
    pub input: Map<String, Value>,
    /// The caller's own messages, for the place that the version keeps for them.
    #[serde(default)]
    pub messages: Vec<Message>,
}

/// What comes of it.
#[derive(Debug, Serialize)]
pub struct Rendered {
    /// The prompt.
    pub name: PromptName,
    /// The version.
    pub version: Semver,
    /// The state of the version: `draft` where nobody has approved it yet.
    pub status: VersionState,
    /// The digest of the version.
    pub digest: Digest,
    /// The messages, ready for a model.
    pub messages: Vec<Message>,
    /// The parameters for the model call.
    pub parameters: Map<String, Value>,
    /// The model profile the version was written for.
    pub model: Option<ModelName>,
}

impl Current {
    /// Renders the version that a query means.
    ///
    /// # Errors
    /// Where it means none, the input does not fit, or the template fails.
    pub fn render(&self, query: &Query, request: Request) -> Result<Rendered, Error> {
        let (folder, number, _) = self.find(query)?;
        let missing = || Error::Missing { what: "version", name: format!("{}@{number}", folder.name) };
        let version = folder.versions.get(&number).ok_or_else(missing)?;
        let served = self.served(&folder.name, &number).ok_or_else(missing)?;
        let program =
            served.program.get_or_init(|| Program::new(&self.registry, version).map(Arc::new).map_err(Box::new));
        let program = program.clone().map_err(|error| *error)?;
        let input = program.fit(request.input)?;
        let messages = match request.messages {
            none if none.is_empty() => BTreeMap::new(),
            given => BTreeMap::from([(program.place.clone(), given)]),
        };
        let messages = program.template.render(&input, &messages, &Map::new())?;
        Ok(Rendered {
            name: folder.name.clone(),
            status: served.state(folder, &number),
            version: number,
            digest: served.digest,
            messages,
            parameters: (*version.parameters).clone(),
            model: version.model.clone(),
        })
    }
}
