//! What Git cannot hold, and a picture of what it holds, in a database: PostgreSQL, or SQLite as the embedded default.
//!
//! An [`Engine`] takes [`Statement`]s with [`Value`]s and answers [`Row`]s; there are two of them, and nothing but their
//! files knows which one it is. Tables are described in `migrations/`.

mod audit;
mod engine;
mod error;
mod execution;
mod feedback;
mod key;
mod migrations;
mod month;
mod page;
mod pin;
mod postgres;
mod projection;
mod quality;
mod run;
mod run_claim;
mod run_old;
mod run_read;
mod sqlite;
mod statement;
mod table;
mod token;
mod usage;
mod value;

pub use self::{
    audit::{
        AuditAsked, AuditHead, AuditRow, Broken, Chain, Chained, append_audit, audit_after, audit_before, audit_head,
        move_audit, verify_audit,
    },
    engine::{Dialect, Doing, Engine, Transaction},
    error::Error,
    execution::{Execution, ExecutionQuestion, execution_of, executions, fold_executions, put_executions, versions_of},
    feedback::{Feedback, FeedbackQuestion, feedback_of, put_feedback},
    key::{Key, claim_keys},
    month::{make_month, month_of, throw_away},
    page::After,
    pin::{LabelPin, PutPin, lift_pin, live_pins, put_pin},
    projection::{
        Cursor, Difference, Put, Rows, Tenant, change_rows, lock_cursor, look_at, move_cursor, prompt_ids, read_others,
        read_prompts,
    },
    quality::{Quality, quality_of},
    run::{Advance, NewRun, Plan, RunStep, advance_runs, forget_outputs, put_plans, put_runs, put_steps},
    run_claim::{Claim, cancel_run, claim_runs, claimed_still, hand_back_runs, renew_claims},
    run_old::throw_away_runs,
    run_read::{Run, RunQuestion, plans_of, queued_runs, run_of, runs, steps_of},
    statement::Statement,
    table::{Record, TABLES, Table, is_same},
    token::{
        Token, all_tokens, end_session, forget_sessions, live_tokens, note_sign_in, note_use, put_token, revoke_token,
        token_hash,
    },
    usage::{
        Facet, UsageCount, UsageEvent, UsageQuestion, fold_usage, most_used, put_usage, put_usage_alone, usage_of,
    },
    value::{Row, Value, storable, time_text},
};
use std::path::Path;

/// Knows a database by its address, `postgres://…` or `sqlite://PATH`. It is not called before the first statement, so that
/// a database which is away is no reason not to start. Within a Tokio runtime only: the pools have tasks of their own.
///
/// # Errors
/// Where this is no such address.
pub fn open(url: &str) -> Result<Box<dyn Engine>, Error> {
    match url.split_once("://") {
        Some(("postgres" | "postgresql", _)) => Ok(Box::new(postgres::Postgres::new(url)?)),
        Some(("sqlite", path)) if !path.is_empty() => Ok(Box::new(sqlite::Sqlite::new(Path::new(path)))),
        _ => Err(Error::Address(
            "this is no address of a database: write postgres://USER@HOST/NAME or sqlite://PATH".to_owned(),
        )),
    }
}

/// Every statement of this room, so that a test can have both engines look at them.
#[must_use]
pub fn statements() -> Vec<&'static Statement> {
    [
        audit::statements(),
        execution::statements(),
        feedback::statements(),
        key::statements(),
        month::statements(),
        pin::statements(),
        projection::statements(),
        quality::statements(),
        run::statements(),
        run_claim::statements(),
        run_old::statements(),
        run_read::statements(),
        table::statements(),
        token::statements(),
        usage::statements(),
    ]
    .concat()
}
