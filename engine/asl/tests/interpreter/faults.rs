//! What a definition is refused for, and where the fault is said to be.

use gated_asl::Definition;
use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use serde_json::{Value, json};

use crate::support::{faults, only, task, with};

#[track_caller]
fn refused(definition: &Value, place: &str, words: &str) {
    let found = faults(definition);
    let fits =
        |fault: &String| fault.strip_prefix(place).is_some_and(|rest| rest.starts_with(": ") && rest.contains(words));
    assert!(found.iter().any(fits), "{place} {words}: {found:#?}");
}

#[test]
fn text_that_is_no_definition() {
    assert!(Definition::parse("{").unwrap_err()[0].message.contains("not JSON"));
    assert!(Definition::parse("[]").unwrap_err()[0].message.contains("must be an object"));
    let twice = r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "A": {"Type": "Fail"}}}"#;
    assert!(Definition::parse(twice).unwrap_err()[0].message.contains("\"A\" is written twice"));
    refused(&json!({}), "/", "StartAt is missing");
    refused(&json!({}), "/", "States is missing");
    assert!(Definition::parse(&" ".repeat(1_048_577)).unwrap_err()[0].message.contains("1048577 bytes"));
}

#[test]
fn fields_that_are_not_understood() {
    refused(&with(only(task()), json!({"Extra": 1})), "/Extra", "a state machine has no field \"Extra\"");
    refused(&with(only(task()), json!({"QueryLanguage": "JSONata"})), "/QueryLanguage", "JSONPath");
    refused(&with(only(task()), json!({"Version": "2.0"})), "/Version", "1.0");
    let state = |fields: Value| only(with(task(), fields));
    refused(&state(json!({"Assign": {}})), "/States/Only/Assign", "variables and JSONata");
    refused(&state(json!({"QueryLanguage": "JSONata"})), "/States/Only/QueryLanguage", "JSONPath");
    refused(&state(json!({"Credentials": {}})), "/States/Only/Credentials", "a Task state has no field");
    refused(
        &only(json!({"Type": "Wait", "Seconds": 1, "ResultPath": "$.a"})),
        "/States/Only/ResultPath",
        "a Wait state",
    );
    refused(&only(json!({"Type": "Succeed", "Next": "Only"})), "/States/Only/Next", "a Succeed state");
    refused(&only(json!({"Type": "Fail", "InputPath": "$"})), "/States/Only/InputPath", "a Fail state");
    refused(&only(json!({"Type": "Dance"})), "/States/Only/Type", "\"Dance\" is no type of state");
    refused(&only(json!({"End": true})), "/States/Only", "Type is missing");
}

