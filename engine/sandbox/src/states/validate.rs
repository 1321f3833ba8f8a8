//! Whether a definition can be run here: the language by the interpreter's own reader, the resources by what is
//! emulated. It keeps nothing.

use gated_asl::Definition;
use serde_json::{Value, json};

use super::resource;
use crate::AwsError;
use crate::fields::Fields;

/// A fault of a definition: what, and where as a JSON pointer.
pub(super) struct Finding {
    pub(super) message: String,
    pub(super) location: String,
}

/// Reads a definition.
///
/// # Errors
/// Every fault in it.
pub(super) fn definition(text: &str) -> Result<Definition, Vec<Finding>> {
    let definition = Definition::parse(text).map_err(|faults| {
        let finding = |fault: gated_asl::Fault| Finding { message: fault.message, location: fault.pointer };
        faults.into_iter().map(finding).collect::<Vec<_>>()
    })?;
    let unknown = |name: &str| resource::parse(name).err().map(|message| Finding { message, location: String::new() });
    let faults: Vec<Finding> = definition.resources().into_iter().filter_map(unknown).collect();
    match faults.is_empty() {
        true => Ok(definition),
        false => Err(faults),
    }
}

/// The same, as `CreateStateMachine` refuses it (*recorded*: the first words).
pub(super) fn accept(text: &str) -> Result<Definition, AwsError> {
    definition(text).map_err(|faults| {
        let faults: Vec<String> = faults
            .into_iter()
            .map(|fault| match fault.location.as_str() {
                "" => fault.message,
                location => format!("{} at {location}", fault.message),
            })
            .collect();
        let message = format!("Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {}'", faults.join(", "));
        AwsError::client("InvalidDefinition", message)
    })
}

/// `ValidateStateMachineDefinition`
pub(super) fn validate(input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ValidateStateMachineDefinition", input)?;
    let text = fields.required_str("definition", "ValidationException")?;
    super::machines::standard(fields.str("type")?)?;
    fields.str("severity")?; // there are no warnings here, so that both thresholds show the same
    let most = usize::try_from(fields.u64("maxResults")?.unwrap_or(0)).unwrap_or(100);
    fields.finish()?;
    let faults = definition(&text).err().unwrap_or_default();
    let most = if most == 0 { 100 } else { most }; // *documented*: 0 stands for 100
    let diagnostics: Vec<Value> = faults
        .iter()
        .take(most)
        .map(|fault| {
            json!({
                "severity": "ERROR",
                "code": "SCHEMA_VALIDATION_FAILED",
                "message": fault.message,
                "location": fault.location,
            })
        })
        .collect();
    Ok(json!({
        "result": if faults.is_empty() { "OK" } else { "FAIL" },
        "truncated": faults.len() > diagnostics.len(),
        "diagnostics": diagnostics,
    }))
}
