//! Why a call to AWS failed, sorted by what to do about it. It never carries credentials.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call} failed: {}{message}", .code.as_deref().map(|c| format!("{c}: ")).unwrap_or_default())]
pub struct Fault {
    /// The API operation: `codecommit:GetFile`.
    pub call: &'static str,
    /// AWS's error name, when it answered with one: `RevisionNotCurrentException`.
    pub code: Option<String>,
    /// What it said.
    pub message: String,
    /// Whether trying again may help: throttling, a service's own fault, the network.
    pub transient: bool,
}

impl Fault {
    /// Whether AWS answered with this error name.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// An answer that lacks what AWS's model promises.
    pub(crate) fn odd_answer(call: &'static str, what: &str) -> Self {
        Self { call, code: None, message: format!("the answer has no {what}"), transient: false }
    }

    pub(crate) fn of<E>(call: &'static str) -> impl FnOnce(SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        move |error| {
            let (code, message, transient) = match &error {
                SdkError::ServiceError(service) => {
                    let meta = service.err().meta();
                    let code = meta.code().map(str::to_owned);
                    let server = service.raw().status().as_u16() >= 500;
                    let throttled =
                        code.as_deref().is_some_and(|c| c.contains("Throttl") || c.contains("TooManyRequests"));
                    let message = meta.message().unwrap_or("no message").to_owned();
                    (code, message, server || throttled)
                }
                SdkError::ConstructionFailure(_) => (None, DisplayErrorContext(&error).to_string(), false),
                SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
                    (None, DisplayErrorContext(&error).to_string(), true)
                }
                _ => (None, DisplayErrorContext(&error).to_string(), false),
            };
            Self { call, code, message, transient }
        }
    }
}
