//! Executions, events and functions together, driven over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::world::{Setup, World, commands, failed, function, machine_arn};
use gated_sandbox::{Rule, Trigger};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// A task that calls the function `judge`, then ends.
fn judging() -> Value {
    json!({
        "StartAt": "Judge",
        "States": {
            "Judge": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": { "FunctionName": "judge", "Payload.$": "$" },
                "ResultSelector": { "verdict.$": "$.Payload" },
                "Catch": [{ "ErrorEquals": ["Gated.Refused"], "ResultPath": "$.error", "Next": "Refused" }],
                "End": true,
            },
            "Refused": { "Type": "Pass", "End": true },
        },
    })
}

/// A task that runs a build to its end, and stops older builds of the project when asked.
fn building() -> Value {
    json!({
        "StartAt": "Build",
        "States": {
            "Build": {
                "Type": "Task",
                "Resource": "arn:aws:states:::codebuild:startBuild.sync",
                "Parameters": { "ProjectName.$": "$.project" },
                "Catch": [{ "ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "Red" }],
                "Next": "Green",
            },
            "Green": { "Type": "Pass", "Parameters": { "status.$": "$.Build.BuildStatus", "id.$": "$.Build.Id" }, "End": true },
            "Red": { "Type": "Pass", "Parameters": { "build.$": "States.StringToJson($.error.Cause)" }, "End": true },
        },
    })
}

fn with_function(name: &str, body: gated_sandbox::Function) -> Setup {
    Setup { functions: BTreeMap::from([(name.to_owned(), body)]), ..Setup::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_calls_a_function_under_its_role_and_ends_with_its_answer() {
    let judge = function(|call| async move {
        assert!(call.endpoint_url.starts_with("http://127.0.0.1:"));
        assert!(call.credentials.session_token.contains("judge"));
        Ok(json!({ "seen": call.payload, "by": call.function }))
    });
    let world = World::new(Setup { definition: Some(judging()), ..with_function("judge", judge) }).await;
    let arn = world.execute("one", json!({ "n": 1 })).await;
    let end = world.execution_end(&arn).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let output: Value = serde_json::from_str(end["output"].as_str().unwrap()).unwrap();
    assert_eq!(output, json!({ "verdict": { "seen": { "n": 1 }, "by": "judge" } }));
    assert_eq!(
        world.history(&arn).await,
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_functions_error_is_caught_by_its_type_and_a_panic_is_an_exit() {
    let judge = function(|call| async move {
        match call.payload["how"].as_str() {
            Some("panic") => panic!("on purpose"),
            _ => Err(failed("Gated.Refused", "no")),
        }
    });
    let world = World::new(Setup { definition: Some(judging()), ..with_function("judge", judge) }).await;
    let arn = world.execute("refused", json!({})).await;
    let end = world.execution_end(&arn).await;
    let output: Value = serde_json::from_str(end["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["error"]["Error"], "Gated.Refused");
    let cause: Value = serde_json::from_str(output["error"]["Cause"].as_str().unwrap()).unwrap();
    assert_eq!(cause, json!({ "errorMessage": "no", "errorType": "Gated.Refused" }));
    let arn = world.execute("panic", json!({ "how": "panic" })).await;
    let end = world.execution_end(&arn).await;
    assert_eq!((end["status"].as_str(), end["error"].as_str()), (Some("FAILED"), Some("Runtime.ExitError")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_task_ends_with_its_build_and_a_red_build_is_the_cause() {
    let world = World::new(Setup { definition: Some(building()), ..Setup::default() }).await;
    world.repository(&[("a", "a")]).await;
    world.project("green", commands(&["true"])).await;
    world.project("red", commands(&["false"])).await;
    let arn = world.execute("green", json!({ "project": "green" })).await;
    let end = world.execution_end(&arn).await;
    let output: Value = serde_json::from_str(end["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["status"], "SUCCEEDED", "{end:#}");
    let build = world.build(output["id"].as_str().unwrap()).await;
    assert!(build["initiator"].as_str().unwrap().starts_with("conductor/"), "{build:#}");
    let history = world.history(&arn).await;
    assert!(history.contains(&"TaskSubmitted".to_owned()), "{history:?}");
    let arn = world.execute("red", json!({ "project": "red" })).await;
    let end = world.execution_end(&arn).await;
    let output: Value = serde_json::from_str(end["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["build"]["Build"]["BuildStatus"], "FAILED", "{end:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_an_execution_stops_its_build() {
    let world = World::new(Setup { definition: Some(building()), ..Setup::default() }).await;
    world.repository(&[("a", "a")]).await;
    world.project("long", commands(&["sleep 600"])).await;
    let arn = world.execute("long", json!({ "project": "long" })).await;
    let listed = world.call("codebuild", "ListBuilds", json!({})).await.unwrap();
    let id = match listed["ids"][0].as_str() {
        Some(id) => id.to_owned(),
        None => world.event(|event| Some(event["detail"]["build-id"].as_str()?.rsplit('/').next()?.to_owned())).await,
    };
    world.build_phase(&id, "BUILD").await;
    let stop = json!({ "executionArn": arn, "error": "Superseded", "cause": "a newer revision" });
    world.call("states", "StopExecution", stop).await.unwrap();
    let described = world.call("states", "DescribeExecution", json!({ "executionArn": arn })).await.unwrap();
    assert_eq!(described["status"], "ABORTED");
    assert_eq!(
        (described["error"].as_str(), described["cause"].as_str()),
        (Some("Superseded"), Some("a newer revision"))
    );
    let build = world.build_end(&id).await;
    assert_eq!(build["buildStatus"], "STOPPED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_reaches_the_function_of_a_matching_rule_and_only_that() {
    let heard = Arc::new(AtomicU32::new(0));
    let (count, rung) = (heard.clone(), Arc::new(Notify::new()));
    let ring = rung.clone();
    let counter = function(move |call| {
        count.fetch_add(1, Ordering::SeqCst);
        ring.notify_one();
        async move { Ok(call.payload) }
    });
    let rule = Rule {
        name: "deploys".to_owned(),
        trigger: Trigger::Pattern(json!({ "source": ["shop"], "detail": { "kind": ["deploy"] } })),
        function: "counter".to_owned(),
    };
    let world = World::new(Setup { rules: vec![rule], ..with_function("counter", counter) }).await;
    let entry =
        |kind: &str| json!({ "Source": "shop", "DetailType": "Thing", "Detail": json!({ "kind": kind }).to_string() });
    let answer =
        world.call("events", "PutEvents", json!({ "Entries": [entry("test"), entry("deploy")] })).await.unwrap();
    assert_eq!(answer["FailedEntryCount"], 0);
    rung.notified().await;
    world.event(|event| (event["detail"]["kind"] == "deploy").then_some(())).await;
    assert_eq!(heard.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_function_is_tried_three_times_for_each_event() {
    let (sender, mut tries) = tokio::sync::mpsc::unbounded_channel();
    let stubborn = function(move |call| {
        sender.send(call.payload["detail"]["n"].as_u64().unwrap()).unwrap();
        async { Err(failed("Broken", "always")) }
    });
    let trigger = Trigger::Pattern(json!({ "source": ["shop"] }));
    let rule = Rule { name: "all".to_owned(), trigger, function: "stubborn".to_owned() };
    let world = World::new(Setup { rules: vec![rule], ..with_function("stubborn", stubborn) }).await;
    for n in 1..=3 {
        let detail = json!({ "n": n }).to_string();
        let entry = json!({ "Source": "shop", "DetailType": "Thing", "Detail": detail });
        world.call("events", "PutEvents", json!({ "Entries": [entry] })).await.unwrap();
        // A fourth try of the event before would come here.
        for _ in 0..3 {
            assert_eq!(tries.recv().await, Some(n));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_used_once_and_the_same_call_twice_is_one_execution() {
    let gate = Arc::new(Notify::new());
    let open = gate.clone();
    let judge = function(move |_| {
        let open = open.clone();
        async move {
            open.notified().await;
            Ok(Value::Null)
        }
    });
    let world = World::new(Setup { definition: Some(judging()), ..with_function("judge", judge) }).await;
    let start = |input: &str| json!({ "stateMachineArn": machine_arn(), "name": "pr-1", "input": input });
    let first = world.call("states", "StartExecution", start("{\"a\":1}")).await.unwrap();
    let again = world.call("states", "StartExecution", start("{\"a\":1}")).await.unwrap();
    assert_eq!(first, again);
    let other = world.call("states", "StartExecution", start("{\"a\":2}")).await.unwrap_err();
    assert_eq!(other.0, "ExecutionAlreadyExists");
    gate.notify_one();
    world.execution_end(first["executionArn"].as_str().unwrap()).await;
    let closed = world.call("states", "StartExecution", start("{\"a\":1}")).await.unwrap_err();
    assert_eq!(closed.0, "ExecutionAlreadyExists");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_with_a_resource_that_is_not_emulated_is_refused_by_name() {
    let world = World::new(Setup::default()).await;
    let definition = json!({
        "StartAt": "A",
        "States": { "A": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true } },
    });
    let input = json!({
        "name": "other", "definition": definition.to_string(), "roleArn": "arn:aws:iam::111122223333:role/r",
    });
    let (code, message) = world.call("states", "CreateStateMachine", input).await.unwrap_err();
    assert_eq!(code, "InvalidDefinition");
    assert!(message.contains("arn:aws:states:::sqs:sendMessage"), "{message}");
    let answer = world.call("states", "ValidateStateMachineDefinition", json!({ "definition": "{}" })).await.unwrap();
    assert_eq!(answer["result"], "FAIL");
}
