//! The Lambda runtime API of one process: what it is given to do, and what it answers (*documented*: Lambda developer guide,
//! "Using the Lambda runtime API"). It starts nothing.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::FunctionError;

/// A call as the process gets it.
#[derive(Debug)]
pub(super) struct Given {
    /// `Lambda-Runtime-Aws-Request-Id`
    pub(super) request_id: String,
    /// `Lambda-Runtime-Deadline-Ms`
    pub(super) deadline_ms: u64,
    /// `Lambda-Runtime-Invoked-Function-Arn`
    pub(super) arn: String,
    /// The event.
    pub(super) payload: Value,
}

/// What the process says.
#[derive(Debug)]
pub(super) enum Said {
    /// The outcome of the call of this request id.
    Outcome(String, Result<Value, FunctionError>),
    /// It cannot begin.
    InitError(FunctionError),
}

/// Both ends.
pub(super) struct Ends {
    /// Calls to give out.
    pub(super) given: Mutex<UnboundedReceiver<Given>>,
    /// Where answers go.
    pub(super) said: UnboundedSender<Said>,
}

/// Everything that the process may call.
pub(super) fn router(ends: Arc<Ends>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(6 * 1024 * 1024 + 1024)) // *documented*: an answer has at most 6 MB
        .with_state(ends)
}

/// Waits for a call, for as long as it takes.
async fn next(State(ends): State<Arc<Ends>>) -> Response {
    let Some(given) = ends.given.lock().await.recv().await else {
        return status(StatusCode::INTERNAL_SERVER_ERROR); // *documented*: the process should end
    };
    let mut response = Response::new(Body::from(given.payload.to_string()));
    let trace = format!("Root=1-00000000-{:024x};Sampled=0", given.deadline_ms); // *assumed*: nothing is traced
    for (name, value) in [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", &given.request_id),
        ("lambda-runtime-deadline-ms", &given.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", &given.arn),
        ("lambda-runtime-trace-id", &trace),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn response(State(ends): State<Arc<Ends>>, Path(id): Path<String>, body: Bytes) -> Response {
    // *Documented*: an answer that is no JSON fails the call.
    let outcome = match serde_json::from_slice(&body) {
        Ok(value) => Ok(value),
        Err(_) if body.is_empty() => Ok(Value::Null),
        Err(error) => Err(FunctionError {
            error_type: "Runtime.InvalidResponse".to_owned(),
            error_message: format!("the function's answer is not JSON: {error}"),
        }),
    };
    accept(&ends, Said::Outcome(id, outcome))
}

async fn error(State(ends): State<Arc<Ends>>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    accept(&ends, Said::Outcome(id, Err(read_error(&headers, &body))))
}

async fn init_error(State(ends): State<Arc<Ends>>, headers: HeaderMap, body: Bytes) -> Response {
    accept(&ends, Said::InitError(read_error(&headers, &body)))
}

/// *Documented*: `errorType` and `errorMessage` of the body; the header names the type when the body does not.
fn read_error(headers: &HeaderMap, body: &[u8]) -> FunctionError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let header = headers.get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
    let error_type = body["errorType"].as_str().or(header).unwrap_or("Unhandled").to_owned();
    FunctionError { error_type, error_message: body["errorMessage"].as_str().unwrap_or_default().to_owned() }
}

fn accept(ends: &Ends, said: Said) -> Response {
    let _ = ends.said.send(said); // nobody waits any more
    let mut response = status(StatusCode::ACCEPTED);
    *response.body_mut() = Body::from(json!({ "status": "OK" }).to_string());
    response
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
