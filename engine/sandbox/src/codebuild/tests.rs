//! Builds whose minutes are short and whose queue is narrow: what an API call cannot ask for.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{call, operations};
use crate::world::{Running, Shared, World};

fn world(directory: &std::path::Path, codebuild: super::Running) -> Shared {
    Arc::new(World { running: Running { codebuild, ..Running::default() }, ..World::bare(directory) })
}

/// Calls as the user alice.
async fn ask(world: &Shared, operation: &str, input: Value) -> Value {
    call(world, &world.user("alice"), operation, input).await.unwrap()
}

async fn project(world: &Shared, command: &str) {
    let buildspec = json!({ "version": 0.2, "phases": { "build": { "commands": [command] } } });
    let input = json!({
        "name": "demo",
        "source": { "type": "NO_SOURCE", "buildspec": buildspec.to_string() },
        "artifacts": { "type": "NO_ARTIFACTS" },
        "environment": { "type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL" },
        "serviceRole": "arn:aws:iam::111122223333:role/builder",
        "timeoutInMinutes": 5,
        "queuedTimeoutInMinutes": 5,
    });
    ask(world, "CreateProject", input).await;
}

async fn start(world: &Shared) -> String {
    let answer = ask(world, "StartBuild", json!({ "projectName": "demo" })).await;
    answer["build"]["id"].as_str().unwrap().to_owned()
}

fn last_phase(build: &Value, name: &str) -> Value {
    let phases = build["phases"].as_array().unwrap();
    phases.iter().find(|phase| phase["phaseType"] == name).unwrap().clone()
}

#[tokio::test]
async fn a_build_that_takes_too_long_is_timed_out() {
    let directory = tempfile::tempdir().unwrap();
    let running = super::Running { minute: Duration::from_millis(20), ..super::Running::default() };
    let world = world(directory.path(), running);
    project(&world, "sleep 600").await;
    let id = start(&world).await;
    let build = operations::ended(&world, &id).await.unwrap();
    assert_eq!(build["buildStatus"], "TIMED_OUT");
    assert_eq!(last_phase(&build, "BUILD")["contexts"][0]["statusCode"], "BUILD_TIMED_OUT");
}

#[tokio::test]
async fn a_build_waits_for_its_turn_and_can_be_stopped_while_it_waits() {
    let directory = tempfile::tempdir().unwrap();
    let running = super::Running { permits: Arc::new(Semaphore::new(1)), ..super::Running::default() };
    let world = world(directory.path(), running);
    project(&world, "cat > /dev/null < \"$HOLD\"").await;
    let hold = directory.path().join("hold");
    assert!(std::process::Command::new("mkfifo").arg(&hold).status().unwrap().success());
    let variable = json!([{ "name": "HOLD", "value": hold.display().to_string() }]);
    let input = json!({ "projectName": "demo", "environmentVariablesOverride": variable });
    let first = ask(&world, "StartBuild", input).await["build"]["id"].as_str().unwrap().to_owned();
    let writer = tokio::task::spawn_blocking(move || std::fs::OpenOptions::new().write(true).open(hold).unwrap());
    let writer = writer.await.unwrap(); // opens once the first build reads
    let second = start(&world).await;
    let waiting = ask(&world, "BatchGetBuilds", json!({ "ids": [second] })).await;
    assert_eq!(waiting["builds"][0]["currentPhase"], "QUEUED");
    assert_eq!(waiting["builds"][0]["logs"]["groupName"], Value::Null);
    let stopped = ask(&world, "StopBuild", json!({ "id": second })).await;
    assert_eq!(stopped["build"]["buildStatus"], "STOPPED");
    assert_eq!(last_phase(&stopped["build"], "QUEUED")["phaseStatus"], "STOPPED");
    drop(writer);
    let first = operations::ended(&world, &first).await.unwrap();
    assert_eq!(first["buildStatus"], "SUCCEEDED");
}

#[tokio::test]
async fn a_build_that_waits_too_long_never_starts() {
    let directory = tempfile::tempdir().unwrap();
    let running = super::Running {
        permits: Arc::new(Semaphore::new(0)),
        minute: Duration::from_millis(1),
        ..super::Running::default()
    };
    let world = world(directory.path(), running);
    project(&world, "true").await;
    let id = start(&world).await;
    let build = operations::ended(&world, &id).await.unwrap();
    assert_eq!(build["buildStatus"], "TIMED_OUT");
    assert_eq!(last_phase(&build, "QUEUED")["phaseStatus"], "TIMED_OUT");
}

#[tokio::test]
async fn the_queue_and_the_projects_own_limit_refuse_instead_of_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let running = super::Running { permits: Arc::new(Semaphore::new(0)), ..super::Running::default() };
    let world = world(directory.path(), running);
    project(&world, "true").await;
    ask(&world, "UpdateProject", json!({ "name": "demo", "concurrentBuildLimit": 2 })).await;
    let ids = [start(&world).await, start(&world).await];
    let refused = call(&world, &world.user("alice"), "StartBuild", json!({ "projectName": "demo" })).await.unwrap_err();
    assert_eq!(refused.code, "AccountLimitExceededException");
    for id in ids {
        ask(&world, "StopBuild", json!({ "id": id })).await;
    }
    let id = start(&world).await;
    ask(&world, "StopBuild", json!({ "id": id })).await;
}
