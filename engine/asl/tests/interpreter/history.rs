//! The history, event by event, as Step Functions writes it. Sequences marked *recorded* were compared with histories of
//! the real service.

use gated_asl::{Answer, Timestamp};
use serde_json::{Value, json};

use crate::support::{Host, only, task, with};

#[test]
fn a_task_has_the_events_of_its_integration() {
    let state =
        with(task(), json!({"Parameters": {"FunctionName": "judge"}, "TimeoutSeconds": 5, "HeartbeatSeconds": 2}));
    let mut host = Host::start(&only(state), json!({"in": 1}));
    host.now = 1_500;
    host.succeed("Only", json!({"out": 2}));
    let events: Vec<Value> = host.execution.history().iter().map(|event| event.to_api(true)).collect();
    let whole = json!({"truncated": false});
    assert_eq!(
        Value::Array(events),
        json!([
            {"timestamp": 0.0, "type": "ExecutionStarted", "id": 1, "previousEventId": 0, "executionStartedEventDetails":
                {"input": "{\"in\":1}", "inputDetails": whole, "roleArn": "arn:aws:iam::111122223333:role/machine"}},
            {"timestamp": 0.0, "type": "TaskStateEntered", "id": 2, "previousEventId": 0, "stateEnteredEventDetails":
                {"name": "Only", "input": "{\"in\":1}", "inputDetails": whole}},
            {"timestamp": 0.0, "type": "TaskScheduled", "id": 3, "previousEventId": 2, "taskScheduledEventDetails":
                {"resourceType": "lambda", "resource": "invoke", "region": "eu-west-1",
                 "parameters": "{\"FunctionName\":\"judge\"}", "timeoutInSeconds": 5, "heartbeatInSeconds": 2}},
            {"timestamp": 0.0, "type": "TaskStarted", "id": 4, "previousEventId": 3, "taskStartedEventDetails":
                {"resourceType": "lambda", "resource": "invoke"}},
            {"timestamp": 1.5, "type": "TaskSucceeded", "id": 5, "previousEventId": 4, "taskSucceededEventDetails":
                {"resourceType": "lambda", "resource": "invoke", "output": "{\"out\":2}", "outputDetails": whole}},
            {"timestamp": 1.5, "type": "TaskStateExited", "id": 6, "previousEventId": 5, "stateExitedEventDetails":
                {"name": "Only", "output": "{\"out\":2}", "outputDetails": whole}},
            {"timestamp": 1.5, "type": "ExecutionSucceeded", "id": 7, "previousEventId": 6, "executionSucceededEventDetails":
                {"output": "{\"out\":2}", "outputDetails": whole}}
        ])
    );
}

#[test]
fn execution_data_can_be_left_out() {
    let host = Host::start(&only(json!({"Type": "Pass"})), json!({"secret": 1}));
    for event in host.execution.history() {
        assert!(!event.to_api(false).to_string().contains("secret"), "{event:?}");
    }
}

#[test]
fn a_job_is_submitted_before_it_succeeds() {
    let state = with(task(), json!({"Resource": "arn:aws:states:::codebuild:startBuild.sync"}));
    let mut host = Host::start(&only(state), json!({}));
    let token = host.running[0].token.clone();
    let submitted = host.execution.task_submitted(&token, &json!({"Build": {}}), Timestamp::from_millis(0));
    assert_eq!(submitted, Answer::Accepted);
    host.succeed("Only", json!({}));
    let events: Vec<&str> = host.event_types();
    assert_eq!(events[2..6], ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]);
    let details = &host.execution.history()[4].to_api(true)["taskSubmittedEventDetails"];
    assert_eq!((&details["resource"], &details["output"]), (&json!("startBuild.sync"), &json!("{\"Build\":{}}")));
}

#[test]
fn a_function_named_directly_has_events_of_its_own() {
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:judge";
    let mut host = Host::start(&only(with(task(), json!({"Resource": arn}))), json!({}));
    host.fail("Only", "Broken");
    let expected = ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed", "ExecutionFailed"];
    assert_eq!(host.event_types()[2..], expected);
}

