//! Smithy RPC v2 CBOR (*documented*: smithy.io, "Smithy RPC v2 CBOR protocol"), which newest clients prefer for
//! CodeBuild: `POST /service/NAME/operation/NAME`. It turns CBOR into the JSON that services speak, and back.

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciborium::value::{Integer, Value as Cbor};
use serde_json::{Map, Number, Value, json};

use super::{MAX_CALL, Signed, bytes, reply};
use crate::AwsError;
use crate::service::{Service, dispatch};
use crate::world::Shared;

/// Members of CodeBuild's model that are timestamps, which CBOR must tag (*documented*: the service's model).
const TIMESTAMPS: &[&str] = &[
    "requestTime",
    "expired",
    "startTime",
    "submitTime",
    "endTime",
    "requestedOn",
    "lastModified",
    "lastModifiedSecret",
    "created",
];

/// Service and operation of a path of this protocol.
pub(super) fn route(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/service/")?.split_once("/operation/")
}

/// Answers one call.
pub(super) async fn answer(
    world: &Shared,
    signed: &Signed,
    target: &str,
    operation: &str,
    request: Request,
) -> Response {
    let operation = operation.to_owned();
    match run(world, signed, target, &operation, request.into_body()).await {
        Ok(value) => encoded(200, &value),
        Err(problem) => error(&problem),
    }
}

/// An error in this protocol.
pub(super) fn error(error: &AwsError) -> Response {
    encoded(error.status, &json!({ "__type": error.code, "message": error.message }))
}

async fn run(world: &Shared, signed: &Signed, target: &str, operation: &str, body: Body) -> Result<Value, AwsError> {
    if target != "CodeBuild_20161006" {
        return Err(AwsError::not_emulated(format!("{target} over CBOR")));
    }
    let body = bytes(body, MAX_CALL).await?;
    let input = if body.is_empty() {
        Value::Null
    } else {
        let cbor: Cbor = ciborium::from_reader(&body[..])
            .map_err(|e| AwsError::client("SerializationException", format!("the body is not CBOR: {e}")))?;
        to_json(cbor)
    };
    dispatch(world, &signed.caller, Service::CodeBuild, operation, input).await
}

fn encoded(status: u16, value: &Value) -> Response {
    let value = if value.is_null() { Cbor::Map(Vec::new()) } else { to_cbor(value, false) };
    let mut body = Vec::new();
    // Writing to memory does not fail.
    let _ = ciborium::into_writer(&value, &mut body);
    let mut response = reply(status, "application/cbor", Body::from(body));
    response.headers_mut().insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    response
}

fn to_cbor(value: &Value, timestamp: bool) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(flag) => Cbor::Bool(*flag),
        Value::Number(number) => {
            let plain = match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Cbor::Integer(Integer::from(whole)),
                (None, Some(real)) => Cbor::Float(real),
                (None, None) => Cbor::Null,
            };
            if timestamp { Cbor::Tag(1, Box::new(plain)) } else { plain }
        }
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(|item| to_cbor(item, false)).collect()),
        Value::Object(members) => Cbor::Map(
            members
                .iter()
                .filter(|(_, value)| !value.is_null()) // an absent member has no key in this protocol
                .map(|(key, value)| (Cbor::Text(key.clone()), to_cbor(value, TIMESTAMPS.contains(&key.as_str()))))
                .collect(),
        ),
    }
}

fn to_json(value: Cbor) -> Value {
    match value {
        Cbor::Bool(flag) => Value::Bool(flag),
        Cbor::Integer(number) => i64::try_from(number).map_or(Value::Null, Value::from),
        Cbor::Float(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        Cbor::Text(text) => Value::String(text),
        Cbor::Bytes(bytes) => Value::String(STANDARD.encode(bytes)), // blobs are base64 in the JSON protocols
        Cbor::Array(items) => Value::Array(items.into_iter().map(to_json).collect()),
        Cbor::Map(members) => {
            let named = members.into_iter().filter_map(|(key, value)| Some((key.into_text().ok()?, to_json(value))));
            Value::Object(named.collect::<Map<_, _>>())
        }
        Cbor::Tag(_, inside) => to_json(*inside),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_the_members_that_are_timestamps_and_no_others() {
        let cbor = to_cbor(&json!({ "startTime": 1.5, "duration": 1.5, "gone": null }), false);
        let Cbor::Map(members) = &cbor else { panic!("not a map") };
        assert_eq!(members.len(), 2);
        assert_eq!(members[0].1, Cbor::Tag(1, Box::new(Cbor::Float(1.5))));
        assert_eq!(members[1].1, Cbor::Float(1.5));
        assert_eq!(to_json(cbor), json!({ "startTime": 1.5, "duration": 1.5 }));
    }

    #[test]
    fn finds_service_and_operation_in_a_path() {
        assert_eq!(
            route("/service/CodeBuild_20161006/operation/StartBuild"),
            Some(("CodeBuild_20161006", "StartBuild"))
        );
        assert_eq!(route("/"), None);
    }
}
