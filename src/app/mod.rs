//! The verbs: what a door can ask the registry to do.

mod admit;
mod answer;
mod approved;
mod arrivals;
mod branch;
mod catalog;
mod change;
mod compare;
mod current;
mod demo;
mod effective;
mod error;
mod fix;
mod folder;
mod held;
mod import;
mod ledger;
mod program;
mod query;
mod registry_template;
mod render;
mod replace;
mod scaffold;
mod schemas;
mod secrets;
mod shelf;
mod start;
mod status;
mod sync;
mod view;

pub use self::{
    answer::{Answer, Arrival, Fetched},
    catalog::{CollectionItem, Listing, PAGE, Page, PromptItem, TagItem, VersionItem, WorkflowItem, page},
    change::load_change,
    compare::{compare_change, compare_versions},
    current::{Arrivals, Current, ServedVersion},
    demo::{DRAFT, DRAFT_VERSION, demo},
    error::Error,
    fix::{Fixed, Fixes, fix},
    folder::{load_folder, read_folder},
    import::{Done, Import, ImportedFile, Taken, import_file, import_sources},
    query::{Parameters, Query},
    registry_template::FILES as TEMPLATE_FILES,
    render::{Rendered, Request},
    replace::replace,
    scaffold::{bump, name_for, new_file, schema_line},
    schemas::{stale_schemas, write_schemas},
    start::init,
    status::{Complaint, Overview, Quarantined, Status},
    sync::{App, Trouble},
};