#[test]
fn iterations_one_by_one_point_back_as_recorded() {
    let item = json!({"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": true}}});
    let host =
        Host::start(&only(json!({"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": item})), json!([1, "Hello"]));
    let expected = [
        "1<-0 ExecutionStarted",
        "2<-0 MapStateEntered",
        "3<-2 MapStateStarted",
        "4<-3 MapIterationStarted",
        "5<-4 PassStateEntered",
        "6<-5 PassStateExited",
        "7<-6 MapIterationSucceeded",
        "8<-6 MapIterationStarted",
        "9<-8 PassStateEntered",
        "10<-9 PassStateExited",
        "11<-10 MapIterationSucceeded",
        "12<-11 MapStateSucceeded",
        "13<-11 MapStateExited",
        "14<-13 ExecutionSucceeded",
    ];
    assert_eq!(host.events(), expected);
}

#[test]
fn a_map_that_is_retried_fails_only_at_the_end_as_recorded() {
    let item = json!({"StartAt": "Item", "States": {"Item": {"Type": "Fail", "Error": "E"}}});
    let retry = json!([{"ErrorEquals": ["E"], "MaxAttempts": 1}]);
    let mut host = Host::start(&only(json!({"Type": "Map", "ItemProcessor": item, "Retry": retry})), json!([1]));
    host.jump();
    let expected = [
        "3<-2 MapStateStarted",
        "4<-3 MapIterationStarted",
        "5<-4 FailStateEntered",
        "6<-5 MapIterationFailed",
        "7<-5 MapStateStarted",
        "8<-7 MapIterationStarted",
        "9<-8 FailStateEntered",
        "10<-9 MapIterationFailed",
        "11<-9 MapStateFailed",
        "12<-11 ExecutionFailed",
    ];
    assert_eq!(host.events()[2..], expected);
}

#[test]
fn the_iterations_beside_a_failed_one_are_aborted_and_blame_its_last_event() {
    let rule = json!({"Variable": "$", "StringEquals": "wait", "Next": "Wait"});
    let states = json!({
        "Item": {"Type": "Choice", "Choices": [rule], "Default": "Boom"},
        "Wait": {"Type": "Wait", "Seconds": 9, "End": true},
        "Boom": {"Type": "Fail", "Error": "Boom"}
    });
    let host = Host::start(
        &only(json!({"Type": "Map", "ItemProcessor": {"StartAt": "Item", "States": states}})),
        json!(["wait", "fail"]),
    );
    let expected = [
        "11<-10 FailStateEntered",
        "12<-11 MapIterationAborted",
        "13<-11 WaitStateAborted",
        "14<-11 MapIterationFailed",
        "15<-11 MapStateFailed",
        "16<-15 ExecutionFailed",
    ];
    assert_eq!(host.events()[10..], expected);
}

#[test]
fn a_parallel_state_that_fails_and_is_caught_has_the_events_recorded() {
    let branch = json!({"StartAt": "Branch", "States": {"Branch": {"Type": "Fail", "Error": "E", "Cause": "c"}}});
    let mut machine =
        only(json!({"Type": "Parallel", "Branches": [branch], "Catch": [{"ErrorEquals": ["E"], "Next": "Caught"}]}));
    machine["States"]["Caught"] = json!({"Type": "Succeed"});
    let expected = [
        "1<-0 ExecutionStarted",
        "2<-0 ParallelStateEntered",
        "3<-2 ParallelStateStarted",
        "4<-3 FailStateEntered",
        "5<-4 ParallelStateFailed",
        "6<-5 ParallelStateExited",
        "7<-6 SucceedStateEntered",
        "8<-7 SucceedStateExited",
        "9<-8 ExecutionSucceeded",
    ];
    assert_eq!(Host::start(&machine, json!({})).events(), expected);
}

#[test]
fn a_timed_out_task_is_written_as_recorded() {
    let mut host = Host::start(&only(with(task(), json!({"TimeoutSeconds": 5}))), json!({}));
    host.jump();
    let last: Vec<Value> = host.execution.history()[4..].iter().map(|event| event.to_api(true)).collect();
    assert_eq!(
        last[0]["taskTimedOutEventDetails"],
        json!({"resourceType": "lambda", "resource": "invoke", "error": "States.Timeout"})
    );
    assert_eq!(last[1]["executionFailedEventDetails"], json!({"error": "States.Timeout"}));
}
