//! Counts the requests that the SDK's clients send, retries included: what one event costs in calls is a promise of the
//! gate, and promises are measured. It changes no request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// A client that counts, around one that sends.
#[derive(Debug)]
pub(crate) struct Counting {
    pub(crate) inner: SharedHttpClient,
    pub(crate) calls: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    calls: Arc<AtomicU64>,
}

impl HttpClient for Counting {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, calls: Arc::clone(&self.calls) })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.inner.call(request)
    }
}
