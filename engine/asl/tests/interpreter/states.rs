//! Every type of state, as the developer guide describes it.

use gated_asl::{Answer, Outcome, TaskToken, Timestamp};
use serde_json::{Value, json};

use crate::support::{Host, only, task, with};

#[test]
fn a_pass_state_passes_its_input_or_its_result() {
    assert_eq!(Host::start(&only(json!({"Type": "Pass"})), json!({"a": 1})).output(), &json!({"a": 1}));
    let coordinates =
        json!({"Type": "Pass", "Result": {"x": 0.381018, "y": 622.2269926397355}, "ResultPath": "$.coords"});
    assert_eq!(
        Host::start(&only(coordinates), json!({"georefOf": "Home"})).output(),
        &json!({"georefOf": "Home", "coords": {"x": 0.381018, "y": 622.2269926397355}})
    );
}

#[test]
fn a_pass_state_computes_its_parameters() {
    let state =
        json!({"Type": "Pass", "Parameters": {"name.$": "$.user.name", "fixed": [1, {"deep.$": "$$.State.Name"}]}});
    let host = Host::start(&only(state), json!({"user": {"name": "alice"}}));
    assert_eq!(host.output(), &json!({"name": "alice", "fixed": [1, {"deep": "Only"}]}));
}

#[test]
fn a_succeed_state_ends_with_what_its_paths_select() {
    let state = json!({"Type": "Succeed", "InputPath": "$.a", "OutputPath": "$.b"});
    assert_eq!(Host::start(&only(state), json!({"a": {"b": 3}})).output(), &json!(3));
}

#[test]
fn a_fail_state_reports_what_is_written_or_computed() {
    let written = only(json!({"Type": "Fail", "Error": "ErrorA", "Cause": "Kaiju attack"}));
    assert_eq!(Host::start(&written, json!({})).failure(), ("ErrorA", "Kaiju attack"));
    let computed = only(json!({
        "Type": "Fail", "ErrorPath": "$.error", "CausePath": "States.Format('{} said {}', $.who, $.what)"
    }));
    let input = json!({"error": "E", "who": "judge", "what": "no"});
    assert_eq!(Host::start(&computed, input).failure(), ("E", "judge said no"));
    let bare = Host::start(&only(json!({"Type": "Fail"})), json!({}));
    assert_eq!(bare.finished, Some(Outcome::Failed { error: None, cause: None }));
}

#[test]
fn a_wait_state_waits_for_seconds_or_until_an_instant() {
    let waits = |state: Value, input: Value| {
        let mut host = Host::start(&only(state), input);
        assert!(host.finished.is_none());
        let seconds = host.next_in().unwrap();
        host.jump();
        host.output();
        seconds
    };
    assert_eq!(waits(json!({"Type": "Wait", "Seconds": 10}), json!({})), 10.0);
    assert_eq!(waits(json!({"Type": "Wait", "SecondsPath": "$.in"}), json!({"in": 7})), 7.0);
    assert_eq!(waits(json!({"Type": "Wait", "Timestamp": "1970-01-01T00:01:00Z"}), json!({})), 60.0);
    let path = json!({"Type": "Wait", "TimestampPath": "$.at"});
    assert_eq!(waits(path.clone(), json!({"at": "1970-01-01T01:00:30+01:00"})), 30.0);
    Host::start(&only(path.clone()), json!({"at": "1969-12-31T00:00:00Z"})).output();
    let (error, cause) = (Host::start(&only(path), json!({"at": "2016-12-05 21:29:29Z"})), "2016-12-05 21:29:29Z");
    assert_eq!(error.failure().0, "States.Runtime");
    assert!(error.failure().1.ends_with(cause), "{}", error.failure().1);
}

#[test]
fn a_wait_state_does_not_go_on_early() {
    let mut host = Host::start(&only(json!({"Type": "Wait", "Seconds": 10})), json!({}));
    host.now = 9_999;
    host.poll();
    assert!(host.finished.is_none());
    host.now = 10_000;
    host.poll();
    host.output();
}

