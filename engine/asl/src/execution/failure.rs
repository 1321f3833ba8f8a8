//! What happens when a state fails: retry, catch, or fail the strand. Never lets `States.Runtime` be handled.

use serde_json::{Map, Value};

use super::Effect;
use super::drive::Driver;
use super::flow::{fits, put};
use super::strand::{At, Strand, Visit, Work};
use crate::history::{EventDetail, StateType};
use crate::model::{State, Then};
use crate::names::Failure;

impl Driver<'_> {
    /// Where the strand goes after `failure` in `visit`.
    pub(super) fn handle(&mut self, strand: &mut Strand, state: &State, mut visit: Box<Visit>, failure: Failure) -> At {
        if !failure.is_fatal() && self.retry(state, &mut visit, &failure) {
            return At::Inside(visit);
        }
        // recorded: written when the state gives up, not before a retry
        match visit.work {
            Work::Parallel(_) => self.record(strand, EventDetail::ParallelStateFailed),
            Work::Map(_) => self.record(strand, EventDetail::MapStateFailed),
            Work::Ready | Work::Waiting { .. } | Work::BackingOff { .. } | Work::Task(_) => {}
        }
        if failure.is_fatal() {
            return At::Failed(failure);
        }
        let Some(catcher) = state.catch.iter().find(|catcher| catcher.catches(&failure)) else {
            return At::Failed(failure);
        };
        // recorded: OutputPath does not apply to what a catcher passes on
        let output = put(&visit, &catcher.result_path, error_output(&failure));
        match output.and_then(|output| fits(&visit, &visit.state, output)) {
            Ok(output) => self.leave(strand, &visit, output, Then::Next(catcher.next.clone())),
            Err(failure) => At::Failed(failure),
        }
    }

    /// Whether the first retrier that matches has an attempt left; if so the visit backs off.
    fn retry(&mut self, state: &State, visit: &mut Visit, failure: &Failure) -> bool {
        let matching =
            state.retry.iter().zip(&mut visit.retries).find(|(retrier, _)| failure.matches_any(&retrier.errors));
        let Some((retrier, retries)) = matching else { return false };
        if *retries >= retrier.max_attempts {
            return false;
        }
        let delay = retrier.delay_seconds(*retries, &mut *self.chance);
        *retries += 1;
        visit.retry_count += 1;
        visit.work = Work::BackingOff { until: self.now.after_seconds(delay) };
        true
    }

    /// Stops everything that still runs in a strand; `cause` is the event that is to blame.
    pub(super) fn abort(&mut self, strand: &Strand, cause: u64) {
        let At::Inside(visit) = &strand.at else { return };
        // Only these types have an event for it in the API; the others never outlast a poll.
        if matches!(visit.state_type, StateType::Task | StateType::Wait | StateType::Parallel | StateType::Map) {
            self.journal.add(cause, self.now, EventDetail::StateAborted { state_type: visit.state_type });
        }
        match &visit.work {
            Work::Task(run) if run.answer.is_none() => {
                self.outbox.push(Effect::CancelTask { token: run.start.token.clone() });
            }
            Work::Parallel(strands) => strands.iter().for_each(|strand| self.abort(strand, cause)),
            Work::Map(run) => run.running.iter().for_each(|strand| self.abort_iteration(&visit.state, strand, cause)),
            Work::Ready | Work::Waiting { .. } | Work::BackingOff { .. } | Work::Task(_) => {}
        }
    }

    /// recorded: the iteration's event comes before that of its state
    pub(super) fn abort_iteration(&mut self, map: &str, strand: &Strand, cause: u64) {
        let index = strand.item.as_ref().map_or(0, |item| item.index as u64);
        self.journal.add(cause, self.now, EventDetail::MapIterationAborted { name: map.to_owned(), index });
        self.abort(strand, cause);
    }
}

/// The error output (specification, "Catch"); what the failure does not have is left out.
fn error_output(failure: &Failure) -> Value {
    let mut output = Map::new();
    for (name, text) in [("Error", &failure.error), ("Cause", &failure.cause)] {
        if let Some(text) = text {
            output.insert(name.to_owned(), Value::from(text.as_str()));
        }
    }
    Value::Object(output)
}
