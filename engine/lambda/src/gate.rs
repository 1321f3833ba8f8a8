//! What the state machine hands to judge and voter: an execution's input, and what became of it so far. Whoever may start
//! executions can make it up: it only says where to look, and no vote ever follows from it.

use gated_aws::{Aws, PullRequest};
use gated_core::names::PullRequestId;
use serde::Deserialize;

use crate::Fault;

/// An execution's data, as far as a function reads it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gate {
    /// `build`, or `answer` where no build was wanted.
    #[serde(default)]
    pub(crate) action: String,
    pub(crate) pull_request_id: PullRequestId,
    pub(crate) revision_id: String,
    /// Key of what the execution was planned under.
    #[serde(default)]
    pub(crate) plan: String,
    pub(crate) attempt: u32,
    pub(crate) requested_by: Option<String>,
    #[serde(default)]
    pub(crate) scans: Scans,
    pub(crate) build: Option<BuildRef>,
    pub(crate) error: Option<TaskError>,
}

/// How often the image's scan was waited for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Scans {
    pub(crate) count: u32,
}

/// The build that the execution started.
#[derive(Debug, Deserialize)]
pub(crate) struct BuildRef {
    pub(crate) id: String,
}

/// Why the last task failed, in Step Functions' words.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TaskError {
    pub(crate) error: String,
    pub(crate) cause: Option<String>,
}

impl Gate {
    /// The last task's error and its cause; `otherwise` when no task failed.
    pub(crate) fn failure<'a>(&'a self, otherwise: (&'a str, &'a str)) -> (&'a str, &'a str) {
        self.error.as_ref().map_or(otherwise, |error| (&error.error, error.cause.as_deref().unwrap_or_default()))
    }
}

/// A pull request that has ended; `None` when nothing is to be seen of it any more, since it went with its repository or that
/// left the stack.
///
/// # Errors
/// When it is open, or AWS refuses or cannot be reached.
pub(crate) async fn closed(aws: &Aws, id: &PullRequestId) -> Result<Option<PullRequest>, Fault> {
    match aws.pull_request(id).await {
        Ok(Some(live)) if live.open => Err(Fault::misconfigured(format!(
            "pull request {id} is open and keeps what it has: whoever started this clean-up has to close it first"
        ))),
        Ok(live) => Ok(live),
        Err(fault) if fault.is("AccessDeniedException") => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// The pull request as it is now.
///
/// # Errors
/// When there is none of that number, or AWS refuses or cannot be reached.
pub(crate) async fn look(aws: &Aws, id: &PullRequestId) -> Result<PullRequest, Fault> {
    aws.pull_request(id).await?.ok_or_else(|| Fault::misconfigured(format!("there is no pull request {id}")))
}