#[test]
fn a_task_state_starts_its_resource_and_goes_on_with_the_answer() {
    let state = with(task(), json!({"Parameters": {"FunctionName": "judge", "Payload.$": "$"}, "TimeoutSeconds": 60}));
    let mut host = Host::start(&only(state), json!({"pr": 7}));
    let started = host.running[0].clone();
    assert_eq!(started.resource, "arn:aws:states:::lambda:invoke");
    assert_eq!(started.parameters, json!({"FunctionName": "judge", "Payload": {"pr": 7}}));
    assert_eq!((started.state.as_str(), started.timeout_seconds), ("Only", Some(60)));
    host.succeed("Only", json!({"StatusCode": 200}));
    assert_eq!(host.output(), &json!({"StatusCode": 200}));
}

#[test]
fn a_polled_execution_has_nothing_more_to_say() {
    let mut host = Host::start(&only(task()), json!({}));
    let before = host.execution.clone();
    host.poll();
    assert_eq!(host.execution, before);
    assert_eq!(host.running.len(), 1);
}

#[test]
fn a_task_that_waits_for_its_token_gets_it_from_the_context_object() {
    let state = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"token.$": "$$.Task.Token"}
    });
    let host = Host::start(&only(state), json!({}));
    assert_eq!(host.running[0].parameters["token"], json!(host.running[0].token.as_str()));
    let request_response = with(task(), json!({"Parameters": {"token.$": "$$.Task.Token"}}));
    assert_eq!(Host::start(&only(request_response), json!({})).failure().0, "States.Runtime");
}

#[test]
fn an_answer_that_nobody_waits_for_is_ignored_and_says_so() {
    let mut host = Host::start(&only(task()), json!({}));
    let now = Timestamp::from_millis(0);
    let unknown = TaskToken::from_text("unknown");
    assert_eq!(host.execution.task_succeeded(&unknown, json!(1), now), Answer::Ignored);
    let token = host.running[0].token.clone();
    host.succeed("Only", json!(1));
    assert_eq!(host.execution.task_failed(&token, "E", "late", now), Answer::Ignored);
    assert_eq!(host.execution.stop(None, None, now), Answer::Ignored);
    assert_eq!(host.output(), &json!(1));
}

#[test]
fn stopping_cancels_what_runs() {
    let mut host = Host::start(&only(task()), json!({}));
    let now = Timestamp::from_millis(5);
    let answer = host.execution.stop(Some("Superseded".into()), Some("a newer revision".into()), now);
    assert_eq!(answer, Answer::Accepted);
    host.poll();
    assert_eq!(host.cancelled, ["Only"]);
    let aborted = Outcome::Aborted { error: Some("Superseded".into()), cause: Some("a newer revision".into()) };
    assert_eq!(host.finished.as_ref(), Some(&aborted));
    assert_eq!(host.event_types()[4..], ["TaskStateAborted", "ExecutionAborted"]);
    assert_eq!(host.execution.stopped(), Some(now));
    assert_eq!(host.execution.next_deadline(), None);
}

#[test]
fn the_context_object_shows_execution_state_and_machine() {
    let state = json!({"Type": "Pass", "Parameters": {"all.$": "$$"}});
    let host = Host::start(&only(state), json!({"key": "value"}));
    assert_eq!(
        host.output()["all"],
        json!({
            "Execution": {
                "Id": "arn:aws:states:eu-west-1:111122223333:execution:machine:one",
                "Input": {"key": "value"},
                "Name": "one",
                "RoleArn": "arn:aws:iam::111122223333:role/machine",
                "StartTime": "1970-01-01T00:00:00.000Z",
                "RedriveCount": 0
            },
            "StateMachine": {"Id": "arn:aws:states:eu-west-1:111122223333:stateMachine:machine", "Name": "machine"},
            "State": {"Name": "Only", "EnteredTime": "1970-01-01T00:00:00.000Z", "RetryCount": 0}
        })
    );
}
