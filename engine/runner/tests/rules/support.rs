//! A build in a temporary directory, and what its observer has heard of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gated_runner::{
    BuildEnvironment, Buildspec, Cancellation, Observer, Outcome, Phase, PhaseReport, ShellProcess, cancellation, run,
};
use tokio::sync::watch;

pub(crate) struct Bench {
    root: tempfile::TempDir,
    pub(crate) build: BuildEnvironment,
    pub(crate) limit: Option<Duration>,
}

/// Each phase with its status, as `BUILD FAILED`.
pub(crate) fn phases(outcome: &Outcome) -> Vec<String> {
    outcome.phases.iter().map(|report| format!("{} {}", report.phase.name(), report.status.name())).collect()
}

/// What was heard. `seen` wakes whoever waits for a line.
pub(crate) struct Heard {
    pub(crate) lines: Vec<Vec<u8>>,
    pub(crate) events: Vec<String>,
    pub(crate) shells: Vec<ShellProcess>,
    clock: u64,
    seen: watch::Sender<String>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("src");
        std::fs::create_dir(&directory).unwrap();
        let base = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", "/nowhere"), ("LANG", "C.UTF-8")];
        let build = BuildEnvironment {
            directory: directory.canonicalize().unwrap(),
            scratch: root.path().join("scratch of it's own"),
            base: base.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            resolved: BTreeMap::new(),
            variables: BTreeMap::new(),
            masked: Vec::new(),
            grace: Duration::from_secs(10),
        };
        Self { root, build, limit: None }
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.build.directory.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) async fn run(&self, spec: &str) -> (Outcome, Heard) {
        let (_handle, cancel) = cancellation();
        self.run_until(spec, cancel, Heard::new()).await
    }

    pub(crate) async fn run_until(&self, spec: &str, cancel: Cancellation, mut heard: Heard) -> (Outcome, Heard) {
        let spec = Buildspec::parse(spec).unwrap();
        let outcome = run(&spec, &self.build, &mut heard, cancel, self.limit).await.unwrap();
        (outcome, heard)
    }

    /// Stops the build as soon as it has written the line.
    pub(crate) async fn stop_at(&self, spec: &str, line: &str) -> (Outcome, Heard) {
        let (handle, cancel) = cancellation();
        let heard = Heard::new();
        let mut seen = heard.seen.subscribe();
        let stop = async {
            seen.wait_for(|seen| seen == line).await.unwrap();
            handle.cancel();
        };
        tokio::join!(self.run_until(spec, cancel, heard), stop).0
    }
}

impl Heard {
    pub(crate) fn new() -> Self {
        let (seen, _) = watch::channel(String::new());
        Self { lines: Vec::new(), events: Vec::new(), shells: Vec::new(), clock: 1_000, seen }
    }

    /// What the commands wrote on lines that begin with `> `.
    pub(crate) fn output(&self) -> Vec<String> {
        self.lines
            .iter()
            .filter_map(|line| Some(String::from_utf8_lossy(line.strip_prefix(b"> ")?).into_owned()))
            .collect()
    }

    /// Follows the log: the value is the latest line.
    pub(crate) fn subscribe(&self) -> watch::Receiver<String> {
        self.seen.subscribe()
    }

    pub(crate) fn log(&self) -> String {
        self.lines.iter().map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect()
    }
}

impl Observer for Heard {
    fn now_ms(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn shell_started(&mut self, process: &ShellProcess) {
        self.shells.push(process.clone());
    }

    fn phase_started(&mut self, phase: Phase, _: u64) {
        self.events.push(format!("{} started", phase.name()));
    }

    fn phase_ended(&mut self, report: &PhaseReport) {
        self.events.push(format!("{} {}", report.phase.name(), report.status.name()));
    }

    fn log(&mut self, line: &[u8]) {
        self.lines.push(line.to_vec());
        self.seen.send_replace(String::from_utf8_lossy(line).into_owned());
    }
}
