//! Requests signed by hand, and with them single S3 objects: small calls that would otherwise bring large SDKs into every
//! build. It knows no other service. Source: Amazon S3 API (`GetObject`, `PutObject`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, default_async_sleep};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::SdkConfig;
use sha2::{Digest, Sha256};

use crate::{Aws, Fault};

/// Tries of one request.
pub(crate) const TRIES: u32 = 4;

#[derive(Clone)]
pub(crate) struct Signed {
    connector: Arc<Connector>,
    credentials: SharedCredentialsProvider,
    region: String,
    pub(crate) endpoint_url: Option<String>,
    /// How many requests were sent, by everything that is called.
    calls: Arc<AtomicU64>,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed")
            .field("region", &self.region)
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}

impl Signed {
    pub(crate) fn new(config: &SdkConfig, region: &str, calls: Arc<AtomicU64>) -> Result<Self, Fault> {
        let endpoint_url = config.endpoint_url().map(|url| url.trim_end_matches('/').to_owned());
        let credentials = config.credentials_provider().ok_or_else(|| Fault {
            call: "configuration",
            code: None,
            message: "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile".to_owned(),
            transient: false,
        })?;
        let connector = connector(endpoint_url.as_deref().unwrap_or("https://"));
        Ok(Self { connector: Arc::new(connector), credentials, region: region.to_owned(), endpoint_url, calls })
    }

    pub(crate) fn host(&self, service: &str) -> String {
        let suffix = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("https://{service}.{}.{suffix}", self.region)
    }

    pub(crate) fn bucket_url(&self, bucket: &str) -> String {
        match &self.endpoint_url {
            Some(url) => format!("{url}/{bucket}"),
            None => format!("{}/{bucket}", self.host("s3")),
        }
    }

    fn object_url(&self, bucket: &str, key: &str) -> String {
        format!("{}/{}", self.bucket_url(bucket), escape(key))
    }

    /// Sends one request, again after a server's fault; answers status and body.
    pub(crate) async fn send(
        &self,
        call: &'static str,
        service: &str,
        request: Request<'_>,
    ) -> Result<(u16, Vec<u8>), Fault> {
        self.send_in(call, service, &self.region, request).await
    }

    /// [`Self::send`], signed as of another region.
    pub(crate) async fn send_in(
        &self,
        call: &'static str,
        service: &str,
        region: &str,
        request: Request<'_>,
    ) -> Result<(u16, Vec<u8>), Fault> {
        let mut last = Fault::odd_answer(call, "status");
        for attempt in 0..TRIES {
            match self.send_once(call, service, region, &request).await {
                Ok((status, _)) if status >= 500 || status == 429 => {
                    last = Fault { call, code: None, message: format!("HTTP status {status}"), transient: true };
                }
                Err(fault) if fault.transient => last = fault,
                answer => return answer,
            }
            if attempt + 1 < TRIES
                && let Some(sleep) = backoff()
            {
                sleep.sleep(Duration::from_millis(100 << attempt)).await;
            }
        }
        Err(last)
    }

