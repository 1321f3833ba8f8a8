//! State machines and executions as the API shows them, and tasks that call other services.

use crate::world::{ACCOUNT, Setup, World, machine_arn};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111122223333:role/conductor";

fn pass() -> Value {
    json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "End": true } } })
}

/// A machine of one task.
fn task(resource: &str, parameters: Value) -> Value {
    json!({
        "StartAt": "A",
        "States": { "A": { "Type": "Task", "Resource": resource, "Parameters": parameters, "End": true } },
    })
}

async fn create(world: &World, name: &str, definition: &Value) -> Result<Value, (String, String)> {
    let input = json!({ "name": name, "definition": definition.to_string(), "roleArn": ROLE });
    world.call("states", "CreateStateMachine", input).await
}

/// The end of an execution of a machine of one task.
async fn run(resource: &str, parameters: Value) -> Value {
    let world = World::new(Setup { definition: Some(task(resource, parameters)), ..Setup::default() }).await;
    world.call("codecommit", "CreateRepository", json!({ "repositoryName": "demo" })).await.unwrap();
    let arn = world.execute("one", json!({})).await;
    world.execution_end(&arn).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_calls_a_service_with_pascal_case_names_and_gets_them_back() {
    let resource = "arn:aws:states:::aws-sdk:codecommit:getRepository";
    let end = run(resource, json!({ "RepositoryName": "demo" })).await;
    let output: Value = serde_json::from_str(end["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["RepositoryMetadata"]["RepositoryName"], "demo");
    assert_eq!(output["RepositoryMetadata"]["AccountId"], ACCOUNT);
    let end = run("arn:aws:states:::aws-sdk:ssm:getParameter", json!({ "Name": "/gated/secret" })).await;
    let output: Value = serde_json::from_str(end["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["Parameter"]["Value"], "hush-hush");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_a_service_has_the_services_name_and_the_suffix() {
    let cases = [
        (
            "aws-sdk:codecommit:getRepository",
            json!({ "RepositoryName": "x" }),
            "CodeCommit.RepositoryDoesNotExistException",
        ),
        ("aws-sdk:ssm:getParameter", json!({ "Name": "/x" }), "Ssm.ParameterNotFoundException"),
        ("codebuild:startBuild", json!({ "ProjectName": "x" }), "CodeBuild.ResourceNotFoundException"),
        ("codebuild:startBuild.sync", json!({ "ProjectName": "x" }), "CodeBuild.ResourceNotFoundException"),
        ("codebuild:stopBuild", json!({ "Id": "x:1" }), "CodeBuild.ResourceNotFoundException"),
        ("lambda:invoke", json!({ "FunctionName": "x" }), "Lambda.ResourceNotFoundException"),
        ("aws-sdk:codebuild:createProject", json!({ "Name": "demo", "Fancy": 1 }), "States.Runtime"),
    ];
    for (resource, parameters, expected) in cases {
        let end = run(&format!("arn:aws:states:::{resource}"), parameters).await;
        assert_eq!(
            (end["status"].as_str(), end["error"].as_str()),
            (Some("FAILED"), Some(expected)),
            "{resource}: {end:#}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_can_start_another_one() {
    let child = format!("arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:child");
    let definition = task(
        "arn:aws:states:::aws-sdk:sfn:startExecution",
        json!({ "StateMachineArn": child, "Name": "inner", "Input": "{}" }),
    );
    let world = World::new(Setup { definition: Some(definition), ..Setup::default() }).await;
    create(&world, "child", &pass()).await.unwrap();
    let arn = world.execute("outer", json!({})).await;
    let inner = format!("arn:aws:states:us-east-1:{ACCOUNT}:execution:child:inner");
    let (mut outer_ended, mut inner_ended) = (false, false);
    while !(outer_ended && inner_ended) {
        let ended = world
            .event(|event| (event["detail"]["status"] == "SUCCEEDED").then(|| event["detail"]["executionArn"].clone()));
        let ended = ended.await;
        outer_ended |= ended == arn;
        inner_ended |= ended == inner;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_machine_is_made_described_changed_and_deleted() {
    let world = World::new(Setup::default()).await;
    let made = create(&world, "machine", &pass()).await.unwrap();
    assert_eq!(made["stateMachineArn"], machine_arn());
    assert_eq!(create(&world, "machine", &pass()).await.unwrap(), made, "the same again is the same");
    let other = json!({ "StartAt": "B", "States": { "B": { "Type": "Succeed" } } });
    assert_eq!(create(&world, "machine", &other).await.unwrap_err().0, "StateMachineAlreadyExists");
    assert_eq!(create(&world, "a b", &pass()).await.unwrap_err().0, "InvalidName");
    let broken = json!({ "StartAt": "Nowhere", "States": { "B": { "Type": "Succeed" } } });
    let (code, message) = create(&world, "broken", &broken).await.unwrap_err();
    assert_eq!(code, "InvalidDefinition");
    assert!(message.contains("Nowhere"), "{message}");
    let arn = world.execute("one", json!({})).await;
    world.execution_end(&arn).await;
    let change = json!({ "stateMachineArn": machine_arn(), "definition": other.to_string() });
    world.call("states", "UpdateStateMachine", change).await.unwrap();
    let described =
        world.call("states", "DescribeStateMachine", json!({ "stateMachineArn": machine_arn() })).await.unwrap();
    assert_eq!(
        (described["definition"].as_str(), described["roleArn"].as_str()),
        (Some(other.to_string().as_str()), Some(ROLE))
    );
    let before =
        world.call("states", "DescribeStateMachineForExecution", json!({ "executionArn": arn })).await.unwrap();
    assert_eq!(before["definition"], pass().to_string());
    let arns = world.call("states", "ListStateMachines", json!({})).await.unwrap();
    assert_eq!(arns["stateMachines"][0]["stateMachineArn"], machine_arn());
    for _ in 0..2 {
        world.call("states", "DeleteStateMachine", json!({ "stateMachineArn": machine_arn() })).await.unwrap();
    }
    let start = json!({ "stateMachineArn": machine_arn() });
    assert_eq!(world.call("states", "StartExecution", start).await.unwrap_err().0, "StateMachineDoesNotExist");
    world.history(&arn).await; // what happened can still be read
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_are_listed_by_status_in_pages_with_the_latest_first() {
    let definition = json!({
        "StartAt": "A",
        "States": {
            "A": { "Type": "Choice", "Choices": [{ "Variable": "$.ok", "BooleanEquals": true, "Next": "B" }], "Default": "C" },
            "B": { "Type": "Succeed" },
            "C": { "Type": "Fail", "Error": "Nope", "Cause": "was asked to" },
        },
    });
    let world = World::new(Setup { definition: Some(definition), ..Setup::default() }).await;
    for (name, ok) in [("a", true), ("b", false), ("c", true)] {
        let arn = world.execute(name, json!({ "ok": ok })).await;
        world.execution_end(&arn).await;
    }
    let list = async |extra: Value| {
        let mut input = json!({ "stateMachineArn": machine_arn() });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let answer = world.call("states", "ListExecutions", input).await.unwrap();
        let names: Vec<String> =
            answer["executions"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap().to_owned()).collect();
        (names, answer["nextToken"].clone())
    };
    assert_eq!(list(json!({})).await.0, ["c", "b", "a"]);
    assert_eq!(list(json!({ "statusFilter": "FAILED" })).await.0, ["b"]);
    let (first, token) = list(json!({ "maxResults": 2 })).await;
    assert_eq!(first, ["c", "b"]);
    assert_eq!(list(json!({ "maxResults": 2, "nextToken": token })).await, (vec!["a".to_owned()], Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_can_be_read_from_its_end_and_in_pages() {
    let world = World::new(Setup { definition: Some(pass()), ..Setup::default() }).await;
    let arn = world.execute("one", json!({ "a": 1 })).await;
    world.execution_end(&arn).await;
    let forward = world.history(&arn).await;
    assert_eq!(forward, ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]);
    let input = json!({ "executionArn": arn, "reverseOrder": true, "maxResults": 1, "includeExecutionData": false });
    let last = world.call("states", "GetExecutionHistory", input).await.unwrap();
    assert_eq!(
        (last["events"][0]["type"].as_str(), last["nextToken"].as_str()),
        (Some("ExecutionSucceeded"), Some("1"))
    );
    assert_eq!(last["events"][0]["executionSucceededEventDetails"]["output"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_inputs_that_step_functions_refuses_are_refused() {
    let world = World::new(Setup { definition: Some(pass()), ..Setup::default() }).await;
    let machine = machine_arn();
    for (input, code) in [
        (json!({ "stateMachineArn": machine, "name": "a b" }), "InvalidName"),
        (json!({ "stateMachineArn": machine, "name": "x".repeat(81) }), "InvalidName"),
        (json!({ "stateMachineArn": machine, "input": "{" }), "InvalidExecutionInput"),
        (json!({ "stateMachineArn": machine, "input": format!("\"{}\"", "x".repeat(262_144)) }), "ValidationException"),
        (json!({ "stateMachineArn": "machine" }), "InvalidArn"),
        (json!({ "stateMachineArn": format!("{machine}:1") }), "StateMachineDoesNotExist"),
        (json!({ "stateMachineArn": format!("{machine}:live") }), "ResourceNotFound"),
    ] {
        assert_eq!(world.call("states", "StartExecution", input).await.unwrap_err().0, code);
    }
    let gone = json!({ "executionArn": format!("arn:aws:states:us-east-1:{ACCOUNT}:execution:machine:gone") });
    for operation in ["DescribeExecution", "StopExecution", "GetExecutionHistory"] {
        assert_eq!(world.call("states", operation, gone.clone()).await.unwrap_err().0, "ExecutionDoesNotExist");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_of_an_execution_has_the_documented_shape() {
    let definition = json!({ "StartAt": "A", "States": { "A": { "Type": "Fail", "Error": "E", "Cause": "c" } } });
    let world = World::new(Setup { definition: Some(definition), ..Setup::default() }).await;
    world.execute("one", json!({})).await;
    let event = world.event(|event| (event["detail"]["status"] == "FAILED").then(|| event.clone())).await;
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/events/stepfunctionsExecutionStatusChange.failed.json");
    let sample: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (expected, actual) in [(&sample, &event), (&sample["detail"], &event["detail"])] {
        let names =
            |value: &Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(names(expected), names(actual));
    }
    assert_eq!(event["detail"]["input"], "{}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_not_emulated_fails_the_execution_whatever_is_caught() {
    let mut definition =
        task("arn:aws:states:::aws-sdk:codebuild:createProject", json!({ "Name": "demo", "Fancy": 1 }));
    definition["States"]["A"]["Catch"] = json!([{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }]);
    definition["States"]["Caught"] = json!({ "Type": "Succeed" });
    let world = World::new(Setup { definition: Some(definition), ..Setup::default() }).await;
    let arn = world.execute("one", json!({})).await;
    let end = world.execution_end(&arn).await;
    assert_eq!((end["status"].as_str(), end["error"].as_str()), (Some("FAILED"), Some("States.Runtime")), "{end:#}");
    assert!(end["cause"].as_str().unwrap().contains("does not emulate the field fancy"), "{end:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_no_execution_has_is_refused() {
    let world = World::new(Setup { definition: Some(pass()), ..Setup::default() }).await;
    for status in ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"] {
        let input = json!({ "stateMachineArn": machine_arn(), "statusFilter": status });
        assert_eq!(world.call("states", "ListExecutions", input).await.unwrap(), json!({ "executions": [] }));
    }
    let input = json!({ "stateMachineArn": machine_arn(), "statusFilter": "SUCEEDED" });
    let (code, message) = world.call("states", "ListExecutions", input).await.unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(message.contains("SUCEEDED") && message.contains("TIMED_OUT"), "{message}");
}
