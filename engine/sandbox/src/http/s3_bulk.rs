//! S3's calls about many objects, or from one to another: what empties a bucket, and copies. There is one version of each
//! object, `null` (*documented*: what a bucket without versioning has).

use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::Response;
use percent_encoding::percent_decode_str;

use super::s3::{Query, metadata};
use super::s3_list::{NAMESPACE, encode, most};
use super::xml::Xml;
use super::{header_text, reply, xml_read};
use crate::AwsError;
use crate::clock::iso_millis;
use crate::s3::{self, Condition};
use crate::world::Shared;

const MAX_KEYS: usize = 1000; // *documented*: DeleteObjects

/// `DeleteObjects`: what is missing counts as deleted (*documented*).
pub(super) fn delete(world: &Shared, bucket: &str, body: &[u8]) -> Result<Response, AwsError> {
    s3::require_bucket(world, bucket)?;
    let objects = xml_read::rows(body, "Object")?;
    if !(1..=MAX_KEYS).contains(&objects.len()) {
        return Err(xml_read::malformed());
    }
    let mut xml = Xml::new();
    xml.open_with("DeleteResult", "xmlns", NAMESPACE);
    for object in objects {
        let key = object.get("Key").ok_or_else(xml_read::malformed)?;
        match object.get("VersionId").map(String::as_str) {
            None | Some("" | "null") => {
                s3::delete_object(world, bucket, key)?;
                xml.open("Deleted").text("Key", key).close("Deleted");
            }
            Some(version) => {
                xml.open("Error").text("Key", key).text("VersionId", version);
                xml.text("Code", "NoSuchVersion")
                    .text("Message", "The specified version does not exist.")
                    .close("Error");
            }
        }
    }
    xml.close("DeleteResult");
    Ok(reply(200, "application/xml", Body::from(xml.finish())))
}

/// `ListObjectVersions`
pub(super) fn versions(world: &Shared, bucket: &str, query: &Query) -> Result<Response, AwsError> {
    if query.get("delimiter").is_some_and(|delimiter| !delimiter.is_empty()) {
        return Err(AwsError::not_emulated("ListObjectVersions of S3 with a delimiter"));
    }
    let prefix = query.get("prefix").unwrap_or_default();
    let (after, most) = (query.get("key-marker").unwrap_or_default(), most(query)?);
    let mut objects = s3::list_objects(world, bucket, prefix)?;
    objects.retain(|object| object.key.as_str() > after);
    let truncated = objects.len() > most;
    objects.truncate(most);
    let mut xml = Xml::new();
    xml.open_with("ListVersionsResult", "xmlns", NAMESPACE);
    xml.text("Name", bucket).text("Prefix", &encode(query, prefix)).text("MaxKeys", &most.to_string());
    xml.text("KeyMarker", &encode(query, after)).text("IsTruncated", if truncated { "true" } else { "false" });
    if let Some(kind) = query.get("encoding-type") {
        xml.text("EncodingType", kind);
    }
    if let (true, Some(last)) = (truncated, objects.last()) {
        xml.text("NextKeyMarker", &encode(query, &last.key)).text("NextVersionIdMarker", "null");
    }
    for object in objects {
        xml.open("Version").text("Key", &encode(query, &object.key)).text("VersionId", "null").text("IsLatest", "true");
        xml.text("LastModified", &iso_millis(object.modified_ms)).text("ETag", &format!("\"{}\"", object.etag));
        xml.text("Size", &object.size.to_string()).text("StorageClass", "STANDARD").close("Version");
    }
    xml.close("ListVersionsResult");
    Ok(reply(200, "application/xml", Body::from(xml.finish())))
}

/// `CopyObject`: type and metadata are the source's, unless they are replaced (*documented*).
pub(super) fn copy(world: &Shared, bucket: &str, key: &str, headers: &HeaderMap) -> Result<Response, AwsError> {
    let source = header_text(headers, "x-amz-copy-source").unwrap_or_default();
    let source = percent_decode_str(source).decode_utf8_lossy();
    let source = source.strip_suffix("?versionId=null").unwrap_or(&source);
    let Some((from, name)) = source.trim_start_matches('/').split_once('/') else {
        let text = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
        return Err(AwsError::client("InvalidArgument", text));
    };
    let original = s3::head_object(world, from, name)?;
    let bytes = s3::get_object(world, from, name)?;
    let replaced = header_text(headers, "x-amz-metadata-directive") == Some("REPLACE");
    let (kind, metadata) = match replaced {
        true => (header_text(headers, "content-type").unwrap_or("binary/octet-stream"), metadata(headers)),
        false => (original.content_type.as_str(), original.metadata.clone()),
    };
    let copied = s3::put_object_as(world, bucket, key, &bytes, kind, metadata, &Condition::None)?;
    let mut xml = Xml::new();
    xml.open_with("CopyObjectResult", "xmlns", NAMESPACE).text("LastModified", &iso_millis(copied.modified_ms));
    xml.text("ETag", &format!("\"{}\"", copied.etag)).close("CopyObjectResult");
    Ok(reply(200, "application/xml", Body::from(xml.finish())))
}
