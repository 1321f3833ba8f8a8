//! CodeBuild: projects, and builds that run a buildspec's phases as processes on a fresh checkout of the exact commit.
//! It reads no results and knows no pull requests.
//!
//! *Assumed* throughout: a build runs on this machine with this machine's tools, whatever its image is called, as the
//! user of the sandbox. It is no border for hostile code.

mod artifacts;
mod build;
mod build_shape;
mod check;
mod download;
mod environment;
mod events;
mod fields;
mod leftover;
mod lifecycle;
mod log;
mod operations;
mod page;
mod project;
mod recorder;
mod report_groups;
mod reports;
mod shape;
mod source;
mod start;
mod watcher;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;

use crate::lambda::Tasks;
use crate::world::{Caller, Shared};
use crate::{AwsError, Store, StoreError};

pub(crate) use operations::{ended, stop_build};
pub(crate) use start::start_linked;

/// Builds that run at the same time (*documented*: the quota of Linux builds of one size is 20 or 60).
const RUNNING: usize = 60;
/// Builds that wait (*documented*: five times the quota).
const QUEUED: usize = 5 * RUNNING;

/// What this service holds in memory while the sandbox runs; nothing here outlives the process.
pub(crate) struct Running {
    tasks: Tasks,
    /// One permit for each build that may run.
    permits: Arc<Semaphore>,
    /// Builds that have not ended, by id.
    controls: Mutex<HashMap<String, lifecycle::Control>>,
    /// How long a minute of a time-out is.
    minute: Duration,
}

impl Default for Running {
    fn default() -> Self {
        Self {
            tasks: Tasks::default(),
            permits: Arc::new(Semaphore::new(RUNNING)),
            controls: Mutex::default(),
            minute: Duration::from_secs(60),
        }
    }
}

impl Running {
    /// Whose builds' time-outs have minutes of this length.
    pub(crate) fn new(minute: Duration) -> Self {
        Self { minute, ..Self::default() }
    }

    fn controls(&self) -> MutexGuard<'_, HashMap<String, lifecycle::Control>> {
        self.controls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether every record of this service can be read.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<project::Project>(project::PROJECTS)?;
    store.check::<build::Build>("builds")?;
    store.check::<build::Progress>("build_progress")?;
    store.check::<start::Used>(start::TOKENS)?;
    store.check::<report_groups::Group>(report_groups::GROUPS)?;
    store.check::<reports::Report>(reports::REPORTS)?;
    store.check::<String>(start::LINKS)
}

/// Makes the report groups that are installed, and ends the builds that a killed sandbox left behind.
pub(crate) async fn start(world: &Shared) -> Result<(), AwsError> {
    report_groups::install(world)?;
    leftover::end_all(world).await
}

/// Ends the builds with every process of theirs. In the store they stay in progress, and the next start ends them as
/// faults.
pub(crate) async fn stop(world: &Shared) {
    world.running.codebuild.tasks.stop().await;
    for (_, progress) in operations::unfinished(world) {
        leftover::end_processes(&progress).await.ok(); // the next start tries again
    }
}

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &[
    "CreateProject",
    "UpdateProject",
    "DeleteProject",
    "BatchGetProjects",
    "ListProjects",
    "StartBuild",
    "RetryBuild",
    "StopBuild",
    "BatchGetBuilds",
    "ListBuilds",
    "ListBuildsForProject",
    "BatchDeleteBuilds",
    "CreateReportGroup",
    "DeleteReportGroup",
    "BatchGetReportGroups",
    "ListReportGroups",
    "BatchGetReports",
    "ListReportsForReportGroup",
];

/// Answers one operation of CodeBuild.
pub(crate) async fn call(world: &Shared, caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    match operation {
        "CreateProject" => project::create(world, input),
        "UpdateProject" => project::update(world, input),
        "DeleteProject" => project::delete(world, input),
        "BatchGetProjects" => project::batch_get(world, input),
        "ListProjects" => project::list(world, input),
        "StartBuild" => start::start_build(world, caller, input),
        "RetryBuild" => start::retry_build(world, caller, input),
        "StopBuild" => operations::stop(world, input).await,
        "BatchGetBuilds" => operations::batch_get(world, input),
        "ListBuilds" => operations::list(world, input),
        "ListBuildsForProject" => operations::list_for_project(world, input),
        "BatchDeleteBuilds" => operations::batch_delete(world, input),
        "CreateReportGroup" => report_groups::create(world, input),
        "DeleteReportGroup" => report_groups::delete(world, input),
        "BatchGetReportGroups" => report_groups::batch_get(world, input),
        "ListReportGroups" => report_groups::list(world, input),
        "BatchGetReports" => reports::batch_get(world, input),
        "ListReportsForReportGroup" => reports::list_for_group(world, input),
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of CodeBuild"))),
    }
}

#[cfg(test)]
mod tests;
