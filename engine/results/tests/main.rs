//! The promises of the room that measures, held against files as real tools write them. Opens nothing but its fixtures.

#![allow(clippy::unwrap_used, clippy::panic)] // a test that cannot go on stops

mod bounds;
mod cases;
mod claims;
mod commit;
mod coverage;
mod layouts;
mod mutations;
mod patch;
mod reports;
mod support;
