//! The log of a build on its way to CloudWatch Logs. Whoever writes a line never waits for it; the end of the build
//! does.

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::build::{Context, Status};
use crate::clock::{iso_millis, now_ms};
use crate::logs::put_lines;
use crate::world::Shared;

/// Lines that are written at once.
const BATCH: usize = 1_000;

/// The open log of a build; without logs, lines go nowhere.
pub(super) struct Log {
    sender: Option<UnboundedSender<String>>,
    writer: Option<JoinHandle<()>>,
}

impl Log {
    /// Opens the stream.
    pub(super) fn open(world: &Shared, stream: Option<(String, String)>) -> Self {
        let Some((group, stream)) = stream else { return Self { sender: None, writer: None } };
        let (sender, mut lines) = unbounded_channel();
        let world = world.clone();
        let writer = tokio::spawn(async move {
            let mut batch = Vec::new();
            while lines.recv_many(&mut batch, BATCH).await > 0 {
                // A log that cannot be written does not end the build, as on CodeBuild.
                put_lines(&world, &group, &stream, &batch).ok();
                batch.clear();
            }
        });
        Self { sender: Some(sender), writer: Some(writer) }
    }

    /// One line.
    pub(super) fn line(&self, line: String) {
        if let Some(sender) = &self.sender {
            sender.send(line).ok();
        }
    }

    /// One line that CodeBuild says itself (*recorded*: its beginning).
    pub(super) fn container(&self, text: &str) {
        let moment = iso_millis(now_ms()).replace('-', "/").replace('T', " ").replace('Z', "000");
        self.line(format!("[Container] {moment} {text}"));
    }

    /// How a phase ended that the runner does not know of (*recorded*: both lines).
    pub(super) fn phase(&self, kind: &str, status: Status, context: Option<&Context>) {
        let (code, message) = context.map_or(("", ""), |context| (&context.code, &context.message));
        self.container(&format!("Phase complete: {kind} State: {}", status.name()));
        self.container(&format!("Phase context status code: {code} Message: {message}"));
    }

    /// Returns once every line is written.
    pub(super) async fn close(mut self) {
        drop(self.sender.take());
        if let Some(writer) = self.writer.take() {
            writer.await.ok();
        }
    }
}
