//! The sandbox as its clients see it: over HTTP with AWS's own protocols, and with git. What clients in other
//! languages make of it is tested where the whole is.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)] // a test owns files and processes, and fails by unwrapping

mod approvals;
mod client;
mod comments;
mod durability;
mod events;
mod merges;
mod protocols;
mod push;
mod repositories;
mod store;
