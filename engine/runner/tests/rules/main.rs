//! Builds run by real shells, each rule of a build as a sentence.

// A test may fail by panicking, and these look at files and processes themselves to judge the room that owns them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod support;

mod artifacts;
mod buildspec;
mod ending;
mod output;
mod phases;
mod shell;
