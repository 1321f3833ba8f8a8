//! InputPath, Parameters, ResultSelector, ResultPath, OutputPath: the examples of the developer guide's chapter on
//! input and output processing, and their edges.

use serde_json::{Value, json};

use crate::support::{Host, only, task, with};

/// Runs one task with the fields, answers it with `result`; gives its parameters and the output.
fn run(fields: Value, input: Value, result: Value) -> (Value, Value) {
    let mut host = Host::start(&only(with(task(), fields)), input);
    let parameters = host.running[0].parameters.clone();
    host.succeed("Only", result);
    (parameters, host.output().clone())
}

#[test]
fn the_input_path_limits_what_the_task_sees() {
    let input = json!({"comment": "dropped", "dataset1": {"val1": 1}, "dataset2": {"val1": "a"}});
    let (parameters, _) = run(json!({"InputPath": "$.dataset2"}), input.clone(), json!(null));
    assert_eq!(parameters, json!({"val1": "a"}));
    assert_eq!(run(json!({"InputPath": null}), input, json!(null)).0, json!({}));
    assert_eq!(run(json!({"InputPath": "$$.Execution.Name"}), json!({}), json!(null)).0, json!("one"));
}

#[test]
fn parameters_select_from_input_and_context() {
    let parameters = json!({
        "comment": "selected",
        "MyDetails": {"size.$": "$.product.details.size", "id.$": "$$.Execution.Name", "StaticValue": "foo"}
    });
    let input = json!({"product": {"details": {"color": "blue", "size": "small"}}});
    let expected = json!({"comment": "selected", "MyDetails": {"size": "small", "id": "one", "StaticValue": "foo"}});
    assert_eq!(run(json!({"Parameters": parameters}), input, json!(null)).0, expected);
}

#[test]
fn the_result_selector_sees_only_the_result() {
    let fields = json!({
        "ResultSelector": {"ClusterId.$": "$.output.ClusterId", "ResourceType.$": "$.resourceType"},
        "ResultPath": "$.EMROutput"
    });
    let result =
        json!({"resourceType": "elasticmapreduce", "output": {"ClusterId": "AKIAIOSFODNN7EXAMPLE", "Rest": 1}});
    let (_, output) = run(fields, json!({"OtherDataFromInput": {}}), result);
    let expected = json!({
        "OtherDataFromInput": {},
        "EMROutput": {"ResourceType": "elasticmapreduce", "ClusterId": "AKIAIOSFODNN7EXAMPLE"}
    });
    assert_eq!(output, expected);
}

#[test]
fn the_result_path_replaces_joins_or_discards() {
    let input = json!({"comment": "kept", "data": {"val1": 23}, "extra": "foo"});
    let output = |path: Value| run(json!({"ResultPath": path}), input.clone(), json!(42)).1;
    assert_eq!(output(json!("$")), json!(42));
    assert_eq!(output(json!(null)), input);
    assert_eq!(output(json!("$.sum")), with(input.clone(), json!({"sum": 42})));
    assert_eq!(output(json!("$.data.sum")), with(input.clone(), json!({"data": {"val1": 23, "sum": 42}})));
}

#[test]
fn the_result_path_joins_the_raw_input_not_the_selected_one() {
    let fields = json!({"InputPath": "$.a", "Parameters": {"x.$": "$.b"}, "ResultPath": "$.r"});
    let (parameters, output) = run(fields, json!({"a": {"b": 1}, "c": 2}), json!(3));
    assert_eq!(parameters, json!({"x": 1}));
    assert_eq!(output, json!({"a": {"b": 1}, "c": 2, "r": 3}));
}

#[test]
fn the_output_path_comes_last() {
    let fields = json!({"ResultPath": "$.r", "OutputPath": "$.r.inner"});
    assert_eq!(run(fields, json!({"a": 1}), json!({"inner": [1]})).1, json!([1]));
    assert_eq!(run(json!({"OutputPath": null}), json!({}), json!(1)).1, json!({}));
}

#[test]
fn a_path_without_a_value_ends_the_execution_whatever_is_caught() {
    for fields in [
        json!({"InputPath": "$.missing"}),
        json!({"Parameters": {"x.$": "$.missing"}}),
        json!({"Parameters": {"x.$": "$$.Execution.Input.missing"}}),
        json!({"TimeoutSecondsPath": "$.missing"}),
    ] {
        let mut state = with(task(), fields);
        state["Catch"] = json!([{"ErrorEquals": ["States.Runtime"], "Next": "Caught"}, {"ErrorEquals": ["States.ALL"], "Next": "Caught"}]);
        let mut machine = only(state);
        machine["States"]["Caught"] = json!({"Type": "Succeed"});
        let host = Host::start(&machine, json!({"a": 1}));
        assert_eq!(host.failure().0, "States.Runtime");
        assert!(
            host.failure()
                .1
                .starts_with("An error occurred while executing the state 'Only' (entered at the event id #2). ")
        );
    }
}

#[test]
fn a_missing_value_in_parameters_is_named_with_field_and_input() {
    let host = Host::start(&only(json!({"Type": "Pass", "Parameters": {"value.$": "$.nope"}})), json!({"a": 0}));
    let expected = "An error occurred while executing the state 'Only' (entered at the event id #2). The JSONPath \
                    '$.nope' specified for the field 'value.$' could not be found in the input '{\"a\":0}'";
    assert_eq!(host.failure(), ("States.Runtime", expected));
}

#[test]
fn a_result_path_that_does_not_fit_the_input_can_be_caught() {
    let mut machine = only(with(
        task(),
        json!({
            "ResultPath": "$.text.inner",
            "Catch": [{"ErrorEquals": ["States.ResultPathMatchFailure"], "Next": "Caught", "ResultPath": "$.error"}]
        }),
    ));
    machine["States"]["Caught"] = json!({"Type": "Pass", "End": true});
    let mut host = Host::start(&machine, json!({"text": "not an object"}));
    host.succeed("Only", json!(1));
    assert_eq!(host.output()["error"]["Error"], json!("States.ResultPathMatchFailure"));
    assert_eq!(host.output()["text"], json!("not an object"));
}
