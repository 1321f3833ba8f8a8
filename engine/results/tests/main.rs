//! The promises of the room that measures, held against files as real tools write them. Opens nothing but its fixtures.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops

mod reports;
mod support;
