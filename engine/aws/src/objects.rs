//! Lists and deletes objects of a bucket, by hand-signed requests. Source: Amazon S3 API (`ListObjectsV2`,
//! `ListObjectVersions`, `DeleteObjects`). It never deletes a bucket.

use percent_encoding::percent_decode_str;

use crate::signed::{Request, escape, part, refused};
use crate::{Aws, Fault};

/// An object of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredObject {
    /// When it was written: RFC 3339 with milliseconds, so that texts sort as moments do.
    pub modified: String,
    /// Its key.
    pub key: String,
}

impl Aws {
    /// The objects whose keys begin like this, all pages, in the order of their keys.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<StoredObject>, Fault> {
        const CALL: &str = "s3:ListObjectsV2";
        let (mut found, mut token) = (Vec::new(), None::<String>);
        loop {
            // The parameters of a signed query stand in the order of their names.
            let token_part = token.map(|token| format!("continuation-token={}&", query(&token))).unwrap_or_default();
            let query = format!("{token_part}encoding-type=url&list-type=2&prefix={}", query(prefix));
            let url = format!("{}?{query}", self.signed.bucket_url(bucket));
            let request = Request { method: "GET", url, content_type: None, target: None, body: b"" };
            let text = match self.signed.send(CALL, "s3", request).await? {
                (200, body) => String::from_utf8_lossy(&body).into_owned(),
                (status, body) => return Err(refused(CALL, status, &body)),
            };
            for content in text.split("<Contents>").skip(1) {
                let (Some(key), Some(modified)) = (part(content, "Key"), part(content, "LastModified")) else {
                    return Err(Fault::odd_answer(CALL, "key"));
                };
                let key = percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned();
                found.push(StoredObject { modified, key });
            }
            token = part(&text, "NextContinuationToken");
            if token.is_none() {
                return Ok(found);
            }
        }
    }
}

/// A value in a query string: everything but unreserved characters is escaped, also `/`.
fn query(value: &str) -> String {
    escape(value).replace('/', "%2F")
}
