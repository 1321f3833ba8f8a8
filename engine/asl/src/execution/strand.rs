//! Where an execution is: strands of states, each inside one state, which may hold further strands.
//! Never holds anything that cannot be stored and read back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{StartTask, TaskToken};
use crate::history::StateType;
use crate::json::Json;
use crate::names::Failure;
use crate::timestamp::Timestamp;

/// The way through one machine: the whole one, a branch or an iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Strand {
    /// The id of its latest event; 0 before the first.
    pub(super) last: u64,
    /// The item, inside a Map state.
    pub(super) item: Option<Item>,
    pub(super) at: At,
}

/// `$$.Map.Item`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) index: usize,
    pub(super) value: Json,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum At {
    /// On the way into a state.
    Entering {
        state: String,
        input: Json,
    },
    Inside(Box<Visit>),
    Done(Json),
    Failed(Failure),
}

/// A stay in one state, all retries included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Visit {
    pub(super) state: String,
    pub(super) state_type: StateType,
    /// The raw input.
    pub(super) input: Json,
    pub(super) entered: Timestamp,
    pub(super) entered_event: u64,
    /// Retries so far, for each retrier.
    pub(super) retries: Vec<u64>,
    /// Retries so far, `$$.State.RetryCount`.
    pub(super) retry_count: u64,
    pub(super) work: Work,
}

/// What a state is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Work {
    /// About to begin an attempt.
    Ready,
    Waiting {
        until: Timestamp,
    },
    /// Waiting for the next attempt.
    BackingOff {
        until: Timestamp,
    },
    Task(TaskRun),
    Parallel(Vec<Strand>),
    Map(MapRun),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TaskRun {
    pub(super) start: StartTask,
    pub(super) deadline: Option<Timestamp>,
    pub(super) heartbeat_deadline: Option<Timestamp>,
    pub(super) answer: Option<TaskAnswer>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum TaskAnswer {
    Succeeded(Json),
    Failed(Failure),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct MapRun {
    /// The effective input, from which the item selector selects.
    pub(super) input: Json,
    pub(super) items: Vec<Json>,
    /// How many iterations may run at the same time.
    pub(super) limit: usize,
    /// How many iterations were started.
    pub(super) started: usize,
    /// Where the next iteration's first event points back to.
    pub(super) last: u64,
    pub(super) running: Vec<Strand>,
    /// One place for each item.
    pub(super) results: Vec<Option<Json>>,
}

impl Strand {
    pub(super) fn new(last: u64, item: Option<Item>, state: &str, input: Value) -> Self {
        Self { last, item, at: At::Entering { state: state.to_owned(), input: Json(input) } }
    }

    /// Shows every stay, outer ones first.
    pub(super) fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Visit)) {
        let At::Inside(visit) = &self.at else { return };
        see(visit);
        match &visit.work {
            Work::Parallel(strands) => strands.iter().for_each(|strand| strand.visit(see)),
            Work::Map(run) => run.running.iter().for_each(|strand| strand.visit(see)),
            Work::Ready | Work::Waiting { .. } | Work::BackingOff { .. } | Work::Task(_) => {}
        }
    }

    /// The task that was started under `token` and not answered, with the place of its strand's latest event.
    pub(super) fn pending_task(&mut self, token: &TaskToken) -> Option<(&mut u64, &mut TaskRun)> {
        let At::Inside(visit) = &mut self.at else { return None };
        match &mut visit.work {
            Work::Task(run) if run.start.token == *token && run.answer.is_none() => Some((&mut self.last, run)),
            Work::Parallel(strands) => strands.iter_mut().find_map(|strand| strand.pending_task(token)),
            Work::Map(run) => run.running.iter_mut().find_map(|strand| strand.pending_task(token)),
            Work::Ready | Work::Waiting { .. } | Work::BackingOff { .. } | Work::Task(_) => None,
        }
    }
}

impl Work {
    /// The instant at which this work goes on without an answer.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match self {
            Work::Waiting { until } | Work::BackingOff { until } => Some(*until),
            Work::Task(run) => [run.deadline, run.heartbeat_deadline].into_iter().flatten().min(),
            Work::Ready | Work::Parallel(_) | Work::Map(_) => None,
        }
    }
}
