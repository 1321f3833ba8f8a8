//! Choice rules, operator by operator.

use serde_json::{Value, json};

use crate::support::{Host, only};

/// Which way a Choice with one rule goes.
fn holds(rule: Value, input: Value) -> Result<bool, String> {
    let mut rule = rule;
    rule["Next"] = json!("Yes");
    let mut machine = only(json!({"Type": "Choice", "Choices": [rule], "Default": "No"}));
    machine["States"]["Yes"] = json!({"Type": "Pass", "Result": true, "End": true});
    machine["States"]["No"] = json!({"Type": "Pass", "Result": false, "End": true});
    let host = Host::start(&machine, input);
    match host.execution.outcome() {
        Some(gated_asl::Outcome::Succeeded { output }) => Ok(output == &json!(true)),
        _ => Err(host.failure().0.to_owned()),
    }
}

fn test(operator: &str, operand: Value, value: Value) -> bool {
    holds(json!({"Variable": "$.v", operator: operand}), json!({"v": value, "other": 10, "text": "m"})).unwrap()
}

#[test]
fn comparisons_hold_by_type_and_relation() {
    assert!(test("StringEquals", json!("a"), json!("a")) && !test("StringEquals", json!("a"), json!("b")));
    assert!(test("StringLessThan", json!("b"), json!("a")) && !test("StringLessThan", json!("a"), json!("a")));
    assert!(
        test("StringGreaterThanEquals", json!("a"), json!("a"))
            && test("StringLessThanEqualsPath", json!("$.text"), json!("a"))
    );
    assert!(test("NumericEquals", json!(3), json!(3.0)) && test("NumericGreaterThan", json!(2), json!(3)));
    assert!(
        test("NumericLessThanPath", json!("$.other"), json!(9))
            && !test("NumericLessThanPath", json!("$.other"), json!(10))
    );
    assert!(test("NumericGreaterThanEquals", json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_993_i64)));
    assert!(!test("NumericEquals", json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64)));
    assert!(test("BooleanEquals", json!(true), json!(true)) && !test("BooleanEquals", json!(true), json!(false)));
    let time = "2016-03-14T01:59:00Z";
    assert!(test("TimestampEquals", json!(time), json!("2016-03-14T02:59:00+01:00")));
    assert!(test("TimestampGreaterThan", json!(time), json!("2016-03-14T01:59:00.000001Z")));
    assert!(
        test("StringMatches", json!("log-*.txt"), json!("log-1.txt"))
            && !test("StringMatches", json!("log-*"), json!(1))
    );
}

#[test]
fn values_of_another_type_never_fit() {
    assert!(!test("StringEquals", json!("3"), json!(3)) && !test("NumericEquals", json!(3), json!("3")));
    assert!(
        !test("BooleanEquals", json!(false), json!(null))
            && !test("TimestampLessThan", json!("2016-03-14T01:59:00Z"), json!("soon"))
    );
    assert!(!test("StringEqualsPath", json!("$.other"), json!("10")));
}

#[test]
fn type_tests_hold_for_their_type() {
    for (operator, fitting) in [
        ("IsNull", json!(null)),
        ("IsString", json!("x")),
        ("IsNumeric", json!(1.5)),
        ("IsBoolean", json!(false)),
        ("IsTimestamp", json!("2016-03-14T01:59:00Z")),
    ] {
        assert!(test(operator, json!(true), fitting.clone()) && !test(operator, json!(false), fitting), "{operator}");
        assert!(!test(operator, json!(true), json!([])) && test(operator, json!(false), json!([])), "{operator}");
    }
}

#[test]
fn only_a_test_for_presence_may_name_what_is_not_there() {
    let present = |expected: bool| holds(json!({"Variable": "$.gone", "IsPresent": expected}), json!({}));
    assert_eq!((present(true), present(false)), (Ok(false), Ok(true)));
    for rule in
        [json!({"Variable": "$.gone", "IsNull": true}), json!({"Variable": "$.v", "StringEqualsPath": "$.gone"})]
    {
        assert_eq!(holds(rule, json!({"v": "x"})), Err("States.Runtime".to_owned()));
    }
}

#[test]
fn and_or_not_combine_and_stop_early() {
    let present = json!({"Variable": "$.v", "IsPresent": true});
    let equal = json!({"Variable": "$.v", "NumericEquals": 1});
    assert_eq!(holds(json!({"And": [present, equal]}), json!({})), Ok(false));
    assert_eq!(holds(json!({"And": [present, equal]}), json!({"v": 1})), Ok(true));
    assert_eq!(holds(json!({"Or": [{"Not": present}, equal]}), json!({})), Ok(true));
    assert_eq!(holds(json!({"Not": {"Variable": "$.v", "StringEquals": "Private"}}), json!({"v": "Public"})), Ok(true));
}

#[test]
fn the_first_rule_that_holds_decides_and_without_one_the_state_fails() {
    let mut machine = only(json!({"Type": "Choice", "Choices": [
        {"Variable": "$.v", "NumericLessThan": 10, "Next": "Low"},
        {"Variable": "$.v", "NumericLessThan": 20, "Next": "High"}
    ]}));
    machine["States"]["Low"] = json!({"Type": "Succeed"});
    machine["States"]["High"] = json!({"Type": "Succeed"});
    let entered = |v: i32| {
        Host::start(&machine, json!({"v": v})).execution.history()[3].to_api(true)["stateEnteredEventDetails"]["name"]
            .clone()
    };
    assert_eq!((entered(5), entered(15)), (json!("Low"), json!("High")));
    assert_eq!(Host::start(&machine, json!({"v": 25})).failure().0, "States.NoChoiceMatched");
}
