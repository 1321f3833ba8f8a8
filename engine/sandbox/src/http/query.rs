//! The AWS query protocol, which STS speaks: a form in, XML out.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::xml::{Xml, query_error};
use super::{MAX_CALL, Signed, bytes, reply};
use crate::AwsError;
use crate::service::{Service, dispatch};
use crate::world::Shared;

/// Answers one call.
pub(super) async fn answer(world: &Shared, signed: &Signed, request: Request) -> Response {
    match run(world, signed, request).await {
        Ok((operation, value)) => {
            let mut xml = Xml::new();
            let root = format!("{operation}Response");
            xml.open_with(&root, "xmlns", "https://sts.amazonaws.com/doc/2011-06-15/");
            xml.value(&format!("{operation}Result"), &value);
            xml.open("ResponseMetadata").text("RequestId", &uuid::Uuid::new_v4().to_string()).close("ResponseMetadata");
            xml.close(&root);
            reply(200, "text/xml", Body::from(xml.finish()))
        }
        Err(error) => query_error(&error),
    }
}

async fn run(world: &Shared, signed: &Signed, request: Request) -> Result<(String, Value), AwsError> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = bytes(request.into_body(), MAX_CALL).await?;
    let form = String::from_utf8_lossy(&body).into_owned();
    let mut fields = Map::new();
    for pair in form.split('&').chain(query.split('&')).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = decode(key);
        if !key.starts_with("X-Amz-") && key != "Version" {
            fields.insert(key, Value::String(decode(value)));
        }
    }
    let Some(Value::String(operation)) = fields.remove("Action") else {
        return Err(AwsError::client("MissingAction", "the form has no Action"));
    };
    let value = dispatch(world, &signed.caller, Service::Sts, &operation, Value::Object(fields)).await?;
    Ok((operation, value))
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
