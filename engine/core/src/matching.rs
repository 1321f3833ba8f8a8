//! The three ways in which a policy recognises text: globs, ARN globs, and title forms. Each is checked when it is
//! made, so that a value is always usable, and each compares whole values, never parts.

mod arn;
mod globs;
mod title;

pub use arn::{ArnGlobs, person};
pub use globs::Globs;
pub use title::{Pattern, TitleForm, normalise};

/// Longest glob or regular expression that a policy may hold, in bytes.
pub const LONGEST_PATTERN: usize = 1_000;

/// Why a pattern was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// Which of the list, from 0.
    pub index: usize,
    /// Byte offset of the fault inside the pattern, when it is known.
    pub offset: Option<usize>,
    /// What is wrong, in our words.
    pub message: String,
}
