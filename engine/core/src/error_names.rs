//! The error names that cross into the state machine. They are a contract: `Retry` and `Catch` of the definition name
//! these and no others of ours.

use std::fmt;

/// An error name that a function may end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorName {
    /// A throttle or a service's fault: the same call may succeed a moment later. The only one that is retried.
    Transient,
    /// The stack, its settings or a caller are wrong: a person must mend them.
    Misconfigured,
    /// A build or a record is not what the gate planned.
    Forged,
}

impl ErrorName {
    /// Every name.
    pub const ALL: [Self; 3] = [Self::Transient, Self::Misconfigured, Self::Forged];

    /// As the state machine knows it: `Gated.Transient`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "Gated.Transient",
            Self::Misconfigured => "Gated.Misconfigured",
            Self::Forged => "Gated.Forged",
        }
    }
}

impl fmt::Display for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
