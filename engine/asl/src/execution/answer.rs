//! What the host tells an execution about its tasks. Never believes an answer to a task that nobody waits for.

use serde_json::Value;

use super::flow::too_large;
use super::strand::{TaskAnswer, TaskRun};
use super::task::{failed, succeeded};
use super::{Execution, TaskToken};
use crate::history::EventDetail;
use crate::json::{Json, PAYLOAD_LIMIT};
use crate::names::Failure;
use crate::resource::Resource;
use crate::timestamp::Timestamp;

/// Whether what the host said was of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// It was written down; [`Execution::poll`] goes on from it.
    Accepted,
    /// Nobody waits for it: the token is unknown, the task was answered, cancelled or timed out, or the execution is
    /// over.
    Ignored,
}

impl Execution {
    /// A task ended well with `output`. More than 262,144 bytes of output make it fail with
    /// `States.DataLimitExceeded`.
    pub fn task_succeeded(&mut self, token: &TaskToken, output: Value, now: Timestamp) -> Answer {
        self.answer(token, now, |resource| {
            let text = output.to_string();
            if text.len() > PAYLOAD_LIMIT {
                let failure = too_large(resource.label());
                return (failed(resource, &failure), TaskAnswer::Failed(failure));
            }
            (succeeded(resource, text), TaskAnswer::Succeeded(Json(output)))
        })
    }

    /// A task failed; `error` is the name that `Retry` and `Catch` are held against.
    pub fn task_failed(
        &mut self,
        token: &TaskToken,
        error: impl Into<String>,
        cause: impl Into<String>,
        now: Timestamp,
    ) -> Answer {
        let failure = Failure::new(&error.into(), cause);
        self.answer(token, now, |resource| (failed(resource, &failure), TaskAnswer::Failed(failure.clone())))
    }

    /// A `.sync` or `.waitForTaskToken` task was handed over to its service, which said `output`; the task goes on.
    pub fn task_submitted(&mut self, token: &TaskToken, output: &Value, now: Timestamp) -> Answer {
        self.with_task(
            token,
            |run, resource| {
                run.heartbeat(now);
                match resource {
                    Resource::Integration { service, action, .. } => Some(EventDetail::TaskSubmitted {
                        resource_type: service.clone(),
                        resource: action.clone(),
                        output: output.to_string(),
                    }),
                    // A directly named function has no such event.
                    Resource::Function { .. } => None,
                }
            },
            now,
        )
    }

    /// A task is alive (`SendTaskHeartbeat`): its heartbeat time-out begins anew.
    pub fn task_heartbeat(&mut self, token: &TaskToken, now: Timestamp) -> Answer {
        self.with_task(
            token,
            |run, _| {
                run.heartbeat(now);
                None
            },
            now,
        )
    }

    fn answer(
        &mut self,
        token: &TaskToken,
        now: Timestamp,
        make: impl FnOnce(&Resource) -> (EventDetail, TaskAnswer),
    ) -> Answer {
        self.with_task(
            token,
            |run, resource| {
                let (detail, answer) = make(resource);
                run.answer = Some(answer);
                Some(detail)
            },
            now,
        )
    }

    fn with_task(
        &mut self,
        token: &TaskToken,
        tell: impl FnOnce(&mut TaskRun, &Resource) -> Option<EventDetail>,
        now: Timestamp,
    ) -> Answer {
        if self.outcome.is_some() {
            return Answer::Ignored;
        }
        let Some((last, run)) = self.root.pending_task(token) else { return Answer::Ignored };
        // It was read from a definition that loaded, so it can be read again.
        let Ok(resource) = Resource::parse(&run.start.resource) else { return Answer::Ignored };
        if let Some(detail) = tell(run, &resource) {
            *last = self.journal.add(*last, now, detail);
        }
        Answer::Accepted
    }
}

impl TaskRun {
    fn heartbeat(&mut self, now: Timestamp) {
        self.heartbeat_deadline = self.start.heartbeat_seconds.map(|seconds| now.after_seconds(seconds as f64));
    }
}
