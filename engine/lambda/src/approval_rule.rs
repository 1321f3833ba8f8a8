//! The function that keeps the approval rule template, which CloudFormation has no resource for: a custom resource. It
//! answers every request of CloudFormation's, also one that it cannot carry out, since a stack waits an hour for an answer
//! that does not come. Source: CloudFormation user guide, "Custom resource request objects" and "… response objects".

mod keep;
mod prepared;

use gated_aws::Aws;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::log::Log;
use crate::{Fault, Settings};

/// Longest reason that is sent: the whole answer may have 4,096 bytes.
const LONGEST_REASON: usize = 1_500;

/// What CloudFormation sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    request_type: RequestType,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    /// The template's name, from the answer to `Create` on.
    physical_resource_id: Option<String>,
    #[serde(default)]
    resource_properties: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum RequestType {
    Create,
    Update,
    Delete,
}

/// What became of the template.
struct Outcome {
    /// The resource's id: the template's name.
    id: String,
    /// What to tell in the log.
    told: Value,
    /// What somebody has to do by hand; empty for nothing.
    by_hand: String,
}

/// Carries out one request and answers it.
///
/// # Errors
/// When the event is no request of CloudFormation's, or the answer could not be delivered.
pub(crate) async fn approval_rule(aws: &Aws, settings: &Settings, log: &Log, event: Value) -> Result<Value, Fault> {
    let request = match serde_json::from_value::<Request>(event.clone()) {
        Ok(request) => request,
        Err(error) => return unreadable(aws, &event, &error.to_string()).await,
    };
    let done = keep::carry_out(aws, settings, &request).await;
    let (status, id, reason, told) = match done {
        Ok(Outcome { id, told, by_hand }) => {
            if !by_hand.is_empty() {
                log.error("the template is on repositories that are out of reach", json!({ "error": by_hand }));
            }
            ("SUCCESS", id, by_hand, told)
        }
        Err(refused) => {
            log.error("the template could not be kept", json!({ "error": refused.why.to_string() }));
            ("FAILED", refused.id, refused.why.message, Value::Null)
        }
    };
    let reason: String = reason.chars().take(LONGEST_REASON).collect();
    let answer = json!({
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": id,
        "StackId": request.stack_id,
        "RequestId": request.request_id,
        "LogicalResourceId": request.logical_resource_id,
    });
    aws.put_presigned(&request.response_url, answer.to_string().as_bytes()).await?;
    Ok(json!({ "status": status, "template": id, "reason": reason, "did": told }))
}

/// A request that says where to answer and not what to do: CloudFormation is told so, with what it said of itself.
async fn unreadable(aws: &Aws, event: &Value, error: &str) -> Result<Value, Fault> {
    let why = format!("the event is no custom resource request: {error}");
    if let Some(url) = event["ResponseURL"].as_str() {
        let id = event["PhysicalResourceId"].as_str().unwrap_or(keep::NOT_CREATED);
        let mut answer = json!({ "Status": "FAILED", "Reason": why, "PhysicalResourceId": id });
        for name in ["StackId", "RequestId", "LogicalResourceId"] {
            answer[name] = event[name].clone();
        }
        aws.put_presigned(url, answer.to_string().as_bytes()).await?;
    }
    Err(Fault::misconfigured(why))
}
