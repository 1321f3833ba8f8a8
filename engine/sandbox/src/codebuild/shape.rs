//! Which fields of an input are read, as data: a shape accepts what it names and refuses everything else by name. It
//! knows the form of values only, not what they mean together.

use serde_json::{Map, Value};

use crate::AwsError;

/// What a field may hold.
pub(super) enum Shape {
    /// A text.
    Text,
    /// A whole number from 0.
    Whole,
    /// True or false.
    Flag,
    /// One of the first names; one of the others is AWS's, but not emulated.
    OneOf(&'static [&'static str], &'static [&'static str]),
    /// A list of one shape.
    List(&'static Shape),
    /// An object of these fields, all optional.
    Object(&'static [Field]),
}

/// A field: its name and its shape.
pub(super) type Field = (&'static str, Shape);

/// The fields of an input as they came, without those that are `null`.
///
/// # Errors
/// A field that is not among `fields`, or has another form: `NotImplementedException`, `SerializationException`,
/// `InvalidInputException`.
pub(super) fn read(operation: &str, fields: &[Field], input: Value) -> Result<Map<String, Value>, AwsError> {
    match input {
        Value::Null => Ok(Map::new()),
        Value::Object(object) => members(operation, fields, object),
        _ => Err(wrong(operation, "an object")),
    }
}

fn members(place: &str, fields: &[Field], object: Map<String, Value>) -> Result<Map<String, Value>, AwsError> {
    let mut read = Map::new();
    for (name, value) in object.into_iter().filter(|(_, value)| !value.is_null()) {
        let Some((_, shape)) = fields.iter().find(|(known, _)| *known == name) else {
            return Err(AwsError::not_emulated(format!("the field {name} of {place}")));
        };
        let value = one(&format!("{place}.{name}"), shape, value)?;
        read.insert(name, value);
    }
    Ok(read)
}

fn one(place: &str, shape: &Shape, value: Value) -> Result<Value, AwsError> {
    match (shape, value) {
        (Shape::Text, value @ Value::String(_)) | (Shape::Flag, value @ Value::Bool(_)) => Ok(value),
        (Shape::Text, _) => Err(wrong(place, "a string")),
        (Shape::Flag, _) => Err(wrong(place, "a boolean")),
        (Shape::Whole, value) if value.is_u64() => Ok(value),
        (Shape::Whole, _) => Err(wrong(place, "a whole number from 0")),
        (Shape::OneOf(emulated, others), Value::String(text)) => {
            if emulated.contains(&text.as_str()) {
                Ok(Value::String(text))
            } else if others.contains(&text.as_str()) {
                Err(AwsError::not_emulated(format!("the value {text} of {place}")))
            } else {
                let all = [*emulated, *others].concat().join(", ");
                Err(invalid(format!("{place} must be one of {all}, not {text}")))
            }
        }
        (Shape::OneOf(..), _) => Err(wrong(place, "a string")),
        (Shape::List(shape), Value::Array(items)) => {
            items.into_iter().map(|item| one(place, shape, item)).collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        (Shape::List(_), _) => Err(wrong(place, "a list")),
        (Shape::Object(fields), Value::Object(object)) => members(place, fields, object).map(Value::Object),
        (Shape::Object(_), _) => Err(wrong(place, "an object")),
    }
}

/// CodeBuild's one error for an input that it does not like.
pub(super) fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::client("InvalidInputException", message)
}

fn wrong(place: &str, wanted: &str) -> AwsError {
    AwsError::client("SerializationException", format!("{place} must be {wanted}"))
}
