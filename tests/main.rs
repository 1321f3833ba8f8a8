//! What needs the whole: the house itself, the command line as a program, and the pages that show its output.
#![allow(clippy::disallowed_methods)] // tests read files and start programs
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on fails

mod support;

mod arrows;
mod command_line;
mod contract;
mod init;
mod lint;
mod lint_forms;
mod mend;
mod readme;
mod run_interrupts;
mod run_locally;
mod run_repositories;
mod run_tells;
