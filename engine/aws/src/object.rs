//! Single S3 objects, by hand-signed requests: reads one, writes one, or writes one only over what was read. It lists and
//! deletes none. Source: Amazon S3 API (`GetObject`, `PutObject`).

use sha2::{Digest, Sha256};

use crate::signed::{Answer, Request, refused};
use crate::{Aws, Fault};

/// What S3 answers when an object is no longer what was read: it was replaced, is being replaced, or is gone.
const MOVED: [&str; 3] = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"];

impl Aws {
    /// One object; `None` when there is none of that key.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn get_object(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.get(bucket, key, &[]).await?.map(|answer| answer.body))
    }

    /// One object, with the ETag by which [`Self::put_object_over`] knows it again.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn get_object_and_etag(&self, bucket: &str, key: &str) -> Result<Option<(Vec<u8>, String)>, Fault> {
        let Some(answer) = self.get(bucket, key, &[]).await? else { return Ok(None) };
        let etag = answer.etag.ok_or_else(|| Fault::odd_answer("s3:GetObject", "ETag"))?;
        Ok(Some((answer.body, etag)))
    }

    /// The first `most` bytes of an object that somebody else wrote: it may be as large as S3 takes.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn get_object_up_to(&self, bucket: &str, key: &str, most: u64) -> Result<Option<Vec<u8>>, Fault> {
        let range = format!("bytes=0-{}", most.saturating_sub(1));
        Ok(self.get(bucket, key, &[("range", range)]).await?.map(|answer| answer.body))
    }

    async fn get(&self, bucket: &str, key: &str, further: &[(&'static str, String)]) -> Result<Option<Answer>, Fault> {
        const CALL: &str = "s3:GetObject";
        let request = Request {
            method: "GET",
            url: self.signed.object_url(bucket, key),
            content_type: None,
            target: None,
            body: b"",
            further,
        };
        let answer = self.signed.send_whole(CALL, "s3", request).await?;
        match answer.status {
            200 | 206 => Ok(Some(answer)),
            // An empty object has no first byte (Amazon S3 API, `InvalidRange`).
            416 => Ok(Some(Answer { body: Vec::new(), ..answer })),
            status => match refused(CALL, status, &answer.body) {
                // A bucket that is not there is answered 404 too, and is no object that nobody wrote yet.
                fault if fault.is("NoSuchKey") => Ok(None),
                fault => Err(fault),
            },
        }
    }

    /// Writes one object, replacing what was there.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn put_object(&self, bucket: &str, key: &str, body: &[u8]) -> Result<(), Fault> {
        self.put("s3:PutObject", bucket, key, body, &[]).await
    }

    /// Writes one object if the key still holds what was read there: the object of that ETag, or none. Answers whether it did.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn put_object_over(
        &self,
        bucket: &str,
        key: &str,
        read: Option<&str>,
        body: &[u8],
    ) -> Result<bool, Fault> {
        let condition = match read {
            Some(etag) => ("if-match", etag.to_owned()),
            None => ("if-none-match", "*".to_owned()),
        };
        match self.put("s3:PutObject", bucket, key, body, &[condition]).await {
            Ok(()) => Ok(true),
            Err(fault) if MOVED.iter().any(|code| fault.is(code)) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// Writes one object that nobody can delete before `until` (RFC 3339), in a bucket with object lock.
    ///
    /// # Errors
    /// When S3 refuses (the bucket has no object lock, say) or cannot be reached.
    pub async fn put_locked_object(&self, bucket: &str, key: &str, body: &[u8], until: &str) -> Result<(), Fault> {
        self.put("s3:PutObjectRetention", bucket, key, body, &lock(body, until)).await
    }

    async fn put(
        &self,
        call: &'static str,
        bucket: &str,
        key: &str,
        body: &[u8],
        further: &[(&'static str, String)],
    ) -> Result<(), Fault> {
        let url = self.signed.object_url(bucket, key);
        let request = Request { method: "PUT", url, content_type: Some(kind_of(key)), target: None, body, further };
        match self.signed.send(call, "s3", request).await? {
            (200, _) => Ok(()),
            (status, body) => Err(refused(call, status, &body)),
        }
    }
}

/// What a browser takes an object for.
fn kind_of(key: &str) -> &'static str {
    match key.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "json")) => "application/json",
        Some(_) | None => "application/octet-stream",
    }
}

/// Headers of object lock; S3 asks for a checksum of such an object (Amazon S3 API, `PutObject`).
fn lock(body: &[u8], until: &str) -> [(&'static str, String); 3] {
    [
        ("x-amz-checksum-sha256", aws_smithy_types::base64::encode(Sha256::digest(body))),
        ("x-amz-object-lock-mode", "COMPLIANCE".to_owned()),
        ("x-amz-object-lock-retain-until-date", until.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_object_carries_its_checksum_and_its_date() {
        let headers = lock(b"hello", "2026-02-14T10:20:30Z");
        // The SHA-256 of "hello" in Base64.
        assert_eq!(headers[0].1, "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
        assert_eq!(headers[2].1, "2026-02-14T10:20:30Z");
    }
}
