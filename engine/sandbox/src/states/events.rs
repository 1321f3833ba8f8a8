//! The event that tells of an execution's beginning and end (*documented*: awsdocs, cw-events).

use gated_asl::Outcome;
use serde_json::{Value, json};

use super::names::{execution_arn, machine_arn};
use super::record::Record;
use crate::world::World;

/// *Documented*: input, then output, are left out beyond this many bytes together.
const MOST: usize = 248 * 1024;

/// `Step Functions Execution Status Change`
pub(super) fn status_change(world: &World, record: &Record) -> Value {
    let arn = execution_arn(world, &record.key());
    let output = match record.end.as_ref().map(|end| &end.outcome) {
        Some(Outcome::Succeeded { output }) => Some(output.to_string()),
        Some(Outcome::Failed { .. } | Outcome::TimedOut | Outcome::Aborted { .. }) | None => None,
    };
    let size = record.input.len() + output.as_ref().map_or(0, String::len);
    let included = size <= MOST;
    let detail = json!({
        "executionArn": arn,
        "stateMachineArn": machine_arn(world, &record.machine),
        "name": record.name,
        "status": record.status(),
        "startDate": record.started_ms,
        "stopDate": record.end.as_ref().map(|end| end.stopped_ms),
        "input": included.then_some(&record.input),
        "inputDetails": { "included": included },
        "output": output.as_ref().filter(|_| included),
        "outputDetails": output.as_ref().map(|_| json!({ "included": included })),
    });
    world.event("aws.states", "Step Functions Execution Status Change", &[arn], detail)
}
