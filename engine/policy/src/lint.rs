//! Everything that can be said about one file by itself: its faults, and what it says that its author cannot have meant.
//! No repository, Dockerfile or script need exist, and nothing here decides whether the gate takes a file.

use gated_core::policy::Floor;

use crate::diagnostic::Diagnostic;
use crate::read::{read_floor, read_policy};

/// Which of the two languages a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A repository's `.gated.yml`.
    Policy,
    /// An organisation's floor.
    Floor,
}

/// Every finding about a file, by place. `path` only names it in messages; `floor` is the organisation's, when it is known.
pub fn lint(path: &str, bytes: &[u8], kind: FileKind, _floor: Option<&Floor>) -> Vec<Diagnostic> {
    match kind {
        FileKind::Policy => read_policy(path, bytes).diagnostics,
        FileKind::Floor => read_floor(path, bytes).diagnostics,
    }
}
