//! Intrinsic functions: the developer guide's examples and the edges of their arguments.

use serde_json::{Value, json};

use crate::support::{Host, faults, only};

fn state(expression: &str) -> Value {
    only(json!({"Type": "Pass", "Parameters": {"r.$": expression}}))
}

fn value(expression: &str, input: Value) -> Value {
    Host::start(&state(expression), input).output()["r"].clone()
}

fn error(expression: &str, input: Value) -> String {
    Host::start(&state(expression), input).failure().0.to_owned()
}

#[test]
fn arrays() {
    let nine = json!({"a": [1, 2, 3, 4, 5, 6, 7, 8, 9], "five": 5, "size": 4});
    assert_eq!(value("States.Array($.five, 'x', null, true, 1.5)", nine.clone()), json!([5, "x", null, true, 1.5]));
    assert_eq!(value("States.Array()", json!({})), json!([]));
    assert_eq!(value("States.ArrayPartition($.a, $.size)", nine.clone()), json!([[1, 2, 3, 4], [5, 6, 7, 8], [9]]));
    assert_eq!(value("States.ArrayContains($.a, $.five)", nine.clone()), json!(true));
    assert_eq!(value("States.ArrayContains($.a, '5')", nine.clone()), json!(false));
    assert_eq!(value("States.ArrayRange(1, 9, 2)", json!({})), json!([1, 3, 5, 7, 9]));
    assert_eq!(value("States.ArrayRange(3, 1, -1)", json!({})), json!([3, 2, 1]));
    assert_eq!(value("States.ArrayGetItem($.a, $.five)", nine.clone()), json!(6));
    assert_eq!(value("States.ArrayLength($.a)", nine.clone()), json!(9));
    assert_eq!(value("States.ArrayUnique($.d)", json!({"d": [1, 2, 3, 3, 3, 3, 3, 3, 4]})), json!([1, 2, 3, 4]));
    for broken in ["States.ArrayPartition($.a, 0)", "States.ArrayGetItem($.a, 9)", "States.ArrayLength($.five)"] {
        assert_eq!(error(broken, nine.clone()), "States.IntrinsicFailure", "{broken}");
    }
    assert_eq!(error("States.ArrayRange(0, $.n, 1)", json!({"n": 1000})), "States.IntrinsicFailure");
    assert_eq!(value("States.ArrayLength(States.ArrayRange(0, $.n, 1))", json!({"n": 999})), json!(1000));
}

#[test]
fn base64_and_hashes() {
    let input =
        json!({"t": "Data to encode", "e": "RGF0YSB0byBlbmNvZGU=", "h": "input data", "long": "x".repeat(10_001)});
    assert_eq!(value("States.Base64Encode($.t)", input.clone()), json!("RGF0YSB0byBlbmNvZGU="));
    assert_eq!(value("States.Base64Decode($.e)", input.clone()), json!("Data to encode"));
    assert_eq!(value("States.Hash($.h, 'SHA-1')", input.clone()), json!("aaff4a450a104cd177d28d18d74485e8cae074b7"));
    assert_eq!(value("States.Hash('', 'MD5')", json!({})), json!("d41d8cd98f00b204e9800998ecf8427e"));
    let sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(value("States.Hash('', 'SHA-256')", json!({})), json!(sha256));
    assert_eq!(value("States.Hash('', 'SHA-384')", json!({})).as_str().map(str::len), Some(96));
    assert_eq!(value("States.Hash('', 'SHA-512')", json!({})).as_str().map(str::len), Some(128));
    for broken in ["States.Base64Decode($.t)", "States.Hash($.long, 'MD5')", "States.Base64Encode($.long)"] {
        assert_eq!(error(broken, input.clone()), "States.IntrinsicFailure", "{broken}");
    }
}

#[test]
fn json_and_strings() {
    let input =
        json!({"one": {"a": {"a1": 1}, "b": 2}, "two": {"a": {"a3": 3}, "c": 4}, "text": "{\"x\": [1]}", "no": "{"});
    assert_eq!(value("States.JsonMerge($.one, $.two, false)", input.clone()), json!({"a": {"a3": 3}, "b": 2, "c": 4}));
    assert_eq!(value("States.StringToJson($.text)", input.clone()), json!({"x": [1]}));
    assert_eq!(value("States.JsonToString($.one)", input.clone()), json!("{\"a\":{\"a1\":1},\"b\":2}"));
    assert_eq!(error("States.StringToJson($.no)", input), "States.IntrinsicFailure");
    assert_eq!(value("States.StringSplit('1,2,3,4,5', ',')", json!({})), json!(["1", "2", "3", "4", "5"]));
    let split = value("States.StringSplit($.t, $.s)", json!({"t": "This.is+a,test=string", "s": ".+,="}));
    assert_eq!(split, json!(["This", "is", "a", "test", "string"]));
    assert_eq!(value("States.StringSplit(',,a,,,', ',')", json!({})), json!(["a"]));
}

