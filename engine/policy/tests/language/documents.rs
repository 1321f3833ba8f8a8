//! Documents for the property tests: real ones, changed at random in ways that people and attackers change them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// One change: what is done, where, and with what. Small numbers make small changes, so that a failure shrinks.
pub(crate) type Change = (u8, u16, u16, u16);

/// A few changes.
pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    proptest::collection::vec((0u8..6, any::<u16>(), any::<u16>(), any::<u16>()), 0..5)
}

/// The documents that changes start from, as JSON.
pub(crate) fn documents() -> Vec<Value> {
    let mut texts = vec![include_str!("../fixtures/everything.yml"), include_str!("../fixtures/short.yml")];
    texts.push(include_str!("../fixtures/floor.yml"));
    texts.extend(gated_policy::presets().iter().map(|(_, text)| *text).take(3));
    texts.push(include_str!("../../../../policies/floors/strict.yml"));
    texts.into_iter().map(|text| gated_policy::compose(text.as_bytes()).document.unwrap().root.json()).collect()
}

/// A document after some changes.
pub(crate) fn changed(mut document: Value, changes: &[Change]) -> Value {
    for (kind, at, what, key) in changes {
        let mut places = Vec::new();
        pointers(&document, String::new(), &mut places);
        let place = places[usize::from(*at) % places.len()].clone();
        let scalars = scalars();
        let value = scalars[usize::from(*what) % scalars.len()].clone();
        let key = KEYS[usize::from(*key) % KEYS.len()].to_owned();
        let copied = document.pointer(&places[usize::from(*what) % places.len()]).cloned();
        let Some(target) = document.pointer_mut(&place) else { continue };
        match (kind, target) {
            (0 | 1, target) => *target = value,
            (2, Value::Object(map)) => _ = map.insert(key, value),
            (2, Value::Array(list)) => list.push(value),
            (3, Value::Object(map)) => *map = without(map, usize::from(*what)),
            (3, Value::Array(list)) => list.truncate(usize::from(*what) % 2),
            (4, Value::Object(map)) => *map = renamed(map, usize::from(*what), &key),
            (5, target) => *target = copied.unwrap_or(Value::Null),
            (_, target) => *target = json!({ key: value }),
        }
    }
    document
}

fn pointers(value: &Value, at: String, places: &mut Vec<String>) {
    places.push(at.clone());
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                pointers(below, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        Value::Array(list) => {
            for (index, below) in list.iter().enumerate() {
                pointers(below, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
}

fn without(map: &Map<String, Value>, index: usize) -> Map<String, Value> {
    let gone = index % map.len().max(1);
    map.iter().enumerate().filter(|(i, _)| *i != gone).map(|(_, (k, v))| (k.clone(), v.clone())).collect()
}

fn renamed(map: &Map<String, Value>, index: usize, key: &str) -> Map<String, Value> {
    let one = index % map.len().max(1);
    map.iter().enumerate().map(|(i, (k, v))| (if i == one { key.to_owned() } else { k.clone() }, v.clone())).collect()
}

const KEYS: &[&str] = &[
    "version",
    "extends",
    "gate",
    "environment",
    "setup",
    "stages",
    "container",
    "coverage",
    "skip",
    "run",
    "when",
    "title",
    "line",
    "branch",
    "paths",
    "files",
    "format",
    "required",
    "retry",
    "timeout",
    "all",
    "any",
    "not",
    "matches",
    "covrage",
    "fail_fast",
    "Stages",
    "a-name",
    "A_VARIABLE",
    "a b",
    "",
    "ü",
    "gated-x",
    "mode",
    "constraints",
    "min-duration",
    "from",
    "count",
    "starts-with",
    "exclude",
    "destinations",
    "unskippable",
    "true",
    "1",
    "~",
    "by",
    "approval",
    "root",
    "dir",
];

fn scalars() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(2),
        json!(-1),
        json!(0.5),
        json!(80),
        json!(100),
        json!(100.5),
        json!(99.1234567),
        json!(1e30),
        json!(1_000_001),
        json!(""),
        json!(" "),
        json!("\n"),
        json!("a"),
        json!("yes"),
        json!("1"),
        json!("80%"),
        json!("30m"),
        json!("1h30m"),
        json!("30"),
        json!("5m30"),
        json!("m"),
        json!("99999999999999999999h"),
        json!("../x"),
        json!("/abs"),
        json!("a/../b"),
        json!("a..b"),
        json!("!../x"),
        json!("!"),
        json!("**/*.rs"),
        json!("[a"),
        json!("arn:aws:iam::1:user/x"),
        json!("arn:aws"),
        json!("arn:::::"),
        json!("2027-01-31"),
        json!("2027-13-01"),
        json!("2027-02-30"),
        json!("junit"),
        json!("cobertura"),
        json!("high"),
        json!("fail"),
        json!("small"),
        json!("rust"),
        json!("observe"),
        json!("destination"),
        json!("[hotfix]"),
        json!("^(a"),
        json!("lint"),
        json!("test"),
        json!("Big"),
        json!("CVE-2026-1"),
        json!("ci/npm:token"),
        json!("é😀"),
        json!([]),
        json!({}),
        json!([[]]),
        json!(["a"]),
        json!(["test"]),
        json!([1, true]),
        json!([null]),
        json!("true"),
        json!({"a": "b"}),
        json!({"paths": "x"}),
        json!({"title": "x"}),
        json!({"line": 5}),
        json!({"run": "x"}),
        json!([{"format": "junit", "files": "x"}]),
        json!([{"format": "junit"}]),
        json!({"any": [{"not": {"paths": []}}]}),
    ]
}
