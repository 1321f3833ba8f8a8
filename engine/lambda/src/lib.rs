//! EDGE: the functions of a deployment. They read, ask the rooms that know, write and call; no rule of the gate is
//! made here.
#![allow(clippy::disallowed_methods)] // the functions own a clock: records say when they were written

mod about;
mod again;
mod approval_rule;
mod clock;
mod console;
mod counted;
mod coverage;
mod fault;
mod gate;
mod gather;
mod images;
mod intake;
mod judge;
mod log;
mod measure;
mod metrics;
mod proof;
mod records;
mod report;
mod settings;
mod start;
mod sweeper;
mod uploaded;
mod voter;

pub use clock::now;
pub use fault::{ErrorName, Fault};
pub use gather::{Gathered, gather};
pub use intake::intake;
pub use judge::judge;
pub use log::{Log, Sink};
pub use metrics::{Metric, NAMESPACE};
pub use records::{is_record, record_at};
pub use report::{Kept, newest, planned};
pub use settings::{FloorFile, GATE, Settings};
pub use voter::voter;

use gated_aws::Aws;
use serde_json::{Value, json};

/// The functions of a deployment. All of them are one program, told by its environment which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Takes events.
    Intake,
    /// Makes verdicts.
    Judge,
    /// Comments and votes.
    Voter,
    /// Mends, on a schedule, what events missed, and looks at pull requests into a branch that moved.
    Sweeper,
    /// Keeps the approval rule template, for CloudFormation.
    ApprovalRule,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Intake, Self::Judge, Self::Voter, Self::Sweeper, Self::ApprovalRule];

    /// Its name, as `GATED_FUNCTION` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Judge => "judge",
            Self::Voter => "voter",
            Self::Sweeper => "sweeper",
            Self::ApprovalRule => "approval-rule",
        }
    }

    /// The alias of it that callers from outside use, and which the next version takes over: `gated-intake:live`.
    pub fn live_name(self, service: &str) -> String {
        format!("{}:live", self.deployed_name(service))
    }

    /// Its name in a deployment, and its role's and session's in the sandbox: `gated-intake`.
    pub fn deployed_name(self, service: &str) -> String {
        format!("{service}-{}", self.name())
    }

    /// Handles one event or payload, and tells the log how it went. `{"about": {}}` is answered by every function alike:
    /// with its version and settings.
    ///
    /// # Errors
    /// A [`Fault`] whose name the state machine's `Retry` and `Catch` know.
    pub async fn handle(self, aws: &Aws, settings: &Settings, log: &Log, payload: Value) -> Result<Value, Fault> {
        if let Some(asked) = payload.get("about") {
            return Ok(about::about(self, settings, asked));
        }
        let log = log.of(&payload);
        let before = aws.calls();
        let answer = match self {
            Self::Intake => intake(aws, settings, &log, payload).await,
            Self::Judge => judge(aws, settings, &log, payload).await,
            Self::Voter => voter(aws, settings, &log, payload).await,
            Self::Sweeper => sweeper::sweeper(aws, settings, &log, payload).await,
            Self::ApprovalRule => approval_rule::approval_rule(aws, settings, &log, payload).await,
        };
        let calls = aws.calls() - before;
        match &answer {
            Ok(answer) => log.of(answer).info("done", json!({ "answer": answer, "awsCalls": calls })),
            Err(fault) => {
                log.error("failed", json!({ "error": fault.to_string(), "awsCalls": calls }));
                log.measure_kind(Metric::Errors, 1, fault.class());
            }
        }
        answer
    }
}
