//! CodeCommit: repositories, pull requests, comments, approvals and merges on real git repositories. It refuses every
//! operation that it does not emulate.

use serde_json::Value;

use crate::AwsError;
use crate::world::{Caller, Shared};

/// Answers one operation.
pub(crate) async fn call(_world: &Shared, _caller: &Caller, operation: &str, _input: Value) -> Result<Value, AwsError> {
    Err(AwsError::not_emulated(format!("the operation {operation} of CodeCommit")))
}
