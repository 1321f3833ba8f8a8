//! EDGE: the functions intake, judge and voter. They read, ask the rooms that know, write and call; no rule of the gate is
//! made here.
#![allow(clippy::disallowed_methods)] // the functions own a clock: records say when they were written

mod clock;
mod fault;
mod gather;
mod images;
mod intake;
mod judge;
mod records;
mod settings;
mod start;
mod voter;

pub use fault::{ErrorName, Fault};
pub use gather::{Gathered, gather};
pub use intake::intake;
pub use judge::judge;
pub use settings::{FloorFile, GATE, Settings};
pub use voter::voter;

use gated_aws::Aws;
use serde_json::Value;

/// The three functions, by the name under which a deployment knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Takes events.
    Intake,
    /// Makes verdicts.
    Judge,
    /// Comments and votes.
    Voter,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Intake, Self::Judge, Self::Voter];

    /// `gated-intake`, `gated-judge`, `gated-voter`: the function's, its role's and its session's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intake => "gated-intake",
            Self::Judge => "gated-judge",
            Self::Voter => "gated-voter",
        }
    }

    /// Handles one event or payload.
    ///
    /// # Errors
    /// A [`Fault`] whose name the state machine's `Retry` and `Catch` know.
    pub async fn handle(self, aws: &Aws, settings: &Settings, payload: Value) -> Result<Value, Fault> {
        match self {
            Self::Intake => intake(aws, settings, payload).await,
            Self::Judge => judge(aws, settings, payload).await,
            Self::Voter => voter(aws, settings, payload).await,
        }
    }
}
