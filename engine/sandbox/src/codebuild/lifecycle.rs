//! The life of one build, from the queue to its end. What happens is written as it happens; a stop or a time-out ends
//! the build's processes wherever it is.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use gated_runner::{
    BuildEnvironment, BuildStatus, Buildspec, CancelHandle, Cancellation, Outcome, Phase, cancellation,
};
use tokio::sync::watch;

use super::build::{Build, Context, Progress, Status};
use super::log::Log;
use super::recorder::Recorder;
use super::watcher::Watcher;
use super::{artifacts, download};
use crate::AwsError;
use crate::clock::now_ms;
use crate::world::Shared;

/// Time between asking a build's processes to end and killing them.
pub(super) const GRACE: Duration = Duration::from_millis(200);

/// How a build that has not ended is reached.
pub(crate) struct Control {
    stop: watch::Sender<bool>,
    cancel: CancelHandle,
    done: watch::Receiver<bool>,
}

impl Control {
    /// Asks the build to end.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
        self.cancel.cancel();
    }

    /// True once the build has ended.
    pub(super) fn done(&self) -> watch::Receiver<bool> {
        self.done.clone()
    }
}

/// Why a build ends before its phases are through.
enum Early {
    /// The current phase ends so.
    Ended(Status, Option<Context>),
    /// The journal cannot be written: nothing may be done any more. The next start makes it a FAULT.
    Lost,
}

impl From<AwsError> for Early {
    fn from(_: AwsError) -> Self {
        Self::Lost
    }
}

impl From<Context> for Early {
    fn from(context: Context) -> Self {
        Self::Ended(Status::Failed, Some(context))
    }
}

/// Starts the life of a build that was accepted. The caller holds the controls since before it was, so that nobody
/// meets the build without its control.
pub(super) fn launch(world: &Shared, controls: &mut HashMap<String, Control>, build: Build, progress: Progress) {
    let (stop, stopped) = watch::channel(false);
    let (finished, done) = watch::channel(false);
    let (cancel, cancellation) = cancellation();
    let id = build.id.clone();
    controls.insert(id.clone(), Control { stop, cancel, done });
    let owned = world.clone();
    world.running.codebuild.tasks.spawn(async move {
        let place = workspace_root(&owned).join(build.uuid());
        let recorder = Recorder::new(owned.clone(), build, progress);
        Life { recorder, stopped, cancellation, place: place.clone() }.live().await;
        owned.running.codebuild.controls().remove(&id);
        finished.send_replace(true);
        // Nobody waits for this; what a kill interrupts is removed at the next start.
        tokio::task::spawn_blocking(move || std::fs::remove_dir_all(place));
    });
}

/// Where builds work: one directory each, by UUID.
pub(super) fn workspace_root(world: &Shared) -> PathBuf {
    let root = world.data.join("builds");
    std::path::absolute(&root).unwrap_or(root)
}

struct Life {
    recorder: Recorder,
    stopped: watch::Receiver<bool>,
    cancellation: Cancellation,
    place: PathBuf,
}

impl Life {
    async fn live(mut self) {
        let status = match self.phases().await {
            Ok(status) => status,
            Err(Early::Ended(status, context)) => {
                self.recorder.end(status, now_ms(), context.into_iter().collect());
                status
            }
            Err(Early::Lost) => return,
        };
        // *Recorded*: a build that was stopped has no FINALIZING.
        if !matches!(status, Status::Stopped | Status::Fault) {
            if self.recorder.begin("FINALIZING", now_ms()).is_err() {
                return;
            }
            self.recorder.end(Status::Succeeded, now_ms(), Vec::new());
        }
        self.recorder.complete(status).ok(); // else the next start makes it a FAULT
    }

    async fn phases(&mut self) -> Result<Status, Early> {
        let _permit = self.queued().await?;
        let begun = tokio::time::Instant::now();
        self.recorder.next("PROVISIONING")?;
        self.recorder.next("DOWNLOAD_SOURCE")?;
        let world = self.recorder.world.clone();
        let log = Log::open(&world, self.recorder.build.log_stream());
        let status = self.worked(&log, begun).await;
        if let Err(Early::Ended(status, Some(context))) = &status {
            log.phase(self.recorder.progress.current_phase(), *status, Some(context));
        }
        drop(log); // whoever hears of the end of the build can read all of its log
        status
    }

