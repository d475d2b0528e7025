//! Landings: in which order commits came to a first-parent line, whatever their dates say.

use std::{collections::HashMap, hash::Hash};

/// Commits and their parents, none of them twice.
pub(super) struct Landings<'a, Id> {
    parents: HashMap<Id, &'a [Id]>,
}

impl<'a, Id: Copy + Eq + Hash> Landings<'a, Id> {
    pub(super) fn of(commits: impl Iterator<Item = (Id, &'a [Id])>) -> Self {
        Self { parents: commits.collect() }
    }

    /// Those on the first-parent line of `tip`, oldest first, and what the oldest comes after, if anything.
    pub(super) fn line(&self, tip: Id) -> (Vec<Id>, Option<Id>) {
        let (mut line, mut next) = (Vec::new(), Some(tip));
        while let Some((id, parents)) = next.and_then(|id| self.parents.get_key_value(&id)) {
            line.push(*id);
            next = parents.first().copied();
        }
        line.reverse();
        (line, next)
    }

    /// With which commit of the line each came: the first that reaches it.
    pub(super) fn numbers(&self, line: &[Id]) -> HashMap<Id, usize> {
        let mut numbers = HashMap::with_capacity(self.parents.len());
        for (number, landing) in line.iter().enumerate() {
            let mut open = vec![*landing];
            while let Some(id) = open.pop() {
                let Some(parents) = self.parents.get(&id).filter(|_| !numbers.contains_key(&id)) else { continue };
                numbers.insert(id, number);
                open.extend(*parents);
            }
        }
        numbers
    }
}
