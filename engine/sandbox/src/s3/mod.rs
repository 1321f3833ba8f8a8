//! S3: buckets and objects. An object's bytes lie in a file of their own under the data directory; its record in the
//! journal makes it visible, so that an object is there as a whole or not at all. It keeps no older versions.

mod call;
mod condition;
pub(crate) mod uploads;

use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

pub(crate) use call::{OPERATIONS, call};
pub(crate) use condition::Condition;

use crate::clock::now_ms;
use crate::world::Shared;
use crate::{AwsError, Store, StoreError};

/// An object as its record and a listing show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    /// Its key.
    pub(crate) key: String,
    /// Bytes.
    pub(crate) size: u64,
    /// MD5 of the bytes, as hex, without quotes.
    pub(crate) etag: String,
    /// Milliseconds since 1970.
    pub(crate) modified_ms: u64,
    /// As the writer said.
    pub(crate) content_type: String,
    /// `x-amz-meta-…`, without the prefix.
    pub(crate) metadata: Vec<(String, String)>,
    /// Name of the file that holds the bytes.
    file: String,
}

/// A bucket's record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bucket {
    /// Milliseconds since 1970.
    pub(crate) created_ms: u64,
}

/// All buckets, by name.
pub(crate) fn buckets(world: &Shared) -> Vec<(String, Bucket)> {
    world.store.scan("buckets", "")
}

/// Makes a bucket; one that is there stays as it is (*documented* for us-east-1: creating one's own bucket again
/// succeeds).
///
/// # Errors
/// `InvalidBucketName`.
pub(crate) fn create_bucket(world: &Shared, name: &str) -> Result<(), AwsError> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if !(3..=63).contains(&name.len())
        || !name.chars().all(legal)
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Err(AwsError::client("InvalidBucketName", format!("{name:?} is not a legal bucket name")));
    }
    world.store.transact(|tx| {
        if tx.get::<Bucket>("buckets", name).is_none() {
            tx.put("buckets", name, &Bucket { created_ms: now_ms() });
        }
        Ok(())
    })
}

/// Removes an empty bucket.
///
/// # Errors
/// `NoSuchBucket`, `BucketNotEmpty`.
pub(crate) fn delete_bucket(world: &Shared, name: &str) -> Result<(), AwsError> {
    require_bucket(world, name)?;
    world.store.transact(|tx| {
        if !tx.scan::<Object>("objects", &record(name, "")).is_empty() {
            let text = "The bucket you tried to delete is not empty";
            return Err(AwsError::client("BucketNotEmpty", text).with_status(409));
        }
        tx.delete("buckets", name);
        Ok(())
    })
}

/// Writes an object as a whole or not at all.
///
/// # Errors
/// `NoSuchBucket`, `KeyTooLongError`, or an internal error when the file cannot be written.
pub(crate) fn put_object(world: &Shared, bucket: &str, key: &str, bytes: &[u8]) -> Result<Object, AwsError> {
    put_object_as(world, bucket, key, bytes, "binary/octet-stream", Vec::new(), &Condition::None)
}

/// [`put_object`] with a content type and metadata, on a condition that held when the upload began.
///
/// # Errors
/// As [`put_object`], and `ConditionalRequestConflict` when the condition holds no longer.
pub(crate) fn put_object_as(
    world: &Shared,
    bucket: &str,
    key: &str,
    bytes: &[u8],
    content_type: &str,
    metadata: Vec<(String, String)>,
    condition: &Condition,
) -> Result<Object, AwsError> {
    require_bucket(world, bucket)?;
    require_key(key)?;
    let object = Object {
        key: key.to_owned(),
        size: bytes.len() as u64,
        etag: hex::encode(Md5::digest(bytes)),
        modified_ms: now_ms(),
        content_type: content_type.to_owned(),
        metadata,
        file: uuid::Uuid::new_v4().simple().to_string(),
    };
    keep(world, bucket, object, condition, |path| std::fs::write(path, bytes))
}

