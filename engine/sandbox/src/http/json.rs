//! AWS JSON 1.0 and 1.1: the operation in `X-Amz-Target`, JSON in and out.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};

use super::{MAX_CALL, Signed, bytes, header_text, reply};
use crate::AwsError;
use crate::service::{Service, dispatch};
use crate::world::Shared;

/// Answers one call.
pub(super) async fn answer(world: &Shared, signed: &Signed, request: Request) -> Response {
    let target = header_text(request.headers(), "x-amz-target").unwrap_or_default().to_owned();
    let version = match header_text(request.headers(), "content-type") {
        Some(kind) if kind.starts_with("application/x-amz-json-1.0") => "application/x-amz-json-1.0",
        _ => "application/x-amz-json-1.1",
    };
    match run(world, signed, &target, request.into_body()).await {
        Ok(Value::Null) => reply(200, version, Body::empty()),
        Ok(value) => reply(200, version, Body::from(value.to_string())),
        Err(problem) => error(&problem),
    }
}

/// An error, as each JSON protocol carries it.
pub(super) fn error(error: &AwsError) -> Response {
    let body = json!({ "__type": error.code, "message": error.message }).to_string();
    let mut response = reply(error.status, "application/x-amz-json-1.1", Body::from(body));
    if let Ok(code) = error.code.parse() {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

async fn run(world: &Shared, signed: &Signed, target: &str, body: Body) -> Result<Value, AwsError> {
    let (prefix, operation) = target.split_once('.').unwrap_or((target, ""));
    let service = match prefix {
        "CodeCommit_20150413" => Service::CodeCommit,
        "CodeBuild_20161006" => Service::CodeBuild,
        "AWSStepFunctions" => Service::States,
        "AWSEvents" => Service::Events,
        "AmazonSSM" => Service::Ssm,
        "Logs_20140328" => Service::Logs,
        "AmazonEC2ContainerRegistry_V20150921" => Service::Ecr,
        _ => return Err(AwsError::client("UnknownOperationException", format!("unknown X-Amz-Target {target:?}"))),
    };
    let body = bytes(body, MAX_CALL).await?;
    let input = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body)
            .map_err(|e| AwsError::client("SerializationException", format!("the body is not JSON: {e}")))?
    };
    dispatch(world, &signed.caller, service, operation, input).await
}
