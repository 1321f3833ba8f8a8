//! S3 as a state machine's task calls it: bodies are text.

use serde_json::{Value, json};

use super::{delete_object, get_object, list_objects, put_object};
use crate::AwsError;
use crate::clock::epoch_seconds;
use crate::fields::Fields;
use crate::world::{Caller, Shared};

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &["PutObject", "GetObject", "DeleteObject", "ListObjectsV2"];

/// Answers `PutObject` and `GetObject` with `Body` as text, `DeleteObject`, and `ListObjectsV2`.
pub(crate) async fn call(world: &Shared, _caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new(operation, input)?;
    let bucket = fields.required_str("Bucket", "InvalidBucketName")?;
    match operation {
        "PutObject" => {
            let key = fields.required_str("Key", "InvalidRequest")?;
            let body = match fields.value("Body") {
                None => String::new(),
                Some(Value::String(text)) => text,
                Some(other) => other.to_string(), // *documented*: Step Functions serialises a JSON body
            };
            fields.finish()?;
            let object = put_object(world, &bucket, &key, body.as_bytes())?;
            Ok(json!({ "ETag": format!("\"{}\"", object.etag) }))
        }
        "GetObject" => {
            let key = fields.required_str("Key", "InvalidRequest")?;
            fields.finish()?;
            let bytes = get_object(world, &bucket, &key)?;
            Ok(json!({ "Body": String::from_utf8_lossy(&bytes), "ContentLength": bytes.len() }))
        }
        "DeleteObject" => {
            let key = fields.required_str("Key", "InvalidRequest")?;
            fields.finish()?;
            delete_object(world, &bucket, &key)?;
            Ok(json!({}))
        }
        "ListObjectsV2" => {
            let prefix = fields.str("Prefix")?.unwrap_or_default();
            fields.finish()?;
            let found = list_objects(world, &bucket, &prefix)?;
            let contents: Vec<Value> = found
                .iter()
                .map(|o| {
                    let modified = epoch_seconds(o.modified_ms);
                    json!({ "Key": o.key, "Size": o.size, "ETag": format!("\"{}\"", o.etag), "LastModified": modified })
                })
                .collect();
            Ok(
                json!({ "Name": bucket, "Prefix": prefix, "KeyCount": contents.len(), "IsTruncated": false, "Contents": contents }),
            )
        }
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of S3"))),
    }
}
