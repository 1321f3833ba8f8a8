//! Builds: looked up, listed, stopped, forgotten, awaited. It starts none.

use serde::Deserialize;
use serde_json::{Value, json};

use super::build::{Progress, find, must_find};
use super::build_shape::shape;
use super::page;
use super::shape::invalid;
use crate::AwsError;
use crate::fields::Fields;
use crate::world::{Shared, World};

const MAX_IDS: usize = 100; // *documented*: BatchGetBuilds

/// `StopBuild`: answers once the build has ended. One that is over stays as it is (*assumed*).
pub(super) async fn stop(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("StopBuild", input)?;
    let id = fields.required_str("id", "InvalidInputException")?;
    fields.finish()?;
    Ok(json!({ "build": stop_build(world, &id).await? }))
}

/// Stops a build and waits until it has ended. The answer is a `Build`.
///
/// # Errors
/// `ResourceNotFoundException`
pub(crate) async fn stop_build(world: &Shared, id: &str) -> Result<Value, AwsError> {
    let (build, _) = must_find(world, id)?;
    if let Some(control) = world.running.codebuild.controls().get(&build.id) {
        control.stop();
    }
    ended(world, &build.id).await
}

/// Waits until a build has ended. The answer is a `Build`.
///
/// # Errors
/// `ResourceNotFoundException`, also when the build is deleted meanwhile.
pub(crate) async fn ended(world: &Shared, id: &str) -> Result<Value, AwsError> {
    let done = world.running.codebuild.controls().get(id).map(super::lifecycle::Control::done);
    if let Some(mut done) = done
        && done.wait_for(|done| *done).await.is_err()
        && !must_find(world, id)?.1.is_complete()
    {
        std::future::pending::<()>().await; // the sandbox is ending, and so is whoever waits here
    }
    let (build, progress) = must_find(world, id)?;
    Ok(shape(world, &build, &progress))
}

/// `BatchGetBuilds`
pub(super) fn batch_get(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let (mut builds, mut missing) = (Vec::new(), Vec::new());
    for id in ids("BatchGetBuilds", input)? {
        match find(world, &id) {
            Some((build, progress)) => builds.push(shape(world, &build, &progress)),
            None => missing.push(id),
        }
    }
    Ok(json!({ "builds": builds, "buildsNotFound": missing }))
}

/// `BatchDeleteBuilds`: a build that runs is not deleted (*documented*; the status code is *assumed*).
pub(super) fn batch_delete(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let (mut deleted, mut kept) = (Vec::new(), Vec::new());
    for id in ids("BatchDeleteBuilds", input)? {
        match find(world, &id) {
            Some((build, progress)) if progress.is_complete() => {
                world.store.transact(|tx| -> Result<(), AwsError> {
                    tx.delete("builds", &build.id);
                    tx.delete("build_progress", &build.id);
                    Ok(())
                })?;
                deleted.push(build.arn(world));
            }
            Some(_) => kept.push(json!({ "id": id, "statusCode": "BUILD_IN_PROGRESS" })),
            None => kept.push(json!({ "id": id, "statusCode": "BUILD_NOT_FOUND" })),
        }
    }
    Ok(json!({ "buildsDeleted": deleted, "buildsNotDeleted": kept }))
}

/// `ListBuilds`, the latest first unless asked otherwise.
pub(super) fn list(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListBuilds", input)?;
    let descending = page::descending(fields.str("sortOrder")?, true)?;
    let token = fields.str("nextToken")?;
    fields.finish()?;
    page::answer("ids", in_order(world, ""), descending, token)
}

/// `ListBuildsForProject`
pub(super) fn list_for_project(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListBuildsForProject", input)?;
    let project = fields.required_str("projectName", "InvalidInputException")?;
    let descending = page::descending(fields.str("sortOrder")?, true)?;
    let token = fields.str("nextToken")?;
    fields.finish()?;
    super::project::find(world, &project)?;
    page::answer("ids", in_order(world, &format!("{project}:")), descending, token)
}

/// Every build that has not ended, as the store has it.
pub(super) fn unfinished(world: &World) -> Vec<(String, Progress)> {
    let mut builds = world.store.scan::<Progress>("build_progress", "");
    builds.retain(|(_, progress)| !progress.is_complete());
    builds
}

/// The place of a build in lists: they need no more of it.
#[derive(Deserialize)]
struct Placed {
    sequence: u64,
}

fn in_order(world: &World, prefix: &str) -> Vec<String> {
    let mut builds = world.store.scan::<Placed>("builds", prefix);
    builds.sort_by_key(|(_, build)| build.sequence);
    builds.into_iter().map(|(id, _)| id).collect()
}

fn ids(operation: &str, input: Value) -> Result<Vec<String>, AwsError> {
    let mut fields = Fields::new(operation, input)?;
    let ids = fields.strings("ids")?.unwrap_or_default();
    fields.finish()?;
    match (1..=MAX_IDS).contains(&ids.len()) {
        true => Ok(ids),
        false => Err(invalid(format!("ids must have 1 to {MAX_IDS} members"))),
    }
}
