//! A function as a program of its own, behind the Lambda runtime API. Each running process serves one call at a time, as
//! an execution environment of Lambda does (*documented*: Lambda developer guide, "execution environment lifecycle"); it
//! is kept warm for the next one. It knows nothing of what the program does.

mod api;
mod instance;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use self::instance::{Ended, Instance};
use crate::world::Shared;
use crate::{FunctionError, Invocation, Program};

/// Processes that wait for a call, by function.
#[derive(Default)]
pub(crate) struct Warm(Mutex<HashMap<String, Vec<Instance>>>);

impl Warm {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Instance>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, function: &str) -> Option<Instance> {
        self.lock().get_mut(function)?.pop()
    }

    fn keep(&self, function: &str, instance: Instance) {
        self.lock().entry(function.to_owned()).or_default().push(instance);
    }

    /// Ends every process that waits.
    pub(crate) fn end(&self) {
        self.lock().clear();
    }
}

/// Runs one call in a process that waits, or in a new one. A process that ended while it waited is not the call's fault:
/// another one takes its place.
pub(crate) async fn run(world: &Shared, program: &Program, invocation: Invocation) -> Result<Value, FunctionError> {
    let function = invocation.function.clone();
    let warm = &world.running.lambda.warm;
    let mut instance = loop {
        let Some(mut waiting) = warm.take(&function) else {
            break Instance::start(world, program, &invocation).await.map_err(|problem| init_error(&problem))?;
        };
        if waiting.is_alive() {
            break waiting;
        }
    };
    match instance.call(invocation).await {
        Ok(outcome) => {
            warm.keep(&function, instance);
            outcome
        }
        Err(Ended { error_type, error_message }) => Err(FunctionError { error_type, error_message }),
    }
}

fn init_error(problem: &std::io::Error) -> FunctionError {
    FunctionError { error_type: "Runtime.InvalidEntrypoint".to_owned(), error_message: format!("Error: {problem}") }
}
