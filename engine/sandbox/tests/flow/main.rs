//! Builds, executions, events and functions of the sandbox, driven over HTTP and git with real processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::disallowed_methods)] // tests

mod builds;
mod events;
mod executions;
mod projects;
mod report_groups;
mod restart;
mod states;
mod upgrade;
mod world;
