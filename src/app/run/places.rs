//! Places: how many runs go on at a time here, of each workflow and in all.

use crate::domain::WorkflowName;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The places for runs.
#[derive(Debug)]
pub(super) struct Places {
    all: usize,
    each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    /// Places that are kept free for runs that are just being claimed, of whatever workflow.
    held: usize,
    /// Whether there are no more places, since the process is about to stop.
    is_closed: bool,
    count: usize,
    by_workflow: HashMap<WorkflowName, usize>,
}

impl Taken {
    fn of(&self, workflow: &WorkflowName) -> usize {
        self.by_workflow.get(workflow).copied().unwrap_or_default()
    }

    fn put(&mut self, workflow: &WorkflowName) {
        self.count += 1;
        *self.by_workflow.entry(workflow.clone()).or_default() += 1;
    }
}

/// A place for one run, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    workflow: WorkflowName,
}

/// Places that are kept free while runs are claimed, of a number that fits whatever workflows they are of.
#[derive(Debug)]
pub(super) struct Room {
    places: Arc<Places>,
    /// How many.
    pub most: usize,
    /// Workflows that have no place left.
    pub full: Vec<String>,
}

impl Places {
    /// So many in all, and of each workflow.
    pub(super) fn new(all: usize, each: usize) -> Arc<Self> {
        Arc::new(Self { all: all.max(1), each: each.max(1), taken: Mutex::default() })
    }

    /// A place for a run of a workflow, where there is one.
    pub(super) fn take(self: &Arc<Self>, workflow: &WorkflowName) -> Option<Place> {
        let mut taken = self.taken();
        if taken.is_closed || taken.count + taken.held >= self.all || taken.of(workflow) + taken.held >= self.each {
            return None;
        }
        taken.put(workflow);
        Some(Place { places: Arc::clone(self), workflow: workflow.clone() })
    }

    /// Keeps places free for runs that are to be claimed; none where there is none.
    pub(super) fn room(self: &Arc<Self>) -> Option<Room> {
        let mut taken = self.taken();
        let full = taken.by_workflow.iter().filter(|(_, count)| **count >= self.each);
        let full = full.map(|(name, _)| name.to_string()).collect();
        let open = taken.by_workflow.values().filter(|count| **count < self.each);
        let each = open.map(|count| self.each - count).min().unwrap_or(self.each).saturating_sub(taken.held);
        let most = each.min(self.all.saturating_sub(taken.count + taken.held));
        if most == 0 || taken.is_closed {
            return None;
        }
        taken.held += most;
        drop(taken);
        Some(Room { places: Arc::clone(self), most, full })
    }

    /// Whether there is a place, for a workflow or for any.
    pub(super) fn is_open(&self, workflow: Option<&str>) -> bool {
        let taken = self.taken();
        let of = workflow.map_or(0, |workflow| taken.by_workflow.get(workflow).copied().unwrap_or_default());
        !taken.is_closed && taken.count < self.all && of < self.each
    }

    /// Gives no more places.
    pub(super) fn close(&self) {
        self.taken().is_closed = true;
    }

    /// How many runs go on.
    pub(super) fn count(&self) -> usize {
        self.taken().count
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// A place out of those that are kept free.
    pub(super) fn place(&mut self, workflow: &WorkflowName) -> Option<Place> {
        self.most = self.most.checked_sub(1)?;
        let mut taken = self.places.taken();
        taken.held = taken.held.saturating_sub(1);
        taken.put(workflow);
        drop(taken);
        Some(Place { places: Arc::clone(&self.places), workflow: workflow.clone() })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.held = taken.held.saturating_sub(self.most);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.count = taken.count.saturating_sub(1);
        let left = taken.of(&self.workflow).saturating_sub(1);
        if left == 0 {
            taken.by_workflow.remove(&self.workflow);
        } else if let Some(count) = taken.by_workflow.get_mut(&self.workflow) {
            *count = left;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> WorkflowName {
        name.parse().unwrap()
    }

    #[test]
    fn no_more_runs_go_on_than_there_are_places() {
        let places = Places::new(3, 2);
        let first = places.take(&name("a")).unwrap();
        let _second = places.take(&name("a")).unwrap();
        assert!(places.take(&name("a")).is_none(), "two of a workflow");
        let _third = places.take(&name("b")).unwrap();
        assert!(places.take(&name("c")).is_none(), "three in all");
        drop(first);
        assert!(places.take(&name("a")).is_some());
        assert_eq!(places.count(), 2);
    }

    #[test]
    fn what_is_claimed_fits_whatever_workflow_it_is_of() {
        let places = Places::new(10, 4);
        let _one = places.take(&name("a")).unwrap();
        let mut room = places.room().unwrap();
        assert_eq!(room.most, 3, "more could all be of the workflow that has one already");
        assert!(places.take(&name("a")).is_none(), "they are kept free");
        let _claimed = room.place(&name("a")).unwrap();
        drop(room);
        assert_eq!(places.count(), 2);
        let _three = [places.take(&name("a")).unwrap(), places.take(&name("a")).unwrap()];
        assert_eq!(places.room().map(|room| (room.most, room.full.clone())), Some((4, vec!["a".to_owned()])));
    }
}
