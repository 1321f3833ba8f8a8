//! STS: who calls, and role sessions. It checks no trust policy: any caller may take any role of this account.

use serde_json::Value;

use crate::AwsError;
use crate::world::{Caller, Shared};

/// Answers one operation.
pub(crate) async fn call(_world: &Shared, _caller: &Caller, operation: &str, _input: Value) -> Result<Value, AwsError> {
    Err(AwsError::not_emulated(format!("the operation {operation} of STS")))
}
