//! Safety policies at the gate of admission: a version that violates one that binds its prompt is not served.

use super::ledger::{Content, Ledger};
use crate::{
    domain::{Location, PolicyName, Selector, Version, Which},
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
        if self.safety.0.is_empty() {
            return None;
        }
        let head = self.heads.get(&Location::Prompt(collection.clone(), name.clone()));
        let Some(Entity::Prompt(prompt)) = head.and_then(Option::as_ref).and_then(|head| head.entity.as_ref()) else {
            return None;
        };
        let bound = self.safety.0.iter();
        let mut bound = bound.filter(|(own, policy, _)| policy.binds_in(own, collection.as_ref(), name, prompt));
        let forbids = |demands: &Demands| !violations(|pin| self.pinned(pin), demands, version).is_empty();
        bound.find(|(_, _, demands)| forbids(demands)).map(|(name, ..)| name.clone())
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
