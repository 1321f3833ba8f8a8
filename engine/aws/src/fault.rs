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
                    let passes = code.as_deref().is_some_and(passes);
                    let message = meta.message().unwrap_or("no message").to_owned();
                    (code, message, server || passes)
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

/// Whether what has this error name goes by itself, though AWS calls it the caller's fault: too many calls or executions at
/// once, a key that KMS cannot reach now.
pub(crate) fn passes(code: &str) -> bool {
    let throttled = ["Throttl", "TooManyRequests", "RequestLimitExceeded"].iter().any(|word| code.contains(word));
    throttled || ["ExecutionLimitExceeded", "EncryptionKeyUnavailableException"].contains(&code)
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn what_goes_by_itself_is_tried_again_and_what_a_person_must_mend_is_not() {
        for code in [
            "Throttling",
            "ThrottlingException",
            "RequestLimitExceeded",
            "TooManyRequestsException",
            "ExecutionLimitExceeded",
            "EncryptionKeyUnavailableException",
        ] {
            assert!(passes(code), "{code}");
        }
        for code in ["AccessDeniedException", "StateMachineLimitExceeded", "EncryptionKeyDisabledException"] {
            assert!(!passes(code), "{code}");
        }
    }
}
