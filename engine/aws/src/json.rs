//! Calls of AWS's JSON protocols by hand-signed requests: for services of which the gate needs one or two operations.
//! Source: Smithy, "AWS JSON 1.0 protocol" and "AWS JSON 1.1 protocol".

use serde_json::{Value, json};

use crate::signed::{Request, refused};
use crate::{Aws, Fault};

/// How a service is called.
pub(crate) struct Service {
    /// Its name in signatures.
    pub(crate) name: &'static str,
    /// The first part of its host's name.
    pub(crate) host: &'static str,
    /// What stands before the operation in `X-Amz-Target`.
    pub(crate) target: &'static str,
    /// The protocol's version.
    pub(crate) version: &'static str,
}

impl Aws {
    /// One call. A refusal carries AWS's error name.
    ///
    /// # Errors
    /// When the service refuses or cannot be reached.
    pub(crate) async fn json(
        &self,
        call: &'static str,
        service: &Service,
        operation: &str,
        input: &Value,
    ) -> Result<Value, Fault> {
        let host = self.signed.endpoint_url.clone().unwrap_or_else(|| self.signed.host(service.host));
        let (target, body) = (format!("{}.{operation}", service.target), input.to_string());
        let request = Request {
            method: "POST",
            url: format!("{host}/"),
            content_type: Some(match service.version {
                "1.0" => "application/x-amz-json-1.0",
                _ => "application/x-amz-json-1.1",
            }),
            target: Some(&target),
            body: body.as_bytes(),
            further: &[],
        };
        match self.signed.send(call, service.name, request).await? {
            (200, body) if body.is_empty() => Ok(json!({})),
            (200, body) => serde_json::from_slice(&body).map_err(|_| Fault::odd_answer(call, "JSON")),
            (status, body) => Err(refused(call, status, &body)),
        }
    }

    /// All pages of a list, by the token's name in question and answer: `NextToken`.
    ///
    /// # Errors
    /// When the service refuses or cannot be reached.
    pub(crate) async fn json_pages(
        &self,
        call: &'static str,
        service: &Service,
        operation: &str,
        mut input: Value,
        list: &str,
    ) -> Result<Vec<Value>, Fault> {
        let mut found = Vec::new();
        loop {
            let mut answer = self.json(call, service, operation, &input).await?;
            if let Value::Array(items) = answer[list].take() {
                found.extend(items);
            }
            match answer["NextToken"].take() {
                Value::Null => return Ok(found),
                // The same page again: the rest cannot be had, and what is left out must not count as nothing.
                token if input["NextToken"] == token => return Err(Fault::odd_answer(call, "token of another page")),
                token => input["NextToken"] = token,
            }
        }
    }
}
