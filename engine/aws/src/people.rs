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

    /// A repository's default branch and the commit at its tip; `None` while nothing was pushed.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn default_branch(&self, repository: &RepositoryName) -> Result<Option<(String, CommitId)>, Fault> {
        let request = self.codecommit.get_repository().repository_name(repository.as_str());
        let answer = request.send().await.map_err(Fault::of("codecommit:GetRepository"))?;
        let Some(branch) = answer.repository_metadata.and_then(|about| about.default_branch) else { return Ok(None) };
        let tip = self.branch(repository, &branch).await?;
        Ok(tip.map(|tip| (branch, tip)))
    }

    /// The commit at a branch's tip; `None` when there is no such branch.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn branch(&self, repository: &RepositoryName, branch: &str) -> Result<Option<CommitId>, Fault> {
        let request = self.codecommit.get_branch().repository_name(repository.as_str()).branch_name(branch);
        match request.send().await.map_err(Fault::of("codecommit:GetBranch")) {
            Ok(answer) => Ok(answer.branch.and_then(|branch| branch.commit_id).and_then(|id| CommitId::new(id).ok())),
            Err(fault) if fault.is("BranchDoesNotExistException") => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Names of the files at the root of a commit.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn root_files(&self, repository: &RepositoryName, commit: &CommitId) -> Result<Vec<String>, Fault> {
        let root = self.root_folder(repository, commit).await?;
        let names = root.files.unwrap_or_default().into_iter().filter_map(|file| file.relative_path);
        Ok(names.map(|name| name.trim_start_matches('/').to_owned()).collect())
    }

    /// A file's content; `None` when there is none, or none that the API gives.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn file(
        &self,
        repository: &RepositoryName,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let request = self
            .codecommit
            .get_file()
            .repository_name(repository.as_str())
            .commit_specifier(commit.as_str())
            .file_path(path);
        match request.send().await.map_err(Fault::of("codecommit:GetFile")) {
            Ok(file) => Ok(Some(file.file_content.into_inner())),
            Err(fault) if fault.is("FileDoesNotExistException") || fault.is("FileTooLargeException") => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Makes a branch with one commit upon another: these files, added.
    ///
    /// # Errors
    /// When CodeCommit refuses (a branch of that name is there, say) or cannot be reached.
    pub async fn commit_files(
        &self,
        repository: &RepositoryName,
        branch: &str,
        upon: &CommitId,
        message: &str,
        files: &[(String, Vec<u8>)],
    ) -> Result<(), Fault> {
        const CALL: &str = "codecommit:CreateCommit";
        let request = self
            .codecommit
            .create_branch()
            .repository_name(repository.as_str())
            .branch_name(branch)
            .commit_id(upon.as_str());
        request.send().await.map_err(Fault::of("codecommit:CreateBranch"))?;
        let mut request = self
            .codecommit
            .create_commit()
            .repository_name(repository.as_str())
            .branch_name(branch)
            .parent_commit_id(upon.as_str())
            .commit_message(message);
        for (path, content) in files {
            let file = aws_sdk_codecommit::types::PutFileEntry::builder()
                .file_path(path)
                .file_content(aws_smithy_types::Blob::new(content.clone()))
                .build()
                .map_err(|error| Fault { call: CALL, code: None, message: error.to_string(), transient: false })?;
            request = request.put_files(file);
        }
        request.send().await.map(drop).map_err(Fault::of(CALL))
    }
}
