//! Lambda's REST-JSON protocol, as far as functions are called: `POST /2015-03-31/functions/NAME/invocations`.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{MAX_CALL, Signed, bytes, header_text, json, reply};
use crate::AwsError;
use crate::service::{Service, dispatch};
use crate::world::Shared;

/// Answers one call. The service gets `FunctionName`, `InvocationType` and `Payload` (any JSON value) and answers
/// `StatusCode`, `Payload`, and `FunctionError` when the function failed.
pub(super) async fn answer(world: &Shared, signed: &Signed, request: Request) -> Response {
    match run(world, signed, request).await {
        Ok(value) => invoked(&value),
        Err(error) => json::error(&error),
    }
}

async fn run(world: &Shared, signed: &Signed, request: Request) -> Result<Value, AwsError> {
    let path = request.uri().path().to_owned();
    let name = path.strip_prefix("/2015-03-31/functions/").and_then(|rest| rest.strip_suffix("/invocations"));
    let (Some(name), &Method::POST) = (name, request.method()) else {
        return Err(AwsError::not_emulated(format!("{} {path} of Lambda", request.method())));
    };
    let name = percent_decode_str(name).decode_utf8_lossy().into_owned();
    let kind = header_text(request.headers(), "x-amz-invocation-type").unwrap_or("RequestResponse").to_owned();
    let body = bytes(request.into_body(), MAX_CALL).await?;
    let payload: Value = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body)
            .map_err(|e| AwsError::client("InvalidRequestContentException", format!("the payload is not JSON: {e}")))?
    };
    let input = json!({ "FunctionName": name, "InvocationType": kind, "Payload": payload });
    dispatch(world, &signed.caller, Service::Lambda, "Invoke", input).await
}

fn invoked(value: &Value) -> Response {
    let status = value["StatusCode"].as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or(200);
    let body = match &value["Payload"] {
        Value::Null if status != 200 => String::new(),
        payload => payload.to_string(),
    };
    let mut response = reply(status, "application/json", Body::from(body));
    if let Some(kind) = value["FunctionError"].as_str().and_then(|kind| HeaderValue::from_str(kind).ok()) {
        response.headers_mut().insert("x-amz-function-error", kind);
    }
    response.headers_mut().insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    response
}
