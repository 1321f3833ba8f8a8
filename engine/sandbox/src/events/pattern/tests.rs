//! Event patterns, against what the EventBridge user guide says of each filter.

use serde_json::{Value, json};

use super::Pattern;

fn matches(pattern: Value, event: Value) -> bool {
    Pattern::read(&pattern).unwrap().matches(&event)
}

#[test]
fn every_field_of_the_pattern_must_match_and_other_fields_do_not_matter() {
    let pattern = json!({ "source": ["aws.codecommit"], "detail": { "event": ["created", "updated"] } });
    assert!(matches(
        pattern.clone(),
        json!({ "source": "aws.codecommit", "detail": { "event": "updated", "title": "x" } })
    ));
    assert!(!matches(pattern.clone(), json!({ "source": "aws.codebuild", "detail": { "event": "updated" } })));
    assert!(!matches(pattern.clone(), json!({ "source": "aws.codecommit", "detail": { "event": "closed" } })));
    assert!(!matches(pattern, json!({ "source": "aws.codecommit" })));
}

#[test]
fn one_element_of_a_list_in_the_event_is_enough() {
    let pattern = json!({ "resources": ["arn:b", "arn:c"] });
    assert!(matches(pattern.clone(), json!({ "resources": ["arn:a", "arn:b"] })));
    assert!(!matches(pattern, json!({ "resources": ["arn:a"] })));
    let inside = json!({ "detail": { "phases": { "type": ["BUILD"], "status": ["FAILED"] } } });
    let event = |status: &str| json!({ "detail": { "phases": [{ "type": "INSTALL" }, { "type": "BUILD", "status": status }] } });
    assert!(matches(inside.clone(), event("FAILED")));
    assert!(!matches(inside, event("SUCCEEDED")));
}

#[test]
fn plain_values_match_exactly() {
    assert!(matches(json!({ "a": [null, 5] }), json!({ "a": null })));
    assert!(!matches(json!({ "a": [null] }), json!({})));
    assert!(matches(json!({ "a": [true] }), json!({ "a": true })));
    assert!(!matches(json!({ "a": [300] }), json!({ "a": "300" })));
    assert!(!matches(json!({ "a": [300] }), json!({ "a": 300.0 })));
}

#[test]
fn text_filters_look_at_the_start_the_end_and_the_form() {
    let holds = |filter: Value, value: &str| matches(json!({ "a": [filter] }), json!({ "a": value }));
    assert!(holds(json!({ "prefix": "refs/" }), "refs/heads/x"));
    assert!(!holds(json!({ "prefix": "REFS/" }), "refs/heads/x"));
    assert!(holds(json!({ "prefix": { "equals-ignore-case": "REFS/" } }), "refs/heads/x"));
    assert!(holds(json!({ "suffix": ".png" }), "a.png"));
    assert!(holds(json!({ "suffix": { "equals-ignore-case": ".PNG" } }), "a.png"));
    assert!(holds(json!({ "equals-ignore-case": "ALICE" }), "Alice"));
    assert!(holds(json!({ "wildcard": "dir/*.png" }), "dir/sub/a.png.png"));
    assert!(!holds(json!({ "wildcard": "dir/*.png" }), "dir/a.jpg"));
    assert!(holds(json!({ "wildcard": "a\\*b" }), "a*b"));
    assert!(!holds(json!({ "wildcard": "a\\*b" }), "axb"));
    assert!(holds(json!({ "wildcard": "*" }), ""));
}

#[test]
fn anything_but_needs_the_field_and_refuses_what_it_lists() {
    let holds = |filter: Value, event: Value| matches(json!({ "a": [{ "anything-but": filter }] }), event);
    assert!(holds(json!("x"), json!({ "a": "y" })));
    assert!(!holds(json!("x"), json!({ "a": "x" })));
    assert!(!holds(json!("x"), json!({})));
    assert!(!holds(json!(["x", "y"]), json!({ "a": "y" })));
    assert!(!holds(json!([100, 200]), json!({ "a": 200 })));
    let gate = json!({ "prefix": "arn:aws:sts::111122223333:assumed-role/gated-" });
    assert!(!holds(gate.clone(), json!({ "a": "arn:aws:sts::111122223333:assumed-role/gated-voter/gated-voter" })));
    assert!(holds(gate, json!({ "a": "arn:aws:iam::111122223333:user/alice" })));
    assert!(!holds(json!({ "suffix": [".png", ".jpg"] }), json!({ "a": "x.jpg" })));
    assert!(!holds(json!({ "wildcard": "*/lib/*" }), json!({ "a": "x/lib/y" })));
}

#[test]
fn numbers_lie_within_their_bounds() {
    let holds = |bounds: Value, value: Value| matches(json!({ "a": [{ "numeric": bounds }] }), json!({ "a": value }));
    assert!(holds(json!([">", 0, "<=", 5]), json!(5)));
    assert!(!holds(json!([">", 0, "<=", 5]), json!(0)));
    assert!(!holds(json!([">", 0, "<=", 5]), json!(5.01)));
    assert!(holds(json!(["=", 3]), json!(3.0)));
    assert!(!holds(json!(["=", 3]), json!("3")));
}

#[test]
fn presence_is_asked_of_leaves_only() {
    let there = json!({ "detail": { "a": [{ "exists": true }] } });
    assert!(matches(there.clone(), json!({ "detail": { "a": null } })));
    assert!(!matches(there.clone(), json!({ "detail": {} })));
    assert!(!matches(there, json!({ "detail": { "a": { "b": 1 } } })));
    let absent = json!({ "detail": { "a": [{ "exists": false }] } });
    assert!(matches(absent.clone(), json!({ "detail": {} })));
    assert!(matches(absent.clone(), json!({})));
    assert!(!matches(absent, json!({ "detail": { "a": 1 } })));
}

#[test]
fn or_takes_one_alternative_beside_the_other_fields() {
    let pattern = json!({
        "source": ["s"],
        "detail": { "$or": [{ "a": [1] }, { "b": [{ "numeric": [">", 9] }] }] },
    });
    assert!(matches(pattern.clone(), json!({ "source": "s", "detail": { "a": 1 } })));
    assert!(matches(pattern.clone(), json!({ "source": "s", "detail": { "a": 2, "b": 10 } })));
    assert!(!matches(pattern.clone(), json!({ "source": "s", "detail": { "a": 2, "b": 9 } })));
    assert!(!matches(pattern, json!({ "source": "t", "detail": { "a": 1 } })));
}

#[test]
fn refuses_patterns_that_eventbridge_refuses_and_names_the_place() {
    let reason = |pattern: Value| Pattern::read(&pattern).unwrap_err();
    assert_eq!(reason(json!({ "detail": { "event": "created" } })), "detail.event: must be an object or an array");
    assert_eq!(reason(json!({ "a": [] })), "a: empty arrays are not allowed");
    assert_eq!(reason(json!({ "a": [{ "like": "x" }] })), "a: unrecognized match type like");
    assert_eq!(reason(json!({ "a": [{ "prefix": "x", "suffix": "y" }] })), "a: a filter has exactly one key");
    assert_eq!(reason(json!({})), "the pattern is empty");
    assert!(Pattern::parse("{").unwrap_err().starts_with("not JSON"));
}
