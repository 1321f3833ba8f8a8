//! The promises of the policy language, one module for each kind.
#![allow(clippy::panic, clippy::unwrap_used)] // helpers of tests fail as tests do

mod cases;
mod constraints;
mod decision;
mod documents;
mod explanations;
mod faults;
mod fuzz;
mod hostile;
mod lints;
mod mends;
mod oracle;
mod reading;
mod readmes;
mod schema;
mod told;
