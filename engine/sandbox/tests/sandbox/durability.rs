//! What survives a kill. The moments between git's files and the journal are made by hand: what a kill there leaves is
//! exactly a reference that git moved and the journal does not know.

use std::path::PathBuf;

use serde_json::json;

use crate::client::{Bench, git};

/// The one repository's folder in the data directory.
fn bare(bench: &Bench) -> PathBuf {
    let mut folders = std::fs::read_dir(bench.data().join("repositories")).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    assert!(folders.next().is_none());
    folder
}

#[test]
fn everything_acknowledged_is_there_after_an_end_without_warning() {
    let mut bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    bench.approve(&pull);
    let before = bench.pull_request(&pull["pullRequestId"]);
    bench.drop_sandbox();
    bench.start();
    assert_eq!(bench.pull_request(&pull["pullRequestId"]), before);
    copy.git(&["remote", "set-url", "origin", &bench.url("demo")]);
    copy.git(&["fetch", "-q", "origin"]);
    let input = json!({ "pullRequestId": pull["pullRequestId"], "repositoryName": "demo" });
    bench.codecommit("MergePullRequestBySquash", input).unwrap();
}

#[test]
fn a_push_that_a_kill_cut_off_from_its_record_is_taken_up_at_the_next_start() {
    let mut bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    let tip = copy.commit("feature.txt", "newer\n", "more");
    let folder = bare(&bench);
    bench.drop_sandbox();
    copy.git(&["push", "-q", &folder.display().to_string(), "feature"]);
    bench.start();
    let now = bench.pull_request(&pull["pullRequestId"]);
    assert_eq!(now["pullRequestTargets"][0]["sourceCommit"], tip.as_str());
    assert_ne!(now["revisionId"], pull["revisionId"]);
    assert_eq!(bench.event("pullRequestSourceBranchUpdated")["detail"]["revisionId"], now["revisionId"]);
}

#[test]
fn a_merge_that_a_kill_cut_off_after_git_is_finished_as_that_callers_merge() {
    let mut bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    bench.approve(&pull);
    let folder = bare(&bench);
    let repository = bench.codecommit("GetRepository", json!({ "repositoryName": "demo" })).unwrap();
    let repository = repository["repositoryMetadata"]["repositoryId"].as_str().unwrap().to_owned();
    let (main, feature) = (copy.git(&["rev-parse", "main"]), copy.git(&["rev-parse", "feature"]));
    bench.drop_sandbox();
    let merge = json!({
        "pull_request": 1, "option": "FAST_FORWARD_MERGE", "base": main, "source": feature,
        "detail": "FILE_LEVEL", "strategy": "NONE",
    });
    let intent = json!({
        "reference": "refs/heads/main", "old": main, "new": feature, "merge": merge,
        "actor": "arn:aws:iam::111122223333:user/carol",
    });
    append(&bench, &format!("{}\n", json!([["intents", repository, intent]])));
    assert!(git(&folder).args(["update-ref", "refs/heads/main", &feature, &main]).status().unwrap().success());
    bench.start();
    let now = bench.pull_request(&pull["pullRequestId"]);
    let metadata = &now["pullRequestTargets"][0]["mergeMetadata"];
    assert_eq!(now["pullRequestStatus"], "CLOSED");
    assert_eq!(metadata["mergedBy"], "arn:aws:iam::111122223333:user/carol");
    assert_eq!(metadata["mergeCommitId"], feature.as_str());
}

#[test]
fn a_merge_that_a_kill_cut_off_before_git_did_not_happen_and_can_be_asked_again() {
    let mut bench = Bench::new();
    let copy = bench.demo();
    let pull = bench.open();
    bench.approve(&pull);
    let repository = bench.codecommit("GetRepository", json!({ "repositoryName": "demo" })).unwrap();
    let repository = repository["repositoryMetadata"]["repositoryId"].as_str().unwrap().to_owned();
    let (main, feature) = (copy.git(&["rev-parse", "main"]), copy.git(&["rev-parse", "feature"]));
    bench.drop_sandbox();
    let intent = json!({
        "reference": "refs/heads/main", "old": main, "new": feature, "merge": null,
        "actor": "arn:aws:iam::111122223333:user/carol",
    });
    append(&bench, &format!("{}\n", json!([["intents", repository, intent]])));
    bench.start();
    assert_eq!(bench.pull_request(&pull["pullRequestId"])["pullRequestStatus"], "OPEN");
    let input = json!({ "pullRequestId": pull["pullRequestId"], "repositoryName": "demo" });
    bench.codecommit("MergePullRequestByFastForward", input).unwrap();
}

