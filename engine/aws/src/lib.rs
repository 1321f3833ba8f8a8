//! ACTS: every call to AWS that the gate makes, in the gate's own words. The only room that names an AWS SDK; it holds
//! no rule of the gate.
#![allow(clippy::disallowed_methods)] // this room owns the clock that signs requests

mod attached;
mod builds;
mod calls;
mod comments;
mod connect;
mod counting;
mod executions;
mod fault;
mod iam;
mod images;
mod inspect;
mod json;
mod kept;
mod logs;
mod object;
mod objects;
mod parameters;
mod partitions;
mod people;
mod pull_requests;
mod repositories;
mod signed;
mod simulator;
mod templates;
mod votes;
mod xml;

pub use attached::{Holder, ManagedPolicy};
pub use builds::{Build, Variable};
pub use comments::Comment;
pub use connect::{Aws, ConnectOptions, SessionCredentials};
pub use executions::{ExecutionState, Started, state_machine};
pub use fault::Fault;
pub use inspect::{EventRule, EventTarget, NewestBuild};
pub use objects::StoredObject;
pub use pull_requests::PullRequest;
pub use repositories::{Blob, PolicyFile};
pub use simulator::{ContextEntry, Decision, Deed, Simulated};
pub use templates::ApprovalRuleTemplate;
pub use votes::Cast;
