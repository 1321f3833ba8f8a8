//! Votes on revisions. Approving takes a [`Permit`], which only a passing verdict for that revision can make.

use aws_sdk_codecommit::types::ApprovalState;
use gated_core::names::{PullRequestId, RevisionId};
use gated_core::verdict::Permit;

use crate::{Aws, Fault};

/// What became of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// It counts.
    Counted,
    /// The revision moved on: there was no vote.
    Superseded,
    /// The pull request is closed: there was no vote.
    Closed,
}

impl Aws {
    /// Approves the one revision that the permit is for.
    ///
    /// # Errors
    /// When CodeCommit refuses (the voter opened the pull request, say) or cannot be reached.
    pub async fn approve(&self, permit: Permit) -> Result<Cast, Fault> {
        self.cast(permit.pull_request(), permit.revision(), ApprovalState::Approve).await
    }

    /// Takes back an approval of this revision, if there is one.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn revoke(&self, pull_request: &PullRequestId, revision: &RevisionId) -> Result<Cast, Fault> {
        self.cast(pull_request, revision, ApprovalState::Revoke).await
    }

    async fn cast(
        &self,
        pull_request: &PullRequestId,
        revision: &RevisionId,
        state: ApprovalState,
    ) -> Result<Cast, Fault> {
        let request = self
            .codecommit
            .update_pull_request_approval_state()
            .pull_request_id(pull_request.as_str())
            .revision_id(revision.as_str())
            .approval_state(state);
        match request.send().await.map_err(Fault::of("codecommit:UpdatePullRequestApprovalState")) {
            Ok(_) => Ok(Cast::Counted),
            Err(fault) if fault.is("RevisionNotCurrentException") => Ok(Cast::Superseded),
            Err(fault) if fault.is("PullRequestAlreadyClosedException") => Ok(Cast::Closed),
            Err(fault) => Err(fault),
        }
    }
}
