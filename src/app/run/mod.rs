//! Runs: published workflows performed step by step, on whichever process has claimed them.
//!
//! A run's row is its place in the queue. It is claimed for a while, and moves on only where its process has it still: each
//! step's result is recorded in the transaction that moves the run on, before the next step begins.

mod caller;
mod dry;
mod fault;
mod items;
mod live;
mod mapping;
mod model;
mod once;
mod perform;
mod places;
mod plan;
mod ready;
mod runner;
mod start;
mod step;
mod stored;
mod tend;
mod turn;

pub use self::{
    dry::{DryRun, DryState, DryStep},
    fault::{PlaceFault, RunFault},
    items::{RunItem, RunsAsked, StepItem},
    live::{RunEvent, RunMove, RunWatch},
    model::{Answered, Asked, Calling, Model, NoAnswer},
    once::RunProgress,
    plan::{PlannedStep, RunPlan},
    runner::{RunSettings, Runner},
    start::{RunAsked, RunStarted},
    stored::Stored,
};
