//! Lambda: the installed functions, called by name. It runs them in this process, under the role of the same name; or
//! as programs behind the Lambda runtime API. It never holds back a caller for the sake of another.

mod api;
mod invoke;
mod program;
mod queue;
mod tasks;

use serde_json::Value;

use crate::AwsError;
use crate::world::{Caller, Shared};

pub(crate) use invoke::{bare_name, invoke, qualified_name};
pub(crate) use queue::{check, enqueue, run_queued};
pub(crate) use tasks::Tasks;

/// What this service holds in memory while the sandbox runs; nothing here outlives the process.
#[derive(Default)]
pub(crate) struct Running {
    tasks: Tasks,
    /// Functions' processes that wait for a call.
    warm: program::Warm,
}

/// Takes up the asynchronous invocations that were accepted and not finished.
pub(crate) async fn start(world: &Shared) -> Result<(), AwsError> {
    queue::resume(world);
    Ok(())
}

/// Ends what runs. Accepted asynchronous invocations stay in the store and run again at the next start.
pub(crate) async fn stop(world: &Shared) {
    world.running.lambda.tasks.stop().await;
    world.running.lambda.warm.end();
}

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &["Invoke", "GetFunction", "GetFunctionConfiguration", "ListFunctions"];

/// Answers one operation of Lambda. The fields are those of the API's model, with `Payload` as JSON, not as bytes.
pub(crate) async fn call(world: &Shared, _caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    match operation {
        "Invoke" => api::invoke_operation(world, input).await,
        "GetFunction" => api::get_function(world, input),
        "GetFunctionConfiguration" => api::get_function_configuration(world, input),
        "ListFunctions" => api::list_functions(world, input),
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of Lambda"))),
    }
}
