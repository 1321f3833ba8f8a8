//! Lambda. It refuses every operation that it does not emulate.

use serde_json::Value;

use crate::{
    AwsError,
    world::{Caller, Shared},
};

/// What this service holds in memory while the sandbox runs; nothing here outlives the process.
#[derive(Default)]
pub(crate) struct Running {}

/// Called once after the store is open and the port is bound, before the first request is answered: installs what the
/// installation names, takes up again what a killed sandbox left, and starts this service's own tasks.
pub(crate) async fn start(_world: &Shared) -> Result<(), AwsError> {
    Ok(())
}

/// Ends this service's processes and tasks; called once, when the port no longer answers.
pub(crate) async fn stop(_world: &Shared) {}

/// Answers one operation of Lambda.
pub(crate) async fn call(_world: &Shared, _caller: &Caller, operation: &str, _input: Value) -> Result<Value, AwsError> {
    Err(AwsError::not_emulated(format!("the operation {operation} of Lambda")))
}