#[test]
fn format_fills_in_text_and_knows_escapes() {
    let input = json!({"name": "Arnav", "n": 1.5, "t": "{} and {}", "o": {}});
    assert_eq!(
        value("States.Format('Hello, my name is {}.', $.name)", input.clone()),
        json!("Hello, my name is Arnav.")
    );
    assert_eq!(
        value("States.Format('{}|{}|{}|{}', $.n, true, null, 'it\\'s')", input.clone()),
        json!("1.5|true|null|it's")
    );
    assert_eq!(value("States.Format($.t, 1, 2)", input.clone()), json!("1 and 2"));
    assert_eq!(value("States.Format('\\{\\} {} \\\\', 7)", input.clone()), json!("{} 7 \\"));
    assert_eq!(value("States.Format('{}', 'a \\{ b')", input.clone()), json!("a { b"));
    assert_eq!(error("States.Format('{}', $.o)", input.clone()), "States.IntrinsicFailure");
    assert_eq!(error("States.Format($.t, 1)", input), "States.IntrinsicFailure");
}

#[test]
fn numbers_and_chance() {
    assert_eq!(value("States.MathAdd($.a, $.b)", json!({"a": 111, "b": -1})), json!(110));
    assert_eq!(error("States.MathAdd($.a, 1)", json!({"a": 4_000_000_000_i64})), "States.IntrinsicFailure");
    let drawn = |chance: f64, expression: &str| {
        let mut host = Host::start_without_polling(&state(expression), json!({}));
        host.chance = chance;
        host.poll();
        host.output()["r"].clone()
    };
    assert_eq!(drawn(0.0, "States.MathRandom(1, 999)"), json!(1));
    assert_eq!(drawn(0.999_999_999, "States.MathRandom(1, 999)"), json!(998));
    assert_eq!(drawn(0.1, "States.MathRandom(1, 999, 7)"), drawn(0.9, "States.MathRandom(1, 999, 7)"));
    assert_eq!(drawn(0.0, "States.UUID()"), json!("00000000-0000-4000-8000-000000000000"));
    assert_eq!(drawn(0.999, "States.UUID()"), json!("ffffffff-ffff-4fff-bfff-ffffffffffff"));
}

#[test]
fn functions_nest_ten_deep_and_no_deeper() {
    let nested = |depth: usize| format!("{}$.a{}", "States.Array(".repeat(depth), ")".repeat(depth));
    let mut expected = json!(1);
    for _ in 0..10 {
        expected = json!([expected]);
    }
    assert_eq!(value(&nested(10), json!({"a": 1})), expected);
    assert!(faults(&state(&nested(11)))[0].contains("nest deeper than 10"));
    let arn = "States.Format('{}.{}', States.ArrayGetItem(States.StringSplit(States.ArrayGetItem(States.StringSplit($.Arn, '/'), 2), '.'), 0), $.x)";
    assert_eq!(value(arn, json!({"Arn": "arn:aws:image/recipe/1.2", "x": 9})), json!("1.9"));
}

#[test]
fn what_cannot_succeed_is_a_fault_of_the_definition() {
    for broken in [
        "States.Nothing($.a)",
        "States.Format('{}')",
        "States.Format('a', $.b)",
        "States.Format('{}', $.a",
        "States.Format('{}, $.a)",
        "States.Format('{}', $.a) more",
        "States.Format('\\x', $.a)",
        "States.UUID('a')",
        "States.ArrayRange(1, 9)",
        "States.ArrayRange(1, 9, 0)",
        "States.Hash('a', 'SHA-3')",
        "States.JsonMerge($.a)",
        "States.MathRandom(9, 1)",
        "States.StringToJson('{')",
        "States.Array(text)",
        "States.Array($.a[*])",
        "$.a[*]",
        "plain text",
        "",
    ] {
        let found = faults(&state(broken));
        assert_eq!(found.len(), 1, "{broken}: {found:?}");
        assert!(found[0].starts_with("/States/Only/Parameters/r.$: "), "{found:?}");
    }
}
