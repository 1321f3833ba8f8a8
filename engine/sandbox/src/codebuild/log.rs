//! The log of a build on its way to CloudWatch Logs. Whoever writes a line never waits for it; the end of the build
//! does.

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::clock::now_ms;
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
        let seconds = crate::clock::iso_seconds(now_ms());
        let moment = seconds.trim_end_matches('Z').replace('-', "/").replace('T', " ");
        self.line(format!("[Container] {moment} {text}"));
    }

    /// Returns once every line is written.
    pub(super) async fn close(mut self) {
        drop(self.sender.take());
        if let Some(writer) = self.writer.take() {
            writer.await.ok();
        }
    }
}
