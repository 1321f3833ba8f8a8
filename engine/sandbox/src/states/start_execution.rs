//! `StartExecution`: checks, names and begins an execution. It waits for none.

use serde_json::{Value, json};

use super::machines::definition_of;
use super::names::{check_name, execution_arn};
use super::record::{EXECUTIONS, Record, Run};
use super::versions::choose;
use super::{drive, validate};
use crate::AwsError;
use crate::clock::{epoch_seconds, now_ms};
use crate::fields::Fields;
use crate::world::Shared;

const MAX_INPUT: usize = 262_144; // *documented*, in bytes

/// `StartExecution`. *Documented*: the same name with the same input, while it runs, answers the first one; otherwise a
/// name is used once.
pub(super) fn start_execution(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("StartExecution", input)?;
    let arn = fields.required_str("stateMachineArn", "InvalidArn")?;
    let name = fields.str("name")?.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let text = fields.str("input")?.unwrap_or_else(|| "{}".to_owned());
    fields.str("traceHeader")?; // there is no tracing that it could join
    fields.finish()?;
    check_name(&name)?;
    let chosen = choose(world, &arn, rand::random_range(0..100))?;
    if text.len() > MAX_INPUT {
        let message = format!("the input has {} bytes, {MAX_INPUT} are allowed", text.len());
        return Err(AwsError::client("ValidationException", message));
    }
    let input: Value = serde_json::from_str(&text).map_err(|error| {
        AwsError::client("InvalidExecutionInput", format!("Invalid State Machine Execution Input: '{error}'"))
    })?;
    let definition = validate::accept(&definition_of(world, &chosen.revision)?)?;
    let record = Record {
        number: 0, // given within the transaction
        machine: chosen.machine,
        name,
        revision: chosen.revision,
        version: chosen.version,
        alias: chosen.alias,
        role_arn: chosen.role_arn,
        input: text,
        started_ms: now_ms(),
        end: None,
    };
    let (key, started_ms) = (record.key(), record.started_ms);
    let run = Run::new(world, &record, definition, input);
    let mut present = None;
    let begun = drive::begin(world, record, run, |tx, record| {
        if let Some(found) = tx.get::<Record>(EXECUTIONS, &key) {
            let same = found.end.is_none() && found.input == record.input;
            present = same.then_some(found.started_ms);
            let message = format!("Execution Already Exists: '{}'", execution_arn(world, &key));
            return Err(AwsError::client("ExecutionAlreadyExists", message));
        }
        record.number = tx.next(EXECUTIONS);
        Ok(())
    });
    let started_ms = match (begun, present) {
        (Ok(()), _) => started_ms,
        (Err(_), Some(first)) => first,
        (Err(error), None) => return Err(error),
    };
    Ok(json!({ "executionArn": execution_arn(world, &key), "startDate": epoch_seconds(started_ms) }))
}
