//! Progress: how far a long load has come.

/// How far one step of a long load has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What is being done, for people: `reading files`.
    pub name: &'static str,
    /// How much of it is done.
    pub done: u64,
    /// How much there is to do; 0 where nobody knows.
    pub total: u64,
}

/// Who wants to know; called from any thread, and often.
pub type Progress<'a> = &'a (dyn Fn(Step) + Sync);
