//! Asynchronous invocations: accepted durably, run at least once, tried three times, kept when they still fail. It
//! promises no order.
//!
//! *Documented* (Lambda developer guide, asynchronous invocation): a failing function is tried twice more, then the
//! event goes to the dead-letter queue. *Assumed*: the tries follow each other at once; AWS waits a minute, then two.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::invoke::invoke;
use crate::clock::now_ms;
use crate::world::Shared;
use crate::{AwsError, FunctionError, Store, StoreError, Transaction};

const QUEUE: &str = "invocations";
const DEAD: &str = "dead_letters";
const TRIES: u32 = 3;

/// An accepted invocation.
#[derive(Debug, Serialize, Deserialize)]
struct Queued {
    function: String,
    payload: Value,
    tries: u32,
}

/// An invocation that failed for good, in the table `dead_letters`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DeadLetter {
    function: String,
    payload: Value,
    error_type: String,
    error_message: String,
    at_ms: u64,
}

/// Whether every record of this service can be read.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<Queued>(QUEUE)?;
    store.check::<DeadLetter>(DEAD)
}

/// Accepts an invocation within a transaction. The answer is its key, for [`run_queued`] once the transaction is
/// written.
pub(crate) fn enqueue(tx: &mut Transaction<'_>, function: &str, payload: Value) -> String {
    let key = format!("{:016}", tx.next(QUEUE));
    tx.put(QUEUE, &key, &Queued { function: function.to_owned(), payload, tries: 0 });
    key
}

/// Runs an accepted invocation in the background.
pub(crate) fn run_queued(world: &Shared, key: String) {
    let owned = world.clone();
    world.running.lambda.tasks.spawn(async move { work_off(&owned, &key).await });
}

/// Runs everything that was accepted before this start and has not ended.
pub(crate) fn resume(world: &Shared) {
    for (key, _) in world.store.scan::<Queued>(QUEUE, "") {
        run_queued(world, key);
    }
}

async fn work_off(world: &Shared, key: &str) {
    let Some(mut queued) = world.store.get::<Queued>(QUEUE, key) else { return };
    loop {
        queued.tries += 1;
        let failure = match invoke(world, &queued.function, queued.payload.clone()).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error),
            Err(error) => {
                queued.tries = TRIES; // no function, no second try (*documented*: a target that is gone)
                Some(FunctionError { error_type: error.code, error_message: error.message })
            }
        };
        let again = failure.is_some() && queued.tries < TRIES;
        let written = world.store.transact(|tx| -> Result<(), AwsError> {
            match failure {
                Some(_) if again => tx.put(QUEUE, key, &queued),
                Some(error) => {
                    tx.delete(QUEUE, key);
                    tx.put(DEAD, key, &letter(&queued, error));
                }
                None => tx.delete(QUEUE, key),
            }
            Ok(())
        });
        // A journal that cannot be written leaves the invocation accepted: it runs again at the next start.
        if written.is_err() || !again {
            return;
        }
    }
}

fn letter(queued: &Queued, error: FunctionError) -> DeadLetter {
    DeadLetter {
        function: queued.function.clone(),
        payload: queued.payload.clone(),
        error_type: error.error_type,
        error_message: error.error_message,
        at_ms: now_ms(),
    }
}
