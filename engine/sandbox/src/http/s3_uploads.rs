//! S3's calls about multipart uploads. It copies no parts from other objects, and lists no uploads.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;

use super::s3::{MAX_OBJECT, Query, metadata};
use super::s3_body::{unframe, uploaded};
use super::s3_list::NAMESPACE;
use super::xml::Xml;
use super::{MAX_CALL, bytes, header_text, reply, xml_read};
use crate::AwsError;
use crate::clock::iso_millis;
use crate::s3::uploads;
use crate::world::Shared;

/// Whether a call is about an upload.
pub(super) fn is_meant(query: &Query) -> bool {
    query.get("uploads").is_some() || query.get("uploadId").is_some()
}

/// Answers one.
pub(super) async fn answer(
    world: &Shared,
    method: &Method,
    at: (&str, &str),
    query: &Query,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, AwsError> {
    let (bucket, key) = at;
    let id = query.get("uploadId").unwrap_or_default();
    let number = query.get("partNumber").and_then(|number| number.parse().ok()).unwrap_or(0);
    match (method, query.get("uploads").is_some()) {
        (&Method::POST, true) if !key.is_empty() => {
            let kind = header_text(headers, "content-type").unwrap_or("binary/octet-stream");
            let id = uploads::create(world, bucket, key, kind, metadata(headers))?;
            Ok(told("InitiateMultipartUploadResult", at, |xml| {
                xml.text("UploadId", &id);
            }))
        }
        (&Method::PUT, false) if !headers.contains_key("x-amz-copy-source") => {
            let body = uploaded(headers, bytes(body, MAX_OBJECT).await?)?;
            let etag = uploads::put_part(world, at, id, number, &body)?;
            let mut response = reply(200, "application/xml", Body::empty());
            let value = HeaderValue::from_str(&format!("\"{etag}\"")).map_err(|e| AwsError::internal(e.to_string()))?;
            response.headers_mut().insert(header::ETAG, value);
            Ok(response)
        }
        (&Method::GET, false) => list(world, at, id),
        (&Method::POST, false) => {
            let body = unframe(headers, bytes(body, MAX_CALL).await?)?;
            let object = uploads::complete(world, at, id, &chosen(&body)?)?;
            let etag = format!("\"{}\"", object.etag);
            Ok(told("CompleteMultipartUploadResult", at, |xml| {
                xml.text("ETag", &etag);
            }))
        }
        (&Method::DELETE, false) => {
            uploads::abort(world, at, id)?;
            Ok(reply(204, "application/xml", Body::empty()))
        }
        _ => Err(AwsError::not_emulated(format!("{method} of S3 about uploads: listing them, and copying parts"))),
    }
}

/// The parts of `CompleteMultipartUpload`: number and ETag.
fn chosen(body: &[u8]) -> Result<Vec<(u32, String)>, AwsError> {
    let part = |row: xml_read::Row| Some((row.get("PartNumber")?.parse().ok()?, row.get("ETag")?.clone()));
    let parts: Option<Vec<_>> = xml_read::rows(body, "Part")?.into_iter().map(part).collect();
    parts.filter(|parts| !parts.is_empty()).ok_or_else(xml_read::malformed)
}

/// `ListParts`, on one page: *documented* are pages of a thousand, which a client need not ask for.
fn list(world: &Shared, at: (&str, &str), id: &str) -> Result<Response, AwsError> {
    let parts = uploads::parts(world, at, id)?;
    Ok(told("ListPartsResult", at, |xml| {
        xml.text("UploadId", id).text("IsTruncated", "false").text("StorageClass", "STANDARD");
        for part in &parts {
            xml.open("Part").text("PartNumber", &part.number.to_string());
            xml.text("LastModified", &iso_millis(part.modified_ms)).text("ETag", &format!("\"{}\"", part.etag));
            xml.text("Size", &part.size.to_string()).close("Part");
        }
    }))
}

fn told(element: &'static str, (bucket, key): (&str, &str), what: impl FnOnce(&mut Xml)) -> Response {
    let mut xml = Xml::new();
    xml.open_with(element, "xmlns", NAMESPACE).text("Bucket", bucket).text("Key", key);
    what(&mut xml);
    xml.close(element);
    reply(200, "application/xml", Body::from(xml.finish()))
}
