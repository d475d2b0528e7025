//! Callers: who gets what a prompt's versions say, directly or through what includes them.

use crate::domain::{
    ClientName, LabelName, ModelName, PromptFolder, PromptName, Registry, Selector, Semver, Step, Which, WorkflowName,
    WorkflowStatus,
};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap, HashSet};

type Version<'a> = (&'a PromptName, &'a Semver);

/// Who uses what in one state of a registry; made once, asked often.
#[derive(Debug)]
pub struct Callers<'a> {
    registry: &'a Registry,
    before: Option<&'a Registry>,
    default_label: LabelName,
    /// Which versions include a version directly.
    includers: HashMap<Version<'a>, Vec<Version<'a>>>,
    /// Which steps name a prompt.
    steps: HashMap<&'a PromptName, Vec<(&'a WorkflowName, WorkflowStatus, &'a Step)>>,
    /// Which versions are written for a model profile.
    models: HashMap<&'a ModelName, Vec<Version<'a>>>,
}

/// What changed, as far as callers can tell.
#[derive(Debug, Clone, Default)]
pub struct Changed {
    /// Versions that say something else, are new, or are gone.
    pub versions: BTreeSet<(PromptName, Semver)>,
    /// Labels that hand out another version.
    pub labels: BTreeSet<(PromptName, LabelName)>,
    /// Model profiles that changed.
    pub models: BTreeSet<ModelName>,
}

/// Whom a change reaches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Affected {
    /// Versions that include what changed, directly or not.
    pub versions: Vec<Includer>,
    /// Labels that hand it out.
    pub labels: Vec<LabelReached>,
    /// Variants of labels that hand it out to some.
    pub variants: Vec<VariantReached>,
    /// Steps of workflows that run it.
    pub workflows: Vec<StepReached>,
    /// Clients that are shown it or are always handed it.
    pub clients: Vec<ClientReached>,
}

/// A version that includes what changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Includer {
    /// The prompt.
    pub prompt: PromptName,
    /// The version.
    pub version: Semver,
    /// What it includes, or the model profile that it names: the next on the way to what changed.
    pub through: String,
}

/// A label that hands out what changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LabelReached {
    /// The prompt.
    pub prompt: PromptName,
    /// The label.
    pub label: LabelName,
    /// What it points to; none where it is gone.
    pub version: Option<Semver>,
}

/// A variant that hands out what changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct VariantReached {
    /// The prompt.
    pub prompt: PromptName,
    /// The label.
    pub label: LabelName,
    /// The version that is handed out.
    pub version: Semver,
    /// To how many callers in a hundred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// To which client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientName>,
}

/// A step that runs what changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepReached {
    /// The workflow.
    pub workflow: WorkflowName,
    /// Whether it runs.
    pub status: WorkflowStatus,
    /// The step.
    pub step: String,
    /// What the step names.
    pub selector: Selector,
}

/// A client that is shown what changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ClientReached {
    /// The client.
    pub client: ClientName,
    /// The prompt.
    pub prompt: PromptName,
    /// Why: `default_filter`, or `override` of a variant.
    pub by: &'static str,
}

impl Affected {
    /// Whether nobody is reached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

impl StepReached {
    fn new(workflow: &WorkflowName, status: WorkflowStatus, step: &Step) -> Self {
        Self { workflow: workflow.clone(), status, step: step.id.clone(), selector: step.prompt.clone() }
    }
}

impl<'a> Callers<'a> {
    /// Notes who uses what in `registry`. `before` is where prompts are looked up that are gone.
    #[must_use]
    pub fn new(registry: &'a Registry, before: Option<&'a Registry>) -> Self {
        let mut includers: HashMap<_, Vec<_>> = HashMap::new();
        let mut models: HashMap<_, Vec<_>> = HashMap::new();
        for folder in registry.listed() {
            for (number, version) in &folder.versions {
                let own = (&folder.name, number);
                for pin in version.uses.values() {
                    if let Which::Exact(pinned) = &pin.which {
                        includers.entry((&pin.name, pinned)).or_default().push(own);
                    }
                }
                if let Some(model) = &version.model {
                    models.entry(model).or_default().push(own);
                }
            }
        }
        let mut steps: HashMap<_, Vec<_>> = HashMap::new();
        for (name, workflow) in &registry.workflows {
            for step in &workflow.steps {
                steps.entry(&step.prompt.name).or_default().push((name, workflow.status, step));
            }
        }
        Self { registry, before, default_label: registry.default_label(), includers, steps, models }
    }

