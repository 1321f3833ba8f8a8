//! Requests signed by hand: small calls that would otherwise bring large SDKs into every build. It knows no operation of any
//! service.

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
use serde_json::Value;

use crate::fault::passes;
use crate::{Fault, partitions};

/// Tries of one request.
pub(crate) const TRIES: u32 = 5;

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
        partitions::host(service, &self.region)
    }

    pub(crate) fn bucket_url(&self, bucket: &str) -> String {
        match &self.endpoint_url {
            Some(url) => format!("{url}/{bucket}"),
            None => format!("{}/{bucket}", self.host("s3")),
        }
    }

    pub(crate) fn object_url(&self, bucket: &str, key: &str) -> String {
        format!("{}/{}", self.bucket_url(bucket), escape(key))
    }

    /// Sends one request, again after a server's fault or a throttle; answers status and body.
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
        let Answer { status, body, .. } = self.ask(call, service, region, request).await?;
        Ok((status, body))
    }

    /// [`Self::send`], with what the answer's headers say.
    pub(crate) async fn send_whole(
        &self,
        call: &'static str,
        service: &str,
        request: Request<'_>,
    ) -> Result<Answer, Fault> {
        self.ask(call, service, &self.region, request).await
    }

    async fn ask(
        &self,
        call: &'static str,
        service: &str,
        region: &str,
        request: Request<'_>,
    ) -> Result<Answer, Fault> {
        let mut tried = 1;
        loop {
            let answer = self.send_once(call, service, region, &request).await;
            let again = match &answer {
                Ok(answer) => answer.passes(),
                Err(fault) => fault.transient,
            };
            if !again || tried == TRIES {
                return answer;
            }
            if let Some(sleep) = backoff() {
                sleep.sleep(Duration::from_millis(100 << tried)).await;
            }
            tried += 1;
        }
    }

    async fn send_once(
        &self,
        call: &'static str,
        service: &str,
        region: &str,
        request: &Request<'_>,
    ) -> Result<Answer, Fault> {
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
        let header = |name| answer.headers().get(name).map(str::to_owned);
        // Some services write where the error is documented behind its name and a colon.
        let error = header("x-amzn-errortype").map(|name| name.split(':').next().unwrap_or(&name).to_owned());
        let etag = header("etag");
        let body = ByteStream::new(answer.into_body()).collect().await.map_err(|e| fault(true)(e.to_string()))?;
        Ok(Answer { status, etag, error, body: body.to_vec() })
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

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The `ETag` header, as S3 wrote it.
    pub(crate) etag: Option<String>,
    /// The error name, of Lambda's protocol: its bodies have none.
    pub(crate) error: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether asking again may help.
    fn passes(&self) -> bool {
        self.status >= 400 && refused("", self.status, &self.body).transient
    }
}

/// What a service refused: in JSON, or in XML as S3 and the query protocol write it. AWS's error name says whether asking again
/// may help, for services throttle with 400 too.
pub(crate) fn refused(call: &'static str, status: u16, body: &[u8]) -> Fault {
    let (code, message) = match serde_json::from_slice::<Value>(body) {
        Ok(answer) => {
            let text = |name: &str| answer[name].as_str().map(str::to_owned);
            let code = text("__type").map(|code| code.rsplit('#').next().unwrap_or(&code).to_owned());
            (code, text("message").or(text("Message")))
        }
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            (part(&text, "Code"), part(&text, "Message"))
        }
    };
    let transient = status >= 500 || status == 429 || code.as_deref().is_some_and(passes);
    Fault { call, code, message: message.unwrap_or_else(|| format!("HTTP status {status}")), transient }
}

/// The text of the first element of this name. AWS's answers have no attributes where this is used.
pub(crate) fn part(text: &str, tag: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    let inner = rest.split_once(&format!("</{tag}>"))?.0;
    let plain = inner.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    Some(plain.replace("&amp;", "&"))
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
