//! The log of a build on its way to CloudWatch Logs. Lines are written together, by a task of their own; whoever is
//! faster than that writes them itself, so that a build never has more than a batch of its log in memory.

use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::build::{Context, Status};
use crate::clock::{iso_millis, now_ms};
use crate::logs::put_lines;
use crate::world::Shared;

/// Most lines that wait to be written.
const BATCH: usize = 1_000;

/// The open log of a build; without logs, lines go nowhere.
pub(super) struct Log {
    stream: Option<Arc<Stream>>,
    writer: Option<JoinHandle<()>>,
}

/// Where the lines go, and those that wait.
struct Stream {
    world: Shared,
    group: String,
    name: String,
    waiting: Mutex<Vec<String>>,
    /// Rung when a line waits.
    more: Notify,
}

impl Stream {
    fn push(&self, line: String) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(line);
        match waiting.len() >= BATCH {
            true => self.write(take(&mut *waiting)), // under the lock, so that lines keep their order
            false => self.more.notify_one(),
        }
    }

    fn flush(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(take(&mut *waiting));
    }

    fn write(&self, lines: Vec<String>) {
        // A log that cannot be written does not end the build, as on CodeBuild.
        put_lines(&self.world, &self.group, &self.name, &lines).ok();
    }
}

impl Log {
    /// Opens the stream.
    pub(super) fn open(world: &Shared, stream: Option<(String, String)>) -> Self {
        let Some((group, name)) = stream else { return Self { stream: None, writer: None } };
        let (world, waiting, more) = (world.clone(), Mutex::default(), Notify::new());
        let stream = Arc::new(Stream { world, group, name, waiting, more });
        let own = stream.clone();
        let writer = tokio::spawn(async move {
            loop {
                own.more.notified().await;
                own.flush();
            }
        });
        Self { stream: Some(stream), writer: Some(writer) }
    }

    /// One line.
    pub(super) fn line(&self, line: String) {
        if let Some(stream) = &self.stream {
            stream.push(line);
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
}

/// The end of the log, also of a build that is ended from outside: what waits is written.
impl Drop for Log {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.abort();
        }
        if let Some(stream) = &self.stream {
            stream.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn a_build_that_floods_its_log_is_slowed_and_not_kept_in_memory() {
        let directory = tempfile::tempdir().unwrap();
        let world: Shared = Arc::new(World::bare(directory.path()));
        let log = Log::open(&world, Some(("group".to_owned(), "stream".to_owned())));
        let written = || {
            let file = std::fs::read_dir(directory.path().join("logs")).unwrap().next().unwrap().unwrap().path();
            std::fs::read_to_string(file).unwrap()
        };
        // Nothing here waits, so that the task which writes has no turn before the end.
        for number in 0..10 * BATCH + 1 {
            log.line(format!("line {number}"));
            assert!(log.stream.as_ref().unwrap().waiting.lock().unwrap().len() < BATCH);
        }
        assert_eq!(written().lines().count(), 10 * BATCH);
        drop(log);
        let text = written();
        assert!(text.lines().enumerate().all(|(number, line)| line.ends_with(&format!("\"line {number}\"]"))));
        assert_eq!(text.lines().count(), 10 * BATCH + 1);
    }
}
