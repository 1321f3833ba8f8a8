//! The published schema of a decision, and real decisions.

use gated_core::change::Change;
use gated_core::decide;
use gated_core::decision::Decision;
use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles, Facts};
use gated_core::names::{CommitId, PullRequestId, RepositoryName, RevisionId};
use gated_policy::{Content, POLICY_PATH, PolicyText, decision_schema, read_layers, record_schema, report_schema};
use serde_json::{Value, json};

const EVERYTHING: &str = include_str!("../fixtures/everything.yml");
const FLOOR: &str = include_str!("../fixtures/floor.yml");

#[test]
fn the_published_schema_of_a_decision_is_the_one_that_the_types_make() {
    let published: Value = serde_json::from_str(include_str!("../../../../schema/decision.schema.json")).unwrap();
    let how = "run: cargo run -p gated-policy --example schema decision > schema/decision.schema.json";
    assert_eq!(published, decision_schema(), "{how}");
}

#[test]
fn the_published_schemas_of_what_is_stored_are_the_ones_that_the_types_make() {
    let record: Value = serde_json::from_str(include_str!("../../../../schema/record.schema.json")).unwrap();
    assert_eq!(
        record,
        record_schema(),
        "run: cargo run -p gated-policy --example schema record > schema/record.schema.json"
    );
    let report: Value = serde_json::from_str(include_str!("../../../../schema/report.schema.json")).unwrap();
    assert_eq!(
        report,
        report_schema(),
        "run: cargo run -p gated-policy --example schema report > schema/report.schema.json"
    );
}

#[test]
fn real_decisions_have_the_published_shape_and_no_key_beside_it() {
    let mut schema = decision_schema();
    let open = jsonschema::validator_for(&schema).unwrap();
    closed(&mut schema);
    let closed = jsonschema::validator_for(&schema).unwrap();
    let weaker = EVERYTHING.replace("line: 80", "line: 70");
    assert_ne!(weaker, EVERYTHING);
    for (floor, destination, source) in [
        (None, Some(EVERYTHING), Some(EVERYTHING)),
        (None, Some(EVERYTHING), Some(weaker.as_str())),
        (None, Some("version: 1\nstages: {test: make}\n"), None),
        (None, None, Some("version: 1\nextends: rust\n")),
        (Some(FLOOR), Some(EVERYTHING), Some("version: 1\nstages: [\n")),
        (Some(FLOOR), None, None),
    ] {
        let decision = decided(floor, destination, source);
        let value = serde_json::to_value(&decision).unwrap();
        for validator in [&open, &closed] {
            let told: Vec<String> =
                validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(told.is_empty(), "{told:#?}");
        }
        assert_eq!(serde_json::from_value::<Decision>(value).unwrap(), decision);
    }
}

#[test]
fn a_decision_that_lacks_a_key_or_has_an_unknown_word_is_not_of_the_published_shape() {
    let validator = jsonschema::validator_for(&decision_schema()).unwrap();
    let decision = decided(None, Some(EVERYTHING), Some(EVERYTHING));
    let whole = serde_json::to_value(&decision).unwrap();
    for key in ["version", "change", "layers", "delta", "stages", "container", "coverage", "skips"] {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(key);
        assert!(!validator.is_valid(&less), "{key}");
    }
    let mut other = whole;
    other["stages"][0]["action"] = json!("ran");
    assert!(!validator.is_valid(&other));
}

/// The same schema, in which no mapping has a key that it does not name.
fn closed(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else {
        schema.as_array_mut().into_iter().flatten().for_each(closed);
        return;
    };
    map.values_mut().for_each(closed);
    if map.get("properties").is_some_and(Value::is_object) && !map.contains_key("additionalProperties") {
        map.insert("additionalProperties".to_owned(), json!(false));
    }
}

fn decided(floor: Option<&str>, destination: Option<&str>, source: Option<&str>) -> Decision {
    let commit = |digit: &str| CommitId::new(digit.repeat(40)).unwrap();
    let (tip, head) = (commit("a"), commit("b"));
    let floor = floor.map(|text| ("floor.yml", text.as_bytes()));
    let layers = read_layers(floor, text(&tip, destination), text(&head, source));
    let file = |path: &str| ChangedFile { path: path.into(), kind: ChangeKind::Modified, before: None, after: None };
    let facts = Facts {
        change: Change {
            repository: RepositoryName::new("demo").unwrap(),
            pull_request: PullRequestId::new("7").unwrap(),
            revision: RevisionId::new("e".repeat(64)).unwrap(),
            source_reference: "refs/heads/feature".to_owned(),
            destination_reference: "refs/heads/main".to_owned(),
            source_commit: head.clone(),
            destination_commit: tip.clone(),
            merge_base: tip.clone(),
        },
        title: "[hotfix] Stop the leak".to_owned(),
        author: "arn:aws:iam::111122223333:user/ann".to_owned(),
        changed: ChangedFiles { files: vec![file(POLICY_PATH), file("src/a.rs")], complete: true },
        approvals: vec!["arn:aws:iam::111122223333:user/bob".to_owned()],
        overridden_by: None,
        bound: false,
    };
    decide(&layers, &facts, "test")
}

fn text<'a>(commit: &'a CommitId, text: Option<&'a str>) -> PolicyText<'a> {
    let content = text.map_or(Content::Absent, |text| Content::Regular(text.as_bytes()));
    PolicyText { path: POLICY_PATH, commit, content }
}
