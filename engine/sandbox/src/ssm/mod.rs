//! The Parameter Store of Systems Manager.

use serde_json::Value;

use crate::AwsError;
use crate::world::{Caller, Shared};

/// Answers one operation.
pub(crate) async fn call(_world: &Shared, _caller: &Caller, operation: &str, _input: Value) -> Result<Value, AwsError> {
    Err(AwsError::not_emulated(format!("the operation {operation} of SSM")))
}
