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

#[test]
fn what_is_transient_is_retried_and_nothing_else_of_ours_is() {
    let text: serde_json::Value = serde_json::from_str(DEFINITION).unwrap();
    for state in ["Judge", "Comment", "Vote", "Trouble"] {
        let retriers = text["States"][state]["Retry"].as_array().unwrap();
        for name in ErrorName::ALL {
            let retrier =
                retriers.iter().find(|r| r["ErrorEquals"].as_array().unwrap().iter().any(|e| e == name.as_str()));
            let tries = retrier.map_or(0, |r| r["MaxAttempts"].as_u64().unwrap());
            assert_eq!(tries > 0, name == ErrorName::Transient, "{state}: {}", name.as_str());
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
