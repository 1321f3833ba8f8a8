//! The one error shape that every emulated service answers with. It never carries Rust's or git's own words to a
//! client without saying what was asked.

use std::fmt;

const NOT_EMULATED: &str = "NotImplementedException";

/// An error as AWS services answer it: a code such as `RepositoryDoesNotExistException`, a message, an HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// HTTP status: 400 for a client's fault, 500 for ours.
    pub status: u16,
    /// The modelled error name, with its `Exception` suffix where AWS has one.
    pub code: String,
    /// What went wrong, for a person.
    pub message: String,
}

impl AwsError {
    /// A client's fault (HTTP 400).
    pub fn client(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into() }
    }

    /// The same error with another HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Our own fault (HTTP 500): a broken data directory, a missing program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { status: 500, code: "InternalFailure".to_owned(), message: message.into() }
    }

    /// An operation, or a field of one, that this sandbox does not emulate. It names the thing.
    pub fn not_emulated(what: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: NOT_EMULATED.to_owned(),
            message: format!("the sandbox does not emulate {}", what.into()),
        }
    }

    /// Whether it is [`AwsError::not_emulated`].
    pub(crate) fn is_not_emulated(&self) -> bool {
        self.code == NOT_EMULATED
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for AwsError {}

impl From<crate::StoreError> for AwsError {
    fn from(error: crate::StoreError) -> Self {
        match error {
            crate::StoreError::TooDeep { .. } => Self::client("SerializationException", error.to_string()),
            _ => Self::internal(error.to_string()),
        }
    }
}
