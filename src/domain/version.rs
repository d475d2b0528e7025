//! A version: the immutable content of a prompt, as in `<semver>.yaml`.

use super::{
    digest::{Digest, write_canonical},
    message::{Speaker, Turn},
    name::{ModelName, PartialName},
    selector::Selector,
    variable::{Variable, variables},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    hash::Hash,
    sync::Arc,
};

/// How the text of a version is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// A Handlebars template.
    #[default]
    Handlebars,
    /// Literal text: braces mean nothing.
    None,
}

impl Engine {
    /// Whether this is the engine a file need not name.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::Handlebars
    }
}

/// The content of one version of a prompt.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Version {
    /// The messages and placeholders in order.
    pub messages: Vec<Turn>,
    /// A JSON Schema whose properties are the variables.
    pub input_schema: Option<Arc<Value>>,
    /// The partials: other prompts, each pinned to one version.
    pub uses: Arc<BTreeMap<PartialName, Selector>>,
    /// How the text is read.
    pub engine: Engine,
    /// A JSON Schema that the model's answer has to fit.
    pub output_schema: Option<Arc<Value>>,
    /// Function tools, each with a JSON Schema of its parameters.
    pub tools: Vec<Value>,
    /// The model profile it was written for.
    pub model: Option<ModelName>,
    /// Parameters of the model call, such as `temperature`.
    pub parameters: Arc<Map<String, Value>>,
    /// What is new, for readers.
    pub notes: Option<String>,
    /// Inputs and what must come of them.
    pub tests: Vec<Test>,
}

/// A test of a version: an input, and what must come of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The test's name, for reports.
    pub name: String,
    /// The input, by variable.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub input: Map<String, Value>,
    /// Texts that the rendered messages must contain; checked without a model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub render_contains: Vec<String>,
    /// Assertions on the model's answer; checked against a model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<Value>,
}

impl Version {
    /// The variables that `input_schema` declares, in its order.
    #[must_use]
    pub fn variables(&self) -> Vec<Variable> {
        self.input_schema.as_deref().map(variables).unwrap_or_default()
    }

    /// The names of the variables that `input_schema` declares, in its order.
    pub fn variable_names(&self) -> impl Iterator<Item = &str> + Clone {
        let properties = self.input_schema.as_deref().and_then(|schema| schema.get("properties")?.as_object());
        properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str))
    }

    /// Puts shared values in the place of equal ones.
    pub fn share(&mut self, shared: &mut Shared) {
        for schema in [&mut self.input_schema, &mut self.output_schema].into_iter().flatten() {
            share(&mut shared.schemas, schema);
        }
        share(&mut shared.uses, &mut self.uses);
        share(&mut shared.parameters, &mut self.parameters);
    }

    /// The digest of all that decides what a caller gets; `partial` answers the digest of each included version.
    ///
    /// Notes and tests do not count. A partial that is not there counts as such.
    #[must_use]
    pub fn digest(&self, mut partial: impl FnMut(&Selector) -> Option<Digest>) -> Digest {
        let uses: Map<_, _> = self.uses.iter().map(|(name, pin)| (name.to_string(), json!(partial(pin)))).collect();
        // The canonical form of one object with these keys, which stand here in their order.
        let mut text = String::with_capacity(1024);
        let mut put = |key: &str, value: &Value| {
            text.push_str(key);
            write_canonical(value, &mut text);
        };
        let schema = |schema: &Option<Arc<Value>>| schema.clone().unwrap_or_default();
        put("{\"engine\":", &json!(self.engine));
        put(",\"input_schema\":", &schema(&self.input_schema));
        put(",\"messages\":", &json!(self.messages));
        put(",\"model\":", &json!(self.model));
        put(",\"output_schema\":", &schema(&self.output_schema));
        put(",\"parameters\":", &json!(self.parameters));
        put(",\"tools\":", &json!(self.tools));
        put(",\"uses\":", &Value::Object(uses));
        text.push('}');
        Digest::of(text.as_bytes())
    }
}

/// What many versions of a prompt have in common, each value once.
#[derive(Debug, Default)]
pub struct Shared {
    schemas: HashSet<Arc<Value>>,
    uses: HashSet<Arc<BTreeMap<PartialName, Selector>>>,
    parameters: HashSet<Arc<Map<String, Value>>>,
}

fn share<T: Eq + Hash>(known: &mut HashSet<Arc<T>>, value: &mut Arc<T>) {
    match known.get(value) {
        Some(equal) => *value = Arc::clone(equal),
        None => drop(known.insert(Arc::clone(value))),
    }
}

/// The keys of the file in their usual order. `content` alone is short for one user message.
#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Turn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input_schema: Option<Arc<Value>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    uses: BTreeMap<PartialName, Selector>,
    #[serde(default, skip_serializing_if = "Engine::is_default")]
    engine: Engine,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output_schema: Option<Arc<Value>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<ModelName>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    parameters: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tests: Vec<Test>,
}

impl From<Written> for Version {
    fn from(file: Written) -> Self {
        let messages = match file.content {
            Some(content) => vec![Turn::Message { role: Speaker::User, content }],
            None => file.messages,
        };
        Self {
            messages,
            input_schema: file.input_schema,
            uses: file.uses.into(),
            engine: file.engine,
            output_schema: file.output_schema,
            tools: file.tools,
            model: file.model,
            parameters: file.parameters.into(),
            notes: file.notes,
            tests: file.tests,
        }
    }
}

impl From<Version> for Written {
    fn from(version: Version) -> Self {
        let (content, messages) = match <[Turn; 1]>::try_from(version.messages) {
            Ok([Turn::Message { role: Speaker::User, content }]) => (Some(content), Vec::new()),
            Ok([turn]) => (None, vec![turn]),
            Err(turns) => (None, turns),
        };
        Self {
            content,
            messages,
            input_schema: version.input_schema,
            uses: Arc::unwrap_or_clone(version.uses),
            engine: version.engine,
            output_schema: version.output_schema,
            tools: version.tools,
            model: version.model,
            parameters: Arc::unwrap_or_clone(version.parameters),
            notes: version.notes,
            tests: version.tests,
        }
    }
}
