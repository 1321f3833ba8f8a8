//! A sandbox that is killed, and what the next one makes of it. The killed one is this test program itself, started
//! again as a child.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::world::{Setup, World, commands, function, http, machine_arn};
use gated_sandbox::Function;
use serde_json::{Value, json};

const DATA: &str = "FLOW_RESTART_DATA";

/// One state after the other: a build to its end, whatever the end, then a function.
fn definition() -> Value {
    json!({
        "StartAt": "Build",
        "States": {
            "Build": {
                "Type": "Task",
                "Resource": "arn:aws:states:::codebuild:startBuild.sync",
                "Parameters": { "ProjectName": "demo" },
                "Catch": [{ "ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "Judge" }],
                "Next": "Judge",
            },
            "Judge": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": { "FunctionName": "judge", "Payload.$": "States.StringToJson($.error.Cause)" },
                "OutputPath": "$.Payload",
                "Next": "Rest",
            },
            "Rest": { "Type": "Wait", "Seconds": 1, "End": true },
        },
    })
}

fn setup(judge: Function) -> Setup {
    let functions = BTreeMap::from([("judge".to_owned(), judge)]);
    Setup { definition: Some(definition()), functions, ..Setup::default() }
}

/// What the child runs. It begins an execution, tells that its build runs, and waits to be killed. The build writes its
/// shell's process id into a pipe.
async fn child(directory: &Path) {
    let never = function(|_| std::future::pending());
    let world = World::at(directory, setup(never)).await;
    world.repository(&[("a", "a")]).await;
    let pipe = directory.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    world.project("demo", commands(&[&format!("echo $$ > {}; sleep 600", pipe.display())])).await;
    let arn = world.execute("one", json!({})).await;
    let pid = tokio::task::spawn_blocking(move || std::fs::read_to_string(pipe).unwrap()).await.unwrap();
    println!("\nbuilding {} {arn}", pid.trim());
    std::future::pending::<()>().await;
}

/// Starts the child and waits until its build runs: the build's process id and the execution.
fn killed_child(directory: &Path) -> (String, String) {
    let mut child: Child = Command::new(std::env::current_exe().unwrap())
        .args(["restart::a_killed_sandbox_leaves_a_fault_and_its_executions_go_on", "--exact", "--nocapture"])
        .env(DATA, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("building ")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let (pid, arn) = line.strip_prefix("building ").unwrap().split_once(' ').unwrap();
    (pid.to_owned(), arn.to_owned())
}

fn is_alive(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_sandbox_leaves_a_fault_and_its_executions_go_on() {
    if let Ok(directory) = std::env::var(DATA) {
        return child(Path::new(&directory)).await; // it is killed there
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let (pid, arn) = tokio::task::spawn_blocking(move || killed_child(&path)).await.unwrap();
    assert!(is_alive(&pid), "nobody has ended the build yet");
    let judge = function(|call| async move { Ok(call.payload["Build"]["BuildStatus"].clone()) });
    let world = World::at(directory.path(), setup(judge)).await;
    assert!(!is_alive(&pid), "the next start ends what was left");
    let end = world.execution_end(&arn).await;
    assert_eq!((end["status"].as_str(), end["output"].as_str()), (Some("SUCCEEDED"), Some("\"FAULT\"")), "{end:#}");
    let builds = world.call("codebuild", "ListBuilds", json!({})).await.unwrap();
    assert_eq!(builds["ids"].as_array().unwrap().len(), 1, "the task found its build again");
    let history = world.history(&arn).await;
    assert_eq!(history.iter().filter(|kind| *kind == "TaskSubmitted").count(), 1, "{history:?}");
    assert_eq!(history.last().map(String::as_str), Some("ExecutionSucceeded"));
    assert!(std::fs::read_dir(world.data().join("builds")).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_in_flight_is_carried_out_again_and_what_has_ended_stays() {
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let (count, entered) = (calls.clone(), std::sync::Arc::new(tokio::sync::Notify::new()));
    let ring = entered.clone();
    let judge = function(move |call| {
        let first = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        ring.notify_one();
        async move {
            if first {
                std::future::pending::<()>().await;
            }
            Ok(call.payload)
        }
    });
    let definition = json!({
        "StartAt": "Judge",
        "States": {
            "Judge": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": { "FunctionName": "judge", "Payload.$": "$.n" },
                "OutputPath": "$.Payload",
                "End": true,
            },
        },
    });
    let mut world = World::new(Setup { definition: Some(definition), ..setup(judge) }).await;
    let arn = world.execute("one", json!({ "n": 7 })).await;
    entered.notified().await;
    world.restart().await;
    let end = world.execution_end(&arn).await;
    assert_eq!(end["output"], "7");
    world.restart().await;
    let described = world.call("states", "DescribeExecution", json!({ "executionArn": arn })).await.unwrap();
    assert_eq!(described, end);
    let listed = json!({ "stateMachineArn": machine_arn(), "statusFilter": "SUCCEEDED" });
    let listed = world.call("states", "ListExecutions", listed).await.unwrap();
    assert_eq!(listed["executions"].as_array().unwrap().len(), 1);
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nests_as_deep_as_json_may_is_refused_or_read_back_after_a_restart() {
    let deep = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let judge = function(move |call| async move {
        let levels = call.payload["levels"].as_u64().map_or(0, |levels| usize::try_from(levels).unwrap());
        Ok(serde_json::from_str(&deep(levels)).unwrap())
    });
    let states = json!({
        "Judge": { "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:judge", "End": true },
    });
    let definition = json!({ "StartAt": "Judge", "States": states });
    let mut world = World::new(Setup { definition: Some(definition), ..setup(judge) }).await;
    let mut refused = 0;
    for levels in [100, 120, 126] {
        let entry = json!({ "Source": "deep", "DetailType": "deep", "Detail": deep(levels) });
        let put = world.call("events", "PutEvents", json!({ "Entries": [entry] })).await.unwrap();
        refused += put["FailedEntryCount"].as_u64().unwrap();
        let path = "/2015-03-31/functions/judge/invocations";
        let event = "x-amz-invocation-type: Event\r\n";
        let (status, body) = http(&world.url, "lambda", "POST", path, event, &deep(levels)).await;
        assert_eq!(status, if levels > 100 { 400 } else { 202 }, "{body}");
        let arn = world.execute(&format!("deep-{levels}"), json!({ "levels": levels })).await;
        let ended = world.execution_end(&arn).await;
        assert_eq!(ended["status"], if levels > 100 { "FAILED" } else { "SUCCEEDED" }, "{ended:#}");
        world.restart().await;
        let now = world.call("states", "DescribeExecution", json!({ "executionArn": arn })).await.unwrap();
        assert_eq!(now, ended);
    }
    assert_eq!(refused, 2, "the detail of 100 levels is kept");
}
