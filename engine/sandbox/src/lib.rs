//! ANSWERS: the AWS services that the gate and its users call, emulated on one loopback port, on real git
//! repositories and real processes. It is a referee: it knows nothing of policies, verdicts or the gate, and it
//! refuses every operation and every field that it does not emulate.
//!
//! Each emulated behaviour is marked beside its code as *documented* (AWS's own pages or models), *recorded* (seen in
//! other people's threads and samples) or *assumed*.
#![allow(clippy::disallowed_methods)] // this room owns a clock, files and processes

mod clock;
mod codebuild;
mod codecommit;
mod directory;
mod ecr;
mod error;
mod events;
mod faults;
mod fields;
mod git;
mod http;
mod install;
mod lambda;
mod logs;
mod paging;
mod s3;
mod sandbox;
mod service;
mod ssm;
mod states;
mod store;
mod sts;
mod world;

pub use directory::{Status, reset, status};
pub use error::AwsError;
pub use events::Pattern as EventPattern;
pub use faults::{Faults, FaultsError};
pub use install::{
    ApprovalRuleTemplate, Credentials, Function, FunctionError, Handler, Installation, Invocation, LogLines, Program,
    Rule, StateMachine, Trigger,
};
pub use sandbox::{Sandbox, Settings, StartError, start};
pub use store::StoreError;
pub(crate) use store::{Store, Transaction};
