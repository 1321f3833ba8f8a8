//! One pull request at one revision.

use serde::{Deserialize, Serialize};

use crate::names::{CommitId, PullRequestId, RepositoryName, RevisionId};

/// One pull request at one revision: what a decision is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The repository.
    pub repository: RepositoryName,
    /// The pull request.
    pub pull_request: PullRequestId,
    /// Its revision.
    pub revision: RevisionId,
    /// The full reference that is merged: `refs/heads/feature`.
    pub source_reference: String,
    /// The full reference that it is merged into: `refs/heads/main`.
    pub destination_reference: String,
    /// The commit that is built.
    pub source_commit: CommitId,
    /// The destination's tip that the destination policy was read at.
    pub destination_commit: CommitId,
    /// The last commit that both sides have.
    pub merge_base: CommitId,
}

impl Change {
    /// `feature` of `refs/heads/feature`.
    pub fn source_branch(&self) -> &str {
        branch(&self.source_reference)
    }

    /// `main` of `refs/heads/main`.
    pub fn destination_branch(&self) -> &str {
        branch(&self.destination_reference)
    }
}

fn branch(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").unwrap_or(reference)
}
