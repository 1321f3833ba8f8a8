//! The function that keeps the approval rule template, which CloudFormation has no resource for: a custom resource. It
//! answers every request of CloudFormation's, also one that it cannot carry out, since a stack waits an hour for an answer
//! that does not come. Source: CloudFormation user guide, "Custom resource request objects" and "… response objects".

mod keep;

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
}

/// Carries out one request and answers it.
///
/// # Errors
/// When the event is no request of CloudFormation's, or the answer could not be delivered.
pub(crate) async fn approval_rule(aws: &Aws, settings: &Settings, log: &Log, event: Value) -> Result<Value, Fault> {
    let request: Request = serde_json::from_value(event)
        .map_err(|error| Fault::misconfigured(format!("the event is no custom resource request: {error}")))?;
    let done = keep::carry_out(aws, settings, &request).await;
    let (status, id, reason, told) = match done {
        Ok(Outcome { id, told }) => ("SUCCESS", id, String::new(), told),
        Err(refused) => {
            log.error("the template could not be kept", json!({ "error": refused.why.to_string() }));
            let reason: String = refused.why.message.chars().take(LONGEST_REASON).collect();
            ("FAILED", refused.id, reason, Value::Null)
        }
    };
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
