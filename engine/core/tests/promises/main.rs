//! What deciding and judging promise, one file for each part of the language's page. Values only: nothing is started.

// Helpers of tests stop a test in the same ways as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod adoption;
mod approval_rule;
mod attacks;
mod coverage;
mod delta;
mod every_key;
mod facts;
mod holds;
mod judging;
mod owners;
mod profiles;
mod properties;
mod ratchet;
mod reuse;
mod scanning;
mod skips;
