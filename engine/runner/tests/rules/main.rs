//! Builds run by real shells, each rule of a build as a sentence.

mod support;

mod artifacts;
mod buildspec;
mod ending;
mod output;
mod phases;
mod shell;
