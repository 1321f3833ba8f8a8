//! What came of a build, in CodeBuild's words. It holds no output and no secret.

use crate::buildspec::Phase;

/// How a build ended and what it passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Of the phases that ran; the host adds what UPLOAD_ARTIFACTS makes of it.
    pub status: BuildStatus,
    /// The phases that were entered, in order.
    pub phases: Vec<PhaseReport>,
    /// Name and value of each exported variable that was set; empty after a stop or a time-out.
    pub exported_variables: Vec<(String, String)>,
    /// Processes that could not be ended, by id.
    pub survivors: Vec<u32>,
}

/// CodeBuild's `buildStatus`, as far as phases decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildStatus {
    /// Every phase succeeded.
    Succeeded,
    /// A phase failed.
    Failed,
    /// The time was up.
    TimedOut,
    /// The host asked for the stop.
    Stopped,
}

impl BuildStatus {
    /// CodeBuild's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Stopped => "STOPPED",
        }
    }
}

/// A phase has the same ends as a build.
pub type PhaseStatus = BuildStatus;

/// One phase that was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseReport {
    /// Which.
    pub phase: Phase,
    /// How it ended.
    pub status: PhaseStatus,
    /// Milliseconds since 1970 by the host's clock.
    pub started_ms: u64,
    /// Milliseconds since 1970 by the host's clock.
    pub ended_ms: u64,
    /// Why it failed; empty when it succeeded.
    pub contexts: Vec<PhaseContext>,
}

/// CodeBuild's phase context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseContext {
    /// `statusCode`.
    pub code: &'static str,
    /// `message`.
    pub message: String,
}

impl PhaseContext {
    /// Wording *recorded*.
    pub(super) fn command(command: &str, exit_status: i32) -> Self {
        let message = format!("Error while executing command: {command}. Reason: exit status {exit_status}");
        Self { code: "COMMAND_EXECUTION_ERROR", message }
    }

    /// Wording *assumed*.
    pub(super) fn timed_out() -> Self {
        Self { code: "BUILD_TIMED_OUT", message: "Build has timed out.".to_owned() }
    }
}
