//! The published JSON Schemas, made from the types of the written language and of a decision. No shape is described twice.

use gated_core::decision::Decision;
use gated_core::report::Report;
use gated_core::verdict::Record;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::cases::WrittenCases;
use crate::written::floor::WrittenFloor;
use crate::written::policy::WrittenPolicy;

/// The schema of `.gated.yml`: JSON Schema 2020-12.
pub fn schema() -> Value {
    of::<WrittenPolicy>("gated.schema.json")
}

/// The schema of a floor: JSON Schema 2020-12.
pub fn floor_schema() -> Value {
    of::<WrittenFloor>("floor.schema.json")
}

/// The schema of a policy's tests (`.gated.test.yml`): JSON Schema 2020-12.
pub fn test_schema() -> Value {
    of::<WrittenCases>("test.schema.json")
}

/// The schema of a decision as `gated plan --format json` prints it and the gate stores it: JSON Schema 2020-12. Every key
/// is always there; one that has nothing to say is `null`.
pub fn decision_schema() -> Value {
    stored::<Decision>("decision.schema.json")
}

/// The schema of a decision record, version 2, which is what the gate votes by: JSON Schema 2020-12.
pub fn record_schema() -> Value {
    stored::<Record>("record.schema.json")
}

/// The schema of a report, version 1, which comment and page are made from: JSON Schema 2020-12.
pub fn report_schema() -> Value {
    stored::<Report>("report.schema.json")
}

/// The shape of what the gate writes.
fn stored<T: JsonSchema>(id: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), json!(id));
    schema.to_value()
}

fn of<T: JsonSchema>(id: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    RecursiveTransform(without_null).transform(&mut schema);
    schema.insert("$id".to_owned(), json!(id));
    schema.to_value()
}

/// A key that may be left out is not a key that may be empty: `null` is legal nowhere.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(options)) = schema.get_mut("anyOf") else { return };
    options.retain(|one| *one != json!({"type": "null"}));
    if let [Value::Object(only)] = &options[..] {
        let only = only.clone();
        schema.remove("anyOf");
        for (key, value) in only {
            schema.ensure_object().entry(key).or_insert(value);
        }
    }
}
