//! JSON as the interpreter keeps it: read strictly, stored as text, measured in bytes.
//! Never accepts an object that names a member twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Number, Value};

/// Largest state input, output or task payload in bytes of UTF-8 JSON text
/// (developer guide, "Step Functions service quotas").
pub(crate) const PAYLOAD_LIMIT: usize = 262_144;

/// Deeper values could not be read back after a restart: the JSON reader stops at 128 levels.
pub const DEPTH_LIMIT: usize = 100;

/// A value that is stored as JSON text inside a string, so that its nesting never adds to the nesting of the
/// stored execution.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Json(pub(crate) Value);

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map(Json).map_err(D::Error::custom)
    }
}

/// Stores a plain `Value` field the way [`Json`] is stored: `#[serde(with = "as_text")]`.
pub(crate) mod as_text {
    use super::{Deserialize, Deserializer, Json, Serializer, Value};

    pub(crate) fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        Json::deserialize(deserializer).map(|json| json.0)
    }
}

/// Whether a value nests deeper than so many levels; it looks no deeper than that itself.
pub fn nests_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| nests_deeper(item, levels - 1)),
        Value::Object(members) => levels == 0 || members.values().any(|member| nests_deeper(member, levels - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Reads JSON text; a member named twice is an error, because readers disagree on which one counts.
pub(crate) fn parse_strictly(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Strict>(text).map(|strict| strict.0)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let Strict(member) = access.next_value()?;
            if members.contains_key(&name) {
                return Err(A::Error::custom(format_args!("member {name:?} is written twice")));
            }
            members.insert(name, member);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_member_written_twice() {
        let error = parse_strictly(r#"{"a": {"b": 1, "b": 2}}"#).unwrap_err().to_string();
        assert!(error.contains("\"b\" is written twice"), "{error}");
    }

    #[test]
    fn stores_a_value_as_text_so_that_depth_does_not_add_up() {
        let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
        let json = Json(serde_json::from_str(&deep).unwrap());
        let stored = serde_json::to_string(&vec![vec![vec![json.clone()]]]).unwrap();
        let back: Vec<Vec<Vec<Json>>> = serde_json::from_str(&stored).unwrap();
        assert_eq!(back[0][0][0], json);
        assert!(nests_deeper(&json.0, DEPTH_LIMIT));
    }
}
