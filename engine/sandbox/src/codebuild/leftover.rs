//! Builds that a killed sandbox left behind: their processes are ended, their records say FAULT, their directories go.
//! It touches no build of this run.

use gated_runner::kill_leftover;
use tokio::task::JoinError;

use super::build::{Build, Context, Progress, Status};
use super::lifecycle::workspace_root;
use super::operations::unfinished;
use super::recorder::Recorder;
use crate::AwsError;
use crate::clock::now_ms;
use crate::world::Shared;

/// Ends all of them before anything else looks at them (*assumed*: a lost machine is a FAULT, CodeBuild's own fault).
///
/// # Errors
/// When the journal cannot be written.
pub(super) async fn end_all(world: &Shared) -> Result<(), AwsError> {
    for (id, progress) in unfinished(world) {
        let ended = end_processes(&progress).await;
        ended.map_err(|error| AwsError::internal(format!("the processes of build {id}: {error}")))?;
        let Some(build) = world.store.get::<Build>("builds", &id) else { continue };
        let mut recorder = Recorder::new(world.clone(), build, progress);
        let message = "The sandbox ended while the build was running".to_owned();
        let context = Context { code: "INTERNAL_SERVICE_ERROR".to_owned(), message };
        recorder.end(Status::Fault, now_ms(), vec![context]);
        recorder.complete(Status::Fault)?;
    }
    remove_directories(world);
    Ok(())
}

/// Ends what a build has left running, in whatever session it is.
pub(super) async fn end_processes(progress: &Progress) -> Result<(), JoinError> {
    let Some(process) = progress.process.clone() else { return Ok(()) };
    tokio::task::spawn_blocking(move || kill_leftover(&process)).await.map(drop)
}

/// In the background: none of them is one of this run, whose names are new.
fn remove_directories(world: &Shared) {
    let Ok(entries) = std::fs::read_dir(workspace_root(world)) else { return };
    let left: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    tokio::task::spawn_blocking(move || left.iter().for_each(|path| drop(std::fs::remove_dir_all(path))));
}
