//! The one port: tells git from AWS calls, one AWS protocol from another, and who is calling. It holds no service's
//! rules.

mod caller;
mod cbor;
mod console;
mod git;
mod json;
mod lambda;
mod query;
mod s3;
mod s3_body;
mod s3_bulk;
mod s3_checksum;
mod s3_list;
mod s3_uploads;
mod xml;
mod xml_read;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use self::caller::Signed;
pub(crate) use self::console::log_address;
use crate::AwsError;
use crate::service::Service;
use crate::world::Shared;

/// Largest body of a call that is no upload. AWS's own bounds are smaller; this one only protects the process.
const MAX_CALL: usize = 16 * 1024 * 1024;

/// Everything that the port answers.
pub(crate) fn router(world: Shared) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(world)
}

async fn answer(State(world): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = if let Some(rest) = path.strip_prefix("/v1/repos/") {
        git::serve(&world, rest, request).await
    } else {
        aws(&world, &path, request).await
    };
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

async fn aws(world: &Shared, path: &str, request: Request) -> Response {
    let signed = match caller::read(world, &request) {
        Ok(signed) => signed,
        Err(refused) => {
            let unsigned = matches!(refused, caller::Refused::Unsigned) && is_person(&request);
            if let Some(page) = unsigned.then(|| console::page(world, &request)).flatten() {
                return page;
            }
            match person(world, &request) {
                Some(person) => person,
                None => return refuse(&request, refused),
            }
        }
    };
    if let Some((target, operation)) = cbor::route(path) {
        return cbor::answer(world, &signed, target, operation, request).await;
    }
    if request.headers().contains_key("x-amz-target") {
        return json::answer(world, &signed, request).await;
    }
    match signed.service {
        Service::Sts => query::answer(world, &signed, request).await,
        Service::Lambda => lambda::answer(world, &signed, request).await,
        Service::S3 => s3::answer(world, &signed, request).await,
        Service::CodeCommit
        | Service::CodeBuild
        | Service::States
        | Service::Events
        | Service::Ssm
        | Service::Logs
        | Service::Ecr => {
            let error = AwsError::client("UnknownOperationException", "the header X-Amz-Target is missing");
            json::error(&error)
        }
    }
}

/// Someone who looks at the address with a browser, or by hand: every AWS client numbers its calls.
fn is_person(request: &Request) -> bool {
    *request.method() == Method::GET && !request.headers().contains_key("amz-sdk-invocation-id")
}

/// Who follows the link to an object with a browser. *Assumed*: on AWS the link leads to the console, which asks for a
/// login; whoever is at this machine is taken to have one.
fn person(world: &Shared, request: &Request) -> Option<Signed> {
    let headers = request.headers();
    let browses = header_text(headers, "accept").is_some_and(|accepted| accepted.contains("text/html"));
    let unsigned = !headers.contains_key("authorization") && request.uri().query().is_none();
    let is_person = is_person(request) && browses && unsigned;
    is_person.then(|| world.caller("console")).flatten().map(|caller| Signed { caller, service: Service::S3 })
}

/// An unsigned call, or one by nobody we know, in the protocol that the client speaks.
fn refuse(request: &Request, refused: caller::Refused) -> Response {
    let service = refused.service();
    let error = refused.error();
    if cbor::route(request.uri().path()).is_some() {
        cbor::error(&error)
    } else if request.headers().contains_key("x-amz-target") || service == Some(Service::Lambda) {
        json::error(&error)
    } else if service == Some(Service::S3) || *request.method() != Method::POST {
        xml::s3_error(&error)
    } else {
        xml::query_error(&error)
    }
}

/// Reads a body of bounded size.
async fn bytes(body: Body, limit: usize) -> Result<Bytes, AwsError> {
    axum::body::to_bytes(body, limit).await.map_err(|_| {
        AwsError::client("RequestEntityTooLarge", format!("the body is not readable, or larger than {limit} bytes"))
            .with_status(413)
    })
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn text(status: StatusCode, body: &str) -> Response {
    reply(status.as_u16(), "text/plain; charset=utf-8", Body::from(body.to_owned()))
}

fn reply(status: u16, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
