//! Votes, rules and overrides.

use serde_json::{Value, json};

use crate::client::Bench;

fn vote(bench: &Bench, who: &str, pull: &Value, state: &str) -> Result<Value, String> {
    let input = json!({
        "pullRequestId": pull["pullRequestId"], "revisionId": pull["revisionId"], "approvalState": state,
    });
    bench.codecommit_as(who, "UpdatePullRequestApprovalState", input)
}

fn evaluation(bench: &Bench, pull: &Value) -> Value {
    let input = json!({ "pullRequestId": pull["pullRequestId"], "revisionId": pull["revisionId"] });
    bench.codecommit("EvaluatePullRequestApprovalRules", input).unwrap()["evaluation"].clone()
}

#[test]
fn only_the_session_in_the_pool_satisfies_the_rule() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    let (other, voter) = (bench.assume("voter", "other"), bench.assume("voter", "voter"));
    vote(&bench, "bob", &pull, "APPROVE").unwrap();
    vote(&bench, "voter", &pull, "APPROVE").unwrap();
    vote(&bench, &other, &pull, "APPROVE").unwrap();
    assert_eq!(evaluation(&bench, &pull)["approvalRulesNotSatisfied"], json!(["gated"]));
    vote(&bench, &voter, &pull, "APPROVE").unwrap();
    assert_eq!(evaluation(&bench, &pull)["approved"], true);
    vote(&bench, &voter, &pull, "REVOKE").unwrap();
    assert_eq!(evaluation(&bench, &pull)["approved"], false);
}

#[test]
fn refuses_a_vote_on_a_revision_that_moved() {
    let bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    copy.commit("feature.txt", "newer\n", "more");
    copy.git(&["push", "-q", "origin", "feature"]);
    assert_eq!(vote(&bench, "bob", &pull, "APPROVE").unwrap_err(), "RevisionNotCurrentException");
}

#[test]
fn refuses_the_authors_own_vote_and_votes_on_closed_pull_requests() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    let refused = vote(&bench, "alice", &pull, "APPROVE").unwrap_err();
    assert_eq!(refused, "PullRequestCannotBeApprovedByAuthorException");
    let close = json!({ "pullRequestId": pull["pullRequestId"], "pullRequestStatus": "CLOSED" });
    bench.codecommit("UpdatePullRequestStatus", close).unwrap();
    assert_eq!(vote(&bench, "bob", &pull, "APPROVE").unwrap_err(), "PullRequestAlreadyClosedException");
}

#[test]
fn the_template_applies_to_its_destination_alone() {
    let bench = Bench::new();
    let copy = bench.demo();
    copy.git(&["push", "-q", "origin", "main:release"]);
    assert_eq!(bench.open()["approvalRules"][0]["originApprovalRuleTemplate"]["approvalRuleTemplateName"], "gated");
    let target = json!({ "repositoryName": "demo", "sourceReference": "feature", "destinationReference": "release" });
    let free = bench.codecommit("CreatePullRequest", json!({ "title": "free", "targets": [target] })).unwrap();
    assert_eq!(free["pullRequest"]["approvalRules"], json!([]));
}

#[test]
fn an_override_counts_for_one_revision_and_names_who_gave_it() {
    let bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    let mut input = json!({
        "pullRequestId": pull["pullRequestId"], "revisionId": pull["revisionId"], "overrideStatus": "OVERRIDE",
    });
    bench.codecommit_as("carol", "OverridePullRequestApprovalRules", input.clone()).unwrap();
    let again = bench.codecommit("OverridePullRequestApprovalRules", input.clone());
    assert_eq!(again.unwrap_err(), "OverrideAlreadySetException");
    assert_eq!(evaluation(&bench, &pull)["overridden"], true);
    let asked = json!({ "pullRequestId": pull["pullRequestId"], "revisionId": pull["revisionId"] });
    let state = bench.codecommit("GetPullRequestOverrideState", asked).unwrap();
    assert_eq!(state["overrider"], "arn:aws:iam::111122223333:user/carol");
    copy.commit("feature.txt", "newer\n", "more");
    copy.git(&["push", "-q", "origin", "feature"]);
    assert_eq!(evaluation(&bench, &bench.pull_request(&pull["pullRequestId"]))["overridden"], false);
    input["overrideStatus"] = json!("REVOKE");
    assert_eq!(bench.codecommit("OverridePullRequestApprovalRules", input).unwrap_err(), "RevisionNotCurrentException");
}

#[test]
fn a_rule_from_a_template_cannot_be_changed_on_the_pull_request() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    let content = r#"{"Version":"2018-11-08","Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;
    let update =
        json!({ "pullRequestId": pull["pullRequestId"], "approvalRuleName": "gated", "newRuleContent": content });
    assert_eq!(
        bench.codecommit("UpdatePullRequestApprovalRuleContent", update).unwrap_err(),
        "CannotModifyApprovalRuleFromTemplateException"
    );
    let delete = json!({ "pullRequestId": pull["pullRequestId"], "approvalRuleName": "gated" });
    assert_eq!(
        bench.codecommit("DeletePullRequestApprovalRule", delete).unwrap_err(),
        "CannotDeleteApprovalRuleFromTemplateException"
    );
}
