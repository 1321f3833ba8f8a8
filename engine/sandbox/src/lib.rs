//! ANSWERS: the AWS services that the gate and its users call, emulated on one loopback port, on real git
//! repositories and real processes. It is a referee: it knows nothing of policies, verdicts or the gate, and it
//! refuses every operation and every field that it does not emulate.
#![allow(clippy::disallowed_methods)] // this room owns a clock, files and processes

mod error;
mod install;
mod store;
mod world;

pub use error::AwsError;
pub use install::{
    ApprovalRuleTemplate, Credentials, Function, FunctionError, Installation, Invocation, Rule, StateMachine,
};
pub use store::{Store, StoreError, Transaction};
pub use world::{Caller, World};
