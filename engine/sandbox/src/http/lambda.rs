//! Lambda's REST-JSON protocol: functions are called, described and listed. What else its paths name is refused.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::s3::Query;
use super::{MAX_CALL, Signed, bytes, header_text, json, reply};
use crate::AwsError;
use crate::service::{Service, dispatch};
use crate::world::Shared;

/// *Documented*: the version of the API in its paths.
const FUNCTIONS: &str = "/2015-03-31/functions";

/// Answers one call: `POST …/NAME/invocations`, `GET …/NAME`, `GET …/NAME/configuration` and `GET …/`.
pub(super) async fn answer(world: &Shared, signed: &Signed, request: Request) -> Response {
    let path = percent_decode_str(request.uri().path()).decode_utf8_lossy().into_owned();
    let below = path.strip_prefix(FUNCTIONS).map(|rest| rest.trim_end_matches('/'));
    let parts: Vec<&str> = below.map_or_else(|| vec!["", ""], |rest| rest.split('/').skip(1).collect());
    let mut input: Map<String, Value> =
        Query::read(request.uri()).0.into_iter().map(|(name, value)| (name, json!(value))).collect();
    if let Some(name) = parts.first() {
        input.insert("FunctionName".to_owned(), json!(name));
    }
    let operation = match (request.method(), parts.as_slice()) {
        (&Method::POST, [_, "invocations"]) => "Invoke",
        (&Method::GET, []) => "ListFunctions",
        (&Method::GET, [_]) => "GetFunction",
        (&Method::GET, [_, "configuration"]) => "GetFunctionConfiguration",
        (method, _) => return json::error(&AwsError::not_emulated(format!("{method} {path} of Lambda"))),
    };
    match run(world, signed, operation, input, request).await {
        Ok(value) if operation == "Invoke" => invoked(&value),
        Ok(value) => reply(200, "application/json", Body::from(value.to_string())),
        Err(error) => json::error(&error),
    }
}

/// The service gets the name and the query's values, for a call its `InvocationType` and `Payload` (any JSON value) as
/// well; a call is answered with `StatusCode`, `Payload`, and `FunctionError` when the function failed.
async fn run(
    world: &Shared,
    signed: &Signed,
    operation: &str,
    mut input: Map<String, Value>,
    request: Request,
) -> Result<Value, AwsError> {
    if operation == "Invoke" {
        if let Some(kind) = header_text(request.headers(), "x-amz-invocation-type") {
            input.insert("InvocationType".to_owned(), json!(kind));
        }
        let body = bytes(request.into_body(), MAX_CALL).await?;
        if !body.is_empty() {
            let payload = serde_json::from_slice(&body).map_err(|e| {
                AwsError::client("InvalidRequestContentException", format!("the payload is not JSON: {e}"))
            })?;
            input.insert("Payload".to_owned(), payload);
        }
    }
    dispatch(world, &signed.caller, Service::Lambda, operation, Value::Object(input)).await
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
