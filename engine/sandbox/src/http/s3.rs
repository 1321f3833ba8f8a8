//! S3's REST-XML protocol, path style: `/BUCKET/KEY`. Older versions and access lists are refused by name, and so is
//! `If-Match` on parts, copies and deletions.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::response::Response;
use percent_encoding::percent_decode_str;

use super::s3_body::{unframe, uploaded};
use super::xml::s3_error;
use super::{MAX_CALL, Signed, bytes, header_text, reply, s3_bulk, s3_list, s3_uploads};
use crate::clock::http_date;
use crate::s3::{self, Condition, Object};
use crate::service::Service;
use crate::world::Shared;
use crate::{AwsError, faults};

/// Largest object. S3's own bound for one upload is 5 GB; objects pass through memory here.
pub(super) const MAX_OBJECT: usize = 512 * 1024 * 1024;

/// Answers one call.
pub(super) async fn answer(world: &Shared, signed: &Signed, request: Request) -> Response {
    let head = *request.method() == Method::HEAD;
    let method = request.method().to_string();
    let uploads = matches!(*request.method(), Method::PUT | Method::POST);
    let call = (Service::S3, method.as_str());
    match faults::call(world, &signed.caller, call, None, run(world, request)).await {
        Ok(response) => response,
        Err(error) if head => reply(error.status, "application/xml", Body::empty()),
        Err(error) => {
            let mut response = s3_error(&error);
            if uploads {
                // Its body may not have been read, so that the connection ends: a client must not use it again.
                set(response.headers_mut(), header::CONNECTION, "close");
            }
            response
        }
    }
}

async fn run(world: &Shared, request: Request) -> Result<Response, AwsError> {
    let (parts, body) = request.into_parts();
    let query = Query::read(&parts.uri);
    let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned();
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    if let Some((name, _)) = query.0.iter().find(|(name, _)| !is_known(name)) {
        return Err(AwsError::not_emulated(format!("{} with {name} of S3", parts.method)));
    }
    if let Some(name) = parts.headers.keys().map(HeaderName::as_str).find(|name| !is_known_header(name)) {
        return Err(AwsError::not_emulated(format!("{} with the header {name} of S3", parts.method)));
    }
    let parted = s3_uploads::is_meant(&query) || parts.headers.contains_key("x-amz-copy-source");
    if parts.headers.contains_key("if-match") && (parted || parts.method == Method::DELETE) {
        return Err(AwsError::not_emulated(format!(
            "{} of S3 with If-Match on a part, a copy or a deletion",
            parts.method
        )));
    }
    if s3_uploads::is_meant(&query) {
        return s3_uploads::answer(world, &parts.method, (bucket, key), &query, &parts.headers, body).await;
    }
    match (&parts.method, bucket, key) {
        (&Method::GET, "", _) => Ok(s3_list::buckets(world)),
        (&Method::PUT, _, "") => {
            s3::create_bucket(world, bucket)?;
            let mut response = reply(200, "application/xml", Body::empty());
            set(response.headers_mut(), header::LOCATION, &format!("/{bucket}"));
            Ok(response)
        }
        (&Method::HEAD, _, "") => {
            s3::require_bucket(world, bucket)?;
            let mut response = reply(200, "application/xml", Body::empty());
            set(response.headers_mut(), HeaderName::from_static("x-amz-bucket-region"), &world.region);
            Ok(response)
        }
        (&Method::DELETE, _, "") => {
            s3::delete_bucket(world, bucket)?;
            Ok(reply(204, "application/xml", Body::empty()))
        }
        (&Method::POST, _, "") if query.get("delete").is_some() => {
            let body = unframe(&parts.headers, bytes(body, MAX_CALL).await?)?;
            s3_bulk::delete(world, bucket, &body)
        }
        (&Method::GET, _, "") if query.get("location").is_some() => s3_list::location(world, bucket),
        (&Method::GET, _, "") if query.get("versioning").is_some() => s3_list::versioning(world, bucket),
        (&Method::GET, _, "") if query.get("versions").is_some() => s3_bulk::versions(world, bucket, &query),
        (&Method::GET, _, "") => s3_list::objects(world, bucket, &query),
        (&Method::PUT, ..) if parts.headers.contains_key("x-amz-copy-source") => {
            s3_bulk::copy(world, bucket, key, &parts.headers)
        }
        (&Method::PUT, ..) => put(world, bucket, key, &parts.headers, body).await,
        (&Method::GET, ..) => get(world, bucket, key, &parts.headers),
        (&Method::HEAD, ..) => {
            let object = s3::head_object(world, bucket, key)?;
            meant(&object, &parts.headers)?;
            let mut response = reply(200, "application/octet-stream", Body::empty());
            describe(response.headers_mut(), &object);
            set(response.headers_mut(), header::CONTENT_LENGTH, &object.size.to_string());
            Ok(response)
        }
        (&Method::DELETE, ..) => {
            s3::delete_object(world, bucket, key)?;
            Ok(reply(204, "application/xml", Body::empty()))
        }
        (method, ..) => Err(AwsError::not_emulated(format!("{method} {path} of S3"))),
    }
}

