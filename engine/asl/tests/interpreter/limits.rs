//! The quotas of Step Functions.

use serde_json::json;

use crate::support::{Host, only, task, with};

const LIMIT: usize = 262_144;

#[test]
fn an_execution_without_end_fails_at_25000_events() {
    let mut machine = only(json!({"Type": "Pass"}));
    machine["States"]["Only"] = json!({"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "End"}], "Default": "Only"});
    machine["States"]["End"] = json!({"Type": "Succeed"});
    let host = Host::start(&machine, json!({}));
    assert_eq!(host.execution.history().len(), 25_000);
    assert_eq!(
        host.failure(),
        ("States.Runtime", "The execution reached the maximum number of history events (25000).")
    );
    let ids: Vec<u64> = host.execution.history().iter().map(|event| event.id).collect();
    assert_eq!(ids, (1..=25_000).collect::<Vec<u64>>());
}

#[test]
fn a_result_that_is_too_large_fails_with_a_name_that_all_does_not_catch() {
    let catching = |error: &str| {
        let mut machine = only(with(task(), json!({"Catch": [{"ErrorEquals": [error], "Next": "Caught"}]})));
        machine["States"]["Caught"] = json!({"Type": "Pass", "End": true});
        let mut host = Host::start(&machine, json!({}));
        host.succeed("Only", json!("x".repeat(LIMIT - 1)));
        host
    };
    let cause =
        "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.";
    assert_eq!(catching("States.ALL").failure(), ("States.DataLimitExceeded", cause));
    assert_eq!(catching("States.TaskFailed").failure(), ("States.DataLimitExceeded", cause));
    assert_eq!(catching("States.DataLimitExceeded").output()["Error"], json!("States.DataLimitExceeded"));
    let mut fits = Host::start(&only(task()), json!({}));
    fits.succeed("Only", json!("x".repeat(LIMIT - 2)));
    fits.output();
}

#[test]
fn a_state_cannot_put_out_or_hand_over_more_than_a_payload_holds() {
    let double = json!({"a.$": "$", "b.$": "$"});
    let half = json!("x".repeat(LIMIT / 2));
    let pass = Host::start(&only(json!({"Type": "Pass", "Parameters": double})), half.clone());
    let cause =
        "The state/task 'Only' returned a result with a size exceeding the maximum number of bytes service limit.";
    assert_eq!(pass.failure(), ("States.DataLimitExceeded", cause));
    let handed = Host::start(&only(with(task(), json!({"Parameters": double}))), half);
    assert_eq!(handed.failure().0, "States.DataLimitExceeded");
    assert!(handed.running.is_empty());
}

#[test]
fn a_payload_that_could_not_be_stored_is_refused() {
    let mut machine = only(json!({"Type": "Pass"}));
    machine["States"]["Only"] = json!({"Type": "Pass", "Parameters": {"deeper.$": "$"}, "Next": "Again"});
    machine["States"]["Again"] = json!({"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "End"}], "Default": "Only"});
    machine["States"]["End"] = json!({"Type": "Succeed"});
    let mut host = Host::start_without_polling(&machine, json!({}));
    host.crashing = true;
    host.poll();
    assert_eq!(host.failure().0, "States.Runtime");
    assert!(host.failure().1.ends_with("nests deeper than 100 levels."), "{}", host.failure().1);
}
