//! An execution that is stored and read back after every call is the same execution.

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::prop_assert_eq;
use serde_json::{Value, json};

use crate::support::{Host, task, with};

/// What the world does next; the numbers pick among what is possible.
#[derive(Clone, Copy, Debug)]
enum Move {
    Succeed(u8),
    Fail(u8),
    Jump,
}

/// Every type of state, nested, with retries, catches, time-outs and chance.
fn machine() -> Value {
    let handled = |name: &str| {
        let retry =
            json!([{"ErrorEquals": ["Busy"], "MaxAttempts": 2, "JitterStrategy": "FULL", "IntervalSeconds": 4}]);
        with(
            task(),
            json!({"Retry": retry, "TimeoutSeconds": 50, "HeartbeatSeconds": 20, "Parameters": {
            "name": name, "id.$": "States.UUID()", "x.$": "$$.Execution.Input.x"}}),
        )
    };
    let item = json!({"StartAt": "Item", "States": {"Item": handled("item")}});
    let map = json!({"Type": "Map", "MaxConcurrency": 2, "ItemsPath": "$.items", "ItemProcessor": item, "End": true});
    let slow = json!({"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 30, "End": true}}});
    let mapped = json!({"StartAt": "Mapped", "States": {"Mapped": map}});
    let rule = json!({"Variable": "$.results[0]", "IsPresent": true, "Next": "Last"});
    json!({"StartAt": "Both", "TimeoutSeconds": 400, "States": {
        "Both": {"Type": "Parallel", "Branches": [mapped, slow], "ResultPath": "$.results", "Next": "Which",
            "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Which"}]},
        "Which": {"Type": "Choice", "Choices": [rule], "Default": "Undo"},
        "Undo": with(handled("undo"), json!({"End": true})),
        "Last": {"Type": "Pass", "Parameters": {"float": 3.300_000_000_000_000_3, "random.$": "States.MathRandom(1, 9)"}, "End": true}
    }})
}

fn run(moves: &[Move], crashing: bool) -> Host {
    let mut host = Host::start_without_polling(&machine(), json!({"items": [1, 2, 3], "x": 0.1}));
    host.crashing = crashing;
    host.poll();
    for (step, next) in moves.iter().enumerate() {
        host.chance = (step as f64 * 0.37).fract();
        let pick = |host: &Host, number: u8| host.running[usize::from(number) % host.running.len()].state.clone();
        match next {
            Move::Succeed(number) if !host.running.is_empty() => {
                let state = pick(&host, *number);
                host.succeed(&state, json!({"n": number, "f": f64::from(*number) / 7.0}));
            }
            Move::Fail(number) if !host.running.is_empty() => {
                let state = pick(&host, *number);
                host.fail(&state, if number % 3 == 0 { "Broken" } else { "Busy" });
            }
            Move::Succeed(_) | Move::Fail(_) | Move::Jump => {
                if host.execution.next_deadline().is_some() {
                    host.jump();
                }
            }
        }
    }
    host
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![any::<u8>().prop_map(Move::Succeed), any::<u8>().prop_map(Move::Fail), Just(Move::Jump)];
    proptest::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn storing_after_every_call_changes_nothing(moves in moves()) {
        let (steady, crashing) = (run(&moves, false), run(&moves, true));
        prop_assert_eq!(steady.execution.history(), crashing.execution.history());
        prop_assert_eq!(steady.execution.next_deadline(), crashing.execution.next_deadline());
        prop_assert_eq!(steady.running, crashing.running);
        prop_assert_eq!(steady.cancelled, crashing.cancelled);
        prop_assert_eq!(steady.finished, crashing.finished);
    }

    #[test]
    fn an_execution_ends_whatever_the_world_does(moves in moves()) {
        let mut host = run(&moves, false);
        for _ in 0..200 {
            if host.finished.is_none() {
                host.jump();
            }
        }
        prop_assert_eq!(host.finished.as_ref(), host.execution.outcome());
        prop_assert_eq!(host.finished.is_some(), true);
        prop_assert_eq!(host.running.len(), 0);
    }
}

#[test]
fn what_was_stored_before_an_effect_was_carried_out_still_names_it() {
    let mut host = Host::start(&machine(), json!({"items": [1], "x": 0}));
    let stored = serde_json::to_string(&host.execution).unwrap();
    let read: gated_asl::Execution = serde_json::from_str(&stored).unwrap();
    let pending: Vec<_> = read.pending_tasks().into_iter().cloned().collect();
    assert_eq!(pending, host.running);
    host.execution = read;
    host.succeed("Item", json!("done"));
    host.jump();
    assert_eq!(host.output()["float"], json!(3.300_000_000_000_000_3));
}

#[test]
fn another_definition_fails_the_execution_instead_of_panicking() {
    let mut host = Host::start(&machine(), json!({"items": [1], "x": 0}));
    let other = json!({"StartAt": "Other", "States": {"Other": {"Type": "Succeed"}}});
    host.definition = gated_asl::Definition::parse(&other.to_string()).unwrap();
    let effects = host.execution.poll(&host.definition, gated_asl::Timestamp::from_millis(0), &mut || 0.0);
    assert_eq!(effects.len(), 1, "{effects:?}");
    assert!(
        matches!(host.execution.outcome(), Some(gated_asl::Outcome::Failed { error: Some(error), .. }) if error == "States.Runtime")
    );
}
