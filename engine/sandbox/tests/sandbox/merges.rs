//! Merging pull requests, and what is in the way.

use serde_json::{Value, json};

use crate::client::Bench;

fn merge(bench: &Bench, how: &str, pull: &Value) -> Result<Value, String> {
    let input = json!({ "pullRequestId": pull["pullRequestId"], "repositoryName": "demo" });
    bench.codecommit(&format!("MergePullRequestBy{how}"), input).map(|answer| answer["pullRequest"].clone())
}

#[test]
fn refuses_every_merge_until_the_rule_is_satisfied() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    for how in ["FastForward", "Squash", "ThreeWay"] {
        assert_eq!(merge(&bench, how, &pull).unwrap_err(), "PullRequestApprovalRulesNotSatisfiedException");
    }
    bench.approve(&pull);
    assert_eq!(merge(&bench, "Squash", &pull).unwrap()["pullRequestStatus"], "CLOSED");
    assert_eq!(merge(&bench, "Squash", &pull).unwrap_err(), "PullRequestAlreadyClosedException");
}

#[test]
fn each_merge_leaves_the_history_that_its_name_says() {
    for (how, parents) in [("FastForward", 1), ("Squash", 1), ("ThreeWay", 2)] {
        let bench = Bench::new();
        let copy = bench.demo();
        let pull = bench.open();
        bench.approve(&pull);
        let merged = merge(&bench, how, &pull).unwrap();
        copy.git(&["fetch", "-q", "origin"]);
        let tip = copy.git(&["rev-parse", "origin/main"]);
        let metadata = &merged["pullRequestTargets"][0]["mergeMetadata"];
        assert_eq!(metadata["mergeCommitId"], tip.as_str());
        assert_eq!(metadata["mergedBy"], "arn:aws:iam::111122223333:user/alice");
        assert_eq!(copy.git(&["log", "-1", "--format=%P", "origin/main"]).split(' ').count(), parents, "{how}");
        assert_eq!(copy.git(&["diff", "origin/main", "feature"]), "", "{how}");
        assert_eq!(how == "FastForward", tip == copy.git(&["rev-parse", "feature"]));
    }
}

#[test]
fn merges_the_source_that_was_named_or_nothing() {
    let bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    let old = copy.git(&["rev-parse", "feature"]);
    copy.commit("feature.txt", "newer\n", "more");
    copy.git(&["push", "-q", "origin", "feature"]);
    bench.approve(&pull);
    let input = json!({ "pullRequestId": pull["pullRequestId"], "repositoryName": "demo", "sourceCommitId": old });
    let refused = bench.codecommit("MergePullRequestBySquash", input).unwrap_err();
    assert_eq!(refused, "TipOfSourceReferenceIsDifferentException");
}

