//! Safety policies at the gate of admission: a version that violates one that binds its prompt is not served.

use super::ledger::{Content, Ledger};
use crate::{
    domain::{CollectionPath, Location, PolicyName, Prompt, PromptName, Selector, Version, Which},
    files::Entity,
    lint::policies::{Demands, violations},
};
use std::sync::Arc;

/// The policies that hold for what lands now, ready to judge.
#[derive(Debug, Default)]
pub(super) struct Safety(Vec<(PolicyName, Arc<crate::domain::Policy>, Demands)>);

impl Ledger {
    /// Takes the policies that may be served now for those that hold for the next landing. A policy that is stricter takes
    /// nothing away that was admitted before; what it held back until now may be admitted.
    pub(super) fn hold_policies(&mut self) {
        let last = self.last();
        let lowest = "0".parse().ok().map(Location::Policy);
        let policies = lowest.into_iter().flat_map(|lowest| self.admitted.range(lowest..));
        let policies = policies.map(|(identity, _)| identity);
        let policies = policies.take_while(|identity| matches!(identity, Location::Policy(_)));
        let standing = policies.filter_map(|identity| {
            let standing = self.standing(identity, last).filter(|standing| !standing.is_removed)?;
            match (identity, &standing.content.entity) {
                (Location::Policy(name), Some(Entity::Policy(policy))) => {
                    Some((name.clone(), Arc::clone(policy), Demands::new(policy)))
                }
                _ => None,
            }
        });
        self.safety = Safety(standing.collect());
    }

    /// The policy that binds a version's prompt and forbids the version; none where all allow it.
    pub(super) fn forbidden_by(&self, content: &Content) -> Option<PolicyName> {
        let (Location::Version(collection, name, _), Some(Entity::Version(version))) =
            (&content.location, &content.entity)
        else {
            return None;
        };
        let prompt = self.prompt_of(collection, name)?;
        let bound = self.safety.0.iter();
        let mut bound = bound.filter(|(own, policy, _)| policy.binds_in(own, collection.as_ref(), name, &prompt));
        let forbids = |demands: &Demands| !violations(|pin| self.pinned(pin), demands, version).is_empty();
        bound.find(|(_, _, demands)| forbids(demands)).map(|(name, ..)| name.clone())
    }

    /// Whether it can be told which policies bind a version: with none there is nothing to tell.
    pub(super) fn knows_prompt(&self, content: &Content) -> bool {
        let Location::Version(collection, name, _) = &content.location else { return true };
        self.safety.0.is_empty() || self.prompt_of(collection, name).is_some()
    }

    /// The prompt of a folder as it lies on the branch; where that is not sound, as it may be served.
    fn prompt_of(&self, collection: &Option<CollectionPath>, name: &PromptName) -> Option<Arc<Prompt>> {
        let head = self.heads.get(&Location::Prompt(collection.clone(), name.clone())).and_then(Option::as_ref);
        let standing =
            || self.standing(&Location::Prompt(None, name.clone()), self.last()).map(|own| &own.content.entity);
        match head.and_then(|head| head.entity.as_ref()).or_else(|| standing()?.as_ref())? {
            Entity::Prompt(prompt) => Some(Arc::clone(prompt)),
            _ => None,
        }
    }

    /// The admitted version that a pin leads to.
    fn pinned(&self, pin: &Selector) -> Option<&Version> {
        let Which::Exact(number) = &pin.which else { return None };
        let identity = Location::Version(None, pin.name.clone(), number.clone());
        match &self.standing(&identity, self.last())?.content.entity {
            Some(Entity::Version(version)) => Some(version),
            _ => None,
        }
    }
}