#[test]
fn a_push_is_never_taken_for_the_work_of_a_caller_whose_change_did_not_happen() {
    let mut bench = Bench::new();
    let copy = bench.demo();
    bench.open();
    let folder = bare(&bench);
    let repository = bench.codecommit("GetRepository", json!({ "repositoryName": "demo" })).unwrap();
    let repository = repository["repositoryMetadata"]["repositoryId"].as_str().unwrap().to_owned();
    let (main, feature) = (copy.git(&["rev-parse", "main"]), copy.git(&["rev-parse", "feature"]));
    copy.commit("feature.txt", "newer\n", "more");
    bench.drop_sandbox();
    let intent = json!({
        "reference": "refs/heads/main", "old": main, "new": feature, "merge": null,
        "actor": "arn:aws:iam::111122223333:user/carol",
    });
    append(&bench, &format!("{}\n", json!([["intents", repository, intent]])));
    copy.git(&["push", "-q", &folder.display().to_string(), "feature"]);
    bench.start();
    let event = bench.event("pullRequestSourceBranchUpdated");
    assert_eq!(event["detail"]["callerUserArn"], "arn:aws:iam::111122223333:user/git");
}

#[test]
fn locks_that_a_killed_git_left_do_not_refuse_the_next_push() {
    let mut bench = Bench::new();
    let copy = bench.demo();
    let folder = bare(&bench);
    bench.drop_sandbox();
    for lock in ["refs/heads/feature.lock", "HEAD.lock", "packed-refs.lock"] {
        std::fs::write(folder.join(lock), "").unwrap();
    }
    bench.start();
    copy.git(&["remote", "set-url", "origin", &bench.url("demo")]);
    copy.commit("feature.txt", "newer\n", "more");
    copy.git(&["push", "-q", "origin", "feature"]);
}

#[test]
fn a_half_written_last_line_was_never_acknowledged_and_is_dropped() {
    let mut bench = Bench::new();
    bench.demo();
    bench.drop_sandbox();
    append(&bench, r#"[["repositories","ghost",{"id""#);
    bench.start();
    let listed = bench.codecommit("ListRepositories", json!({})).unwrap();
    assert_eq!(listed["repositories"].as_array().unwrap().len(), 1);
}

#[test]
fn objects_parameters_and_log_lines_survive_too() {
    let mut bench = Bench::new();
    let s3 = crate::client::authorization("alice", "s3");
    assert_eq!(bench.http("PUT", "/box1", &[("authorization", &s3)], b"").status, 200);
    assert_eq!(bench.http("PUT", "/box1/a/b", &[("authorization", &s3)], b"bytes").status, 200);
    let put = json!({ "Name": "/a", "Value": "1", "Type": "String" });
    bench.json("alice", "ssm", "AmazonSSM.PutParameter", &put).unwrap();
    let group = json!({ "logGroupName": "g" });
    bench.json("alice", "logs", "Logs_20140328.CreateLogGroup", &group).unwrap();
    let stream = json!({ "logGroupName": "g", "logStreamName": "s" });
    bench.json("alice", "logs", "Logs_20140328.CreateLogStream", &stream).unwrap();
    let line = |text: &str| json!({ "logGroupName": "g", "logStreamName": "s", "logEvents": [{ "timestamp": 1, "message": text }] });
    bench.json("alice", "logs", "Logs_20140328.PutLogEvents", &line("one")).unwrap();
    bench.drop_sandbox();
    let log = std::fs::read_dir(bench.data().join("logs")).unwrap().next().unwrap().unwrap().path();
    let mut text = std::fs::read_to_string(&log).unwrap();
    text.push_str("[1,\"cut sho");
    std::fs::write(&log, text).unwrap();
    std::fs::write(bench.data().join("s3/half-an-upload"), "x").unwrap();
    bench.start();
    bench.json("alice", "logs", "Logs_20140328.PutLogEvents", &line("two")).unwrap();
    assert_eq!(bench.http("GET", "/box1/a/b", &[("authorization", &s3)], b"").text(), "bytes");
    assert_eq!(std::fs::read_dir(bench.data().join("s3")).unwrap().count(), 1);
    let read = bench.json("alice", "ssm", "AmazonSSM.GetParameter", &json!({ "Name": "/a" })).unwrap();
    assert_eq!(read["Parameter"]["Value"], "1");
    let events = bench.json("alice", "logs", "Logs_20140328.GetLogEvents", &stream).unwrap();
    let messages: Vec<&str> =
        events["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["one", "two"]);
}

fn append(bench: &Bench, text: &str) {
    let path = bench.data().join("journal.jsonl");
    let mut journal = std::fs::read_to_string(&path).unwrap();
    journal.push_str(text);
    std::fs::write(path, journal).unwrap();
}
