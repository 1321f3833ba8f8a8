//! What happened to a pull request, as `DescribePullRequestEvents` lists it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{Merged, PullRequest, Rule, add as member, sha256};
use crate::Transaction;
use crate::clock::{epoch_seconds, now_ms};

/// Table `pull_request_events`, by number of the pull request and a count.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Happened {
    at_ms: u64,
    actor: String,
    what: What,
}

/// One kind of happening with its details.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum What {
    /// It was made.
    Created {
        /// The repository's name.
        repository: String,
        /// The source's tip.
        source: String,
        /// The destination's tip.
        destination: String,
        /// Their common ancestor.
        merge_base: Option<String>,
    },
    /// It was closed without a merge.
    Closed,
    /// The source branch moved.
    SourceUpdated {
        /// The repository's name.
        repository: String,
        /// The tip before.
        before: String,
        /// The tip after.
        after: String,
        /// The common ancestor after.
        merge_base: Option<String>,
    },
    /// It was merged.
    Merged {
        /// The repository's name.
        repository: String,
        /// The destination's full name.
        destination: String,
        /// How and by whom.
        merged: Merged,
    },
    /// A rule was added.
    RuleCreated(Rule),
    /// A rule was changed.
    RuleUpdated(Rule),
    /// A rule was taken away.
    RuleDeleted(Rule),
    /// The rules were set aside, or put back.
    Overridden {
        /// The revision.
        revision: String,
        /// `OVERRIDE` or `REVOKE`
        status: String,
    },
    /// Someone approved, or took that back.
    Approval {
        /// The revision.
        revision: String,
        /// `APPROVE` or `REVOKE`
        state: String,
    },
}

impl What {
    /// `pullRequestEventType`
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Created { .. } => "PULL_REQUEST_CREATED",
            Self::Closed => "PULL_REQUEST_STATUS_CHANGED",
            Self::SourceUpdated { .. } => "PULL_REQUEST_SOURCE_REFERENCE_UPDATED",
            Self::Merged { .. } => "PULL_REQUEST_MERGE_STATE_CHANGED",
            Self::RuleCreated(_) => "PULL_REQUEST_APPROVAL_RULE_CREATED",
            Self::RuleUpdated(_) => "PULL_REQUEST_APPROVAL_RULE_UPDATED",
            Self::RuleDeleted(_) => "PULL_REQUEST_APPROVAL_RULE_DELETED",
            Self::Overridden { .. } => "PULL_REQUEST_APPROVAL_RULE_OVERRIDDEN",
            Self::Approval { .. } => "PULL_REQUEST_APPROVAL_STATE_CHANGED",
        }
    }

    /// Every `pullRequestEventType`.
    pub(super) const KINDS: [&'static str; 9] = [
        "PULL_REQUEST_CREATED",
        "PULL_REQUEST_STATUS_CHANGED",
        "PULL_REQUEST_SOURCE_REFERENCE_UPDATED",
        "PULL_REQUEST_MERGE_STATE_CHANGED",
        "PULL_REQUEST_APPROVAL_RULE_CREATED",
        "PULL_REQUEST_APPROVAL_RULE_UPDATED",
        "PULL_REQUEST_APPROVAL_RULE_DELETED",
        "PULL_REQUEST_APPROVAL_RULE_OVERRIDDEN",
        "PULL_REQUEST_APPROVAL_STATE_CHANGED",
    ];
}

impl Happened {
    /// Who did it, and what kind it is.
    pub(super) fn matches(&self, kind: Option<&str>, actor: Option<&str>) -> bool {
        kind.is_none_or(|kind| kind == self.what.kind()) && actor.is_none_or(|actor| actor == self.actor)
    }

    /// `PullRequestEvent`
    pub(super) fn show(&self, number: u64) -> Value {
        let mut shown = json!({
            "pullRequestId": number.to_string(),
            "eventDate": epoch_seconds(self.at_ms),
            "pullRequestEventType": self.what.kind(),
            "actorArn": self.actor,
        });
        let rule = |rule: &Rule| {
            let (name, content) = (&rule.name, sha256(&rule.content));
            json!({ "approvalRuleName": name, "approvalRuleId": rule.id, "approvalRuleContent": rule.content, "ruleContentSha256": content })
        };
        let (name, metadata) = match &self.what {
            What::Created { repository, source, destination, merge_base } => {
                let mut data = json!({ "repositoryName": repository, "sourceCommitId": source, "destinationCommitId": destination });
                member(&mut data, "mergeBase", merge_base.as_deref());
                ("pullRequestCreatedEventMetadata", data)
            }
            What::Closed => ("pullRequestStatusChangedEventMetadata", json!({ "pullRequestStatus": "CLOSED" })),
            What::SourceUpdated { repository, before, after, merge_base } => {
                let mut data =
                    json!({ "repositoryName": repository, "beforeCommitId": before, "afterCommitId": after });
                member(&mut data, "mergeBase", merge_base.as_deref());
                ("pullRequestSourceReferenceUpdatedEventMetadata", data)
            }
            What::Merged { repository, destination, merged } => {
                let merge = json!({
                    "isMerged": true, "mergedBy": merged.by, "mergeCommitId": merged.commit, "mergeOption": merged.option,
                });
                let data = json!({ "repositoryName": repository, "destinationReference": destination, "mergeMetadata": merge });
                ("pullRequestMergedStateChangedEventMetadata", data)
            }
            What::RuleCreated(one) | What::RuleUpdated(one) | What::RuleDeleted(one) => {
                ("approvalRuleEventMetadata", rule(one))
            }
            What::Overridden { revision, status } => {
                ("approvalRuleOverriddenEventMetadata", json!({ "revisionId": revision, "overrideStatus": status }))
            }
            What::Approval { revision, state } => {
                ("approvalStateChangedEventMetadata", json!({ "revisionId": revision, "approvalStatus": state }))
            }
        };
        shown[name] = metadata;
        shown
    }
}

/// Adds a happening of this moment.
pub(super) fn add(tx: &mut Transaction<'_>, pull: &PullRequest, actor: &str, what: &What) {
    let count = tx.next(&format!("pull_request_events/{}", pull.number));
    let key = format!("{}/{count:010}", PullRequest::key(pull.number));
    tx.put("pull_request_events", &key, &Happened { at_ms: now_ms(), actor: actor.to_owned(), what: what.clone() });
}
