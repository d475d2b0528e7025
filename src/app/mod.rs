//! The verbs: what a door can ask the registry to do.

mod access;
mod admit;
mod answer;
mod approved;
mod arrivals;
mod audit;
mod branch;
mod catalog;
mod change;
mod changed;
mod codeowners;
mod compare;
mod coverage;
mod current;
mod cursor;
mod decisions;
mod demo;
mod desk;
mod effective;
mod error;
mod events;
mod fix;
mod folder;
pub mod forge;
mod gate;
mod guard;
mod held;
mod hits;
mod import;
mod index;
mod ledger;
mod meter;
mod nudge;
mod opening;
mod parsed;
mod past;
mod people;
mod pinning;
mod pins;
mod program;
mod progress;
mod projection;
mod proof;
mod proposals;
mod proposed;
mod quarantine;
mod query;
mod reading;
mod records;
mod registry_template;
mod render;
mod replace;
mod revoked;
mod rewrite;
mod run;
mod safety;
mod scaffold;
mod schemas;
mod secrets;
mod shelf;
mod sign_in;
mod start;
mod status;
mod sync;
mod token;
mod trouble;
mod view;
mod watch;

pub use self::{
    access::{Caller, KnownToken, Refusal, Refused, Tokens},
    answer::{Answer, Arrival, Fetched, Pinned},
    audit::{Audited, Search},
    catalog::{CollectionItem, PAGE, Page, PromptItem, TagItem, VersionItem, WorkflowItem, page},
    change::load_change,
    changed::Changed,
    codeowners::codeowners,
    compare::{compare_change, compare_versions},
    coverage::{Coverage, Lacking},
    current::{Arrivals, Current, ServedVersion},
    demo::{DRAFT, DRAFT_VERSION, PENDING, demo, demo_key, demo_waits},
    desk::{Choice, Decided, Desk, Edit, Edited, Landed, LeftOut, Revoked, Submission, Submitted},
    error::Error,
    events::{Change, Event, Greeting, Moment, NAMES, Place, Subscription},
    fix::{Fixed, Fixes, fix},
    folder::{load_folder, read_folder},
    guard::{Incoming, Objection, Ruling, guard, install},
    hits::{HitItem, Hits},
    import::{Done, Import, ImportedFile, Taken, import_file, import_sources},
    meter::{Clock, Histogram, IndexSize, Meter, Outcome},
    nudge::Nudged,
    opening::{Opening, Source},
    parsed::Parsed,
    past::{Blame, BlamedKey, BlamedLine, BlamedTurn, Happened, Lived, Origin, What, Window, blame, lived},
    people::{Me, Named, UserItem},
    pinning::{NewPin, Unpin, make_pin, read_pins, take_pin},
    pins::{Pin, PinItem},
    progress::{Progress, Step},
    projection::{How, Projected, Projection, Stray},
    proof::{Cover, Moved, Proof, Provenance, Signed},
    proposals::{Proposal, ProposedFile, Said},
    proposed::ProposedChange,
    query::{Parameters, Query},
    records::{
        Better, Bucket, Deed, Ended, ExecutionBody, ExecutionItem, ExecutionsAsked, FeedbackAsked, FeedbackBody,
        FeedbackItem, Group, Keep, QualityAsked, QualityReport, Reach, RecordCounts, Recorded, Records, UsageAsked,
        UsageBody, UsageBucket, UsageReport, Used, VersionQuality,
    },
    registry_template::FILES as TEMPLATE_FILES,
    render::{Rendered, Request},
    replace::replace,
    rewrite::{accept_rewrite, forget},
    run::{
        Answered, Asked, Calling, DryRun, DryState, DryStep, Model, NoAnswer, PlaceFault, PlannedStep, RunAsked,
        RunEvent, RunFault, RunItem, RunMove, RunPlan, RunProgress, RunSettings, RunStarted, RunWatch, Runner,
        RunsAsked, StepItem, Stored,
    },
    scaffold::{bump, name_for, new_file, schema_line},
    schemas::{stale_schemas, write_schemas},
    sign_in::SignedIn,
    start::init,
    status::{Complaint, Overview, Quarantined, Status},
    sync::App,
    token::{MadeToken, NewToken, make_token, take_token},
    trouble::Trouble,
    view::{seconds, time},
};
/// A moment.
pub use jiff::Timestamp as Time;
