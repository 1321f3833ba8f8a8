//! Moves a strand from state to state until it has to wait. Never decides what a state does.

use serde_json::Value;

use super::strand::{At, Strand, Visit, Work};
use super::{Effect, Head};
use crate::history::{EventDetail, Journal, StateType};
use crate::json::Json;
use crate::model::{Kind, Machine, State, Then};
use crate::names::{Failure, RUNTIME};
use crate::scope::Chance;
use crate::timestamp::Timestamp;

/// An execution at one instant, without its strands.
pub(super) struct Driver<'a> {
    pub(super) head: &'a mut Head,
    pub(super) journal: &'a mut Journal,
    pub(super) outbox: &'a mut Vec<Effect>,
    pub(super) now: Timestamp,
    pub(super) chance: Chance<'a>,
}

/// What became of a state's work.
pub(super) enum Turn {
    /// Nothing to do before a deadline or an answer.
    Blocked,
    /// Something changed; look again.
    Moved,
    /// The state is done.
    Leave { output: Value, then: Then },
}

impl Driver<'_> {
    /// Goes on until the strand is done, failed or waits, or the history is full.
    pub(super) fn drive(&mut self, strand: &mut Strand, machine: &Machine) {
        while !self.journal.is_full() && self.step(strand, machine) {}
    }

    /// Writes an event of this strand.
    pub(super) fn record(&mut self, strand: &mut Strand, detail: EventDetail) {
        strand.last = self.journal.add(strand.last, self.now, detail);
    }

    fn step(&mut self, strand: &mut Strand, machine: &Machine) -> bool {
        // The place is taken out so that the rest of the strand can be written to meanwhile.
        let at = std::mem::replace(&mut strand.at, At::Done(Json(Value::Null)));
        let (at, moved) = match at {
            At::Entering { state, input } => (self.enter(strand, machine, state, input), true),
            At::Inside(visit) => self.look(strand, machine, visit),
            over @ (At::Done(_) | At::Failed(_)) => (over, false),
        };
        strand.at = at;
        moved
    }

    fn enter(&mut self, strand: &mut Strand, machine: &Machine, name: String, input: Json) -> At {
        let Some(state) = machine.states.get(&name) else { return unknown(&name) };
        let state_type = state_type(&state.kind);
        let entered = EventDetail::StateEntered { state_type, name: name.clone(), input: input.0.to_string() };
        self.record(strand, entered);
        At::Inside(Box::new(Visit {
            state: name,
            state_type,
            input,
            entered: self.now,
            entered_event: strand.last,
            retries: vec![0; state.retry.len()],
            retry_count: 0,
            work: Work::Ready,
        }))
    }

    fn look(&mut self, strand: &mut Strand, machine: &Machine, mut visit: Box<Visit>) -> (At, bool) {
        let Some(state) = machine.states.get(&visit.state) else { return (unknown(&visit.state), true) };
        match self.work(strand, state, &mut visit) {
            Ok(Turn::Blocked) => (At::Inside(visit), false),
            Ok(Turn::Moved) => (At::Inside(visit), true),
            Ok(Turn::Leave { output, then }) => (self.leave(strand, &visit, output, then), true),
            Err(failure) => (self.handle(strand, state, visit, failure), true),
        }
    }

    fn work(&mut self, strand: &mut Strand, state: &State, visit: &mut Visit) -> Result<Turn, Failure> {
        match (&mut visit.work, &state.kind) {
            (Work::Ready, _) => self.begin(strand, state, visit),
            (Work::BackingOff { until }, _) if *until <= self.now => {
                visit.work = Work::Ready;
                Ok(Turn::Moved)
            }
            (Work::Waiting { until }, _) if *until <= self.now => self.finish_unchanged(strand, state, visit),
            (Work::BackingOff { .. } | Work::Waiting { .. }, _) => Ok(Turn::Blocked),
            (Work::Task(_), Kind::Task(task)) => self.look_at_task(strand, state, task, visit),
            (Work::Parallel(_), Kind::Parallel(branches)) => self.drive_branches(strand, state, branches, visit),
            (Work::Map(_), Kind::Map(map)) => self.drive_iterations(strand, state, map, visit),
            (Work::Task(_) | Work::Parallel(_) | Work::Map(_), _) => Err(Failure::new(
                RUNTIME,
                format!("the state '{}' has another type than when it was entered", visit.state),
            )),
        }
    }

    /// Writes that a state is left and goes where it leads.
    pub(super) fn leave(&mut self, strand: &mut Strand, visit: &Visit, output: Value, then: Then) -> At {
        let (state_type, name) = (visit.state_type, visit.state.clone());
        self.record(strand, EventDetail::StateExited { state_type, name, output: output.to_string() });
        match then {
            Then::Next(state) => At::Entering { state, input: Json(output) },
            Then::End => At::Done(Json(output)),
        }
    }
}

/// Only when the host hands in another definition than the one the execution was started with.
fn unknown(state: &str) -> At {
    At::Failed(Failure::new(RUNTIME, format!("the state '{state}' is not in the definition that was handed in")))
}

fn state_type(kind: &Kind) -> StateType {
    match kind {
        Kind::Task(_) => StateType::Task,
        Kind::Choice(_) => StateType::Choice,
        Kind::Wait(_) => StateType::Wait,
        Kind::Pass(_) => StateType::Pass,
        Kind::Succeed => StateType::Succeed,
        Kind::Fail(_) => StateType::Fail,
        Kind::Parallel(_) => StateType::Parallel,
        Kind::Map(_) => StateType::Map,
    }
}
