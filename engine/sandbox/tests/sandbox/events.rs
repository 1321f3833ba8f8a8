//! Events as EventBridge carries them, held against samples of the documented shapes.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::Bench;

/// Members that only some events of a kind have (session tags).
const OPTIONAL: [&str; 2] = ["displayName", "emailAddress"];

fn sample(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/events").join(name);
    // The samples are about `demo-repo`, the tests about `demo`, and one sample has the name as a key.
    serde_json::from_str(&std::fs::read_to_string(path).unwrap().replace("demo-repo", "demo")).unwrap()
}

/// The shape of a value: names of members and kinds of leaves.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().filter(|name| !OPTIONAL.contains(&name.as_str())).collect();
            names.sort();
            Value::Object(names.into_iter().map(|name| (name.clone(), shape(&members[name]))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().take(1).map(shape).collect()),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("flag"),
        Value::Null => Value::Null,
    }
}

fn assert_like(event: &Value, file: &str) {
    let sample = sample(file);
    assert_eq!(shape(event), shape(&sample), "{file}");
    assert_eq!(event["detail-type"], sample["detail-type"]);
    assert_eq!(event["detail"]["isMerged"], sample["detail"]["isMerged"]);
    assert_eq!(event["detail"]["pullRequestStatus"], sample["detail"]["pullRequestStatus"]);
}

/// `demo` with a pull request that has a description, as in the samples.
fn open(bench: &Bench) -> Value {
    let target = json!({ "repositoryName": "demo", "sourceReference": "feature" });
    let input = json!({ "title": "t", "description": "d", "targets": [target] });
    bench.codecommit("CreatePullRequest", input).unwrap()["pullRequest"].clone()
}

#[test]
fn a_life_from_push_to_merge_emits_the_documented_events() {
    let bench = Bench::new();
    let copy = bench.demo();
    assert_like(&bench.event("approvalRuleTemplateAssociatedWithRepository"), "approvalRuleTemplateAssociated.json");
    assert_like(&bench.event("referenceCreated"), "referenceCreated.json");
    let pull = open(&bench);
    let created = bench.event("pullRequestCreated");
    assert_like(&created, "pullRequestCreated.json");
    assert_eq!(created["detail"]["revisionId"], pull["revisionId"]);
    assert_eq!(created["resources"], json!(["arn:aws:codecommit:us-east-1:111122223333:demo"]));
    copy.commit("feature.txt", "newer\n", "more");
    copy.git(&["push", "-q", "origin", "feature"]);
    assert_like(&bench.event("referenceUpdated"), "referenceUpdated.push.json");
    let updated = bench.event("pullRequestSourceBranchUpdated");
    assert_like(&updated, "pullRequestSourceBranchUpdated.json");
    let pull = bench.pull_request(&pull["pullRequestId"]);
    assert_eq!(updated["detail"]["revisionId"], pull["revisionId"]);
    bench.approve(&pull);
    let approved = bench.event("pullRequestApprovalStateChanged");
    assert_like(&approved, "pullRequestApprovalStateChanged.approve.json");
    assert_eq!(approved["detail"]["callerUserArn"], "arn:aws:sts::111122223333:assumed-role/voter/voter");
    let input = json!({ "pullRequestId": pull["pullRequestId"], "repositoryName": "demo" });
    bench.codecommit("MergePullRequestByThreeWay", input).unwrap();
    assert_like(&bench.event("referenceUpdated"), "referenceUpdated.merge.json");
    assert_like(&bench.event("pullRequestMergeStatusUpdated"), "pullRequestMergeStatusUpdated.json");
    copy.git(&["push", "-q", "origin", "--delete", "feature"]);
    assert_like(&bench.event("referenceDeleted"), "referenceDeleted.json");
}

#[test]
fn rules_overrides_comments_and_closing_emit_the_documented_events() {
    let bench = Bench::new();
    bench.demo();
    let pull = open(&bench);
    let id = &pull["pullRequestId"];
    let content = r#"{"Version":"2018-11-08","Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;
    let rule = json!({ "pullRequestId": id, "approvalRuleName": "one", "approvalRuleContent": content });
    bench.codecommit("CreatePullRequestApprovalRule", rule).unwrap();
    assert_like(&bench.event("pullRequestApprovalRuleCreated"), "pullRequestApprovalRuleCreated.json");
    let revision = &pull["revisionId"];
    let over = json!({ "pullRequestId": id, "revisionId": revision, "overrideStatus": "OVERRIDE" });
    bench.codecommit("OverridePullRequestApprovalRules", over).unwrap();
    assert_like(&bench.event("pullRequestApprovalRuleOverridden"), "pullRequestApprovalRuleOverridden.override.json");
    let target = &pull["pullRequestTargets"][0];
    let comment = json!({
        "pullRequestId": id, "repositoryName": "demo", "content": "hello",
        "beforeCommitId": target["destinationCommit"], "afterCommitId": target["sourceCommit"],
    });
    bench.codecommit("PostCommentForPullRequest", comment).unwrap();
    assert_like(&bench.event("commentOnPullRequestCreated"), "commentOnPullRequestCreated.by-gate.json");
    let merge = json!({
        "repositoryName": "demo", "sourceCommitSpecifier": "feature", "destinationCommitSpecifier": "main",
        "mergeOption": "SQUASH_MERGE",
    });
    bench.codecommit("CreateUnreferencedMergeCommit", merge).unwrap();
    assert_like(&bench.event("unreferencedMergeCommitCreated"), "unreferencedMergeCommitCreated.json");
    let close = json!({ "pullRequestId": id, "pullRequestStatus": "CLOSED" });
    bench.codecommit("UpdatePullRequestStatus", close).unwrap();
    assert_like(&bench.event("pullRequestStatusChanged"), "pullRequestStatusChanged.json");
}
