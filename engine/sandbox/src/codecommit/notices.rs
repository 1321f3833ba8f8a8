//! CodeCommit's EventBridge events (*documented*: user guide, "Monitoring CodeCommit events in Amazon EventBridge").

use serde_json::{Value, json};

use super::model::{PullRequest, Repository, Rule, sha256};
use super::moves::Move;
use super::references::Merge;
use crate::clock::codecommit_event_date;
use crate::world::World;

/// `CodeCommit Pull Request State Change`
pub(super) fn pull_request(
    world: &World,
    pull: &PullRequest,
    actor: &str,
    event: &str,
    more: &[(&str, Value)],
) -> Value {
    let (name, number, region) = (&pull.repository, pull.number, &world.region);
    let mut detail = json!({
        "author": pull.author,
        "callerUserArn": actor,
        "creationDate": codecommit_event_date(pull.created_ms),
        "destinationCommit": pull.destination_commit,
        "destinationReference": pull.destination,
        "event": event,
        "isMerged": if pull.merged.is_some() { "True" } else { "False" },
        "lastModifiedDate": codecommit_event_date(pull.active_ms),
        "notificationBody": format!(
            "A pull request event occurred in the following AWS CodeCommit repository: {name}. Event: {event}. For more \
             information, go to the AWS CodeCommit console https://{region}.console.aws.amazon.com/codesuite/codecommit/\
             repositories/{name}/pull-requests/{number}?region={region}"
        ),
        "pullRequestId": number.to_string(),
        "pullRequestStatus": if pull.open { "Open" } else { "Closed" },
        "repositoryNames": [name],
        "revisionId": pull.revision,
        "sourceCommit": pull.source_commit,
        "sourceReference": pull.source,
        "title": pull.title,
    });
    if let Some(description) = &pull.description {
        detail["description"] = json!(description);
    }
    for (key, value) in more {
        detail[*key] = value.clone();
    }
    event_of(world, name, "CodeCommit Pull Request State Change", detail)
}

/// What an event about one approval rule adds.
pub(super) fn rule(rule: &Rule) -> [(&'static str, Value); 3] {
    [
        ("approvalRuleId", json!(rule.id)),
        ("approvalRuleName", json!(rule.name)),
        ("approvalRuleContentSha256", json!(sha256(&rule.content))),
    ]
}

/// `CodeCommit Repository State Change`; none for references that are neither branch nor tag.
pub(super) fn reference(world: &World, repository: &Repository, one: &Move, merge: Option<&Merge>) -> Option<Value> {
    let (kind, name) = match (one.reference.strip_prefix("refs/heads/"), one.reference.strip_prefix("refs/tags/")) {
        (Some(name), _) => ("branch", name),
        (None, Some(name)) => ("tag", name),
        (None, None) => return None,
    };
    let event = match (&one.old, &one.new) {
        (None, _) => "referenceCreated",
        (Some(_), Some(_)) => "referenceUpdated",
        (Some(_), None) => "referenceDeleted",
    };
    let mut detail = json!({
        "event": event,
        "repositoryName": repository.name,
        "repositoryId": repository.id,
        "referenceType": kind,
        "referenceName": name,
        "referenceFullName": one.reference,
    });
    if let Some(new) = &one.new {
        detail["commitId"] = json!(new);
    }
    if let Some(old) = &one.old {
        detail["oldCommitId"] = json!(old);
    }
    if let (Some(merge), Some(old)) = (merge, &one.old) {
        describe_merge(&mut detail, merge, old);
    }
    Some(event_of(world, &repository.name, "CodeCommit Repository State Change", detail))
}

/// `unreferencedMergeCommitCreated`
pub(super) fn unreferenced_merge(
    world: &World,
    repository: &Repository,
    commit: &str,
    merge: &Merge,
    destination: &str,
) -> Value {
    let mut detail = json!({
        "event": "unreferencedMergeCommitCreated",
        "repositoryName": repository.name,
        "repositoryId": repository.id,
        "commitId": commit,
    });
    describe_merge(&mut detail, merge, destination);
    event_of(world, &repository.name, "CodeCommit Repository State Change", detail)
}

/// `CodeCommit Comment on Pull Request`
pub(super) fn comment(
    world: &World,
    repository: &Repository,
    comment: &super::comment::Comment,
    actor: &str,
    event: &str,
) -> Value {
    let mut detail = json!({
        "afterCommitId": comment.place.after,
        "beforeCommitId": comment.place.before,
        "callerUserArn": actor,
        "commentId": comment.id,
        "event": event,
        "notificationBody": format!(
            "A comment event occurred in the following AWS CodeCommit repository: {}. The user {actor} made a comment. \
             The comment was made on the following Pull Request: {}.",
            repository.name, comment.place.pull_request
        ),
        "pullRequestId": comment.place.pull_request.to_string(),
        "repositoryId": repository.id,
        "repositoryName": repository.name,
    });
    if let Some(other) = &comment.in_reply_to {
        detail["inReplyTo"] = json!(other);
    }
    event_of(world, &repository.name, "CodeCommit Comment on Pull Request", detail)
}

/// `CodeCommit Approval Rule Template Change` on one repository.
pub(super) fn template(
    world: &World,
    template: &super::templates::Template,
    repository: &Repository,
    actor: &str,
    event: &str,
) -> Value {
    let mut repositories = json!({});
    repositories[&repository.name] = json!(repository.id);
    let detail = json!({
        "approvalRuleTemplateContentSha256": sha256(&template.content),
        "approvalRuleTemplateId": template.id,
        "approvalRuleTemplateName": template.name,
        "callerUserArn": actor,
        "creationDate": codecommit_event_date(template.created_ms),
        "event": event,
        "lastModifiedDate": codecommit_event_date(template.modified_ms),
        "notificationBody": "A approval rule template event occurred.",
        "repositories": repositories,
    });
    event_of(world, &repository.name, "CodeCommit Approval Rule Template Change", detail)
}

fn describe_merge(detail: &mut Value, merge: &Merge, destination: &str) {
    if let Some(base) = &merge.base {
        detail["baseCommitId"] = json!(base);
    }
    detail["sourceCommitId"] = json!(merge.source);
    detail["destinationCommitId"] = json!(destination);
    detail["mergeOption"] = json!(merge.option);
    detail["conflictDetailsLevel"] = json!(merge.detail);
    detail["conflictResolutionStrategy"] = json!(merge.strategy);
}

fn event_of(world: &World, repository: &str, detail_type: &str, detail: Value) -> Value {
    world.event("aws.codecommit", detail_type, &[world.arn("codecommit", repository)], detail)
}
