//! Repositories, files and commits through the API, in one state with git.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::client::Bench;

fn put(bench: &Bench, path: &str, text: &str, parent: Option<&str>) -> Result<Value, String> {
    let content = STANDARD.encode(text);
    let mut input = json!({ "repositoryName": "demo", "branchName": "main", "filePath": path, "fileContent": content });
    if let Some(parent) = parent {
        input["parentCommitId"] = json!(parent);
    }
    bench.codecommit("PutFile", input)
}

#[test]
fn a_file_put_through_the_api_is_what_git_clones() {
    let bench = Bench::new();
    bench.codecommit("CreateRepository", json!({ "repositoryName": "demo" })).unwrap();
    let first = put(&bench, "a/b.txt", "one\n", None).unwrap();
    put(&bench, "a-b", "two\n", first["commitId"].as_str()).unwrap();
    let copy = bench.working_copy("demo");
    copy.git(&["pull", "-q", "origin", "main"]);
    copy.git(&["fsck", "--full", "--strict"]);
    assert_eq!(std::fs::read_to_string(copy.folder.join("a/b.txt")).unwrap(), "one\n");
    assert_eq!(copy.git(&["rev-list", "--count", "HEAD"]), "2");
    assert_eq!(copy.git(&["log", "-1", "--format=%an"]), "alice");
}

#[test]
fn writing_onto_a_stale_parent_is_refused() {
    let bench = Bench::new();
    bench.codecommit("CreateRepository", json!({ "repositoryName": "demo" })).unwrap();
    let first = put(&bench, "a", "1", None).unwrap();
    let first = first["commitId"].as_str();
    assert_eq!(put(&bench, "a", "2", None).unwrap_err(), "ParentCommitIdRequiredException");
    put(&bench, "a", "2", first).unwrap();
    assert_eq!(put(&bench, "a", "3", first).unwrap_err(), "ParentCommitIdOutdatedException");
}

#[test]
fn a_commit_of_many_files_answers_what_was_added_changed_and_deleted() {
    let bench = Bench::new();
    let copy = bench.demo();
    let tip = copy.git(&["rev-parse", "feature"]);
    let input = json!({
        "repositoryName": "demo", "branchName": "feature", "parentCommitId": tip, "commitMessage": "many",
        "putFiles": [
            { "filePath": "run.sh", "fileMode": "EXECUTABLE", "fileContent": STANDARD.encode("#!/bin/sh\n") },
            { "filePath": "readme", "fileContent": STANDARD.encode("changed\n") },
        ],
        "deleteFiles": [{ "filePath": "feature.txt" }],
    });
    let answer = bench.codecommit("CreateCommit", input).unwrap();
    assert_eq!(answer["filesAdded"][0]["absolutePath"], "run.sh");
    assert_eq!(answer["filesUpdated"][0]["absolutePath"], "readme");
    assert_eq!(answer["filesDeleted"][0]["absolutePath"], "feature.txt");
    copy.git(&["fetch", "-q", "origin"]);
    assert_eq!(copy.git(&["ls-tree", "--name-only", "origin/feature"]), "readme\nrun.sh");
    assert!(copy.git(&["ls-tree", "origin/feature", "run.sh"]).starts_with("100755"));
}

#[test]
fn differences_are_paged_and_know_no_renames() {
    let bench = Bench::new();
    let copy = bench.demo();
    copy.git(&["mv", "readme", "liesmich"]);
    copy.git(&["commit", "-q", "-m", "rename"]);
    copy.git(&["push", "-q", "origin", "feature"]);
    let mut input = json!({
        "repositoryName": "demo", "beforeCommitSpecifier": "main", "afterCommitSpecifier": "feature", "MaxResults": 2,
    });
    let first = bench.codecommit("GetDifferences", input.clone()).unwrap();
    input["NextToken"] = first["NextToken"].clone();
    let second = bench.codecommit("GetDifferences", input).unwrap();
    let changes: Vec<String> = [&first, &second]
        .iter()
        .flat_map(|page| page["differences"].as_array().unwrap())
        .map(|change| {
            let blob = if change["afterBlob"].is_null() { &change["beforeBlob"] } else { &change["afterBlob"] };
            format!("{} {}", change["changeType"].as_str().unwrap(), blob["path"].as_str().unwrap())
        })
        .collect();
    assert_eq!(changes, ["A feature.txt", "A liesmich", "D readme"]);
    assert!(second["NextToken"].is_null());
}

