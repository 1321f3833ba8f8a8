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
        self.first_objects(bucket, prefix, usize::MAX).await
    }

    /// The first `most` objects whose keys begin like this, in the order of their keys.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn first_objects(&self, bucket: &str, prefix: &str, most: usize) -> Result<Vec<StoredObject>, Fault> {
        const CALL: &str = "s3:ListObjectsV2";
        let (mut found, mut token) = (Vec::new(), None::<String>);
        loop {
            // The parameters of a signed query stand in the order of their names.
            let token_part = token.map(|token| format!("continuation-token={}&", query(&token))).unwrap_or_default();
            let page = (most - found.len()).min(1_000);
            let query = format!("{token_part}encoding-type=url&list-type=2&max-keys={page}&prefix={}", query(prefix));
            let url = format!("{}?{query}", self.signed.bucket_url(bucket));
            let request = Request { method: "GET", url, content_type: None, target: None, body: b"", further: &[] };
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
            if token.is_none() || found.len() >= most {
                return Ok(found);
            }
        }
    }

    /// Every version of every object, and every marker of a deleted one: key and version.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn object_versions(&self, bucket: &str) -> Result<Vec<(String, String)>, Fault> {
        const CALL: &str = "s3:ListObjectVersions";
        let (mut found, mut marker) = (Vec::new(), String::new());
        loop {
            let url = format!("{}?encoding-type=url{marker}&versions=", self.signed.bucket_url(bucket));
            let request = Request { method: "GET", url, content_type: None, target: None, body: b"", further: &[] };
            let text = match self.signed.send(CALL, "s3", request).await? {
                (200, body) => String::from_utf8_lossy(&body).into_owned(),
                (status, body) => return Err(refused(CALL, status, &body)),
            };
            let plain = |key: String| percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned();
            for entry in text.split("<Version>").flat_map(|part| part.split("<DeleteMarker>")).skip(1) {
                if let (Some(key), Some(version)) = (part(entry, "Key"), part(entry, "VersionId")) {
                    found.push((plain(key), version));
                }
            }
            let (Some(key), true) =
                (part(&text, "NextKeyMarker"), part(&text, "IsTruncated").as_deref() == Some("true"))
            else {
                return Ok(found);
            };
            let version = part(&text, "NextVersionIdMarker").unwrap_or_default();
            marker = format!("&key-marker={}&version-id-marker={}", query(&plain(key)), query(&version));
        }
    }

    /// Deletes one version of an object for good. What is not there is done.
    ///
    /// # Errors
    /// When S3 refuses (an object lock, say) or cannot be reached.
    pub async fn delete_version(&self, bucket: &str, key: &str, version: &str) -> Result<(), Fault> {
        const CALL: &str = "s3:DeleteObjectVersion";
        let mut url = format!("{}/{}", self.signed.bucket_url(bucket), escape(key));
        if version != "null" {
            url = format!("{url}?versionId={}", query(version));
        }
        let request = Request { method: "DELETE", url, content_type: None, target: None, body: b"", further: &[] };
        match self.signed.send(CALL, "s3", request).await? {
            (200 | 204 | 404, _) => Ok(()),
            (status, body) => Err(refused(CALL, status, &body)),
        }
    }
}

/// A value in a query string: everything but unreserved characters is escaped, also `/`.
fn query(value: &str) -> String {
    escape(value).replace('/', "%2F")
}
