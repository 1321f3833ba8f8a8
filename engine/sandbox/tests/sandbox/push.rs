//! git's own commands against the sandbox, and what follows from a push.

use serde_json::json;

use crate::client::{Bench, git};

#[test]
fn the_first_branch_pushed_becomes_the_default_branch() {
    let bench = Bench::new();
    bench.codecommit("CreateRepository", json!({ "repositoryName": "demo" })).unwrap();
    let copy = bench.working_copy("demo");
    copy.git(&["checkout", "-q", "-b", "trunk"]);
    copy.commit("a", "1", "first");
    copy.git(&["push", "-q", "origin", "trunk"]);
    copy.git(&["push", "-q", "origin", "trunk:main"]);
    let shown = bench.codecommit("GetRepository", json!({ "repositoryName": "demo" })).unwrap();
    assert_eq!(shown["repositoryMetadata"]["defaultBranch"], "trunk");
    copy.git(&["clone", "-q", &bench.url("demo"), "again"]);
    let branch = git(&copy.folder.join("again")).args(["branch", "--show-current"]).output().unwrap();
    assert_eq!(branch.stdout, b"trunk\n");
}

#[test]
fn git_is_told_which_repository_does_not_exist() {
    let bench = Bench::new();
    let copy = bench.working_copy("nope");
    let output = copy.try_git(&["fetch", "origin"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("the repository nope does not exist in this sandbox"));
}

#[test]
fn a_name_of_a_hundred_characters_with_dots_clones() {
    let bench = Bench::new();
    let name = format!("a.{}", "b".repeat(98));
    bench.codecommit("CreateRepository", json!({ "repositoryName": name })).unwrap();
    let copy = bench.working_copy(&name);
    copy.commit("a", "1", "first");
    copy.git(&["push", "-q", "origin", "main"]);
    copy.git(&["clone", "-q", &bench.url(&name), "again"]);
}

#[test]
fn any_commit_can_be_fetched_by_its_id_also_shallow() {
    let bench = Bench::new();
    let copy = bench.demo();
    let input = json!({
        "repositoryName": "demo", "sourceCommitSpecifier": "feature", "destinationCommitSpecifier": "main",
        "mergeOption": "THREE_WAY_MERGE",
    });
    let merge = bench.codecommit("CreateUnreferencedMergeCommit", input).unwrap();
    let id = merge["commitId"].as_str().unwrap();
    let other = bench.working_copy("demo");
    other.git(&["fetch", "-q", "--depth", "1", "origin", id]);
    assert_eq!(other.git(&["rev-parse", "FETCH_HEAD"]), id);
    assert_eq!(other.git(&["rev-list", "--count", "FETCH_HEAD"]), "1");
    copy.git(&["-c", "protocol.version=0", "fetch", "-q", "origin", id]);
}

#[test]
fn a_large_push_goes_through_in_chunks_and_comes_back_whole() {
    let bench = Bench::new();
    bench.codecommit("CreateRepository", json!({ "repositoryName": "demo" })).unwrap();
    let copy = bench.working_copy("demo");
    // Noise that does not compress, larger than git's http.postBuffer.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u8
    })
    .take(3_000_000)
    .collect();
    std::fs::write(copy.folder.join("noise"), &noise).unwrap();
    copy.git(&["add", "noise"]);
    copy.git(&["commit", "-q", "-m", "noise"]);
    copy.git(&["push", "-q", "origin", "main"]);
    copy.git(&["clone", "-q", &bench.url("demo"), "again"]);
    assert_eq!(std::fs::read(copy.folder.join("again/noise")).unwrap(), noise);
}

#[test]
fn a_push_to_the_source_branch_makes_a_new_revision_without_approvals() {
    let bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    bench.approve(&pull);
    let tip = copy.commit("feature.txt", "newer\n", "more");
    copy.git(&["push", "-q", "origin", "feature"]);
    let now = bench.pull_request(&pull["pullRequestId"]);
    assert_ne!(now["revisionId"], pull["revisionId"]);
    assert_eq!(now["pullRequestTargets"][0]["sourceCommit"], tip.as_str());
    let input = json!({ "pullRequestId": pull["pullRequestId"], "revisionId": now["revisionId"] });
    let states = bench.codecommit("GetPullRequestApprovalStates", input).unwrap();
    assert_eq!(states["approvals"], json!([]));
}

#[test]
fn a_push_to_the_destination_moves_destination_and_base_but_not_the_revision() {
    let bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    copy.git(&["checkout", "-q", "main"]);
    let tip = copy.commit("other", "x", "other");
    copy.git(&["push", "-q", "origin", "main"]);
    let now = bench.pull_request(&pull["pullRequestId"]);
    assert_eq!(now["revisionId"], pull["revisionId"]);
    assert_eq!(now["pullRequestTargets"][0]["destinationCommit"], tip.as_str());
    assert_eq!(now["pullRequestTargets"][0]["mergeBase"], pull["pullRequestTargets"][0]["mergeBase"]);
}

#[test]
fn a_pushed_fast_forward_closes_as_merged_and_a_pushed_merge_commit_does_not() {
    let bench = Bench::new();
    let copy = bench.demo();
    let forward = bench.open();
    copy.git(&["checkout", "-q", "-b", "other", "main"]);
    copy.commit("other", "x", "other");
    copy.git(&["push", "-q", "origin", "other"]);
    let target = json!({ "repositoryName": "demo", "sourceReference": "other" });
    let other = bench.codecommit("CreatePullRequest", json!({ "title": "other", "targets": [target] })).unwrap();
    copy.git(&["checkout", "-q", "main"]);
    copy.git(&["merge", "-q", "--ff-only", "feature"]);
    copy.git(&["push", "-q", "origin", "main"]);
    let closed = bench.pull_request(&forward["pullRequestId"]);
    assert_eq!(closed["pullRequestStatus"], "CLOSED");
    assert_eq!(closed["pullRequestTargets"][0]["mergeMetadata"]["mergeOption"], "FAST_FORWARD_MERGE");
    copy.git(&["merge", "-q", "--no-ff", "-m", "merge", "other"]);
    copy.git(&["push", "-q", "origin", "main"]);
    assert_eq!(bench.pull_request(&other["pullRequest"]["pullRequestId"])["pullRequestStatus"], "OPEN");
}

#[test]
fn deleting_the_source_branch_closes_the_pull_request_unmerged() {
    let bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    copy.git(&["push", "-q", "origin", "--delete", "feature"]);
    let closed = bench.pull_request(&pull["pullRequestId"]);
    assert_eq!(closed["pullRequestStatus"], "CLOSED");
    assert_eq!(closed["pullRequestTargets"][0]["mergeMetadata"]["isMerged"], false);
}

#[test]
fn a_push_leaves_no_file_of_its_own_behind() {
    let bench = Bench::new();
    bench.demo();
    let folder = std::fs::read_dir(bench.data().join("repositories")).unwrap().next().unwrap().unwrap().path();
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.starts_with("push-")).collect();
    assert_eq!(left, [""; 0]);
}
