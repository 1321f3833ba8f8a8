//! CloudWatch Logs: groups and streams, lines appended to files.

use serde_json::Value;

use crate::AwsError;
use crate::world::{Caller, Shared};

/// Appends lines to a stream; group and stream are made when missing. Each line becomes one event of this moment;
/// lines have no line ends.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn put_lines(_world: &Shared, _group: &str, _stream: &str, _lines: &[String]) -> Result<(), AwsError> {
    Err(AwsError::not_emulated("log lines yet"))
}

/// Answers one operation.
pub(crate) async fn call(_world: &Shared, _caller: &Caller, operation: &str, _input: Value) -> Result<Value, AwsError> {
    Err(AwsError::not_emulated(format!("the operation {operation} of CloudWatch Logs")))
}
