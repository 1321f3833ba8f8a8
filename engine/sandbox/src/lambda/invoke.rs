//! One synchronous call of a function. It never retries.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::Value;

use super::program;
use crate::logs::put_lines;
use crate::world::Shared;
use crate::{AwsError, Function, FunctionError, Invocation, LogLines};

const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The name in a function's name, partial ARN or ARN, without a version or alias (*documented*: Invoke, FunctionName).
pub(crate) fn bare_name(name: &str) -> &str {
    let name = qualified_name(name);
    name.split_once(':').map_or(name, |(name, _)| name)
}

/// The same with its version or alias, as functions are installed: `intake`, `intake:live`.
pub(crate) fn qualified_name(name: &str) -> &str {
    let name = name.strip_suffix(":$LATEST").unwrap_or(name);
    name.rsplit_once("function:").map_or(name, |(_, name)| name)
}

/// Runs a function and waits for its answer. The outer error is Lambda's own, the inner one is the function's.
///
/// # Errors
/// `ResourceNotFoundException` (404) when there is no such function.
pub(crate) async fn invoke(
    world: &Shared,
    function: &str,
    payload: Value,
) -> Result<Result<Value, FunctionError>, AwsError> {
    let (found, name) = (find(world, qualified_name(function))?, bare_name(function));
    let invocation = Invocation {
        payload,
        function: name.to_owned(),
        request_id: uuid::Uuid::new_v4().to_string(),
        endpoint_url: world.endpoint_url.clone(),
        region: world.region.clone(),
        credentials: world.credentials_for(name, name)?,
        log: log_lines(world, name),
    };
    let request_id = invocation.request_id.clone();
    let outcome = run(world, found, invocation).await;
    if let Err(error) = &outcome {
        log_failure(world, name, &request_id, error);
    }
    Ok(outcome)
}

/// Where a function in this process writes what another one would print. *Assumed*: the stream's name.
fn log_lines(world: &Shared, name: &str) -> LogLines {
    // A function that outlives its sandbox must not keep the state open.
    let (world, group) = (Arc::downgrade(world), format!("/aws/lambda/{name}"));
    LogLines(Arc::new(move |line| {
        if let Some(world) = world.upgrade() {
            put_lines(&world, &group, "$LATEST", &[line.to_owned()]).ok(); // the call matters more than its log
        }
    }))
}

/// A failure is told in the function's log group, where Lambda tells it too (*documented*: `/aws/lambda/NAME`). *Assumed*:
/// the stream's name and the line's form.
fn log_failure(world: &Shared, name: &str, request_id: &str, error: &FunctionError) {
    let text = format!("[ERROR] {}: {} RequestId: {request_id}", error.error_type, error.error_message);
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    put_lines(world, &format!("/aws/lambda/{name}"), "$LATEST", &lines).ok(); // the answer matters more than its log
}

/// The installed function, by its name or by name and qualifier.
///
/// # Errors
/// `ResourceNotFoundException` (404), worded as Lambda does (*recorded*).
pub(crate) fn find<'a>(world: &'a Shared, name: &str) -> Result<&'a Function, AwsError> {
    world.installation.functions.get(name).ok_or_else(|| AwsError {
        status: 404,
        code: "ResourceNotFoundException".to_owned(),
        message: format!("Function not found: {}", world.arn("lambda", &format!("function:{name}"))),
    })
}

/// Calls the function, for as long as Lambda would (*documented*: 15 minutes; the error's name and words). A panic ends the call, not the sandbox: Lambda reports a runtime that went away as
/// `Runtime.ExitError` (*recorded*).
async fn run(world: &Shared, function: &Function, invocation: Invocation) -> Result<Value, FunctionError> {
    let request_id = invocation.request_id.clone();
    let call = async {
        match function {
            Function::InProcess(handler) => handler(invocation).await,
            Function::Program(program) => program::run(world, program, invocation).await,
        }
    };
    let call = AssertUnwindSafe(call).catch_unwind();
    let (error_type, words) = match tokio::time::timeout(LONGEST, call).await {
        Ok(Ok(outcome)) => return outcome,
        Ok(Err(_)) => ("Runtime.ExitError", "Runtime exited with error: exit status 101"),
        Err(_) => ("Sandbox.Timedout", "Task timed out after 900.00 seconds"),
    };
    let error_message = format!("RequestId: {request_id} Error: {words}");
    Err(FunctionError { error_type: error_type.to_owned(), error_message })
}

#[cfg(test)]
mod tests {
    use super::{bare_name, qualified_name};

    #[test]
    fn finds_the_name_in_every_way_to_name_a_function() {
        for name in [
            "intake",
            "intake:$LATEST",
            "111122223333:function:intake",
            "arn:aws:lambda:us-east-1:111122223333:function:intake",
            "arn:aws:lambda:us-east-1:111122223333:function:intake:$LATEST",
        ] {
            assert_eq!((bare_name(name), qualified_name(name)), ("intake", "intake"), "{name}");
            let live = format!("{}:live", name.trim_end_matches(":$LATEST"));
            assert_eq!((bare_name(&live), qualified_name(&live)), ("intake", "intake:live"), "{live}");
        }
    }
}
