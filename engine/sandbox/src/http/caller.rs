//! Who calls, and which service: read from the scope of the signature. Signatures are not verified (*assumed*: the
//! sandbox listens on loopback, and any secret key is accepted).

use axum::extract::Request;
use percent_encoding::percent_decode_str;

use super::header_text;
use crate::AwsError;
use crate::service::Service;
use crate::world::{Caller, Shared};

/// A signed call.
#[derive(Debug)]
pub(super) struct Signed {
    /// Who signed.
    pub(super) caller: Caller,
    /// The service that the scope names.
    pub(super) service: Service,
}

/// Why a call is not answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// No signature at all.
    Unsigned,
    /// A signature that is not of AWS's form.
    Malformed(String),
    /// An access key that nobody was given.
    UnknownKey(Service),
    /// A service that the sandbox does not have.
    UnknownService(String),
}

impl Refused {
    /// The service, as far as the scope names one of ours.
    pub(super) fn service(&self) -> Option<Service> {
        match self {
            Self::UnknownKey(service) => Some(*service),
            Self::Unsigned | Self::Malformed(_) | Self::UnknownService(_) => None,
        }
    }

    /// The error that AWS answers (*documented*: AWS's common errors; STS and S3 have names of their own).
    pub(super) fn error(self) -> AwsError {
        match self {
            Self::Unsigned => {
                AwsError::client("MissingAuthenticationTokenException", "Missing Authentication Token").with_status(403)
            }
            Self::Malformed(what) => AwsError::client("IncompleteSignatureException", what),
            Self::UnknownKey(Service::Sts) => {
                AwsError::client("InvalidClientTokenId", "The security token included in the request is invalid.")
                    .with_status(403)
            }
            Self::UnknownKey(Service::S3) => AwsError::client(
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            )
            .with_status(403),
            Self::UnknownKey(_) => AwsError::client(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
            Self::UnknownService(name) => AwsError::not_emulated(format!("the service {name}")),
        }
    }
}

/// Reads the caller from the `Authorization` header, or from the query of a presigned URL.
pub(super) fn read(world: &Shared, request: &Request) -> Result<Signed, Refused> {
    let credential = match header_text(request.headers(), "authorization") {
        Some(text) => from_header(text)?,
        None => from_query(request.uri().query().unwrap_or_default()).ok_or(Refused::Unsigned)?,
    };
    let (access_key_id, service) = split(&credential)?;
    let service = Service::named(service).ok_or_else(|| Refused::UnknownService(service.to_owned()))?;
    let caller = world.caller(access_key_id).ok_or(Refused::UnknownKey(service))?;
    Ok(Signed { caller, service })
}

fn from_header(text: &str) -> Result<String, Refused> {
    if !text.starts_with("AWS4-HMAC-SHA256") {
        return Err(Refused::Malformed("the signature is not of the form AWS4-HMAC-SHA256".to_owned()));
    }
    text.split([' ', ','])
        .find_map(|part| part.strip_prefix("Credential="))
        .map(str::to_owned)
        .ok_or_else(|| Refused::Malformed("the Authorization header has no Credential".to_owned()))
}

fn from_query(query: &str) -> Option<String> {
    let find = |name: &str| query.split('&').find_map(|part| part.strip_prefix(name));
    let decode = |value: &str| percent_decode_str(value).decode_utf8_lossy().into_owned();
    match find("X-Amz-Credential=") {
        Some(scope) => Some(decode(scope)),
        // A URL presigned the old way has no scope; only S3 takes those.
        None => Some(format!("{}/-/-/s3/aws4_request", decode(find("AWSAccessKeyId=")?))),
    }
}

/// `AKID/20260115/us-east-1/codecommit/aws4_request`
fn split(credential: &str) -> Result<(&str, &str), Refused> {
    // From the end: an access key id may hold anything.
    let mut parts = credential.rsplitn(5, '/');
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("aws4_request"), Some(service), Some(_region), Some(_date), Some(key)) => Ok((key, service)),
        _ => Err(Refused::Malformed(format!(
            "the Credential {credential:?} is not KEY/DATE/REGION/SERVICE/aws4_request"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_key_and_service_in_a_scope() {
        let header = "AWS4-HMAC-SHA256 Credential=alice/20260115/us-east-1/codecommit/aws4_request, SignedHeaders=host, Signature=00";
        let credential = from_header(header).unwrap();
        assert_eq!(split(&credential).unwrap(), ("alice", "codecommit"));
        assert_eq!(
            from_query("a=b&X-Amz-Credential=bob%2F20260115%2Fus-east-1%2Fs3%2Faws4_request").unwrap(),
            "bob/20260115/us-east-1/s3/aws4_request"
        );
        assert!(from_header("Basic YTpi").is_err());
        assert!(split("alice/codecommit").is_err());
    }
}