    /// Which versions include this one directly.
    pub fn includers<'b>(&'b self, name: &'b PromptName, number: &'b Semver) -> &'b [Version<'b>] {
        self.includers.get(&(name, number)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whom a change reaches. Costs as much as there is to be found, and a look at every client.
    #[must_use]
    pub fn affected(&self, changed: &Changed) -> Affected {
        let (reached, versions) = self.reached(changed);
        let prompts: BTreeSet<&PromptName> =
            reached.iter().map(|(name, _)| *name).chain(changed.labels.iter().map(|(name, _)| name)).collect();
        let mut affected = Affected { versions, ..Affected::default() };
        for name in prompts {
            if let Some(folder) = self.folder(name) {
                let labels = labels(folder, changed, &reached);
                variants(folder, &reached, &mut affected);
                self.clients(folder, &labels, &mut affected);
                affected.labels.extend(labels);
            }
            self.workflows(name, changed, &reached, &mut affected);
        }
        self.steps_of_models(changed, &mut affected);
        affected.clients.sort();
        affected.clients.dedup();
        affected
    }

    fn folder(&self, name: &PromptName) -> Option<&'a PromptFolder> {
        self.registry.prompts.get(name).or_else(|| self.before?.prompts.get(name)).map(AsRef::as_ref)
    }

    /// What changed with all that includes it, and how each of those comes to it.
    fn reached<'b>(&'b self, changed: &'b Changed) -> (HashSet<Version<'b>>, Vec<Includer>) {
        let mut found = Vec::new();
        let mut reached: HashSet<Version<'_>> = changed.versions.iter().map(|(name, number)| (name, number)).collect();
        let mut next: Vec<Version<'_>> = changed.versions.iter().map(|(name, number)| (name, number)).collect();
        let includer = |(prompt, version): Version<'_>, through: String| Includer {
            prompt: prompt.clone(),
            version: version.clone(),
            through,
        };
        for model in &changed.models {
            for own in self.models.get(model).into_iter().flatten() {
                if reached.insert(*own) {
                    found.push(includer(*own, format!("model {model}")));
                    next.push(*own);
                }
            }
        }
        while let Some((name, number)) = next.pop() {
            for own in self.includers(name, number) {
                if reached.insert(*own) {
                    found.push(includer(*own, format!("{name}@{number}")));
                    next.push(*own);
                }
            }
        }
        found.sort();
        (reached, found)
    }

    fn clients(&self, folder: &PromptFolder, labels: &[LabelReached], affected: &mut Affected) {
        for (name, client) in &self.registry.clients {
            let filter = &client.default_filter;
            let sees = |label: &LabelReached| filter.labels.is_empty() || filter.labels.contains(&label.label);
            if labels.iter().any(sees) && filter.lets_through(folder) {
                let (client, prompt) = (name.clone(), folder.name.clone());
                affected.clients.push(ClientReached { client, prompt, by: "default_filter" });
            }
        }
    }

    fn workflows(&self, name: &PromptName, changed: &Changed, reached: &HashSet<Version<'_>>, affected: &mut Affected) {
        for (workflow, status, step) in self.steps.get(name).into_iter().flatten() {
            if self.runs(&step.prompt, changed, reached) {
                affected.workflows.push(StepReached::new(workflow, *status, step));
            }
        }
    }

    /// Whether a selector means something that is reached.
    fn runs(&self, selector: &Selector, changed: &Changed, reached: &HashSet<Version<'_>>) -> bool {
        let name = &selector.name;
        let by_label = |label: &LabelName| {
            let folder = self.folder(name);
            let points = folder.and_then(|folder| folder.prompt.labels.get(label));
            changed.labels.contains(&(name.clone(), label.clone()))
                || points.is_some_and(|number| reached.contains(&(name, number)))
        };
        match &selector.which {
            Which::Default => by_label(&self.default_label),
            Which::Label(label) => by_label(label),
            Which::Exact(number) => reached.contains(&(name, number)),
            Which::Range(range) => {
                let now = self.registry.resolve(selector).ok();
                // A version in the range that is gone may have been what the range meant.
                let gone = |(prompt, number): &(PromptName, Semver)| {
                    prompt == name && range.contains(number) && now.as_ref().is_none_or(|now| now.number < number)
                };
                now.as_ref().is_some_and(|now| reached.contains(&(name, now.number)))
                    || changed.versions.iter().any(gone)
            }
            Which::Digest(_) => self.registry.resolve(selector).is_ok_and(|now| reached.contains(&(name, now.number))),
        }
    }

    /// Steps that name a model profile of their own.
    fn steps_of_models(&self, changed: &Changed, affected: &mut Affected) {
        if changed.models.is_empty() {
            return;
        }
        let known: HashSet<_> =
            affected.workflows.iter().map(|known| (known.workflow.clone(), known.step.clone())).collect();
        for (workflow, status, step) in self.steps.values().flatten() {
            let is_new = || !known.contains(&((*workflow).clone(), step.id.clone()));
            if step.model.as_ref().is_some_and(|model| changed.models.contains(model)) && is_new() {
                affected.workflows.push(StepReached::new(workflow, *status, step));
            }
        }
        affected.workflows.sort_by(|a, b| (&a.workflow, &a.step).cmp(&(&b.workflow, &b.step)));
    }
}

fn labels(folder: &PromptFolder, changed: &Changed, reached: &HashSet<Version<'_>>) -> Vec<LabelReached> {
    let prompt = &folder.name;
    let gone =
        changed.labels.iter().filter(|(name, label)| name == prompt && !folder.prompt.labels.contains_key(label));
    let gone = gone.map(|(_, label)| LabelReached { prompt: prompt.clone(), label: label.clone(), version: None });
    let there = folder.prompt.labels.iter().filter(|(label, number)| {
        reached.contains(&(prompt, *number)) || changed.labels.contains(&(prompt.clone(), (*label).clone()))
    });
    let there = there.map(|(label, number)| LabelReached {
        prompt: prompt.clone(),
        label: label.clone(),
        version: Some(number.clone()),
    });
    gone.chain(there).collect()
}

fn variants(folder: &PromptFolder, reached: &HashSet<Version<'_>>, affected: &mut Affected) {
    for (label, variant) in &folder.prompt.variants {
        let shares = variant.split.iter().map(|(version, percent)| (version, Some(*percent), None));
        let own = variant.overrides.iter().map(|own| (&own.version, None, Some(own.client.clone())));
        for (version, percent, client) in shares.chain(own) {
            if reached.contains(&(&folder.name, version)) {
                if let Some(client) = client.clone() {
                    affected.clients.push(ClientReached { client, prompt: folder.name.clone(), by: "override" });
                }
                let (prompt, label, version) = (folder.name.clone(), label.clone(), version.clone());
                affected.variants.push(VariantReached { prompt, label, version, percent, client });
            }
        }
    }
}
