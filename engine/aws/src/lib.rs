//! ACTS: every call to AWS that the gate makes, in the gate's own words. The only room that names an AWS SDK; it holds
//! no rule of the gate.
#![allow(clippy::disallowed_methods)] // this room owns the clock that signs requests

mod builds;
mod comments;
mod connect;
mod executions;
mod fault;
mod images;
mod people;
mod pull_requests;
mod repositories;
mod signed;
mod votes;

pub use builds::Build;
pub use comments::Comment;
pub use connect::{Aws, ConnectOptions, SessionCredentials};
pub use executions::Started;
pub use fault::Fault;
pub use pull_requests::PullRequest;
pub use repositories::PolicyFile;
pub use votes::Cast;
