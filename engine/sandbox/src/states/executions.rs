//! Executions: described, listed, stopped. It drives none.

use gated_asl::Outcome;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::drive::Message;
use super::machines::{definition_of, find};
use super::names::{execution_arn, execution_of, machine_arn, page, qualified};
use super::record::{EXECUTIONS, Record, Summary};
use super::versions::{alias_arn, version_arn};
use crate::AwsError;
use crate::clock::epoch_seconds;
use crate::fields::Fields;
use crate::world::{Shared, World};

/// *Documented*: ExecutionStatus. Nothing is redriven here, so that no execution has the last one.
const STATUSES: [&str; 6] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];

/// `DescribeExecution`
pub(super) fn describe(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DescribeExecution", input)?;
    let key = execution_of(world, &fields.required_str("executionArn", "InvalidArn")?)?;
    let with_data = fields.str("includedData")?.as_deref() != Some("METADATA_ONLY");
    fields.finish()?;
    let record = get::<Record>(world, &key)?;
    let mut shape = shape(world, &get::<Summary>(world, &key)?);
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
    let record = get::<Record>(world, &key)?;
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

/// `ListExecutions`, the latest first (*documented*); of one version or alias alone when the ARN names it.
pub(super) fn list(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListExecutions", input)?;
    let arn = fields.required_str("stateMachineArn", "InvalidArn")?;
    let status = fields.str("statusFilter")?;
    let (size, token) = (fields.u64("maxResults")?, fields.str("nextToken")?);
    fields.finish()?;
    if let Some(other) = status.as_deref().filter(|status| !STATUSES.contains(status)) {
        let text = format!("the statusFilter {other} is none of {}", STATUSES.join(", "));
        return Err(AwsError::client("ValidationException", text));
    }
    let (machine, qualifier) = qualified(world, &arn)?;
    find(world, &machine)?;
    let mut found = world.store.scan::<Summary>(EXECUTIONS, &format!("{machine}:"));
    found.retain(|(_, summary)| {
        let version = summary.version.map(|number| number.to_string());
        let asked = qualifier.is_none() || qualifier == version || qualifier == summary.alias;
        asked && status.as_deref().is_none_or(|status| status == summary.status())
    });
    found.sort_by_key(|(_, summary)| std::cmp::Reverse(summary.number));
    page("executions", found.iter().map(|(_, found)| shape(world, found)).collect(), size, token)
}

/// `StopExecution`: one that is over stays as it is (*assumed*).
pub(super) async fn stop(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("StopExecution", input)?;
    let key = execution_of(world, &fields.required_str("executionArn", "InvalidArn")?)?;
    let (error, cause) = (fields.str("error")?, fields.str("cause")?);
    fields.finish()?;
    get::<Summary>(world, &key)?;
    let inbox = world.running.states.inboxes().get(&key).cloned();
    if let Some(inbox) = inbox {
        let (written, answer) = oneshot::channel();
        if inbox.send(Message::Stop { error, cause, written }).is_ok()
            && let Ok(outcome) = answer.await
        {
            outcome?;
        }
    }
    match get::<Summary>(world, &key)?.end {
        Some(end) => Ok(json!({ "stopDate": epoch_seconds(end.stopped_ms) })),
        None => Err(AwsError::internal("the execution is not driven any more, since the journal cannot be written")),
    }
}

/// The record of an execution, or the part of it that is asked for.
pub(super) fn get<T: DeserializeOwned>(world: &World, key: &str) -> Result<T, AwsError> {
    world.store.get(EXECUTIONS, key).ok_or_else(|| {
        let message = format!("Execution Does Not Exist: '{}'", execution_arn(world, key));
        AwsError::client("ExecutionDoesNotExist", message)
    })
}

fn shape(world: &World, summary: &Summary) -> Value {
    let mut shape = json!({
        "executionArn": execution_arn(world, &format!("{}:{}", summary.machine, summary.name)),
        "stateMachineArn": machine_arn(world, &summary.machine),
        "name": summary.name,
        "status": summary.status(),
        "startDate": epoch_seconds(summary.started_ms),
        "redriveCount": 0,
    });
    if let Some(end) = &summary.end {
        shape["stopDate"] = epoch_seconds(end.stopped_ms);
    }
    if let Some(number) = summary.version {
        shape["stateMachineVersionArn"] = json!(version_arn(world, &summary.machine, number));
    }
    if let Some(alias) = &summary.alias {
        shape["stateMachineAliasArn"] = json!(alias_arn(world, &summary.machine, alias));
    }
    shape
}