    /// Waits for a place among those that run.
    async fn queued(&mut self) -> Result<tokio::sync::OwnedSemaphorePermit, Early> {
        let running = &self.recorder.world.running.codebuild;
        let most = running.minute * u32::try_from(self.recorder.build.queued_minutes).unwrap_or(u32::MAX);
        tokio::select! {
            biased;
            () = stopped(&mut self.stopped) => Err(Early::Ended(Status::Stopped, None)),
            permit = running.permits.clone().acquire_owned() => permit.map_err(|_| Early::Lost),
            () = tokio::time::sleep(most) => {
                let message = "Build has timed out. It was queued for too long.".to_owned(); // *assumed*
                let context = Context { code: "BUILD_TIMED_OUT".to_owned(), message };
                Err(Early::Ended(Status::TimedOut, Some(context)))
            }
        }
    }

    async fn worked(&mut self, log: &Log, begun: tokio::time::Instant) -> Result<Status, Early> {
        let (spec, place) = self.downloaded().await?;
        self.recorder.end(Status::Succeeded, now_ms(), Vec::new());
        let running = &self.recorder.world.running.codebuild;
        let limit = running.minute * u32::try_from(self.recorder.build.timeout_minutes).unwrap_or(u32::MAX);
        let limit = limit.saturating_sub(begun.elapsed());
        let mut watcher = Watcher::new(&mut self.recorder, log);
        let outcome = gated_runner::run(&spec, &place, &mut watcher, self.cancellation.clone(), Some(limit)).await;
        if watcher.lost {
            return Err(Early::Lost);
        }
        match outcome {
            Ok(outcome) => self.ended(&spec, &place, outcome, log).await,
            Err(fault) => {
                let message = std::error::Error::source(&fault)
                    .map_or_else(|| fault.to_string(), |source| format!("{fault}: {source}"));
                let context = Context { code: "INTERNAL_SERVICE_ERROR".to_owned(), message };
                Err(Early::Ended(Status::Fault, Some(context)))
            }
        }
    }

    /// DOWNLOAD_SOURCE: the checkout, the buildspec, the variables.
    async fn downloaded(&mut self) -> Result<(Buildspec, BuildEnvironment), Early> {
        let download = download::download(&self.recorder.world, &self.recorder.build, &self.place);
        let (spec, place, resolved) = tokio::select! {
            biased;
            () = stopped(&mut self.stopped) => return Err(Early::Ended(Status::Stopped, None)),
            downloaded = download => downloaded?,
        };
        self.recorder.progress.resolved = resolved;
        Ok((spec, place))
    }

    /// What follows the buildspec's own phases. *Documented*: after a failed INSTALL or PRE_BUILD there is no
    /// UPLOAD_ARTIFACTS; after BUILD it is always attempted.
    async fn ended(
        &mut self,
        spec: &Buildspec,
        place: &BuildEnvironment,
        outcome: Outcome,
        log: &Log,
    ) -> Result<Status, Early> {
        self.recorder.progress.exported = outcome.exported_variables;
        self.recorder.progress.process = None;
        let status = match outcome.status {
            BuildStatus::Succeeded => Status::Succeeded,
            BuildStatus::Failed => Status::Failed,
            BuildStatus::TimedOut => return Ok(Status::TimedOut),
            BuildStatus::Stopped => return Ok(Status::Stopped),
        };
        if !outcome.phases.iter().any(|report| report.phase == Phase::Build) {
            return Ok(status);
        }
        self.recorder.begin("UPLOAD_ARTIFACTS", now_ms())?;
        let mut variables = place.variables.clone();
        let written = spec.env.variables.iter().map(|(name, value)| (name, value));
        for (name, value) in place.resolved.iter().chain(written) {
            variables.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let (world, build) = (self.recorder.world.clone(), self.recorder.build.clone());
        let upload =
            artifacts::Upload { world, build, spec: spec.clone(), directory: place.directory.clone(), variables };
        let (left, outcome) = tokio::task::spawn_blocking(move || upload.run()).await.map_err(|_| Early::Lost)??;
        self.recorder.progress.reports = left.arns;
        left.lines.iter().for_each(|line| log.container(line));
        let (phase, status, context) = match outcome {
            Ok(()) => (Status::Succeeded, status, None),
            Err(context) => (Status::Failed, Status::Failed, Some(context)),
        };
        log.phase("UPLOAD_ARTIFACTS", phase, context.as_ref());
        self.recorder.end(phase, now_ms(), context.into_iter().collect());
        Ok(status)
    }
}

/// Returns once a stop was asked for.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|asked| *asked).await.is_err() {
        std::future::pending::<()>().await;
    }
}