#[test]
fn the_same_file_changed_on_both_sides_is_a_conflict_by_file_and_none_by_line() {
    let bench = Bench::new();
    let copy = bench.demo();
    copy.git(&["checkout", "-q", "main"]);
    copy.commit("long", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "long");
    copy.git(&["push", "-q", "origin", "main"]);
    copy.git(&["checkout", "-q", "-B", "feature"]);
    copy.commit("long", "one\n2\n3\n4\n5\n6\n7\n8\n9\n", "top");
    copy.git(&["push", "-q", "-f", "origin", "feature"]);
    copy.git(&["checkout", "-q", "main"]);
    copy.commit("long", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n", "bottom");
    copy.git(&["push", "-q", "origin", "main"]);
    let asked = |level: &str| {
        let input = json!({
            "repositoryName": "demo", "sourceCommitSpecifier": "feature", "destinationCommitSpecifier": "main",
            "mergeOption": "SQUASH_MERGE", "conflictDetailLevel": level,
        });
        bench.codecommit("GetMergeConflicts", input).unwrap()
    };
    let by_file = asked("FILE_LEVEL");
    assert_eq!(by_file["mergeable"], false);
    assert_eq!(by_file["conflictMetadataList"][0]["filePath"], "long");
    assert_eq!(asked("LINE_LEVEL")["mergeable"], true);
    let pull = bench.open();
    bench.approve(&pull);
    assert_eq!(merge(&bench, "Squash", &pull).unwrap_err(), "ManualMergeRequiredException");
    let input = json!({
        "pullRequestId": pull["pullRequestId"], "repositoryName": "demo", "conflictDetailLevel": "LINE_LEVEL",
    });
    bench.codecommit("MergePullRequestBySquash", input).unwrap();
    copy.git(&["fetch", "-q", "origin"]);
    assert_eq!(copy.git(&["show", "origin/main:long"]), "one\n2\n3\n4\n5\n6\n7\n8\nnine");
}

#[test]
fn a_conflict_can_be_resolved_for_either_side() {
    let bench = Bench::new();
    let copy = bench.demo();
    copy.git(&["checkout", "-q", "main"]);
    copy.commit("feature.txt", "theirs\n", "the same file");
    copy.git(&["push", "-q", "origin", "main"]);
    for level in ["FILE_LEVEL", "LINE_LEVEL"] {
        for (strategy, content) in [("ACCEPT_SOURCE", "new"), ("ACCEPT_DESTINATION", "theirs")] {
            let input = json!({
                "repositoryName": "demo", "sourceCommitSpecifier": "feature", "destinationCommitSpecifier": "main",
                "mergeOption": "SQUASH_MERGE", "conflictDetailLevel": level, "conflictResolutionStrategy": strategy,
            });
            let merge = bench.codecommit("CreateUnreferencedMergeCommit", input).unwrap();
            let id = merge["commitId"].as_str().unwrap();
            copy.git(&["fetch", "-q", "origin", id]);
            assert_eq!(copy.git(&["show", "FETCH_HEAD:feature.txt"]), content, "{level} {strategy}");
        }
    }
}

#[test]
fn branches_merge_without_a_pull_request() {
    let bench = Bench::new();
    let copy = bench.demo();
    let input = json!({
        "repositoryName": "demo", "sourceCommitSpecifier": "feature", "destinationCommitSpecifier": "main",
    });
    let merged = bench.codecommit("MergeBranchesByFastForward", input).unwrap();
    copy.git(&["fetch", "-q", "origin"]);
    assert_eq!(merged["commitId"], copy.git(&["rev-parse", "origin/main"]).as_str());
}

#[test]
fn a_merge_of_branches_never_takes_a_commit_off_its_target() {
    let bench = Bench::new();
    let copy = bench.demo();
    let old = copy.git(&["rev-parse", "main"]);
    copy.git(&["checkout", "-q", "main"]);
    let tip = copy.commit("later", "later\n", "later");
    copy.git(&["push", "-q", "origin", "main"]);
    for how in ["FastForward", "Squash", "ThreeWay"] {
        let input = json!({
            "repositoryName": "demo", "sourceCommitSpecifier": "feature", "destinationCommitSpecifier": old,
            "targetBranch": "main",
        });
        let refused = bench.codecommit(&format!("MergeBranchesBy{how}"), input).unwrap_err();
        assert_eq!(refused, "ConcurrentReferenceUpdateException", "{how}");
        let branch = json!({ "repositoryName": "demo", "branchName": "main" });
        assert_eq!(bench.codecommit("GetBranch", branch).unwrap()["branch"]["commitId"], tip.as_str(), "{how}");
    }
}

#[test]
fn a_fast_forward_of_equal_tips_closes_as_merged() {
    let bench = Bench::new();
    let copy = bench.demo();
    copy.git(&["push", "-q", "-f", "origin", "main:feature"]);
    let pull = bench.open();
    assert_eq!(merge(&bench, "FastForward", &pull).unwrap_err(), "PullRequestApprovalRulesNotSatisfiedException");
    bench.approve(&pull);
    let merged = merge(&bench, "FastForward", &pull).unwrap();
    assert_eq!(merged["pullRequestStatus"], "CLOSED");
    let metadata = &merged["pullRequestTargets"][0]["mergeMetadata"];
    assert_eq!(
        (&metadata["isMerged"], &metadata["mergeCommitId"]),
        (&json!(true), &json!(copy.git(&["rev-parse", "main"])))
    );
    assert_eq!(bench.event("pullRequestMergeStatusUpdated")["detail"]["isMerged"], "True");
}
