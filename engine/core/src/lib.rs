//! DECIDES: what a pull request must pass, and whether it did. Pure functions over values: no I/O, no clock, no async,
//! and no other room of the house.

pub mod change;
pub mod decision;
pub mod facts;
pub mod layers;
pub mod matching;
pub mod measured;
pub mod names;
pub mod policy;
pub mod units;
pub mod verdict;