#[test]
fn values_that_mean_nothing() {
    let state = |fields: Value| only(with(task(), fields));
    refused(&state(json!({"TimeoutSeconds": 0})), "/States/Only/TimeoutSeconds", "integer from 1");
    refused(
        &state(json!({"TimeoutSeconds": 5, "TimeoutSecondsPath": "$.t"})),
        "/States/Only/TimeoutSecondsPath",
        "exclude",
    );
    refused(&state(json!({"TimeoutSeconds": 5, "HeartbeatSeconds": 5})), "/States/Only/HeartbeatSeconds", "smaller");
    refused(&state(json!({"ResultPath": "$$.x"})), "/States/Only/ResultPath", "context object");
    refused(&state(json!({"InputPath": "$.a[*]"})), "/States/Only/InputPath", "wildcards");
    refused(&state(json!({"Parameters": [1]})), "/States/Only/Parameters", "must be an object");
    refused(&state(json!({"Parameters": {"a": 1, "a.$": "$"}})), "/States/Only/Parameters/a.$", "both");
    refused(
        &state(json!({"Parameters": {"a": {"b~/c.$": 7}}})),
        "/States/Only/Parameters/a/b~0~1c.$",
        "holds a string",
    );
    refused(&state(json!({"Resource": "arn:aws:states:::nothing"})), "/States/Only/Resource", "neither");
    refused(&only(json!({"Type": "Wait"})), "/States/Only", "exactly one");
    refused(&only(json!({"Type": "Wait", "Seconds": 1, "Timestamp": "soon"})), "/States/Only/Timestamp", "RFC 3339");
    refused(&only(json!({"Type": "Fail", "Error": "a", "ErrorPath": "$.e"})), "/States/Only/ErrorPath", "exclude");
    refused(&only(json!({"Type": "Parallel", "Branches": []})), "/States/Only/Branches", "at least one");
    let distributed = json!({"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "I", "States": {"I": task()}});
    refused(
        &only(json!({"Type": "Map", "ItemProcessor": distributed})),
        "/States/Only/ItemProcessor/ProcessorConfig/Mode",
        "INLINE",
    );
    let iterator = json!({"StartAt": "I", "States": {"I": task()}});
    refused(&only(json!({"Type": "Map", "Iterator": iterator})), "/States/Only/Iterator", "write ItemProcessor");
}

#[test]
fn retriers_and_catchers_that_could_not_work() {
    let retry = |entries: Value| only(with(task(), json!({"Retry": entries})));
    let all = json!({"ErrorEquals": ["States.ALL"]});
    let other = json!({"ErrorEquals": ["Other"]});
    refused(&retry(json!([all, other])), "/States/Only/Retry/0/ErrorEquals", "last entry of Retry");
    refused(
        &retry(json!([{"ErrorEquals": ["States.ALL", "Other"]}])),
        "/States/Only/Retry/0/ErrorEquals",
        "stand alone",
    );
    refused(
        &retry(json!([{"ErrorEquals": ["States.Al"]}])),
        "/States/Only/Retry/0/ErrorEquals/0",
        "no error of the States Language",
    );
    refused(&retry(json!([{"ErrorEquals": []}])), "/States/Only/Retry/0/ErrorEquals", "at least one");
    refused(&retry(json!([{}])), "/States/Only/Retry/0", "ErrorEquals is missing");
    refused(
        &retry(json!([with(all.clone(), json!({"BackoffRate": 0.5}))])),
        "/States/Only/Retry/0/BackoffRate",
        "from 1.0",
    );
    refused(
        &retry(json!([with(all.clone(), json!({"IntervalSeconds": 0}))])),
        "/States/Only/Retry/0/IntervalSeconds",
        "from 1",
    );
    refused(
        &retry(json!([with(all.clone(), json!({"JitterStrategy": "SOME"}))])),
        "/States/Only/Retry/0/JitterStrategy",
        "FULL",
    );
    refused(
        &retry(json!([with(all.clone(), json!({"MaxDelaySeconds": 1}))])),
        "/States/Only/Retry/0/MaxDelaySeconds",
        "greater",
    );
    refused(&only(with(task(), json!({"Catch": [all]}))), "/States/Only/Catch/0", "Next is missing");
}

#[test]
fn rules_that_are_not_understood() {
    let choice = |rule: Value| {
        let mut machine = only(json!({"Type": "Choice", "Choices": [with(rule, json!({"Next": "End"}))]}));
        machine["States"]["End"] = json!({"Type": "Succeed"});
        machine
    };
    let place = "/States/Only/Choices/0";
    refused(&choice(json!({"Variable": "$.a"})), place, "exactly one operator");
    refused(&choice(json!({"Variable": "$.a", "IsNull": true, "IsString": true})), place, "IsNull, IsString");
    refused(&choice(json!({"IsNull": true})), place, "needs a Variable");
    refused(
        &choice(json!({"Variable": "$.a", "StringEndsWith": "x"})),
        &format!("{place}/StringEndsWith"),
        "no comparison operator",
    );
    refused(
        &choice(json!({"Variable": "$.a", "BooleanLessThan": true})),
        &format!("{place}/BooleanLessThan"),
        "no comparison operator",
    );
    refused(
        &choice(json!({"Variable": "$.a", "NumericEquals": "1"})),
        &format!("{place}/NumericEquals"),
        "must be a number",
    );
    refused(
        &choice(json!({"Variable": "$.a", "TimestampEquals": "x"})),
        &format!("{place}/TimestampEquals"),
        "RFC 3339",
    );
    refused(&choice(json!({"Variable": "a", "IsNull": true})), &format!("{place}/Variable"), "begin with $");
    refused(&choice(json!({"And": []})), &format!("{place}/And"), "at least one rule");
    refused(
        &choice(json!({"Not": {"Variable": "$.a", "IsNull": true, "Next": "End"}})),
        &format!("{place}/Not"),
        "no Next inside",
    );
    refused(&only(json!({"Type": "Choice", "Choices": []})), "/States/Only/Choices", "at least one rule");
}

#[test]
fn transitions_that_lead_nowhere() {
    let machine = |states: Value| json!({"StartAt": "A", "States": states});
    let pass = |next: &str| json!({"Type": "Pass", "Next": next});
    refused(&json!({"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}), "/StartAt", "no state \"B\"");
    refused(&machine(json!({"A": pass("Gone")})), "/States/A/Next", "no state \"Gone\"");
    refused(&machine(json!({"A": {"Type": "Pass"}})), "/States/A", "neither Next nor");
    refused(&machine(json!({"A": {"Type": "Pass", "End": true, "Next": "A"}})), "/States/A/End", "exclude");
    refused(&machine(json!({"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}})), "/States/B", "no transition leads");
    refused(&machine(json!({"A": pass("B"), "B": pass("A")})), "/States/B", "leads to an end");
    let caught = with(task(), json!({"Catch": [{"ErrorEquals": ["E"], "Next": "Gone"}]}));
    refused(&machine(json!({"A": caught})), "/States/A/Catch/0/Next", "no state \"Gone\"");
    let outside = json!({"Type": "Parallel", "End": true, "Branches": [{"StartAt": "B", "States": {"B": pass("A")}}]});
    refused(&machine(json!({"A": outside})), "/States/A/Branches/0/States/B/Next", "no state \"A\"");
    let same = json!({"Type": "Parallel", "End": true, "Branches": [{"StartAt": "A", "States": {"A": task()}}]});
    refused(&machine(json!({"A": same})), "/States/A/Branches/0/States/A", "already used at /States/A");
}

#[test]
fn every_fault_is_named_at_once() {
    let machine = json!({"StartAt": "A", "Extra": 1, "States": {
        "A": {"Type": "Task", "Resource": "x", "InputPath": "a", "Retry": [{}], "Next": "Gone"}
    }});
    assert_eq!(faults(&machine).len(), 5, "{:#?}", faults(&machine));
}

#[test]
fn a_definition_tells_its_resources_and_error_names() {
    let inner = with(task(), json!({"Retry": [{"ErrorEquals": ["Inner", "Shared"]}]}));
    let map = json!({"Type": "Map", "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": inner}}, "End": true,
        "Catch": [{"ErrorEquals": ["Shared", "States.Timeout"], "Next": "After"}]});
    let after = with(task(), json!({"Resource": "arn:aws:states:::codebuild:startBuild.sync"}));
    let text =
        json!({"Comment": "c", "TimeoutSeconds": 9, "StartAt": "A", "States": {"A": map, "After": after}}).to_string();
    let definition = Definition::parse(&text).unwrap();
    let resources: Vec<&str> = definition.resources().into_iter().collect();
    assert_eq!(resources, ["arn:aws:states:::codebuild:startBuild.sync", "arn:aws:states:::lambda:invoke"]);
    assert_eq!(definition.error_names().into_iter().collect::<Vec<_>>(), ["Inner", "Shared", "States.Timeout"]);
    assert_eq!(definition.state_names().into_iter().collect::<Vec<_>>(), ["A", "After", "Inner"]);
    assert_eq!((definition.comment(), definition.timeout_seconds(), definition.start_at()), (Some("c"), Some(9), "A"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_checker_panic(text in "(States\\.(Format|Array|UUID|Hash)\\()?[$.a-c'\"\\[\\]\\\\{}(),*0-9 é]{0,20}") {
        let machine = only(with(task(), json!({"Parameters": {"x.$": text}, "InputPath": text, "ResultPath": text})));
        for fault in faults(&machine) {
            prop_assert!(fault.starts_with("/States/Only/"), "{}", fault);
        }
    }
}
