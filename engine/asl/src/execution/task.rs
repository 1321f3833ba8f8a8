//! Task states: scheduling, time-outs, answers. Never starts a task itself: it asks the host to.

use sha2::{Digest, Sha256};

use super::drive::{Driver, Turn};
use super::strand::{Strand, TaskAnswer, TaskRun, Visit, Work};
use super::{Effect, Head, StartTask, TaskToken};
use crate::history::{EventDetail, TaskScheduled};
use crate::model::{Seconds, State, Task};
use crate::names::Failure;
use crate::resource::Resource;
use crate::timestamp::Timestamp;

impl Driver<'_> {
    pub(super) fn begin_task(
        &mut self,
        strand: &mut Strand,
        state: &State,
        task: &Task,
        visit: &mut Visit,
    ) -> Result<Turn, Failure> {
        let input = self.effective_input(strand, state, visit)?;
        let timeout = self.seconds(strand, visit, &input, task.timeout.as_ref(), "TimeoutSecondsPath")?;
        let heartbeat = self.seconds(strand, visit, &input, task.heartbeat.as_ref(), "HeartbeatSecondsPath")?;
        let token = self.head.next_token();
        let shown = task.resource.waits_for_token().then_some(&token);
        let parameters = self.payload(visit, strand.item.as_ref(), shown, state.parameters.as_ref(), input)?;
        let start = StartTask {
            token,
            resource: task.resource.arn().to_owned(),
            parameters,
            state: visit.state.clone(),
            timeout_seconds: timeout,
            heartbeat_seconds: heartbeat,
        };
        let region = self.head.region().to_owned();
        for detail in scheduled(&task.resource, region, &start) {
            self.record(strand, detail);
        }
        self.outbox.push(Effect::StartTask(start.clone()));
        let after = |seconds: Option<u64>| seconds.map(|seconds| self.now.after_seconds(seconds as f64));
        visit.work =
            Work::Task(TaskRun { start, deadline: after(timeout), heartbeat_deadline: after(heartbeat), answer: None });
        Ok(Turn::Moved)
    }

    /// Goes on with an answer, or gives up after a deadline. An answer that is there counts, even if it came late.
    pub(super) fn look_at_task(
        &mut self,
        strand: &mut Strand,
        state: &State,
        task: &Task,
        visit: &mut Visit,
    ) -> Result<Turn, Failure> {
        let Work::Task(run) = &visit.work else { return Ok(Turn::Blocked) };
        match run.answer.clone() {
            Some(TaskAnswer::Succeeded(output)) => return self.finish(strand, state, visit, output.0),
            Some(TaskAnswer::Failed(failure)) => return Err(failure),
            None => {}
        }
        let over = |deadline: Option<Timestamp>| deadline.is_some_and(|deadline| deadline <= self.now);
        if !over(run.deadline) && !over(run.heartbeat_deadline) {
            return Ok(Turn::Blocked);
        }
        let failure = Failure::timeout(!over(run.deadline));
        self.outbox.push(Effect::CancelTask { token: run.start.token.clone() });
        self.record(strand, timed_out(&task.resource, &failure));
        Err(failure)
    }

    fn seconds(
        &mut self,
        strand: &Strand,
        visit: &Visit,
        input: &serde_json::Value,
        seconds: Option<&Seconds>,
        field: &str,
    ) -> Result<Option<u64>, Failure> {
        match seconds {
            None => Ok(None),
            Some(Seconds::Fixed(seconds)) => Ok(Some(*seconds)),
            Some(Seconds::Path(path)) => self.integer_at(strand, visit, input, path, field, 1).map(Some),
        }
    }
}

impl Head {
    /// A token that no other attempt of any execution has; not meant to be unguessable.
    fn next_token(&mut self) -> TaskToken {
        self.tokens += 1;
        let name = format!("{}\n{}\n{}", self.context.execution_arn, self.started.as_millis(), self.tokens);
        TaskToken(hex::encode(Sha256::digest(name)))
    }

    /// The region in the execution's ARN, empty when there is none.
    fn region(&self) -> &str {
        self.context.execution_arn.split(':').nth(3).unwrap_or_default()
    }
}

fn scheduled(resource: &Resource, region: String, start: &StartTask) -> [EventDetail; 2] {
    let parameters = start.parameters.to_string();
    match resource {
        Resource::Integration { service, action, .. } => [
            EventDetail::TaskScheduled(TaskScheduled {
                resource_type: service.clone(),
                resource: action.clone(),
                region,
                parameters,
                timeout_in_seconds: start.timeout_seconds,
                heartbeat_in_seconds: start.heartbeat_seconds,
            }),
            EventDetail::TaskStarted { resource_type: service.clone(), resource: action.clone() },
        ],
        Resource::Function { arn } => [
            EventDetail::LambdaFunctionScheduled {
                resource: arn.clone(),
                input: parameters,
                timeout_in_seconds: start.timeout_seconds,
            },
            EventDetail::LambdaFunctionStarted,
        ],
    }
}

pub(super) fn succeeded(resource: &Resource, output: String) -> EventDetail {
    match resource {
        Resource::Integration { service, action, .. } => {
            EventDetail::TaskSucceeded { resource_type: service.clone(), resource: action.clone(), output }
        }
        Resource::Function { .. } => EventDetail::LambdaFunctionSucceeded { output },
    }
}

pub(super) fn failed(resource: &Resource, failure: &Failure) -> EventDetail {
    let (error, cause) = (failure.error.clone(), failure.cause.clone());
    match resource {
        Resource::Integration { service, action, .. } => {
            EventDetail::TaskFailed { resource_type: service.clone(), resource: action.clone(), error, cause }
        }
        Resource::Function { .. } => EventDetail::LambdaFunctionFailed { error, cause },
    }
}

fn timed_out(resource: &Resource, failure: &Failure) -> EventDetail {
    let (error, cause) = (failure.error.clone(), failure.cause.clone());
    match resource {
        Resource::Integration { service, action, .. } => {
            EventDetail::TaskTimedOut { resource_type: service.clone(), resource: action.clone(), error, cause }
        }
        Resource::Function { .. } => EventDetail::LambdaFunctionTimedOut { error, cause },
    }
}
