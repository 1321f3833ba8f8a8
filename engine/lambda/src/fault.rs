//! Why a function failed, under the names that the state machine's `Retry` and `Catch` know.

pub use gated_core::error_names::ErrorName;

/// A function's failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", .name.as_str())]
pub struct Fault {
    /// What to do about it.
    pub name: ErrorName,
    /// What went wrong, for a person.
    pub message: String,
}

impl Fault {
    /// The name as the dimension of a metric.
    pub(crate) fn class(&self) -> &'static str {
        match self.name {
            ErrorName::Transient => "transient",
            ErrorName::Misconfigured => "misconfigured",
            ErrorName::Forged => "forged",
        }
    }

    /// Nothing that trying again would mend: a deployment's or a caller's fault.
    pub(crate) fn misconfigured(message: impl Into<String>) -> Self {
        Self { name: ErrorName::Misconfigured, message: message.into() }
    }

    /// What may go well a moment later.
    pub(crate) fn transient(message: impl Into<String>) -> Self {
        Self { name: ErrorName::Transient, message: message.into() }
    }

    /// A build or a record that is not what the gate planned.
    pub(crate) fn forged(message: impl Into<String>) -> Self {
        Self { name: ErrorName::Forged, message: message.into() }
    }
}

impl From<gated_aws::Fault> for Fault {
    fn from(fault: gated_aws::Fault) -> Self {
        let name = if fault.transient { ErrorName::Transient } else { ErrorName::Misconfigured };
        Self { name, message: fault.to_string() }
    }
}
