//! DECIDES: what a pull request must pass, and whether it did. Pure functions over values: no I/O, no clock, no async,
//! and no other room of the house.

pub mod approval_rule;
pub mod change;
pub mod conditions;
pub mod decide;
pub mod decision;
pub mod defaults;
pub mod delta;
pub mod effective;
pub mod error_names;
pub mod facts;
mod fingerprint;
pub mod judge;
pub mod layers;
pub mod matching;
pub mod measured;
mod mode;
pub mod names;
mod plan;
pub mod policy;
mod profile;
pub mod report;
mod reuse;
pub mod scan;
mod show;
mod skips;
mod standing;
pub mod stored;
pub mod supposed;
pub mod switches;
mod trio;
pub mod units;
pub mod verdict;

pub use approval_rule::{approval_rule, approval_rule_content, approval_rule_template, demands_vote, gates};
pub use decide::decide;
pub use error_names::ErrorName;
pub use judge::{judge, superseded};