/// Writes an object's file, then the record that makes it visible.
fn keep(
    world: &Shared,
    bucket: &str,
    object: Object,
    condition: &Condition,
    write: impl FnOnce(&Path) -> std::io::Result<()>,
) -> Result<Object, AwsError> {
    let path = path(world, &object.file);
    let failed = |e: std::io::Error| AwsError::internal(format!("{}: {e}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    write(&path).map_err(failed)?;
    let key = object.key.as_str();
    let record = record(bucket, key);
    let kept = world.store.transact(|tx| -> Result<_, AwsError> {
        let before = tx.get::<Object>("objects", &record);
        condition.check(before.as_ref()).map_err(condition::meanwhile)?;
        tx.put("objects", &record, &object);
        Ok(before)
    });
    match kept {
        Ok(before) => forget(world, before),
        Err(error) => {
            forget(world, Some(object));
            return Err(error);
        }
    }
    Ok(object)
}

/// An object's record.
///
/// # Errors
/// `NoSuchBucket`, `NoSuchKey`.
pub(crate) fn head_object(world: &Shared, bucket: &str, key: &str) -> Result<Object, AwsError> {
    require_bucket(world, bucket)?;
    world.store.get("objects", &record(bucket, key)).ok_or_else(no_such_key)
}

fn no_such_key() -> AwsError {
    AwsError::client("NoSuchKey", "The specified key does not exist.").with_status(404)
}

/// An object's bytes.
///
/// # Errors
/// `NoSuchBucket`, `NoSuchKey`, or an internal error when the file is gone.
pub(crate) fn get_object(world: &Shared, bucket: &str, key: &str) -> Result<Vec<u8>, AwsError> {
    read_object(world, bucket, key).map(|(_, bytes)| bytes)
}

/// The same with the record that these bytes belong to.
///
/// # Errors
/// As [`get_object`].
pub(crate) fn read_object(world: &Shared, bucket: &str, key: &str) -> Result<(Object, Vec<u8>), AwsError> {
    let mut object = head_object(world, bucket, key)?;
    loop {
        let path = path(world, &object.file);
        let error = match std::fs::read(&path) {
            Ok(bytes) => return Ok((object, bytes)),
            Err(error) => error,
        };
        // Between the record and the file, a writer may have put a newer object in its place.
        let now = head_object(world, bucket, key)?;
        if now.file == object.file {
            return Err(AwsError::internal(format!("{}: {error}", path.display())));
        }
        object = now;
    }
}

/// All objects whose key starts with `prefix`, by key.
///
/// # Errors
/// `NoSuchBucket`.
pub(crate) fn list_objects(world: &Shared, bucket: &str, prefix: &str) -> Result<Vec<Object>, AwsError> {
    require_bucket(world, bucket)?;
    Ok(world.store.scan("objects", &record(bucket, prefix)).into_iter().map(|(_, object)| object).collect())
}

/// Removes an object; a missing one is no error.
///
/// # Errors
/// `NoSuchBucket`.
pub(crate) fn delete_object(world: &Shared, bucket: &str, key: &str) -> Result<(), AwsError> {
    require_bucket(world, bucket)?;
    let record = record(bucket, key);
    let before = world.store.transact(|tx| -> Result<_, AwsError> {
        let before = tx.get::<Object>("objects", &record);
        if before.is_some() {
            tx.delete("objects", &record);
        }
        Ok(before)
    })?;
    forget(world, before);
    Ok(())
}

/// Whether every record of this service can be read.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<Bucket>("buckets")?;
    store.check::<Object>("objects")?;
    uploads::check(store)
}

/// Makes the installation's buckets, and removes files that no record names: what a kill left half done.
///
/// # Errors
/// When the directory cannot be read or written.
pub(crate) fn start(world: &Shared) -> Result<(), AwsError> {
    for name in &world.installation.buckets {
        create_bucket(world, name)?;
    }
    let folder = world.data.join("s3");
    let mut known: std::collections::HashSet<String> =
        world.store.scan::<Object>("objects", "").into_iter().map(|(_, object)| object.file).collect();
    known.extend(uploads::files(world));
    let failed = |e: std::io::Error| AwsError::internal(format!("{}: {e}", folder.display()));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
            std::fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

/// Whether the bucket is there.
///
/// # Errors
/// `NoSuchBucket`.
pub(crate) fn require_bucket(world: &Shared, bucket: &str) -> Result<(), AwsError> {
    match world.store.get::<Bucket>("buckets", bucket) {
        Some(_) => Ok(()),
        None => Err(AwsError::client("NoSuchBucket", "The specified bucket does not exist").with_status(404)),
    }
}

fn require_key(key: &str) -> Result<(), AwsError> {
    match key.is_empty() || key.len() > 1024 {
        true => Err(AwsError::client("KeyTooLongError", "an object's key has 1 to 1024 bytes")),
        false => Ok(()),
    }
}

/// A bucket's name has no `/`, so that no two objects share a record.
fn record(bucket: &str, key: &str) -> String {
    format!("{bucket}/{key}")
}

fn path(world: &Shared, file: &str) -> PathBuf {
    world.data.join("s3").join(file)
}

/// A file that no record names any more; left behind, it would only take space until the next start.
fn forget(world: &Shared, object: Option<Object>) {
    if let Some(object) = object {
        let _ = std::fs::remove_file(path(world, &object.file));
    }
}
