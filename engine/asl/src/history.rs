//! What happened in an execution, in the events of `GetExecutionHistory`.
//! Never leaves out what the API has, nor adds what it does not.

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// Most events of one execution (developer guide, "Step Functions service quotas").
pub(crate) const EVENT_LIMIT: usize = 25_000;

/// One event (API reference, `HistoryEvent`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEvent {
    /// Numbered from 1 without gaps.
    pub id: u64,
    /// The event that led to this one; 0 for the first event and, as recorded, for the first state's.
    pub previous_event_id: u64,
    /// When it happened.
    pub timestamp: Timestamp,
    /// What happened.
    pub detail: EventDetail,
}

/// What happened. `input`, `output` and `parameters` are JSON text, as in the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the variants and fields are those of the API reference, under the same names")]
pub enum EventDetail {
    ExecutionStarted { input: String, role_arn: String },
    ExecutionSucceeded { output: String },
    ExecutionFailed { error: Option<String>, cause: Option<String> },
    ExecutionTimedOut,
    ExecutionAborted { error: Option<String>, cause: Option<String> },
    StateEntered { state_type: StateType, name: String, input: String },
    StateExited { state_type: StateType, name: String, output: String },
    StateAborted { state_type: StateType },
    TaskScheduled(TaskScheduled),
    TaskStarted { resource_type: String, resource: String },
    TaskSubmitted { resource_type: String, resource: String, output: String },
    TaskSucceeded { resource_type: String, resource: String, output: String },
    TaskFailed { resource_type: String, resource: String, error: Option<String>, cause: Option<String> },
    TaskTimedOut { resource_type: String, resource: String, error: Option<String>, cause: Option<String> },
    LambdaFunctionScheduled { resource: String, input: String, timeout_in_seconds: Option<u64> },
    LambdaFunctionStarted,
    LambdaFunctionSucceeded { output: String },
    LambdaFunctionFailed { error: Option<String>, cause: Option<String> },
    LambdaFunctionTimedOut { error: Option<String>, cause: Option<String> },
    ParallelStateStarted,
    ParallelStateSucceeded,
    ParallelStateFailed,
    MapStateStarted { length: u64 },
    MapStateSucceeded,
    MapStateFailed,
    MapIterationStarted { name: String, index: u64 },
    MapIterationSucceeded { name: String, index: u64 },
    MapIterationFailed { name: String, index: u64 },
    MapIterationAborted { name: String, index: u64 },
}

/// The details of a `TaskScheduled` event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of the API reference, under the same names")]
pub struct TaskScheduled {
    pub resource_type: String,
    pub resource: String,
    pub region: String,
    pub parameters: String,
    pub timeout_in_seconds: Option<u64>,
    pub heartbeat_in_seconds: Option<u64>,
}

/// A type of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the types of the States Language")]
pub enum StateType {
    Choice,
    Fail,
    Map,
    Parallel,
    Pass,
    Succeed,
    Task,
    Wait,
}

impl StateType {
    const fn entered(self) -> &'static str {
        match self {
            StateType::Choice => "ChoiceStateEntered",
            StateType::Fail => "FailStateEntered",
            StateType::Map => "MapStateEntered",
            StateType::Parallel => "ParallelStateEntered",
            StateType::Pass => "PassStateEntered",
            StateType::Succeed => "SucceedStateEntered",
            StateType::Task => "TaskStateEntered",
            StateType::Wait => "WaitStateEntered",
        }
    }

    const fn exited(self) -> &'static str {
        match self {
            StateType::Choice => "ChoiceStateExited",
            StateType::Fail => "FailStateExited",
            StateType::Map => "MapStateExited",
            StateType::Parallel => "ParallelStateExited",
            StateType::Pass => "PassStateExited",
            StateType::Succeed => "SucceedStateExited",
            StateType::Task => "TaskStateExited",
            StateType::Wait => "WaitStateExited",
        }
    }

    const fn aborted(self) -> &'static str {
        match self {
            StateType::Choice => "ChoiceStateAborted",
            StateType::Fail => "FailStateAborted",
            StateType::Map => "MapStateAborted",
            StateType::Parallel => "ParallelStateAborted",
            StateType::Pass => "PassStateAborted",
            StateType::Succeed => "SucceedStateAborted",
            StateType::Task => "TaskStateAborted",
            StateType::Wait => "WaitStateAborted",
        }
    }
}

impl HistoryEvent {
    /// The `type` of the event in the API, such as `TaskStateEntered`.
    pub fn event_type(&self) -> &'static str {
        match &self.detail {
            EventDetail::ExecutionStarted { .. } => "ExecutionStarted",
            EventDetail::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            EventDetail::ExecutionFailed { .. } => "ExecutionFailed",
            EventDetail::ExecutionTimedOut => "ExecutionTimedOut",
            EventDetail::ExecutionAborted { .. } => "ExecutionAborted",
            EventDetail::StateEntered { state_type, .. } => state_type.entered(),
            EventDetail::StateExited { state_type, .. } => state_type.exited(),
            EventDetail::StateAborted { state_type } => state_type.aborted(),
            EventDetail::TaskScheduled(_) => "TaskScheduled",
            EventDetail::TaskStarted { .. } => "TaskStarted",
            EventDetail::TaskSubmitted { .. } => "TaskSubmitted",
            EventDetail::TaskSucceeded { .. } => "TaskSucceeded",
            EventDetail::TaskFailed { .. } => "TaskFailed",
            EventDetail::TaskTimedOut { .. } => "TaskTimedOut",
            EventDetail::LambdaFunctionScheduled { .. } => "LambdaFunctionScheduled",
            EventDetail::LambdaFunctionStarted => "LambdaFunctionStarted",
            EventDetail::LambdaFunctionSucceeded { .. } => "LambdaFunctionSucceeded",
            EventDetail::LambdaFunctionFailed { .. } => "LambdaFunctionFailed",
            EventDetail::LambdaFunctionTimedOut { .. } => "LambdaFunctionTimedOut",
            EventDetail::ParallelStateStarted => "ParallelStateStarted",
            EventDetail::ParallelStateSucceeded => "ParallelStateSucceeded",
            EventDetail::ParallelStateFailed => "ParallelStateFailed",
            EventDetail::MapStateStarted { .. } => "MapStateStarted",
            EventDetail::MapStateSucceeded => "MapStateSucceeded",
            EventDetail::MapStateFailed => "MapStateFailed",
            EventDetail::MapIterationStarted { .. } => "MapIterationStarted",
            EventDetail::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            EventDetail::MapIterationFailed { .. } => "MapIterationFailed",
            EventDetail::MapIterationAborted { .. } => "MapIterationAborted",
        }
    }
}

/// The history while it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Journal {
    pub(crate) events: Vec<HistoryEvent>,
}

impl Journal {
    /// Whether only the event that ends the execution still fits.
    pub(crate) fn is_full(&self) -> bool {
        self.events.len() + 1 >= EVENT_LIMIT
    }

    /// Adds an event and gives its id. A full journal drops it: the execution is about to fail for that reason.
    pub(crate) fn add(&mut self, previous: u64, timestamp: Timestamp, detail: EventDetail) -> u64 {
        if self.is_full() { self.events.len() as u64 } else { self.add_last(previous, timestamp, detail) }
    }

    /// Adds the event that ends the execution.
    pub(crate) fn add_last(&mut self, previous_event_id: u64, timestamp: Timestamp, detail: EventDetail) -> u64 {
        let id = self.events.len() as u64 + 1;
        self.events.push(HistoryEvent { id, previous_event_id, timestamp, detail });
        id
    }
}