    async fn send_once(
        &self,
        call: &'static str,
        service: &str,
        region: &str,
        request: &Request<'_>,
    ) -> Result<(u16, Vec<u8>), Fault> {
        let fault = |transient: bool| move |message: String| Fault { call, code: None, message, transient };
        let identity = self.credentials.provide_credentials().await.map_err(|e| fault(false)(e.to_string()))?.into();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        if service == "s3" {
            // S3 alone signs the path as it is sent (AWS General Reference, "Create a canonical request").
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|e| fault(false)(e.to_string()))?;
        let mut builder = http::Request::builder().method(request.method).uri(&request.url);
        if let Some(kind) = request.content_type {
            builder = builder.header("content-type", kind);
        }
        if let Some(target) = request.target {
            builder = builder.header("x-amz-target", target);
        }
        for (name, value) in request.further {
            builder = builder.header(*name, value);
        }
        let mut message =
            builder.body(SdkBody::from(request.body.to_vec())).map_err(|e| fault(false)(e.to_string()))?;
        let content_type = request.content_type.map(|kind| ("content-type", kind));
        let further = request.further.iter().map(|(name, value)| (*name, value.as_str()));
        let headers =
            content_type.into_iter().chain(request.target.map(|target| ("x-amz-target", target))).chain(further);
        let signable =
            SignableRequest::new(request.method, request.url.as_str(), headers, SignableBody::Bytes(request.body))
                .map_err(|e| fault(false)(e.to_string()))?;
        let (instructions, _) = sign(signable, &params.into()).map_err(|e| fault(false)(e.to_string()))?.into_parts();
        instructions.apply_to_request_http1x(&mut message);
        let message = HttpRequest::try_from(message).map_err(|e| fault(false)(e.to_string()))?;
        self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = self.connector.call(message).await.map_err(|e| fault(true)(e.to_string()))?;
        let status = answer.status().as_u16();
        let body = ByteStream::new(answer.into_body()).collect().await.map_err(|e| fault(true)(e.to_string()))?;
        Ok((status, body.to_vec()))
    }
}

/// TLS for what asks for it.
pub(crate) fn connector(url: &str) -> Connector {
    let builder = Connector::builder();
    if url.starts_with("http://") {
        builder.build_http()
    } else {
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
    }
}

pub(crate) fn backoff() -> Option<SharedAsyncSleep> {
    default_async_sleep()
}

/// A request to sign.
pub(crate) struct Request<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) content_type: Option<&'static str>,
    /// `X-Amz-Target`, of the JSON protocols.
    pub(crate) target: Option<&'a str>,
    pub(crate) body: &'a [u8],
    /// Headers beside these, which are signed as well.
    pub(crate) further: &'a [(&'static str, String)],
}

impl Aws {
    /// One object; `None` when there is none of that key.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn get_object(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.get(bucket, key, &[]).await
    }

    /// The first `most` bytes of an object that somebody else wrote: it may be as large as S3 takes.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn get_object_up_to(&self, bucket: &str, key: &str, most: u64) -> Result<Option<Vec<u8>>, Fault> {
        let range = format!("bytes=0-{}", most.saturating_sub(1));
        self.get(bucket, key, &[("range", range)]).await
    }

    async fn get(&self, bucket: &str, key: &str, further: &[(&'static str, String)]) -> Result<Option<Vec<u8>>, Fault> {
        const CALL: &str = "s3:GetObject";
        let request = Request {
            method: "GET",
            url: self.signed.object_url(bucket, key),
            content_type: None,
            target: None,
            body: b"",
            further,
        };
        match self.signed.send(CALL, "s3", request).await? {
            (200 | 206, body) => Ok(Some(body)),
            (404, _) => Ok(None),
            // An empty object has no first byte (Amazon S3 API, `InvalidRange`).
            (416, _) => Ok(Some(Vec::new())),
            (status, body) => Err(refused(CALL, status, &body)),
        }
    }

    /// Writes one object, replacing what was there.
    ///
    /// # Errors
    /// When S3 refuses or cannot be reached.
    pub async fn put_object(&self, bucket: &str, key: &str, body: &[u8]) -> Result<(), Fault> {
        self.put("s3:PutObject", bucket, key, body, &[]).await
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

/// What S3 or a service of the query protocol refused, in XML.
pub(crate) fn refused(call: &'static str, status: u16, body: &[u8]) -> Fault {
    let text = String::from_utf8_lossy(body);
    let message = part(&text, "Message").unwrap_or_else(|| format!("HTTP status {status}"));
    Fault { call, code: part(&text, "Code"), message, transient: false }
}

/// The text of the first element of this name. AWS's answers have no attributes where this is used.
pub(crate) fn part(text: &str, tag: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    let inner = rest.split_once(&format!("</{tag}>"))?.0;
    let plain = inner.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    Some(plain.replace("&amp;", "&"))
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

/// Percent-encodes all but unreserved characters and `/`, as S3's canonical requests do.
pub(crate) fn escape(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
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
