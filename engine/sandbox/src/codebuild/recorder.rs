//! Writes down how far a build got. A phase's end is written together with what follows it, so that no reader sees a
//! build between two phases.

use super::build::{Build, Context, Phase, PhaseEnd, Progress, Status};
use super::events::{phase_change, state_change};
use crate::AwsError;
use crate::clock::now_ms;
use crate::world::Shared;

/// A build and its progress.
pub(super) struct Recorder {
    pub(super) world: Shared,
    pub(super) build: Build,
    pub(super) progress: Progress,
    /// Phases that ended since the last write: their events are due.
    told: Vec<usize>,
}

impl Recorder {
    pub(super) fn new(world: Shared, build: Build, progress: Progress) -> Self {
        Self { world, build, progress, told: Vec::new() }
    }

    /// Ends the current phase as a success and begins another.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(super) fn next(&mut self, kind: &str) -> Result<(), AwsError> {
        let now = now_ms();
        self.end(Status::Succeeded, now, Vec::new());
        self.begin(kind, now)
    }

    /// Begins a phase.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(super) fn begin(&mut self, kind: &str, at_ms: u64) -> Result<(), AwsError> {
        self.progress.phases.push(Phase { kind: kind.to_owned(), started_ms: at_ms, end: None });
        self.write(false)
    }

    /// Ends the current phase, unless it has ended.
    pub(super) fn end(&mut self, status: Status, at_ms: u64, contexts: Vec<Context>) {
        if let Some(phase) = self.progress.phases.last_mut().filter(|phase| phase.end.is_none()) {
            phase.end = Some(PhaseEnd { status, ended_ms: at_ms, contexts });
            self.told.push(self.progress.phases.len() - 1);
        }
    }

    /// Ends the build.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(super) fn complete(&mut self, status: Status) -> Result<(), AwsError> {
        let now = now_ms();
        self.progress.phases.push(Phase { kind: "COMPLETED".to_owned(), started_ms: now, end: None });
        self.progress.status = status;
        self.progress.process = None;
        self.progress.ended_ms = Some(now);
        self.write(true)
    }

    /// Writes the progress as it is, with the events that are due.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(super) fn write(&mut self, state_changed: bool) -> Result<(), AwsError> {
        let (world, build, progress) = (&self.world, &self.build, &self.progress);
        let told = std::mem::take(&mut self.told);
        world.store.transact(|tx| {
            tx.put("build_progress", &build.id, progress);
            for phase in told.iter().filter_map(|index| progress.phases.get(*index)) {
                if let Some(end) = &phase.end {
                    world.emit(tx, phase_change(world, build, progress, phase, end));
                }
            }
            if state_changed {
                world.emit(tx, state_change(world, build, progress));
            }
            Ok(())
        })
    }
}
