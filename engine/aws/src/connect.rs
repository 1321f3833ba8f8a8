//! Makes the clients: from the usual AWS settings, or from one role session's credentials. It never prints a secret.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_http_client::Builder as HttpClientBuilder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;

use crate::Fault;
use crate::counting::Counting;
use crate::kept::Kept;
use crate::signed::Signed;

/// The AWS services, as the gate uses them.
#[derive(Debug, Clone)]
pub struct Aws {
    pub(crate) codecommit: aws_sdk_codecommit::Client,
    pub(crate) codebuild: aws_sdk_codebuild::Client,
    pub(crate) sfn: aws_sdk_sfn::Client,
    pub(crate) signed: Signed,
    pub(crate) kept: Kept,
    region: String,
    calls: Arc<AtomicU64>,
}

/// What a person chose on the command line; each `None` leaves it to the environment and the profile.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// `--profile`
    pub profile: Option<String>,
    /// `--region`
    pub region: Option<String>,
    /// `--endpoint-url`
    pub endpoint_url: Option<String>,
}

/// Credentials of one user or role session.
#[derive(Clone)]
pub struct SessionCredentials {
    /// `ASIA…`
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: String,
    /// The session token; `None` for a user's long-lived key.
    pub session_token: Option<String>,
}

impl Aws {
    /// Clients from the environment, the profile files and what was chosen, like the AWS command line's.
    ///
    /// # Errors
    /// When no region or no credentials can be found.
    pub async fn connect(options: ConnectOptions) -> Result<Self, Fault> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(profile) = options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = options.region {
            loader = loader.region(Region::new(region));
        }
        let calls = Arc::default();
        loader = loader.http_client(http_client(options.endpoint_url.as_deref(), &calls));
        if let Some(url) = options.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        Self::from_config(&loader.load().await, calls)
    }

    /// Clients of one user or role session at one endpoint: no profile or environment is read.
    ///
    /// # Errors
    /// When the clients cannot be made.
    pub fn session(credentials: SessionCredentials, region: String, endpoint_url: String) -> Result<Self, Fault> {
        let SessionCredentials { access_key_id, secret_access_key, session_token } = credentials;
        let credentials = Credentials::new(access_key_id, secret_access_key, session_token, None, "session");
        let calls = Arc::default();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .region(Region::new(region))
            .http_client(http_client(Some(&endpoint_url), &calls))
            .endpoint_url(endpoint_url)
            .time_source(SharedTimeSource::new(SystemTimeSource::new()));
        config.set_sleep_impl(default_async_sleep());
        Self::from_config(&config.build(), calls)
    }

    fn from_config(config: &SdkConfig, calls: Arc<AtomicU64>) -> Result<Self, Fault> {
        let region = config.region().map(ToString::to_string).ok_or_else(|| Fault {
            call: "configuration",
            code: None,
            message: "no region: give --region, set AWS_REGION, or name one in the profile".to_owned(),
            transient: false,
        })?;
        Ok(Self {
            codecommit: aws_sdk_codecommit::Client::new(config),
            codebuild: aws_sdk_codebuild::Client::new(config),
            sfn: aws_sdk_sfn::Client::new(config),
            signed: Signed::new(config, &region, Arc::clone(&calls))?,
            kept: Kept::default(),
            region,
            calls,
        })
    }

    /// The endpoint that is called in place of AWS's own: a sandbox's.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.signed.endpoint_url.as_deref()
    }

    /// The region that is called.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Where AWS has a service in that region: `https://git-codecommit.eu-west-1.amazonaws.com`.
    pub fn host(&self, service: &str) -> String {
        self.signed.host(service)
    }

    /// How many requests were sent to AWS so far, retries included.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

/// TLS roots take memory and time to load; a loopback endpoint needs none.
fn http_client(endpoint_url: Option<&str>, calls: &Arc<AtomicU64>) -> SharedHttpClient {
    let inner = if endpoint_url.is_some_and(|url| url.starts_with("http://")) {
        HttpClientBuilder::new().build_http()
    } else {
        HttpClientBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
    };
    SharedHttpClient::new(Counting { inner, calls: Arc::clone(calls) })
}
