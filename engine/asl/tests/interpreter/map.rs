//! Map states in inline mode.

use serde_json::{Value, json};

use crate::support::{Host, only, task, with};

fn map(fields: Value) -> Value {
    only(with(json!({"Type": "Map", "ItemProcessor": {"StartAt": "Item", "States": {"Item": task()}}}), fields))
}

#[test]
fn every_item_is_processed_and_the_results_keep_their_order() {
    let machine = map(json!({"ItemsPath": "$.detail.shipped", "ResultPath": "$.detail.shipped"}));
    let mut host = Host::start(&machine, json!({"ship-date": "x", "detail": {"shipped": ["a", "b", "c"]}}));
    let given: Vec<Value> = host.running.iter().map(|task| task.parameters.clone()).collect();
    assert_eq!(given, [json!("a"), json!("b"), json!("c")]);
    // The last item is answered first.
    host.running.reverse();
    for result in ["C", "B", "A"] {
        host.succeed("Item", json!(result));
    }
    assert_eq!(host.output(), &json!({"ship-date": "x", "detail": {"shipped": ["A", "B", "C"]}}));
}

#[test]
fn no_more_iterations_run_than_allowed() {
    let running = |fields: Value, items: usize| Host::start(&map(fields), json!(vec![0; items])).running.len();
    assert_eq!(running(json!({"MaxConcurrency": 2}), 5), 2);
    assert_eq!(running(json!({}), 50), 40);
    assert_eq!(running(json!({"MaxConcurrency": 100}), 50), 40);
    let by_path = json!({"MaxConcurrencyPath": "$.m", "ItemsPath": "$.items"});
    assert_eq!(Host::start(&map(by_path.clone()), json!({"m": 1, "items": [1, 2]})).running.len(), 1);
    assert_eq!(Host::start(&map(by_path), json!({"m": "NoNumber", "items": []})).failure().0, "States.Runtime");
    let mut host = Host::start(&map(json!({"MaxConcurrency": 2})), json!([1, 2, 3]));
    host.succeed("Item", json!("one"));
    assert_eq!(host.running.len(), 2);
    host.succeed("Item", json!("two"));
    host.succeed("Item", json!("three"));
    assert_eq!(host.output(), &json!(["one", "two", "three"]));
}

#[test]
fn an_item_selector_sees_the_item_and_the_state_input() {
    let machine = map(json!({
        "ItemsPath": "$.items",
        "ItemSelector": {"index.$": "$$.Map.Item.Index", "value.$": "$$.Map.Item.Value.name", "all.$": "$.shared"}
    }));
    let host = Host::start(&machine, json!({"items": [{"name": "x"}, {"name": "y"}], "shared": 9}));
    assert_eq!(host.running[1].parameters, json!({"index": 1, "value": "y", "all": 9}));
}

#[test]
fn the_item_is_visible_inside_nested_states() {
    let branch = json!({"StartAt": "Deep", "States": {"Deep": with(task(), json!({"Parameters": {"i.$": "$$.Map.Item.Index"}}))}});
    let parallel = json!({"Type": "Parallel", "Branches": [branch], "End": true});
    let machine = map(json!({"ItemProcessor": {"StartAt": "Both", "States": {"Both": parallel}}}));
    let host = Host::start(&machine, json!(["a", "b"]));
    assert_eq!(host.running[1].parameters, json!({"i": 1}));
}

#[test]
fn no_items_give_no_results_at_once() {
    assert_eq!(Host::start(&map(json!({})), json!([])).output(), &json!([]));
}

#[test]
fn what_is_no_array_ends_the_execution() {
    let host = Host::start(&map(json!({"ItemsPath": "$.items"})), json!({"items": {"a": 1}}));
    assert_eq!(host.failure().0, "States.Runtime");
    assert!(host.failure().1.contains("must point to array"));
}

#[test]
fn one_failed_iteration_cancels_the_others_and_can_be_caught() {
    let mut machine = map(json!({"Catch": [{"ErrorEquals": ["Broken"], "Next": "Caught"}]}));
    machine["States"]["Caught"] = json!({"Type": "Pass", "End": true});
    let mut host = Host::start(&machine, json!([1, 2, 3]));
    host.running.swap(0, 1);
    host.fail("Item", "Broken");
    assert_eq!(host.cancelled, ["Item", "Item"]);
    assert_eq!(host.output(), &json!({"Error": "Broken", "Cause": "because"}));
}

#[test]
fn a_retried_map_begins_anew() {
    let machine = map(json!({"MaxConcurrency": 1, "Retry": [{"ErrorEquals": ["Broken"], "MaxAttempts": 1}]}));
    let mut host = Host::start(&machine, json!([1, 2]));
    host.succeed("Item", json!("first"));
    host.fail("Item", "Broken");
    host.jump();
    assert_eq!(host.running[0].parameters, json!(1));
    host.succeed("Item", json!("again"));
    host.succeed("Item", json!("second"));
    assert_eq!(host.output(), &json!(["again", "second"]));
}
