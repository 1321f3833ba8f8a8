//! Hears of a build's phases from the runner and writes them down. It decides nothing.

use gated_runner::{BuildStatus, Observer, Phase, PhaseReport, ShellProcess};

use super::build::{Context, Status};
use super::log::Log;
use super::recorder::Recorder;
use crate::clock::now_ms;

/// The runner's observer.
pub(super) struct Watcher<'b> {
    recorder: &'b mut Recorder,
    log: &'b Log,
    /// The journal could not be written.
    pub(super) lost: bool,
}

impl<'b> Watcher<'b> {
    pub(super) fn new(recorder: &'b mut Recorder, log: &'b Log) -> Self {
        Self { recorder, log, lost: false }
    }
}

impl Observer for Watcher<'_> {
    fn now_ms(&mut self) -> u64 {
        now_ms()
    }

    fn shell_started(&mut self, process: &ShellProcess) {
        self.recorder.progress.process = Some(process.clone());
        self.lost |= self.recorder.write(false).is_err();
    }

    fn phase_started(&mut self, phase: Phase, at_ms: u64) {
        self.lost |= self.recorder.begin(phase.name(), at_ms).is_err();
    }

    fn phase_ended(&mut self, report: &PhaseReport) {
        let status = match report.status {
            BuildStatus::Succeeded => Status::Succeeded,
            BuildStatus::Failed => Status::Failed,
            BuildStatus::TimedOut => Status::TimedOut,
            BuildStatus::Stopped => Status::Stopped,
        };
        let contexts = report
            .contexts
            .iter()
            .map(|context| Context { code: context.code.to_owned(), message: context.message.clone() })
            .collect();
        self.recorder.end(status, report.ended_ms, contexts);
    }

    fn log(&mut self, line: &[u8]) {
        self.log.line(String::from_utf8_lossy(line).into_owned());
    }
}
