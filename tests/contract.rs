//! The contract between the state machine's file and the code: error names, task resources, the functions.

use gated_asl::Definition;
use gated_core::error_names::ErrorName;

const DEFINITION: &str = include_str!("../infra/gate.asl.json");

fn definition() -> Definition {
    Definition::parse(DEFINITION).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn every_error_name_of_ours_in_a_retry_or_catch_is_one_that_a_function_can_end_with() {
    let known: Vec<&str> = ErrorName::ALL.iter().map(|name| name.as_str()).collect();
    for name in definition().error_names() {
        if name.starts_with("Gated.") {
            assert!(known.contains(&name), "{name} is caught or retried, and no function ends with it");
        }
    }
}

/// The tasks that call a function, by name, with how often each error name is tried again.
fn tries_of_functions(error: &str) -> Vec<(String, u64)> {
    let text: serde_json::Value = serde_json::from_str(DEFINITION).unwrap();
    let states = text["States"].as_object().unwrap().iter();
    let calls = states.filter(|(_, state)| state["Resource"] == "arn:aws:states:::lambda:invoke");
    let tries = calls.map(|(name, state)| {
        let names = |retrier: &serde_json::Value| retrier["ErrorEquals"].as_array().unwrap().iter().any(|e| e == error);
        let retrier = state["Retry"].as_array().unwrap().iter().find(|retrier| names(retrier));
        (name.clone(), retrier.map_or(0, |retrier| retrier["MaxAttempts"].as_u64().unwrap()))
    });
    tries.collect()
}

#[test]
fn what_is_transient_is_retried_and_nothing_else_of_ours_is() {
    for name in ErrorName::ALL {
        let tries = tries_of_functions(name.as_str());
        assert!(tries.len() >= 6, "{tries:?}");
        for (state, tries) in tries {
            assert_eq!(tries > 0, name == ErrorName::Transient, "{state}: {}", name.as_str());
        }
    }
}

#[test]
fn a_function_that_lambda_ended_is_called_again() {
    // Out of time, and out of memory or gone: what Lambda answers then is the error's name for Step Functions, which knows it
    // by `Lambda.Unknown` where there is no answer.
    for error in ["Sandbox.Timedout", "Runtime.ExitError", "Lambda.Unknown", "States.Timeout"] {
        for (state, tries) in tries_of_functions(error) {
            assert!(tries > 0, "{state} gives up at {error}");
        }
    }
}

#[test]
fn every_task_has_a_time_out_a_retry_and_a_catch() {
    fn walk(states: &serde_json::Value, found: &mut usize) {
        for (name, state) in states.as_object().unwrap() {
            if state["Type"] == "Task" {
                *found += 1;
                assert!(
                    state.get("TimeoutSeconds").is_some() || state.get("TimeoutSecondsPath").is_some(),
                    "{name} may wait for ever"
                );
                assert!(state["Retry"].is_array(), "{name} is never tried again");
                let catch = state["Catch"].as_array().unwrap_or_else(|| panic!("{name} catches nothing"));
                let last = &catch.last().unwrap()["ErrorEquals"][0];
                assert_eq!(last, "States.ALL", "{name} lets an error go by");
            }
            if let Some(inner) = state.get("ItemProcessor") {
                walk(&inner["States"], found);
            }
        }
    }
    let text: serde_json::Value = serde_json::from_str(DEFINITION).unwrap();
    let mut found = 0;
    walk(&text["States"], &mut found);
    assert!(found >= 15, "{found} tasks");
}
