//! What deciding and judging promise, one file for each part of the language's page. Values only: nothing is started.

#[path = "../support/mod.rs"]
mod support;

mod adoption;
mod approval_rule;
mod delta;
mod facts;
mod judging;
mod owners;
mod ratchet;
mod reuse;
mod skips;