/// Whether a name of the query is one that an answer here depends on, or may leave out.
fn is_known(name: &str) -> bool {
    const OURS: &[&str] = &[
        "list-type",
        "prefix",
        "delimiter",
        "max-keys",
        "continuation-token",
        "start-after",
        "location",
        "x-id",
        "delete",
        "versions",
        "versioning",
        "key-marker",
        "version-id-marker",
        "encoding-type",
        "fetch-owner",
        "uploads",
        "uploadId",
        "partNumber",
    ];
    let signature = ["AWSAccessKeyId", "Signature", "Expires"].contains(&name) || name.starts_with("X-Amz-");
    OURS.contains(&name) || signature || name.starts_with("response-")
}

/// Whether an answer here depends on a header, or may leave it out: the signature's, the checksums', the framing's, the
/// object's own. What else begins with `x-amz-` would be believed in vain, such as a lock.
fn is_known_header(name: &str) -> bool {
    const OURS: &[&str] = &[
        "date",
        "content-sha256",
        "security-token",
        "decoded-content-length",
        "trailer",
        "sdk-checksum-algorithm",
        "user-agent",
        "copy-source",
        "metadata-directive",
        "mp-object-size",
    ];
    name.strip_prefix("x-amz-")
        .is_none_or(|name| OURS.contains(&name) || name.starts_with("meta-") || name.starts_with("checksum-"))
}

async fn put(world: &Shared, bucket: &str, key: &str, headers: &HeaderMap, body: Body) -> Result<Response, AwsError> {
    // A condition that does not hold is told before the body is read; what changes meanwhile is a conflict.
    let condition = Condition::read(header_text(headers, "if-match"), header_text(headers, "if-none-match"))?;
    s3::require_bucket(world, bucket)?;
    condition.check(s3::head_object(world, bucket, key).ok().as_ref())?;
    let body = uploaded(headers, bytes(body, MAX_OBJECT).await?)?;
    let content_type = header_text(headers, "content-type").unwrap_or("binary/octet-stream");
    let metadata = metadata(headers);
    let object = s3::put_object_as(world, bucket, key, &body, content_type, metadata, &condition)?;
    let mut response = reply(200, "application/xml", Body::empty());
    set(response.headers_mut(), header::ETAG, &format!("\"{}\"", object.etag));
    Ok(response)
}

fn get(world: &Shared, bucket: &str, key: &str, headers: &HeaderMap) -> Result<Response, AwsError> {
    let (object, bytes) = s3::read_object(world, bucket, key)?;
    meant(&object, headers)?;
    let Some(range) = header_text(headers, "range") else {
        let mut response = reply(200, "application/octet-stream", Body::from(bytes));
        describe(response.headers_mut(), &object);
        return Ok(response);
    };
    let (start, end) = range_of(range, bytes.len())
        .ok_or_else(|| AwsError::client("InvalidRange", "The requested range is not satisfiable").with_status(416))?;
    let mut response = reply(206, "application/octet-stream", Body::from(bytes[start..end].to_vec()));
    describe(response.headers_mut(), &object);
    let text = format!("bytes {start}-{}/{}", end - 1, bytes.len());
    set(response.headers_mut(), header::CONTENT_RANGE, &text);
    Ok(response)
}

/// Whether the object is the one that the reader means (*documented*: `GetObject`, `If-Match`).
fn meant(object: &Object, headers: &HeaderMap) -> Result<(), AwsError> {
    Condition::read(header_text(headers, "if-match"), None)?.check(Some(object))
}

/// `x-amz-meta-…`, without the prefix.
pub(super) fn metadata(headers: &HeaderMap) -> Vec<(String, String)> {
    let named = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().strip_prefix("x-amz-meta-")?.to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(named).collect()
}

fn describe(headers: &mut HeaderMap, object: &Object) {
    set(headers, header::ETAG, &format!("\"{}\"", object.etag));
    set(headers, header::LAST_MODIFIED, &http_date(object.modified_ms));
    set(headers, header::CONTENT_TYPE, &object.content_type);
    set(headers, header::ACCEPT_RANGES, "bytes");
    for (name, value) in &object.metadata {
        if let Ok(name) = HeaderName::from_bytes(format!("x-amz-meta-{name}").as_bytes()) {
            set(headers, name, value);
        }
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Start and end (exclusive) of `bytes=A-B`, `bytes=A-`, `bytes=-N`.
fn range_of(range: &str, length: usize) -> Option<(usize, usize)> {
    let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = if start.is_empty() {
        (length.saturating_sub(end.parse().ok()?), length)
    } else {
        let end = if end.is_empty() { length } else { end.parse::<usize>().ok()?.checked_add(1)?.min(length) };
        (start.parse().ok()?, end)
    };
    (start < end).then_some((start, end))
}

/// The query's names and values, decoded.
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    /// Reads a call's query.
    pub(super) fn read(uri: &Uri) -> Self {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// A value by name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::range_of;

    #[test]
    fn reads_the_three_forms_of_a_range() {
        assert_eq!(range_of("bytes=0-4", 10), Some((0, 5)));
        assert_eq!(range_of("bytes=5-", 10), Some((5, 10)));
        assert_eq!(range_of("bytes=-3", 10), Some((7, 10)));
        assert_eq!(range_of("bytes=8-99", 10), Some((8, 10)));
        assert_eq!(range_of("bytes=10-", 10), None);
    }
}
