//! A function's answer, who is calling, and the answer that CloudFormation waits for, by requests of one's own: it keeps
//! nothing. Source: AWS Lambda API (`Invoke`), AWS STS API (`GetCallerIdentity`).

use std::time::Duration;

use aws_smithy_async::rt::sleep::AsyncSleep;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use crate::signed::{Answer, Request, TRIES, backoff, connector, part, refused};
use crate::{Aws, Fault};

impl Aws {
    /// Puts a body to a presigned URL, as CloudFormation gives one for a custom resource's answer.
    ///
    /// # Errors
    /// When the other side refuses or cannot be reached.
    pub async fn put_presigned(&self, url: &str, body: &[u8]) -> Result<(), Fault> {
        const CALL: &str = "cloudformation:Respond";
        let mut last = Fault::odd_answer(CALL, "status");
        for attempt in 0..TRIES {
            match put_unsigned(CALL, url, body).await {
                Ok(status) if status < 300 => return Ok(()),
                Ok(status) => {
                    let transient = status >= 500;
                    last = Fault { call: CALL, code: None, message: format!("HTTP status {status}"), transient };
                }
                Err(fault) => last = fault,
            }
            if !last.transient {
                break;
            }
            if let Some(sleep) = backoff() {
                sleep.sleep(Duration::from_millis(100 << attempt)).await;
            }
        }
        Err(last)
    }

    /// Calls a Lambda function and answers what it answered.
    ///
    /// # Errors
    /// When the function fails (its error name is the fault's code), or Lambda refuses or cannot be reached.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Value, Fault> {
        const CALL: &str = "lambda:Invoke";
        let host = self.signed.endpoint_url.clone().unwrap_or_else(|| self.signed.host("lambda"));
        let url = format!("{host}/2015-03-31/functions/{function}/invocations");
        let body = payload.to_string();
        let request = Request {
            method: "POST",
            url,
            content_type: Some("application/json"),
            target: None,
            body: body.as_bytes(),
            further: &[],
        };
        let answer = self.signed.send_whole(CALL, "lambda", request).await?;
        if answer.status != 200 {
            return Err(lambda_refused(CALL, answer));
        }
        let answer: Value = serde_json::from_slice(&answer.body).map_err(|_| Fault::odd_answer(CALL, "JSON"))?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        match text("errorType") {
            None => Ok(answer),
            code => {
                let message = text("errorMessage").unwrap_or_default();
                Err(Fault { call: CALL, code, message, transient: false })
            }
        }
    }

    /// Who may call a function, or an alias of it, beside those whom IAM lets: its resource policy. `None` when it has none.
    ///
    /// # Errors
    /// When Lambda refuses or cannot be reached.
    pub async fn function_policy(&self, function: &str) -> Result<Option<Value>, Fault> {
        const CALL: &str = "lambda:GetPolicy";
        let host = self.signed.endpoint_url.clone().unwrap_or_else(|| self.signed.host("lambda"));
        let request = Request {
            method: "GET",
            url: format!("{host}/2015-03-31/functions/{function}/policy"),
            content_type: None,
            target: None,
            body: b"",
            further: &[],
        };
        let answer = self.signed.send_whole(CALL, "lambda", request).await?;
        if answer.status != 200 {
            let fault = lambda_refused(CALL, answer);
            return if fault.is("ResourceNotFoundException") { Ok(None) } else { Err(fault) };
        }
        let answer: Value = serde_json::from_slice(&answer.body).map_err(|_| Fault::odd_answer(CALL, "JSON"))?;
        let policy = answer["Policy"].as_str().and_then(|text| serde_json::from_str(text).ok());
        policy.map(Some).ok_or_else(|| Fault::odd_answer(CALL, "policy in JSON"))
    }

    /// ARN of who is calling.
    ///
    /// # Errors
    /// When STS refuses or cannot be reached.
    pub async fn caller_arn(&self) -> Result<String, Fault> {
        const CALL: &str = "sts:GetCallerIdentity";
        let url = match &self.signed.endpoint_url {
            Some(url) => format!("{url}/"),
            None => format!("{}/", self.signed.host("sts")),
        };
        let request = Request {
            method: "POST",
            url,
            content_type: Some("application/x-www-form-urlencoded"),
            target: None,
            body: b"Action=GetCallerIdentity&Version=2011-06-15",
            further: &[],
        };
        let (status, body) = self.signed.send(CALL, "sts", request).await?;
        let text = String::from_utf8_lossy(&body);
        match part(&text, "Arn") {
            Some(arn) if status == 200 => Ok(arn),
            _ => Err(refused(CALL, status, &body)),
        }
    }
}

/// What Lambda refused: it names the error in a header (Lambda API reference, "Errors").
fn lambda_refused(call: &'static str, answer: Answer) -> Fault {
    let fault = refused(call, answer.status, &answer.body);
    Fault { code: answer.error.or(fault.code), ..fault }
}

/// The URL's own query is the signature; a content type that was not signed would be refused.
async fn put_unsigned(call: &'static str, url: &str, body: &[u8]) -> Result<u16, Fault> {
    let fault = |transient: bool| move |message: String| Fault { call, code: None, message, transient };
    let request = http::Request::builder().method("PUT").uri(url).header("content-length", body.len());
    let request = request.body(SdkBody::from(body.to_vec())).map_err(|e| fault(false)(e.to_string()))?;
    let request = HttpRequest::try_from(request).map_err(|e| fault(false)(e.to_string()))?;
    let connector = connector(url);
    let answer = connector.call(request).await.map_err(|e| fault(true)(e.to_string()))?;
    Ok(answer.status().as_u16())
}
