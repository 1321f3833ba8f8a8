//! Retry and Catch, driven by a clock that jumps.

use serde_json::{Value, json};

use crate::support::{Host, only, task, with};

/// A machine whose one task has these handlers; what is caught goes to `Caught`.
fn machine(retry: Value, catch: Value) -> Value {
    let mut machine = only(with(task(), json!({"Retry": retry, "Catch": catch})));
    if catch != json!([]) {
        machine["States"]["Caught"] = json!({"Type": "Pass", "End": true});
    }
    machine
}

/// Fails the task again and again; the seconds between the attempts.
fn delays(retrier: Value, chance: f64) -> Vec<f64> {
    let mut host = Host::start_without_polling(&machine(json!([retrier]), json!([])), json!({}));
    host.chance = chance;
    host.poll();
    let mut delays = Vec::new();
    loop {
        host.fail("Only", "Busy");
        if host.finished.is_some() {
            assert_eq!(host.failure(), ("Busy", "because"));
            return delays;
        }
        assert!(host.running.is_empty());
        delays.push(host.next_in().unwrap());
        host.jump();
    }
}

#[test]
fn the_delay_grows_by_the_backoff_rate() {
    let documented = json!({"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "MaxAttempts": 3, "BackoffRate": 2});
    assert_eq!(delays(documented, 0.9), [3.0, 6.0, 12.0]);
    assert_eq!(delays(json!({"ErrorEquals": ["Busy"]}), 0.9), [1.0, 2.0, 4.0]);
    assert_eq!(delays(json!({"ErrorEquals": ["Busy"], "MaxAttempts": 0}), 0.9), [] as [f64; 0]);
    assert_eq!(delays(json!({"ErrorEquals": ["Other"]}), 0.9), [] as [f64; 0]);
}

#[test]
fn the_delay_is_capped_and_jittered() {
    let capped = json!({"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 4, "BackoffRate": 2, "MaxDelaySeconds": 5});
    assert_eq!(delays(capped.clone(), 0.9), [3.0, 5.0, 5.0, 5.0]);
    assert_eq!(delays(with(capped.clone(), json!({"JitterStrategy": "FULL"})), 0.5), [1.5, 2.5, 2.5, 2.5]);
    assert_eq!(delays(with(capped, json!({"JitterStrategy": "FULL"})), 0.001), [0.003, 0.005, 0.005, 0.005]);
}

#[test]
fn each_retrier_counts_for_itself() {
    let retry = json!([
        {"ErrorEquals": ["ErrorA", "ErrorB"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 2},
        {"ErrorEquals": ["ErrorC"], "IntervalSeconds": 5}
    ]);
    let mut host = Host::start(&machine(retry, json!([{"ErrorEquals": ["States.ALL"], "Next": "Caught"}])), json!({}));
    for (error, delay) in [("ErrorA", 1.0), ("ErrorB", 2.0), ("ErrorC", 5.0)] {
        host.fail("Only", error);
        assert_eq!(host.next_in(), Some(delay), "{error}");
        host.jump();
    }
    host.fail("Only", "ErrorB");
    assert_eq!(host.output(), &json!({"Error": "ErrorB", "Cause": "because"}));
}

#[test]
fn counters_start_anew_when_the_state_is_entered_again() {
    let looped = with(
        task(),
        json!({
            "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["Busy"], "Next": "Again", "ResultPath": null}],
            "Parameters": {"retries.$": "$$.State.RetryCount"}
        }),
    );
    let mut machine = only(looped);
    machine["States"]["Again"] = json!({"Type": "Pass", "Next": "Only"});
    let mut host = Host::start(&machine, json!({}));
    for _ in 0..2 {
        assert_eq!(host.running[0].parameters, json!({"retries": 0}));
        host.fail("Only", "Busy");
        host.jump();
        assert_eq!(host.running[0].parameters, json!({"retries": 1}));
        host.fail("Only", "Busy");
    }
    host.succeed("Only", json!("done"));
    assert_eq!(host.output(), &json!("done"));
}

#[test]
fn every_attempt_has_its_own_token() {
    let mut host = Host::start(&machine(json!([{"ErrorEquals": ["Busy"]}]), json!([])), json!({}));
    let first = host.running[0].token.clone();
    host.fail("Only", "Busy");
    host.jump();
    assert_ne!(host.running[0].token, first);
}

#[test]
fn a_catcher_puts_the_error_where_its_result_path_says() {
    let caught = |result_path: Value| {
        let catch = json!([{"ErrorEquals": ["Other"], "Next": "Caught"},
            {"ErrorEquals": ["States.TaskFailed"], "Next": "Caught", "ResultPath": result_path}]);
        let mut host = Host::start(&machine(json!([]), catch), json!({"a": 1}));
        host.fail("Only", "Broken");
        host.output().clone()
    };
    let error = json!({"Error": "Broken", "Cause": "because"});
    assert_eq!(caught(json!("$")), error);
    assert_eq!(caught(json!("$.e.inner")), json!({"a": 1, "e": {"inner": error}}));
    assert_eq!(caught(json!(null)), json!({"a": 1}));
}

#[test]
fn the_output_path_does_not_apply_to_what_was_caught() {
    let mut machine = machine(json!([]), json!([{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]));
    machine["States"]["Only"]["OutputPath"] = json!("$.no.such.path");
    let mut host = Host::start(&machine, json!({}));
    host.fail("Only", "Broken");
    assert_eq!(host.output(), &json!({"Error": "Broken", "Cause": "because"}));
}

#[test]
fn an_uncaught_error_fails_the_execution() {
    let catch = json!([{"ErrorEquals": ["Other"], "Next": "Caught"}]);
    let mut host = Host::start(&machine(json!([]), catch), json!({}));
    host.fail("Only", "Broken");
    assert_eq!(host.failure(), ("Broken", "because"));
}
