//! Reads pull requests: the live state, what they change, who approved.

use std::collections::BTreeSet;

use aws_sdk_codecommit::types::{BlobMetadata, PullRequestEventType};
use gated_core::change::Change;
use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles};
use gated_core::names::{CommitId, NameError, PullRequestId, RepositoryName, RevisionId};

use crate::{Aws, Fault};

/// Most changed files that are read; a longer list counts as not read whole.
const MOST_FILES: usize = 20_000;
/// Most files of a commit that are read; with more of them, none is known.
const MOST_TRACKED: usize = 300_000;
/// How many of them are asked for at once: a page has 100 otherwise, and thousands of pages take longer than the judge has.
const TRACKED_AT_ONCE: i32 = 500;

/// A pull request as CodeCommit has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Which one, at which revision.
    pub change: Change,
    /// Its title.
    pub title: String,
    /// ARN of who opened it.
    pub author: String,
    /// Whether it is open.
    pub open: bool,
    /// Whether it was merged.
    pub merged: bool,
    /// ARN of who merged it, where it was.
    pub merged_by: Option<String>,
    /// Contents of the approval rules on it, as JSON text.
    pub rules: Vec<String>,
}

impl Aws {
    /// The pull request as it is now; `None` when there is none of that number.
    ///
    /// # Errors
    /// When CodeCommit refuses, cannot be reached, or answers something malformed.
    pub async fn pull_request(&self, id: &PullRequestId) -> Result<Option<PullRequest>, Fault> {
        const CALL: &str = "codecommit:GetPullRequest";
        let answer = match self.codecommit.get_pull_request().pull_request_id(id.as_str()).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let fault = Fault::of(CALL)(error);
                return if fault.is("PullRequestDoesNotExistException") { Ok(None) } else { Err(fault) };
            }
        };
        let odd = |what: &'static str| move || Fault::odd_answer(CALL, what);
        let live = answer.pull_request.ok_or_else(odd("pull request"))?;
        let target = live.pull_request_targets.unwrap_or_default().into_iter().next().ok_or_else(odd("target"))?;
        let name = |error: NameError| Fault { call: CALL, code: None, message: error.to_string(), transient: false };
        let destination = target.destination_commit.ok_or_else(odd("destination commit"))?;
        let merge = target.merge_metadata.filter(|merge| merge.is_merged);
        let change = Change {
            repository: RepositoryName::new(target.repository_name.ok_or_else(odd("repository"))?).map_err(name)?,
            pull_request: id.clone(),
            revision: RevisionId::new(live.revision_id.ok_or_else(odd("revision"))?).map_err(name)?,
            source_reference: target.source_reference.ok_or_else(odd("source reference"))?,
            destination_reference: target.destination_reference.ok_or_else(odd("destination reference"))?,
            source_commit: CommitId::new(target.source_commit.ok_or_else(odd("source commit"))?).map_err(name)?,
            // Histories without a common commit have no merge base: then everything that the source has is changed.
            merge_base: CommitId::new(target.merge_base.unwrap_or_else(|| destination.clone())).map_err(name)?,
            destination_commit: CommitId::new(destination).map_err(name)?,
        };
        Ok(Some(PullRequest {
            change,
            title: live.title.unwrap_or_default(),
            author: live.author_arn.unwrap_or_default(),
            merged: merge.is_some(),
            merged_by: merge.and_then(|merge| merge.merged_by),
            open: live.pull_request_status == Some(aws_sdk_codecommit::types::PullRequestStatusEnum::Open),
            rules: live
                .approval_rules
                .unwrap_or_default()
                .into_iter()
                .filter_map(|rule| rule.approval_rule_content)
                .collect(),
        }))
    }

    /// When a pull request was merged, in milliseconds since the epoch; `None` when it was not.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn merged_ms(&self, id: &PullRequestId) -> Result<Option<i64>, Fault> {
        let request = self
            .codecommit
            .describe_pull_request_events()
            .pull_request_id(id.as_str())
            .pull_request_event_type(PullRequestEventType::PullRequestMergeStateChanged);
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            for event in page.map_err(Fault::of("codecommit:DescribePullRequestEvents"))?.pull_request_events {
                let merge = event.pull_request_merged_state_changed_event_metadata.and_then(|data| data.merge_metadata);
                if merge.is_some_and(|merge| merge.is_merged) {
                    return Ok(event.event_date.and_then(|date| date.to_millis().ok()));
                }
            }
        }
        Ok(None)
    }

    /// Numbers of a repository's open pull requests, all pages; `None` when there is no such repository.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn open_pull_requests(&self, repository: &RepositoryName) -> Result<Option<Vec<PullRequestId>>, Fault> {
        let request = self
            .codecommit
            .list_pull_requests()
            .repository_name(repository.as_str())
            .pull_request_status(aws_sdk_codecommit::types::PullRequestStatusEnum::Open);
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            match page.map_err(Fault::of("codecommit:ListPullRequests")) {
                Ok(page) => {
                    found.extend(page.pull_request_ids.into_iter().filter_map(|id| PullRequestId::new(id).ok()))
                }
                Err(fault) if fault.is("RepositoryDoesNotExistException") => return Ok(None),
                Err(fault) => return Err(fault),
            }
        }
        Ok(Some(found))
    }

    /// The files that differ between two commits. A list that CodeCommit cannot give whole is marked so.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn changed_files(
        &self,
        repository: &RepositoryName,
        before: &CommitId,
        after: &CommitId,
    ) -> Result<ChangedFiles, Fault> {
        self.differences(repository, Some(before), after, MOST_FILES, None).await
    }

    /// The paths of a commit's files; `None` when there are too many to read.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn tree(
        &self,
        repository: &RepositoryName,
        commit: &CommitId,
    ) -> Result<Option<BTreeSet<String>>, Fault> {
        // Without a commit to compare with, every file of the commit is an addition.
        let all = |at_once| self.differences(repository, None, commit, MOST_TRACKED, at_once);
        let all = match all(Some(TRACKED_AT_ONCE)).await {
            // CodeCommit does not document how large a page may be.
            Err(fault) if fault.is("InvalidMaxResultsException") => all(None).await?,
            other => other?,
        };
        Ok(all.complete.then(|| all.files.into_iter().map(|file| file.path).collect()))
    }

    async fn differences(
        &self,
        repository: &RepositoryName,
        before: Option<&CommitId>,
        after: &CommitId,
        most: usize,
        at_once: Option<i32>,
    ) -> Result<ChangedFiles, Fault> {
        let mut pages = self
            .codecommit
            .get_differences()
            .repository_name(repository.as_str())
            .set_before_commit_specifier(before.map(ToString::to_string))
            .after_commit_specifier(after.as_str())
            .set_max_results(at_once)
            .into_paginator()
            .send();
        let mut files = Vec::new();
        let mut complete = true;
        while let Some(page) = pages.next().await {
            for difference in page.map_err(Fault::of("codecommit:GetDifferences"))?.differences.unwrap_or_default() {
                let (before, after) = (difference.before_blob, difference.after_blob);
                let kind = match (&before, &after) {
                    (None, _) => ChangeKind::Added,
                    (Some(_), None) => ChangeKind::Deleted,
                    (Some(_), Some(_)) => ChangeKind::Modified,
                };
                let path = after.as_ref().or(before.as_ref()).and_then(|blob| blob.path.clone());
                // A change that cannot be placed could be of any file.
                let Some(path) = path else {
                    complete = false;
                    continue;
                };
                files.push(ChangedFile { path, kind, before: before.and_then(text), after: after.and_then(text) });
            }
            if files.len() > most {
                return Ok(ChangedFiles { files, complete: false });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(ChangedFiles { files, complete })
    }

    /// ARNs of those who approve this revision now, in order.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn approvals(&self, id: &PullRequestId, revision: &RevisionId) -> Result<Vec<String>, Fault> {
        let request = self
            .codecommit
            .get_pull_request_approval_states()
            .pull_request_id(id.as_str())
            .revision_id(revision.as_str());
        let answer = request.send().await.map_err(Fault::of("codecommit:GetPullRequestApprovalStates"))?;
        let approves = |state: &aws_sdk_codecommit::types::Approval| {
            state.approval_state == Some(aws_sdk_codecommit::types::ApprovalState::Approve)
        };
        let mut arns: Vec<String> = answer
            .approvals
            .unwrap_or_default()
            .into_iter()
            .filter(approves)
            .filter_map(|state| state.user_arn)
            .collect();
        arns.sort();
        arns.dedup();
        Ok(arns)
    }

    /// Who set the approval rules aside for this revision, if anyone did.
    ///
    /// # Errors
    /// When CodeCommit refuses or cannot be reached.
    pub async fn overridden_by(&self, id: &PullRequestId, revision: &RevisionId) -> Result<Option<String>, Fault> {
        let request = self
            .codecommit
            .get_pull_request_override_state()
            .pull_request_id(id.as_str())
            .revision_id(revision.as_str());
        let answer = request.send().await.map_err(Fault::of("codecommit:GetPullRequestOverrideState"))?;
        Ok(if answer.overridden { Some(answer.overrider.unwrap_or_else(|| "unknown".to_owned())) } else { None })
    }
}

/// The blob of a regular file. A submodule (mode 160000) has the id of a commit in its place, and a symbolic link (120000)
/// no line of anybody's.
fn text(blob: BlobMetadata) -> Option<String> {
    let is_regular = blob.mode.as_deref().is_none_or(|mode| mode.starts_with("100"));
    blob.blob_id.filter(|_| is_regular)
}
