//! A strict reader of one call's input: each field is taken once, and what nobody took is refused by name, so that a
//! caller never believes in an option which the sandbox ignores.

use serde_json::{Map, Value};

use crate::AwsError;

/// The fields of one call that are not yet read.
#[derive(Debug)]
pub(crate) struct Fields {
    operation: String,
    left: Map<String, Value>,
}

impl Fields {
    /// Takes the input of a call; `null` stands for no fields at all.
    ///
    /// # Errors
    /// `SerializationException` when the input is not an object.
    pub(crate) fn new(operation: &str, input: Value) -> Result<Self, AwsError> {
        match input {
            Value::Object(left) => Ok(Self { operation: operation.to_owned(), left }),
            Value::Null => Ok(Self { operation: operation.to_owned(), left: Map::new() }),
            _ => Err(AwsError::client("SerializationException", format!("the input of {operation} is not an object"))),
        }
    }

    /// Any value; `null` counts as absent.
    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    /// Gives a value back that another reader takes too.
    pub(crate) fn put_back(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.left.insert(name.to_owned(), value);
        }
    }

    /// A text.
    ///
    /// # Errors
    /// `SerializationException` when it is something else.
    pub(crate) fn str(&mut self, name: &str) -> Result<Option<String>, AwsError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "a string")),
        }
    }

    /// A text that must be there and not be empty.
    ///
    /// # Errors
    /// `missing`, the service's own error code for its absence.
    pub(crate) fn required_str(&mut self, name: &str, missing: &str) -> Result<String, AwsError> {
        match self.str(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(AwsError::client(missing, format!("{name} is required by {}", self.operation))),
        }
    }

    /// A whole number from 0.
    ///
    /// # Errors
    /// `SerializationException` when it is something else.
    pub(crate) fn u64(&mut self, name: &str) -> Result<Option<u64>, AwsError> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| self.wrong(name, "a whole number from 0")),
        }
    }

    /// True or false.
    ///
    /// # Errors
    /// `SerializationException` when it is something else.
    pub(crate) fn bool(&mut self, name: &str) -> Result<Option<bool>, AwsError> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => value.as_bool().map(Some).ok_or_else(|| self.wrong(name, "a boolean")),
        }
    }

    /// A list of any values; absent is `None`.
    ///
    /// # Errors
    /// `SerializationException` when it is something else.
    pub(crate) fn list(&mut self, name: &str) -> Result<Option<Vec<Value>>, AwsError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.wrong(name, "a list")),
        }
    }

    /// A list of texts; absent is `None`.
    ///
    /// # Errors
    /// `SerializationException` when it is something else.
    pub(crate) fn strings(&mut self, name: &str) -> Result<Option<Vec<String>>, AwsError> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        texts.map(Some).ok_or_else(|| self.wrong(name, "a list of strings"))
    }

    /// A structure inside, as a strict reader of its own that must be finished too.
    ///
    /// # Errors
    /// `SerializationException` when it is something else.
    pub(crate) fn object(&mut self, name: &str) -> Result<Option<Self>, AwsError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(left)) => Ok(Some(Self { operation: format!("{}.{name}", self.operation), left })),
            Some(_) => Err(self.wrong(name, "an object")),
        }
    }

    /// Refuses what nobody read.
    ///
    /// # Errors
    /// The first such field, by name.
    pub(crate) fn finish(self) -> Result<(), AwsError> {
        match self.left.into_iter().find(|(_, value)| !value.is_null()) {
            None => Ok(()),
            Some((name, _)) => Err(AwsError::not_emulated(format!("the field {name} of {}", self.operation))),
        }
    }

    fn wrong(&self, name: &str, wanted: &str) -> AwsError {
        AwsError::client("SerializationException", format!("{name} of {} must be {wanted}", self.operation))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fields;

    #[test]
    fn names_the_field_that_nobody_read() {
        let mut fields = Fields::new("GetThing", json!({ "name": "a", "colour": "red", "size": null })).unwrap();
        assert_eq!(fields.required_str("name", "NameRequiredException").unwrap(), "a");
        let error = fields.finish().unwrap_err();
        assert_eq!(error.message, "the sandbox does not emulate the field colour of GetThing");
    }

    #[test]
    fn answers_the_services_own_error_for_a_missing_field() {
        let mut fields = Fields::new("GetThing", json!({ "name": "" })).unwrap();
        assert_eq!(fields.required_str("name", "NameRequiredException").unwrap_err().code, "NameRequiredException");
        assert_eq!(Fields::new("GetThing", json!([])).unwrap_err().code, "SerializationException");
    }
}
