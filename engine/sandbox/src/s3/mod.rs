//! S3: buckets and objects in files under the data directory.

use serde_json::Value;

use crate::AwsError;
use crate::world::{Caller, Shared};

/// An object as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its key.
    pub(crate) key: String,
    /// Bytes.
    pub(crate) size: u64,
    /// MD5 of the bytes, as hex, without quotes.
    pub(crate) etag: String,
    /// Milliseconds since 1970.
    pub(crate) modified_ms: u64,
}

/// Writes an object as a whole or not at all.
///
/// # Errors
/// `NoSuchBucket`, or an internal error when the file cannot be written.
pub(crate) fn put_object(_world: &Shared, _bucket: &str, _key: &str, _bytes: &[u8]) -> Result<Listed, AwsError> {
    Err(AwsError::not_emulated("objects yet"))
}

/// Reads an object.
///
/// # Errors
/// `NoSuchBucket`, `NoSuchKey`.
pub(crate) fn get_object(_world: &Shared, _bucket: &str, _key: &str) -> Result<Vec<u8>, AwsError> {
    Err(AwsError::not_emulated("objects yet"))
}

/// All objects whose key starts with `prefix`, by key.
///
/// # Errors
/// `NoSuchBucket`.
pub(crate) fn list_objects(_world: &Shared, _bucket: &str, _prefix: &str) -> Result<Vec<Listed>, AwsError> {
    Err(AwsError::not_emulated("objects yet"))
}

/// Removes an object; a missing one is no error.
///
/// # Errors
/// `NoSuchBucket`.
pub(crate) fn delete_object(_world: &Shared, _bucket: &str, _key: &str) -> Result<(), AwsError> {
    Err(AwsError::not_emulated("objects yet"))
}

/// Answers one operation of a state machine's task: `PutObject` and `GetObject` with `Body` as text, `ListObjectsV2`.
pub(crate) async fn call(_world: &Shared, _caller: &Caller, operation: &str, _input: Value) -> Result<Value, AwsError> {
    Err(AwsError::not_emulated(format!("the operation {operation} of S3")))
}
