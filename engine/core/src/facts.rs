//! What is true of a pull request at one revision, read once; decisions are pure functions of it.

use serde::{Deserialize, Serialize};

use crate::change::Change;

/// Everything about a pull request that a decision may depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// Which pull request, at which revision.
    pub change: Change,
    /// The title as CodeCommit has it now, not normalised.
    pub title: String,
    /// ARN of who opened the pull request.
    pub author: String,
    /// What it changes since the merge base.
    pub changed: ChangedFiles,
    /// ARNs of those who approve this revision now, in order, without the gate's own.
    pub approvals: Vec<String>,
    /// Who set the approval rules aside for this revision, if anyone did.
    pub overridden_by: Option<String>,
    /// Whether an approval rule of the pull request can be met by the gate's vote alone: without it nothing merges.
    #[serde(default)]
    pub bound: bool,
}

/// The files that a pull request changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChangedFiles {
    /// By path. A rename is two entries, since CodeCommit tells it as a deletion and an addition.
    pub files: Vec<ChangedFile>,
    /// Whether the list could be read whole. When it is not, no `paths` condition may leave anything out.
    pub complete: bool,
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedFile {
    /// Path from the root of the repository.
    pub path: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Blob at the merge base, where a regular file was there: no submodule and no symbolic link.
    pub before: Option<String>,
    /// Blob at the source commit, likewise.
    pub after: Option<String>,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Content or mode differ.
    Modified,
    /// It is gone.
    Deleted,
}