#[test]
fn a_file_is_read_at_a_commit_a_branch_or_the_default_branch() {
    let bench = Bench::new();
    let copy = bench.demo();
    let read = |at: Option<&str>| {
        let mut input = json!({ "repositoryName": "demo", "filePath": "readme" });
        if let Some(at) = at {
            input["commitSpecifier"] = json!(at);
        }
        let content = bench.codecommit("GetFile", input).unwrap()["fileContent"].as_str().unwrap().to_owned();
        String::from_utf8(STANDARD.decode(content).unwrap()).unwrap()
    };
    let tip = copy.git(&["rev-parse", "main"]);
    for at in [None, Some("main"), Some("refs/heads/feature"), Some(tip.as_str())] {
        assert_eq!(read(at), "hello\n");
    }
    for syntax in ["main~1", "main:readme", "@{upstream}", "main^{tree}", "--all"] {
        let input = json!({ "repositoryName": "demo", "filePath": "readme", "commitSpecifier": syntax });
        assert!(bench.codecommit("GetFile", input).is_err(), "{syntax}");
    }
}

#[test]
fn a_deleted_repository_leaves_nothing_behind_for_the_next_of_its_name() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    bench.codecommit("DeleteRepository", json!({ "repositoryName": "demo" })).unwrap();
    let gone = bench.codecommit("GetPullRequest", json!({ "pullRequestId": pull["pullRequestId"] }));
    assert_eq!(gone.unwrap_err(), "PullRequestDoesNotExistException");
    bench.codecommit("CreateRepository", json!({ "repositoryName": "demo" })).unwrap();
    let branches = bench.codecommit("ListBranches", json!({ "repositoryName": "demo" })).unwrap();
    assert_eq!(branches["branches"], json!([]));
}

#[test]
fn names_the_field_that_it_does_not_emulate() {
    let bench = Bench::new();
    let answer = bench.codecommit("CreateRepository", json!({ "repositoryName": "demo", "kmsKeyId": "k" }));
    assert_eq!(answer.unwrap_err(), "NotImplementedException");
    assert_eq!(bench.codecommit("PutCommentReaction", json!({})).unwrap_err(), "NotImplementedException");
    let listed = bench.codecommit("ListRepositories", json!({})).unwrap();
    assert_eq!(listed["repositories"], json!([]), "a refused call changes nothing");
}

#[test]
fn the_token_of_a_deleted_repositorys_pull_request_can_be_used_again() {
    let bench = Bench::new();
    let ask = || {
        let target = json!({ "repositoryName": "demo", "sourceReference": "feature", "destinationReference": "main" });
        let input = json!({ "title": "one", "targets": [target], "clientRequestToken": "token" });
        bench.codecommit("CreatePullRequest", input).unwrap()["pullRequest"].clone()
    };
    bench.demo();
    let first = ask();
    assert_eq!(ask(), first);
    let comment = json!({
        "pullRequestId": first["pullRequestId"], "repositoryName": "demo", "content": "words",
        "beforeCommitId": first["pullRequestTargets"][0]["destinationCommit"],
        "afterCommitId": first["pullRequestTargets"][0]["sourceCommit"], "clientRequestToken": "token",
    });
    let comment = bench.codecommit("PostCommentForPullRequest", comment).unwrap()["comment"].clone();
    bench.approve(&first);
    bench.codecommit("DeleteRepository", json!({ "repositoryName": "demo" })).unwrap();
    let read = bench.codecommit("GetComment", json!({ "commentId": comment["commentId"] }));
    assert_eq!(read.unwrap_err(), "CommentDoesNotExistException");
    bench.demo();
    let second = ask();
    assert_ne!(second["pullRequestId"], first["pullRequestId"]);
    assert_eq!(ask(), second);
}

#[test]
fn a_file_whose_name_is_not_utf_8_survives_a_commit_beside_it() {
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::new();
    let copy = bench.demo();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    copy.git(&["checkout", "-q", "main"]);
    std::fs::write(copy.folder.join(name), "coffee\n").unwrap();
    copy.git(&["add", "--all"]);
    copy.git(&["commit", "-q", "-m", "coffee"]);
    copy.git(&["push", "-q", "origin", "main"]);
    let tip = copy.git(&["rev-parse", "main"]);
    put(&bench, "beside", "tea\n", Some(&tip)).unwrap();
    let merge = |strategy: &str| {
        let input = json!({
            "repositoryName": "demo", "sourceCommitSpecifier": "main", "destinationCommitSpecifier": "feature",
            "conflictResolutionStrategy": strategy, "mergeOption": "SQUASH_MERGE",
        });
        bench.codecommit("CreateUnreferencedMergeCommit", input).unwrap()["commitId"].as_str().unwrap().to_owned()
    };
    copy.git(&["fetch", "-q", "origin"]);
    for commit in ["origin/main".to_owned(), merge("NONE"), merge("ACCEPT_SOURCE")] {
        if commit != "origin/main" {
            copy.git(&["fetch", "-q", "origin", &commit]);
        }
        let listed = copy.try_git(&["ls-tree", "-r", "-z", "--name-only", &commit]).stdout;
        assert!(listed.split(|byte| *byte == 0).any(|file| file == b"caf\xe9"), "{commit}: {listed:?}");
    }
}
