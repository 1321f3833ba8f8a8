//! Comments on pull requests.

use serde_json::{Value, json};

use crate::client::Bench;

fn place(pull: &Value) -> Value {
    let target = &pull["pullRequestTargets"][0];
    json!({
        "pullRequestId": pull["pullRequestId"], "repositoryName": "demo",
        "beforeCommitId": target["destinationCommit"], "afterCommitId": target["sourceCommit"],
    })
}

fn post(bench: &Bench, pull: &Value, more: Value) -> Result<Value, String> {
    let mut input = place(pull);
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    bench.codecommit("PostCommentForPullRequest", input)
}

fn contents(bench: &Bench, input: Value) -> Vec<String> {
    let answer = bench.codecommit("GetCommentsForPullRequest", input).unwrap();
    let data = answer["commentsForPullRequestData"].as_array().unwrap().clone();
    data.iter()
        .flat_map(|place| place["comments"].as_array().unwrap().clone())
        .map(|comment| comment["content"].as_str().unwrap_or("deleted").to_owned())
        .collect()
}

#[test]
fn without_commit_ids_every_comment_is_listed_and_with_them_only_those() {
    let bench = Bench::new();
    let copy = bench.demo();
    let old = bench.open();
    post(&bench, &old, json!({ "content": "on the first" })).unwrap();
    copy.commit("feature.txt", "newer\n", "more");
    copy.git(&["push", "-q", "origin", "feature"]);
    let new = bench.pull_request(&old["pullRequestId"]);
    post(&bench, &new, json!({ "content": "on the second 🎉 $(touch x) `y`" })).unwrap();
    let all = contents(&bench, json!({ "pullRequestId": old["pullRequestId"] }));
    assert_eq!(all, ["on the first", "on the second 🎉 $(touch x) `y`"]);
    assert_eq!(contents(&bench, place(&old)), ["on the first"]);
}

#[test]
fn the_same_token_posts_once_and_never_something_else() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    let first = post(&bench, &pull, json!({ "content": "a", "clientRequestToken": "t" })).unwrap();
    let again = post(&bench, &pull, json!({ "content": "a", "clientRequestToken": "t" })).unwrap();
    assert_eq!(first["comment"]["commentId"], again["comment"]["commentId"]);
    let other = post(&bench, &pull, json!({ "content": "b", "clientRequestToken": "t" }));
    assert_eq!(other.unwrap_err(), "IdempotencyParameterMismatchException");
    assert_eq!(contents(&bench, json!({ "pullRequestId": pull["pullRequestId"] })), ["a"]);
}

#[test]
fn a_comment_holds_ten_thousand_two_hundred_and_forty_characters_and_no_more() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    post(&bench, &pull, json!({ "content": "é".repeat(10_240) })).unwrap();
    let longer = post(&bench, &pull, json!({ "content": "é".repeat(10_241) }));
    assert_eq!(longer.unwrap_err(), "CommentContentSizeLimitExceededException");
}

#[test]
fn only_the_author_changes_a_comment_and_another_session_is_another_author() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    let (one, two) = (bench.assume("voter", "one"), bench.assume("voter", "two"));
    let mut input = place(&pull);
    input["content"] = json!("first");
    let posted = bench.codecommit_as(&one, "PostCommentForPullRequest", input).unwrap();
    let change = json!({ "commentId": posted["comment"]["commentId"], "content": "second" });
    let refused = bench.codecommit_as(&two, "UpdateComment", change.clone()).unwrap_err();
    assert_eq!(refused, "CommentNotCreatedByCallerException");
    bench.codecommit_as(&one, "UpdateComment", change).unwrap();
    assert_eq!(contents(&bench, json!({ "pullRequestId": pull["pullRequestId"] })), ["second"]);
}

#[test]
fn refuses_comments_on_commits_that_are_the_same_or_not_there() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    let after = &pull["pullRequestTargets"][0]["sourceCommit"];
    let same = post(&bench, &pull, json!({ "content": "a", "beforeCommitId": after }));
    assert_eq!(same.unwrap_err(), "BeforeCommitIdAndAfterCommitIdAreSameException");
    let nowhere = post(&bench, &pull, json!({ "content": "a", "beforeCommitId": "1".repeat(40) }));
    assert_eq!(nowhere.unwrap_err(), "CommitDoesNotExistException");
}

#[test]
fn a_deleted_comment_keeps_its_place_without_its_text() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    let posted = post(&bench, &pull, json!({ "content": "oops" })).unwrap();
    let id = json!({ "commentId": posted["comment"]["commentId"] });
    bench.codecommit("DeleteCommentContent", id.clone()).unwrap();
    assert_eq!(bench.codecommit("GetComment", id).unwrap_err(), "CommentDeletedException");
    assert_eq!(contents(&bench, json!({ "pullRequestId": pull["pullRequestId"] })), ["deleted"]);
}

#[test]
fn a_comment_stands_at_a_line_that_its_file_has_or_is_refused() {
    let bench = Bench::new();
    bench.demo();
    let pull = bench.open();
    let at = |file: &str, line: u64, side: &str| {
        let location = json!({ "filePath": file, "filePosition": line, "relativeFileVersion": side });
        post(&bench, &pull, json!({ "content": "here", "location": location })).map(|answer| answer["location"].clone())
    };
    let there = json!({ "filePath": "feature.txt", "filePosition": 1, "relativeFileVersion": "AFTER" });
    assert_eq!(at("feature.txt", 1, "AFTER").unwrap(), there);
    assert_eq!(at("feature.txt", 1, "BEFORE").unwrap_err(), "PathDoesNotExistException");
    assert_eq!(at("nowhere.txt", 1, "AFTER").unwrap_err(), "PathDoesNotExistException");
    for line in [0, 2] {
        assert_eq!(at("feature.txt", line, "AFTER").unwrap_err(), "InvalidFilePositionException");
    }
    assert_eq!(at("feature.txt", 1, "BESIDE").unwrap_err(), "InvalidRelativeFileVersionEnumException");
}
