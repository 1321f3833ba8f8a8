//! The interpreter from outside: definitions in, effects and history out. Never sleeps: the clock is a number.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test")]

mod choice;
mod data_flow;
mod faults;
mod history;
mod intrinsics;
mod limits;
mod map;
mod parallel;
mod resume;
mod retry;
mod states;
mod support;
mod timeouts;
