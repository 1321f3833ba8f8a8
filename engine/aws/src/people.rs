//! What people do with CodeCommit and the gate's traces: for the demo and the journeys, never for the gate itself.

use gated_core::names::{CommitId, PullRequestId, RepositoryName, RevisionId};

use crate::{Aws, Fault};

impl Aws {
    /// Creates a repository.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn create_repository(&self, name: &RepositoryName) -> Result<(), Fault> {
        let request = self.codecommit.create_repository().repository_name(name.as_str());
        request.send().await.map(drop).map_err(Fault::of("codecommit:CreateRepository"))
    }

    /// Opens a pull request and answers its number.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn open_pull_request(
        &self,
        repository: &RepositoryName,
        title: &str,
        source: &str,
        destination: &str,
    ) -> Result<PullRequestId, Fault> {
        const CALL: &str = "codecommit:CreatePullRequest";
        let target = aws_sdk_codecommit::types::Target::builder()
            .repository_name(repository.as_str())
            .source_reference(source)
            .destination_reference(destination)
            .build()
            .map_err(|error| Fault { call: CALL, code: None, message: error.to_string(), transient: false })?;
        let answer =
            self.codecommit.create_pull_request().title(title).targets(target).send().await.map_err(Fault::of(CALL))?;
        let id = answer.pull_request.and_then(|pull_request| pull_request.pull_request_id);
        id.and_then(|id| PullRequestId::new(id).ok()).ok_or_else(|| Fault::odd_answer(CALL, "pull request id"))
    }

    /// Whether the approval rules of a revision are satisfied.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn is_approved(&self, id: &PullRequestId, revision: &RevisionId) -> Result<bool, Fault> {
        let request = self
            .codecommit
            .evaluate_pull_request_approval_rules()
            .pull_request_id(id.as_str())
            .revision_id(revision.as_str());
        let answer = request.send().await.map_err(Fault::of("codecommit:EvaluatePullRequestApprovalRules"))?;
        Ok(answer.evaluation.is_some_and(|evaluation| evaluation.approved))
    }

    /// Merges a pull request by squash.
    ///
    /// # Errors
    /// When CodeCommit refuses (its approval rules are not satisfied, say) or cannot be reached.
    pub async fn merge_by_squash(
        &self,
        id: &PullRequestId,
        repository: &RepositoryName,
        source: &CommitId,
    ) -> Result<(), Fault> {
        let request = self
            .codecommit
            .merge_pull_request_by_squash()
            .pull_request_id(id.as_str())
            .repository_name(repository.as_str())
            .source_commit_id(source.as_str());
        request.send().await.map(drop).map_err(Fault::of("codecommit:MergePullRequestBySquash"))
    }
}
