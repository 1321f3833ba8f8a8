//! Faults on request, to see what is built on the sandbox fail: decided by rate and seed, and written down, so that a
//! failure can be replayed. It injects none unless it was asked to.
//!
//! A decision depends on the seed, the run (how often this data directory was started with faults), the kind, a stream
//! (who calls what, on which pull request, repository or project) and a number that counts within the stream: never on
//! time, nor on what other streams do meanwhile.

mod answers;
mod spec;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) use spec::Kind;
pub use spec::{Faults, FaultsError};

use crate::clock::{iso_seconds, now_ms};
use crate::logs::put_lines;
use crate::service::Service;
use crate::world::{Caller, Shared};
use crate::{AwsError, Store, StoreError};

/// The file in the data directory that every injected fault is written to, one JSON object a line.
pub(crate) const LOG_FILE: &str = "faults.log";
/// The log group of the same lines.
const LOG_GROUP: &str = "/sandbox/faults";

/// Decides which call and which event is hit.
pub(crate) struct Injector {
    asked: Faults,
    /// Which start of the sandbox with faults this is, from 1: else a crash would repeat itself at every start.
    run: u64,
    /// How many decisions each kind and stream has seen.
    counts: Mutex<BTreeMap<(Kind, String), u64>>,
}

/// When a call is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Nothing of it was carried out.
    Before,
    /// It was carried out and is in the journal; its answer is lost.
    After,
}

impl Injector {
    /// # Errors
    /// When the run cannot be counted.
    pub(crate) fn new(asked: Faults, store: &Store) -> Result<Self, StoreError> {
        let run = store.transact(|tx| Ok::<_, StoreError>(tx.next("fault_runs")))?;
        Ok(Self { asked, run, counts: Mutex::default() })
    }

    /// How long an event that is held back waits for later ones: longer than a call takes.
    pub(crate) const HELD: std::time::Duration = std::time::Duration::from_millis(300);

    /// Whether the event of this number is hit.
    pub(crate) fn hits_event(&self, world: &Shared, kind: Kind, number: &str) -> bool {
        let hit = self.hash(kind, "event", number).is_some();
        if hit {
            self.write_down(world, kind, "event", number, None);
        }
        hit
    }

    /// Whether the next call of the stream is hit, and when.
    fn hits_call(&self, world: &Shared, kind: Kind, stream: &str) -> Option<Moment> {
        let number = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry((kind, stream.to_owned())).or_default();
            *count += 1;
            count.to_string()
        };
        let hash = self.hash(kind, stream, &number)?;
        let moment = if hash.is_multiple_of(2) { Moment::Before } else { Moment::After };
        self.write_down(world, kind, stream, &number, Some(moment));
        Some(moment)
    }

    /// A number that is as good as random, when the decision hits.
    fn hash(&self, kind: Kind, stream: &str, number: &str) -> Option<u64> {
        let rate = *self.asked.rates.get(&kind)?;
        let decision = format!("{}/{}/{}/{stream}/{number}", self.asked.seed, self.run, kind.name());
        let digest = Sha256::digest(decision.as_bytes());
        let bytes = |at: usize| digest[at..at + 8].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        // 32 bits are exact in a float, and fine enough for a rate.
        let share = f64::from((bytes(0) >> 32) as u32) / f64::from(u32::MAX);
        (share < rate || rate >= 1.0).then(|| bytes(8))
    }

    fn write_down(&self, world: &Shared, kind: Kind, stream: &str, number: &str, moment: Option<Moment>) {
        let moment = match (kind, moment) {
            (Kind::Crash | Kind::Error, Some(Moment::Before)) => Some("before"),
            (Kind::Crash | Kind::Error, Some(Moment::After)) => Some("after"),
            _ => None,
        };
        let line = json!({
            "at": iso_seconds(now_ms()),
            "seed": self.asked.seed,
            "run": self.run,
            "fault": kind.name(),
            "stream": stream,
            "number": number,
            "moment": moment,
        })
        .to_string();
        append(&world.data.join(LOG_FILE), &line); // the fault is injected even when nobody can read of it
        put_lines(world, LOG_GROUP, "injected", &[line]).ok();
    }
}

