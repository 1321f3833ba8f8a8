//! The published schema and the reader give one answer.

use super::documents;
use gated_policy::{
    Class, Diagnostic, compose, decision_schema, floor_schema, read_floor, read_policy, schema, test_schema,
};

use crate::told::explain;
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn the_published_schemas_are_the_ones_that_the_types_make() {
    let published: Value = serde_json::from_str(include_str!("../../../../schema/gated.schema.json")).unwrap();
    assert_eq!(published, schema(), "run: cargo run -p gated-policy --example schema > schema/gated.schema.json");
    let published: Value = serde_json::from_str(include_str!("../../../../schema/floor.schema.json")).unwrap();
    assert_eq!(
        published,
        floor_schema(),
        "run: cargo run -p gated-policy --example schema floor > schema/floor.schema.json"
    );
}

#[test]
fn every_key_of_the_language_has_a_text_for_editors() {
    fn walk(value: &Value, path: &str) {
        let Some(map) = value.as_object() else { return };
        if let Some(properties) = map.get("properties").and_then(Value::as_object) {
            for (key, property) in properties {
                let text = property.get("description").and_then(Value::as_str).unwrap_or_default();
                assert!(!text.is_empty(), "{path}.{key} has no description");
            }
        }
        for (key, below) in map {
            walk(below, &format!("{path}.{key}"));
        }
    }
    walk(&schema(), "policy");
    walk(&floor_schema(), "floor");
    walk(&test_schema(), "test");
    walk(&decision_schema(), "decision");
}

/// Whether the reader finds the structure right: the question that a schema can answer too.
fn structure_is_right(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().all(|told| told.class != Class::Structure)
}

/// Whether the text is strict YAML, up to notation, which no validator sees.
fn is_strict(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().all(|told| told.class != Class::Yaml || told.name == "notation")
}

/// The document as flow YAML with quotes, and as block YAML with as few quotes as can be.
fn spellings(document: &Value) -> [String; 2] {
    [serde_json::to_string(document).unwrap(), serde_yaml::to_string(document).unwrap()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_schema_validator_and_the_reader_agree_on_every_document(start in 0usize..16, changes in documents::changes()) {
        thread_local! {
            static STARTS: Vec<Value> = documents::documents();
            static VALIDATORS: [jsonschema::Validator; 2] =
                [schema(), floor_schema()].map(|schema| jsonschema::validator_for(&schema).unwrap());
        }
        let document = STARTS.with(|all| documents::changed(all[start % all.len()].clone(), &changes));
        for text in spellings(&document) {
            let view = compose(text.as_bytes()).document.unwrap().root.json();
            let told = [
                read_policy("p", text.as_bytes()).diagnostics,
                read_floor("f", text.as_bytes()).diagnostics,
            ];
            for (index, diagnostics) in told.iter().enumerate() {
                prop_assume!(is_strict(diagnostics));
                let valid = VALIDATORS.with(|all| all[index].is_valid(&view));
                prop_assert_eq!(
                    valid, structure_is_right(diagnostics), "{}\n{}", text, explain(diagnostics, "x", &text)
                );
            }
        }
    }
}
