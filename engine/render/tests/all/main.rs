//! What the room shows, held against other readers: YAML parsers, bash, git, and a Markdown parser.

// Tests run bash and git and read what they leave behind; their helpers fail by panicking.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod buildspec;
mod comment;
mod driver;
mod driver_reports;
mod harness;
mod page;
mod page_sample;
mod plan;
mod project;
mod report_groups;
mod sample;
