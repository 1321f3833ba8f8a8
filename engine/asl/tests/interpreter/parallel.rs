//! Parallel states.

use serde_json::{Value, json};

use crate::support::{Host, only, task, with};

fn parallel(fields: Value) -> Value {
    let branch = |name: &str| json!({"StartAt": name, "States": {name: task()}});
    let waiting = json!({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 30, "End": true}}});
    only(with(json!({"Type": "Parallel", "Branches": [branch("A"), branch("B"), waiting]}), fields))
}

#[test]
fn every_branch_gets_the_input_and_the_results_are_an_array() {
    let mut host =
        Host::start(&parallel(json!({"Parameters": {"x.$": "$.x"}, "ResultPath": "$.r"})), json!({"x": [3, 2]}));
    assert!(host.running.iter().all(|task| task.parameters == json!({"x": [3, 2]})));
    host.succeed("B", json!(6));
    host.jump();
    assert!(host.finished.is_none());
    host.succeed("A", json!(5));
    assert_eq!(host.output(), &json!({"x": [3, 2], "r": [5, 6, {"x": [3, 2]}]}));
}

#[test]
fn a_failed_branch_cancels_its_siblings() {
    let mut host = Host::start(&parallel(json!({})), json!({}));
    host.fail("B", "Broken");
    assert_eq!(host.cancelled, ["A"]);
    assert_eq!(host.failure(), ("Broken", "because"));
    assert_eq!(host.execution.next_deadline(), None);
}

#[test]
fn a_failed_branch_can_be_retried_and_caught_as_a_whole() {
    let fields = json!({
        "Retry": [{"ErrorEquals": ["Broken"], "MaxAttempts": 1, "IntervalSeconds": 2}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught", "ResultPath": "$.error"}]
    });
    let mut machine = parallel(fields);
    machine["States"]["Caught"] = json!({"Type": "Pass", "End": true});
    let mut host = Host::start(&machine, json!({"a": 1}));
    host.fail("A", "Broken");
    assert!(host.running.is_empty());
    host.jump();
    assert_eq!((host.now, host.running_states()), (2_000, vec!["A", "B"]));
    host.fail("A", "Broken");
    assert_eq!(host.output(), &json!({"a": 1, "error": {"Error": "Broken", "Cause": "because"}}));
}

#[test]
fn a_branch_that_handles_its_own_error_does_not_fail() {
    let risky = with(task(), json!({"Catch": [{"ErrorEquals": ["Broken"], "Next": "Handled"}]}));
    let branch = json!({"StartAt": "Risky", "States": {"Risky": risky, "Handled": {"Type": "Pass", "Result": "handled", "End": true}}});
    let mut host = Host::start(&parallel(json!({"Branches": [branch]})), json!({}));
    host.fail("Risky", "Broken");
    assert_eq!(host.output(), &json!(["handled"]));
}
