//! CodeCommit's records as the store keeps them, and how each is shown. Records hold moments in milliseconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::epoch_seconds;
use crate::git;
use crate::world::World;

/// Table `repositories`, by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Repository {
    /// A UUID; also the name of its folder, so that a name can be used again.
    pub(crate) id: String,
    /// Unique in the account.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// Short name of the default branch; none while no branch was pushed.
    pub(crate) default_branch: Option<String>,
    /// When it was made.
    pub(crate) created_ms: u64,
    /// When it was changed last.
    pub(crate) modified_ms: u64,
    /// Tags.
    pub(crate) tags: BTreeMap<String, String>,
}

impl Repository {
    /// The git repository behind it.
    pub(crate) fn git(&self, world: &World) -> git::Repository {
        git::Repository { path: world.data.join("repositories").join(format!("{}.git", self.id)) }
    }

    /// Its ARN.
    pub(super) fn arn(&self, world: &World) -> String {
        world.arn("codecommit", &self.name)
    }

    /// `RepositoryMetadata`. The clone URL is the sandbox's own.
    pub(super) fn show(&self, world: &World) -> Value {
        let mut shown = json!({
            "accountId": world.account,
            "repositoryId": self.id,
            "repositoryName": self.name,
            "lastModifiedDate": epoch_seconds(self.modified_ms),
            "creationDate": epoch_seconds(self.created_ms),
            "cloneUrlHttp": format!("{}/v1/repos/{}", world.endpoint_url, self.name),
            "cloneUrlSsh": format!("ssh://git-codecommit.{}.amazonaws.com/v1/repos/{}", world.region, self.name),
            "Arn": self.arn(world),
        });
        add(&mut shown, "repositoryDescription", self.description.as_deref());
        add(&mut shown, "defaultBranch", self.default_branch.as_deref());
        shown
    }
}

/// How a pull request was merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MergeOption {
    /// The destination moves to the source's tip.
    #[serde(rename = "FAST_FORWARD_MERGE")]
    FastForward,
    /// One commit with all of the source's changes.
    #[serde(rename = "SQUASH_MERGE")]
    Squash,
    /// A commit with both tips as parents.
    #[serde(rename = "THREE_WAY_MERGE")]
    ThreeWay,
}

impl MergeOption {
    /// As the API writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FastForward => "FAST_FORWARD_MERGE",
            Self::Squash => "SQUASH_MERGE",
            Self::ThreeWay => "THREE_WAY_MERGE",
        }
    }
}

/// A merge that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Merged {
    /// The caller's ARN.
    pub(crate) by: String,
    /// The destination's tip after it.
    pub(crate) commit: String,
    /// How.
    pub(crate) option: MergeOption,
}

/// Table `pull_requests`, by number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PullRequest {
    /// Counts from 1, across all repositories.
    pub(crate) number: u64,
    /// Its title.
    pub(crate) title: String,
    /// Its description.
    pub(crate) description: Option<String>,
    /// Open until merged or closed; never opened again.
    pub(crate) open: bool,
    /// The author's ARN.
    pub(crate) author: String,
    /// When it was made.
    pub(crate) created_ms: u64,
    /// When something happened to it last.
    pub(crate) active_ms: u64,
    /// The repository's name.
    pub(crate) repository: String,
    /// Full name of the source branch.
    pub(crate) source: String,
    /// Full name of the destination branch.
    pub(crate) destination: String,
    /// The source's tip, while open.
    pub(crate) source_commit: String,
    /// The destination's tip, while open.
    pub(crate) destination_commit: String,
    /// Their best common ancestor.
    pub(crate) merge_base: Option<String>,
    /// The merge, when there was one.
    pub(crate) merged: Option<Merged>,
    /// The creator's idempotency token.
    pub(crate) token: Option<String>,
    /// Changes with every update of the source branch.
    pub(crate) revision: String,
    /// Approval rules.
    pub(crate) rules: Vec<Rule>,
}

/// An approval rule of a pull request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// A UUID.
    pub(crate) id: String,
    /// Unique on its pull request.
    pub(crate) name: String,
    /// JSON text.
    pub(crate) content: String,
    /// When it was made.
    pub(crate) created_ms: u64,
    /// When it was changed last.
    pub(crate) modified_ms: u64,
    /// By whom, as an ARN.
    pub(crate) modified_by: String,
    /// Id and name of the template that it came from.
    pub(crate) template: Option<(String, String)>,
}

impl PullRequest {
    /// The key of its record: numbers sort as text.
    pub(crate) fn key(number: u64) -> String {
        format!("{number:010}")
    }

    /// `PullRequest`
    pub(super) fn show(&self) -> Value {
        let mut merge = json!({ "isMerged": self.merged.is_some() });
        if let Some(merged) = &self.merged {
            merge["mergedBy"] = json!(merged.by);
            merge["mergeCommitId"] = json!(merged.commit);
            merge["mergeOption"] = json!(merged.option);
        }
        let mut target = json!({
            "repositoryName": self.repository,
            "sourceReference": self.source,
            "destinationReference": self.destination,
            "destinationCommit": self.destination_commit,
            "sourceCommit": self.source_commit,
            "mergeMetadata": merge,
        });
        add(&mut target, "mergeBase", self.merge_base.as_deref());
        let mut shown = json!({
            "pullRequestId": self.number.to_string(),
            "title": self.title,
            "lastActivityDate": epoch_seconds(self.active_ms),
            "creationDate": epoch_seconds(self.created_ms),
            "pullRequestStatus": if self.open { "OPEN" } else { "CLOSED" },
            "authorArn": self.author,
            "pullRequestTargets": [target],
            "revisionId": self.revision,
            "approvalRules": self.rules.iter().map(Rule::show).collect::<Vec<_>>(),
        });
        add(&mut shown, "description", self.description.as_deref());
        add(&mut shown, "clientRequestToken", self.token.as_deref());
        shown
    }
}

impl Rule {
    /// `ApprovalRule`
    pub(super) fn show(&self) -> Value {
        let mut shown = json!({
            "approvalRuleId": self.id,
            "approvalRuleName": self.name,
            "approvalRuleContent": self.content,
            "ruleContentSha256": sha256(&self.content),
            "lastModifiedDate": epoch_seconds(self.modified_ms),
            "creationDate": epoch_seconds(self.created_ms),
            "lastModifiedUser": self.modified_by,
        });
        if let Some((id, name)) = &self.template {
            shown["originApprovalRuleTemplate"] =
                json!({ "approvalRuleTemplateId": id, "approvalRuleTemplateName": name });
        }
        shown
    }
}

/// Adds a member that may be absent.
pub(super) fn add(shown: &mut Value, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        shown[name] = json!(value);
    }
}

/// A text's SHA-256 as hex.
pub(super) fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// A new revision id: 64 hexadecimal digits (*recorded*: the form in AWS's own samples).
pub(super) fn new_revision() -> String {
    sha256(&uuid::Uuid::new_v4().to_string())
}
