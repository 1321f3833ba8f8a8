//! Executions: described, listed, stopped. It drives none.

use gated_asl::Outcome;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::drive::Message;
use super::machines::{definition_of, find};
use super::names::{execution_arn, execution_of, machine_arn, machine_of, page};
use super::record::{EXECUTIONS, Record};
use crate::AwsError;
use crate::clock::epoch_seconds;
use crate::fields::Fields;
use crate::world::{Shared, World};

/// `DescribeExecution`
pub(super) fn describe(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DescribeExecution", input)?;
    let key = execution_of(world, &fields.required_str("executionArn", "InvalidArn")?)?;
    let with_data = fields.str("includedData")?.as_deref() != Some("METADATA_ONLY");
    fields.finish()?;
    let record = get(world, &key)?;
    let mut shape = summary(world, &record);
    if with_data {
        shape["input"] = json!(record.input);
        shape["inputDetails"] = json!({ "included": true });
    }
    let Some(end) = &record.end else { return Ok(shape) };
    match &end.outcome {
        Outcome::Succeeded { output } if with_data => {
            shape["output"] = json!(output.to_string());
            shape["outputDetails"] = json!({ "included": true });
        }
        Outcome::Failed { error, cause } | Outcome::Aborted { error, cause } => {
            for (name, text) in [("error", error), ("cause", cause)] {
                if let Some(text) = text {
                    shape[name] = json!(text);
                }
            }
        }
        Outcome::Succeeded { .. } | Outcome::TimedOut => {}
    }
    Ok(shape)
}

/// `DescribeStateMachineForExecution`: as it was when the execution started.
pub(super) fn describe_machine(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DescribeStateMachineForExecution", input)?;
    let key = execution_of(world, &fields.required_str("executionArn", "InvalidArn")?)?;
    fields.str("includedData")?;
    fields.finish()?;
    let record = get(world, &key)?;
    Ok(json!({
        "stateMachineArn": machine_arn(world, &record.machine),
        "name": record.machine,
        "definition": definition_of(world, &record.revision)?,
        "roleArn": record.role_arn,
        "updateDate": epoch_seconds(record.started_ms),
        "loggingConfiguration": { "level": "OFF", "includeExecutionData": false },
        "tracingConfiguration": { "enabled": false },
        "revisionId": record.revision,
    }))
}

/// `ListExecutions`, the latest first (*documented*).
pub(super) fn list(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListExecutions", input)?;
    let machine = machine_of(world, &fields.required_str("stateMachineArn", "InvalidArn")?)?;
    let status = fields.str("statusFilter")?;
    let (size, token) = (fields.u64("maxResults")?, fields.str("nextToken")?);
    fields.finish()?;
    find(world, &machine)?;
    let mut records = world.store.scan::<Record>(EXECUTIONS, &format!("{machine}:"));
    records.sort_by_key(|(_, record)| std::cmp::Reverse(record.number));
    let wanted = |record: &Record| status.as_deref().is_none_or(|status| status == record.status());
    let shapes = records.iter().map(|(_, record)| record).filter(|record| wanted(record));
    page("executions", shapes.map(|record| summary(world, record)).collect(), size, token)
}

/// `StopExecution`: one that is over stays as it is (*assumed*).
pub(super) async fn stop(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("StopExecution", input)?;
    let key = execution_of(world, &fields.required_str("executionArn", "InvalidArn")?)?;
    let (error, cause) = (fields.str("error")?, fields.str("cause")?);
    fields.finish()?;
    get(world, &key)?;
    let inbox = world.running.states.inboxes().get(&key).cloned();
    if let Some(inbox) = inbox {
        let (written, answer) = oneshot::channel();
        if inbox.send(Message::Stop { error, cause, written }).is_ok()
            && let Ok(outcome) = answer.await
        {
            outcome?;
        }
    }
    match get(world, &key)?.end {
        Some(end) => Ok(json!({ "stopDate": epoch_seconds(end.stopped_ms) })),
        None => Err(AwsError::internal("the execution is not driven any more, since the journal cannot be written")),
    }
}

/// The record of an execution.
pub(super) fn get(world: &World, key: &str) -> Result<Record, AwsError> {
    world.store.get(EXECUTIONS, key).ok_or_else(|| {
        let message = format!("Execution Does Not Exist: '{}'", execution_arn(world, key));
        AwsError::client("ExecutionDoesNotExist", message)
    })
}

fn summary(world: &World, record: &Record) -> Value {
    let mut shape = json!({
        "executionArn": execution_arn(world, &record.key()),
        "stateMachineArn": machine_arn(world, &record.machine),
        "name": record.name,
        "status": record.status(),
        "startDate": epoch_seconds(record.started_ms),
        "redriveCount": 0,
    });
    if let Some(end) = &record.end {
        shape["stopDate"] = epoch_seconds(end.stopped_ms);
    }
    shape
}