fn append(path: &Path, line: &str) {
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(path) {
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

/// Carries out one call, with the faults that hit it.
pub(crate) async fn call<T>(
    world: &Shared,
    caller: &Caller,
    (service, operation): (Service, &str),
    subject: Option<&str>,
    work: impl Future<Output = Result<T, AwsError>>,
) -> Result<T, AwsError> {
    let role = role_of(caller);
    let called = format!("{}:{operation}", answers::name(service));
    let asked =
        |asked: &Faults| (asked.everyone || role.is_some()) && asked.only.as_ref().is_none_or(|only| *only == called);
    let Some(injector) = world.faults.as_ref().filter(|injector| asked(&injector.asked)) else {
        return work.await;
    };
    let who = role.unwrap_or(&caller.arn);
    let stream = format!("{who} {called} {}", subject.unwrap_or_default());
    let stream = stream.trim_end();
    if injector.hits_call(world, Kind::Delay, stream).is_some() {
        tokio::time::sleep(injector.asked.delay).await;
    }
    if injector.hits_call(world, Kind::Throttle, stream).is_some() {
        return Err(answers::throttled(service));
    }
    if injector.hits_call(world, Kind::Deny, stream).is_some() {
        return Err(answers::denied(service));
    }
    let crash = injector.hits_call(world, Kind::Crash, stream);
    if crash == Some(Moment::Before) {
        end_at_once();
    }
    let error = injector.hits_call(world, Kind::Error, stream);
    if error == Some(Moment::Before) {
        return Err(answers::failed(service));
    }
    let answer = work.await;
    if crash == Some(Moment::After) {
        end_at_once();
    }
    match error {
        Some(Moment::After) if answer.is_ok() => Err(answers::failed(service)),
        _ => answer,
    }
}

/// What a call is about, where its input says so in a way that is the same at every replay.
pub(crate) fn subject(input: &Value) -> Option<String> {
    let names = ["pullRequestId", "repositoryName", "projectName"];
    names.into_iter().find_map(|name| input[name].as_str()).map(str::to_owned)
}

/// The role of a role session.
fn role_of(caller: &Caller) -> Option<&str> {
    let (_, rest) = caller.arn.split_once(":assumed-role/")?;
    rest.split('/').next()
}

/// SIGKILL: no destructor runs, nothing is flushed.
fn end_at_once() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injector(spec: &str, run: u64) -> Injector {
        Injector { asked: spec.parse().unwrap(), run, counts: Mutex::default() }
    }

    fn hits(injector: &Injector, kind: Kind, stream: &str) -> Vec<u32> {
        (0..1000).filter(|number| injector.hash(kind, stream, &number.to_string()).is_some()).collect()
    }

    #[test]
    fn the_same_seed_hits_the_same_calls_and_another_seed_run_stream_or_kind_hits_others() {
        let spec = "seed=7,throttle=0.2,drop=0.2";
        let first = hits(&injector(spec, 1), Kind::Throttle, "voter codecommit:GetPullRequest");
        assert_eq!(first, hits(&injector(spec, 1), Kind::Throttle, "voter codecommit:GetPullRequest"));
        for other in [
            hits(&injector("seed=8,throttle=0.2", 1), Kind::Throttle, "voter codecommit:GetPullRequest"),
            hits(&injector(spec, 2), Kind::Throttle, "voter codecommit:GetPullRequest"),
            hits(&injector(spec, 1), Kind::Throttle, "voter codecommit:PostComment"),
            hits(&injector(spec, 1), Kind::Drop, "voter codecommit:GetPullRequest"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn the_rate_is_the_share_that_is_hit() {
        let injector = injector("drop=0.2,reorder=1,duplicate=0", 1);
        assert!((150..250).contains(&hits(&injector, Kind::Drop, "event").len()));
        assert_eq!(hits(&injector, Kind::Reorder, "event").len(), 1000);
        assert!(hits(&injector, Kind::Duplicate, "event").is_empty());
        assert!(hits(&injector, Kind::Crash, "event").is_empty());
    }
}
