//! Multipart uploads: parts of an object, each in a file of its own, that become the object when they are put together.
//! An upload that is neither completed nor aborted stays, as it does on AWS. It copies no parts from other objects.

use std::fs::File;
use std::io;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::{Condition, Object, keep, path, require_bucket, require_key};
use crate::clock::now_ms;
use crate::world::Shared;
use crate::{AwsError, Store, StoreError};

const UPLOADS: &str = "uploads";
const PARTS: &str = "upload_parts";

/// *Documented*: every part but the last has 5 MiB at least.
const LEAST_PART: u64 = 5 << 20;
/// *Documented*: `UploadPart`.
const MOST_PARTS: u32 = 10_000;

/// An upload that has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Upload {
    bucket: String,
    key: String,
    content_type: String,
    metadata: Vec<(String, String)>,
}

/// One part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    /// 1 to 10,000.
    pub(crate) number: u32,
    /// Bytes.
    pub(crate) size: u64,
    /// MD5 of the bytes, as hex, without quotes.
    pub(crate) etag: String,
    /// Milliseconds since 1970.
    pub(crate) modified_ms: u64,
    file: String,
}

/// `CreateMultipartUpload`; answers the upload's id.
///
/// # Errors
/// `NoSuchBucket`, `KeyTooLongError`.
pub(crate) fn create(
    world: &Shared,
    bucket: &str,
    key: &str,
    content_type: &str,
    metadata: Vec<(String, String)>,
) -> Result<String, AwsError> {
    require_bucket(world, bucket)?;
    require_key(key)?;
    let id = uuid::Uuid::new_v4().simple().to_string();
    let upload =
        Upload { bucket: bucket.to_owned(), key: key.to_owned(), content_type: content_type.to_owned(), metadata };
    world.store.transact(|tx| -> Result<(), AwsError> {
        tx.put(UPLOADS, &id, &upload);
        Ok(())
    })?;
    Ok(id)
}

/// `UploadPart`: a part of the same number is replaced. Answers its ETag.
///
/// # Errors
/// `NoSuchUpload`, `InvalidArgument`, or an internal error when the file cannot be written.
pub(crate) fn put_part(
    world: &Shared,
    at: (&str, &str),
    id: &str,
    number: u32,
    bytes: &[u8],
) -> Result<String, AwsError> {
    find(world, at, id)?;
    if !(1..=MOST_PARTS).contains(&number) {
        let text = "Part number must be an integer between 1 and 10000, inclusive";
        return Err(AwsError::client("InvalidArgument", text));
    }
    let part = Part {
        number,
        size: bytes.len() as u64,
        etag: hex::encode(Md5::digest(bytes)),
        modified_ms: now_ms(),
        file: uuid::Uuid::new_v4().simple().to_string(),
    };
    let path = path(world, &part.file);
    std::fs::write(&path, bytes).map_err(|e| AwsError::internal(format!("{}: {e}", path.display())))?;
    let record = record(id, number);
    let before = world.store.transact(|tx| -> Result<_, AwsError> {
        let before = tx.get::<Part>(PARTS, &record);
        tx.put(PARTS, &record, &part);
        Ok(before)
    })?;
    forget(world, before);
    Ok(part.etag)
}

/// `ListParts`, in the order of their numbers.
///
/// # Errors
/// `NoSuchUpload`.
pub(crate) fn parts(world: &Shared, at: (&str, &str), id: &str) -> Result<Vec<Part>, AwsError> {
    find(world, at, id)?;
    Ok(world.store.scan(PARTS, &format!("{id}/")).into_iter().map(|(_, part)| part).collect())
}

/// `CompleteMultipartUpload`: puts the chosen parts together, each with the ETag that it was answered with.
///
/// # Errors
/// `NoSuchUpload`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, or an internal error when a file cannot be read or
/// written.
pub(crate) fn complete(
    world: &Shared,
    at: (&str, &str),
    id: &str,
    chosen: &[(u32, String)],
) -> Result<Object, AwsError> {
    let upload = find(world, at, id)?;
    if !chosen.is_sorted_by(|(a, _), (b, _)| a < b) {
        let text = "The list of parts was not in ascending order. Parts must be ordered by part number.";
        return Err(AwsError::client("InvalidPartOrder", text));
    }
    let all = parts(world, at, id)?;
    let mut put_together = Vec::new();
    for (number, etag) in chosen {
        let part = all.iter().find(|part| part.number == *number && part.etag == etag.trim_matches('"'));
        put_together.push(part.ok_or_else(|| {
            let text = "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                        specified entity tag may not match the part's entity tag.";
            AwsError::client("InvalidPart", text)
        })?);
    }
    if put_together.iter().rev().skip(1).any(|part| part.size < LEAST_PART) {
        let text = "Your proposed upload is smaller than the minimum allowed size";
        return Err(AwsError::client("EntityTooSmall", text));
    }
    let object = Object {
        key: upload.key,
        size: put_together.iter().map(|part| part.size).sum(),
        etag: etag(&put_together),
        modified_ms: now_ms(),
        content_type: upload.content_type,
        metadata: upload.metadata,
        file: uuid::Uuid::new_v4().simple().to_string(),
    };
    let object = keep(world, &upload.bucket, object, &Condition::None, |to| {
        let mut to = File::create(to)?;
        for part in &put_together {
            io::copy(&mut File::open(path(world, &part.file))?, &mut to)?;
        }
        Ok(())
    })?;
    end(world, id)?;
    Ok(object)
}

/// `AbortMultipartUpload`
///
/// # Errors
/// `NoSuchUpload`.
pub(crate) fn abort(world: &Shared, at: (&str, &str), id: &str) -> Result<(), AwsError> {
    find(world, at, id)?;
    end(world, id)
}

/// Whether every record of an upload can be read.
pub(super) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<Upload>(UPLOADS)?;
    store.check::<Part>(PARTS)
}

/// Files of every upload's parts.
pub(super) fn files(world: &Shared) -> Vec<String> {
    world.store.scan::<Part>(PARTS, "").into_iter().map(|(_, part)| part.file).collect()
}

fn find(world: &Shared, (bucket, key): (&str, &str), id: &str) -> Result<Upload, AwsError> {
    require_bucket(world, bucket)?;
    let upload = world.store.get::<Upload>(UPLOADS, id).filter(|upload| upload.bucket == bucket && upload.key == key);
    upload.ok_or_else(|| {
        let text = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted \
                    or completed.";
        AwsError::client("NoSuchUpload", text).with_status(404)
    })
}

/// The upload is over: its parts go.
fn end(world: &Shared, id: &str) -> Result<(), AwsError> {
    let gone = world.store.transact(|tx| -> Result<_, AwsError> {
        let parts = tx.scan::<Part>(PARTS, &format!("{id}/"));
        for (record, _) in &parts {
            tx.delete(PARTS, record);
        }
        tx.delete(UPLOADS, id);
        Ok(parts)
    })?;
    gone.into_iter().for_each(|(_, part)| forget(world, Some(part)));
    Ok(())
}

/// *Documented*: of the parts' MD5s as bytes, and how many they are.
fn etag(parts: &[&Part]) -> String {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(hex::decode(&part.etag).unwrap_or_default());
    }
    format!("{}-{}", hex::encode(digest.finalize()), parts.len())
}

/// Numbers sort as texts.
fn record(id: &str, number: u32) -> String {
    format!("{id}/{number:05}")
}

/// Left behind, the file would only take space until the next start.
fn forget(world: &Shared, part: Option<Part>) {
    if let Some(part) = part {
        let _ = std::fs::remove_file(path(world, &part.file));
    }
}
