//! The nouns: every kind of thing a registry holds, as pure values, and what can be computed from them alone.

mod access;
mod approval;
mod client;
mod collection;
mod contract;
mod decision;
mod diagnostic;
mod digest;
mod execution;
mod harmless;
mod hook;
mod layout;
mod listing;
mod message;
mod model;
mod name;
mod nearest;
mod policy;
mod prompt;
mod registry;
mod run;
mod selector;
mod semver;
mod settings;
mod span;
mod text;
mod tokens;
mod usage;
mod user;
mod variable;
mod version;
mod workflow;

pub use self::{
    access::{Permissions, Token, TokenKind, token_digest},
    approval::{Approvers, Claim, Need, Overlooked, Rules, Seen, Verdict, Voice, glob, is_policy},
    client::{ClientConfig, Filter},
    collection::{Collection, Tag},
    contract::{ContractChange, Misfit, SchemaPart, Undeclared, accepts, contract_changes, misfits},
    decision::{DECISION_BYTES, DECISIONS, Decision, Evidence, Form, NAMESPACE, PEOPLE, SUBJECTS, Subject, Verb},
    diagnostic::{Diagnostic, Edit, Fix, Level, Place},
    digest::{Digest, write_canonical},
    execution::ExecutionStatus,
    harmless::{clean, harmless},
    hook::{Hook, HookEvent, HookType},
    layout::{FOLDERS, Kind, Location, Misplaced, id, locate},
    listing::Listing,
    message::{Content, Media, Message, Part, Speaker, Turn, one_text},
    model::{ModelProfile, Price, Provider, Secret},
    name::{
        ClientName, CollectionPath, Handle, HookName, LabelName, ModelName, NAME_BYTES, NameError, PartialName,
        PolicyName, PromptName, RegistryName, RoleName, TagName, WorkflowName, nearest_name,
    },
    nearest::{nearest, slip},
    policy::{Check, Policy, Reach},
    prompt::{Moves, Override, Prompt, PromptStatus, Variant, VersionState},
    registry::{DEPTH, PromptFolder, Registry, Resolved, Unresolved},
    run::{RunStatus, StepStatus, TriggerType},
    selector::{Selector, Which},
    semver::{Bump, Semver, SemverRange},
    settings::{ApprovalMode, ApprovalPolicy, Identity, LabelSettings, Limits, PathRule, REGISTRY_FILE, Settings},
    span::{Position, Span, position},
    tokens::tokens,
    usage::ClientType,
    user::{DatedKey, Grant, Permission, Preferences, RevokedKey, Role, SigningKey, Theme, User},
    variable::{Variable, variables},
    version::{Engine, Shared, Test, Version},
    workflow::{Step, Trigger, TriggerKind, Workflow, WorkflowStatus},
};
