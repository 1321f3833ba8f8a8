//! S3's listings as XML.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::reply;
use super::s3::Query;
use super::xml::Xml;
use crate::AwsError;
use crate::clock::iso_millis;
use crate::s3;
use crate::world::Shared;

pub(super) const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `ListBuckets`
pub(super) fn buckets(world: &Shared) -> Response {
    let mut xml = Xml::new();
    xml.open_with("ListAllMyBucketsResult", "xmlns", NAMESPACE).open("Buckets");
    for (name, bucket) in s3::buckets(world) {
        xml.open("Bucket").text("Name", &name).text("CreationDate", &iso_millis(bucket.created_ms)).close("Bucket");
    }
    xml.close("Buckets").open("Owner").text("ID", &world.account).close("Owner").close("ListAllMyBucketsResult");
    reply(200, "application/xml", Body::from(xml.finish()))
}

/// `GetBucketLocation`: us-east-1 is written as nothing (*documented*).
pub(super) fn location(world: &Shared, bucket: &str) -> Result<Response, AwsError> {
    s3::require_bucket(world, bucket)?;
    let region = if world.region == "us-east-1" { "" } else { &world.region };
    let mut xml = Xml::new();
    xml.text("LocationConstraint", region);
    Ok(reply(200, "application/xml", Body::from(xml.finish())))
}

/// `GetBucketVersioning`: no older versions are kept (*documented*: an empty answer says that it was never switched on).
pub(super) fn versioning(world: &Shared, bucket: &str) -> Result<Response, AwsError> {
    s3::require_bucket(world, bucket)?;
    let mut xml = Xml::new();
    xml.open_with("VersioningConfiguration", "xmlns", NAMESPACE).close("VersioningConfiguration");
    Ok(reply(200, "application/xml", Body::from(xml.finish())))
}

/// `ListObjectsV2`. The token is the last key of the page before.
pub(super) fn objects(world: &Shared, bucket: &str, query: &Query) -> Result<Response, AwsError> {
    if query.get("list-type") != Some("2") {
        return Err(AwsError::not_emulated("ListObjects of S3; use ListObjectsV2"));
    }
    let prefix = query.get("prefix").unwrap_or_default();
    let delimiter = query.get("delimiter").filter(|d| !d.is_empty());
    let after = query.get("continuation-token").or(query.get("start-after")).unwrap_or_default();
    let most = most(query)?;
    let encode = |text: &str| encode(query, text);
    let mut contents = Vec::new();
    let mut folders = BTreeSet::new();
    let mut last = None;
    let mut truncated = false;
    for object in s3::list_objects(world, bucket, prefix)? {
        let folder = delimiter.and_then(|delimiter| {
            let rest = &object.key[prefix.len()..];
            rest.find(delimiter).map(|at| object.key[..prefix.len() + at + delimiter.len()].to_owned())
        });
        let name = folder.clone().unwrap_or_else(|| object.key.clone());
        if name.as_str() <= after || folder.as_ref().is_some_and(|folder| folders.contains(folder)) {
            continue;
        }
        if contents.len() + folders.len() == most {
            truncated = true;
            break;
        }
        last = Some(name);
        match folder {
            Some(folder) => drop(folders.insert(folder)),
            None => contents.push(object),
        }
    }
    let mut xml = Xml::new();
    xml.open_with("ListBucketResult", "xmlns", NAMESPACE);
    xml.text("Name", bucket).text("Prefix", &encode(prefix)).text("MaxKeys", &most.to_string());
    if let Some(delimiter) = delimiter {
        xml.text("Delimiter", &encode(delimiter));
    }
    if let Some(kind) = query.get("encoding-type") {
        xml.text("EncodingType", kind);
    }
    xml.text("KeyCount", &(contents.len() + folders.len()).to_string());
    xml.text("IsTruncated", if truncated { "true" } else { "false" });
    if let (true, Some(last)) = (truncated, &last) {
        xml.text("NextContinuationToken", last);
    }
    for object in contents {
        xml.open("Contents").text("Key", &encode(&object.key)).text("LastModified", &iso_millis(object.modified_ms));
        xml.text("ETag", &format!("\"{}\"", object.etag)).text("Size", &object.size.to_string());
        xml.text("StorageClass", "STANDARD").close("Contents");
    }
    for folder in folders {
        xml.open("CommonPrefixes").text("Prefix", &encode(&folder)).close("CommonPrefixes");
    }
    xml.close("ListBucketResult");
    Ok(reply(200, "application/xml", Body::from(xml.finish())))
}

/// How many keys a page may hold (*documented*: 1000 at most).
pub(super) fn most(query: &Query) -> Result<usize, AwsError> {
    match query.get("max-keys").map(str::parse) {
        None => Ok(1000),
        Some(Ok(number)) => Ok(std::cmp::min(number, 1000)),
        Some(Err(_)) => Err(AwsError::client("InvalidArgument", "max-keys is not a number")),
    }
}

/// A key as the caller wants it written.
pub(super) fn encode(query: &Query, text: &str) -> String {
    match query.get("encoding-type") {
        Some("url") => utf8_percent_encode(text, PLAIN).to_string(),
        _ => text.to_owned(),
    }
}
