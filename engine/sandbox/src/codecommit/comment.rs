//! Comments on pull requests: posting, answering, changing, deleting.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::inputs;
use super::model::{PullRequest, Repository, add, sha256};
use super::{files, notices, pulls, specifier};
use crate::clock::{epoch_seconds, now_ms};
use crate::fields::Fields;
use crate::git::Objects;
use crate::world::{Caller, Shared};
use crate::{AwsError, Transaction};

/// Table `comments`, by id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Comment {
    /// `UUID:UUID` (*recorded*: the form in AWS's own samples).
    pub(super) id: String,
    /// None once deleted.
    pub(super) content: Option<String>,
    /// The comment that it answers.
    pub(super) in_reply_to: Option<String>,
    /// When it was made.
    pub(super) created_ms: u64,
    /// When it was changed last.
    pub(super) modified_ms: u64,
    /// The author's ARN.
    pub(super) author: String,
    /// The author's idempotency token.
    pub(super) token: Option<String>,
    /// What it is about.
    pub(super) place: Place,
}

/// Where a comment stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The pull request's number.
    pub(super) pull_request: u64,
    /// The repository's name.
    pub(super) repository: String,
    /// The destination's commit that it compares with.
    pub(super) before: String,
    /// The source's commit that it is about.
    pub(super) after: String,
    /// File, line and side; none for a general comment.
    pub(super) location: Option<Location>,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    /// The file.
    pub(super) file_path: String,
    /// The line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_position: Option<u64>,
    /// `BEFORE` or `AFTER`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relative_file_version: Option<String>,
}

/// `PostCommentForPullRequest`. A closed pull request takes comments too (*documented*: the model lists no error).
pub(super) async fn post(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let repository = inputs::repository(world, &mut f)?;
    let before = inputs::commit_id(&mut f, "beforeCommitId", "CommitIdRequiredException")?;
    let after = inputs::commit_id(&mut f, "afterCommitId", "CommitIdRequiredException")?;
    let location = location(&mut f)?;
    let content = content(&mut f)?;
    let token = inputs::token(&mut f)?;
    f.finish()?;
    let pull = inputs::find_pull_request(world, number)?;
    if pull.repository != repository.name {
        return Err(not_associated(&repository.name, number));
    }
    if before == after {
        let text = "The before commit ID and the after commit ID are the same.";
        return Err(AwsError::client("BeforeCommitIdAndAfterCommitIdAreSameException", text));
    }
    // The pull request's own commits are there; git is asked about others only.
    let known = |id: &String| pull.source_commit == *id || pull.destination_commit == *id;
    if !known(&before) || !known(&after) {
        let mut objects = Objects::open(&repository.git(world))?;
        for id in [&before, &after] {
            objects.commit(id).await?.ok_or_else(|| specifier::no_commit(id))?;
        }
    }
    if let Some(location) = &location {
        let before_it = location.relative_file_version.as_deref() == Some("BEFORE");
        is_there(world, &repository, if before_it { &before } else { &after }, location).await?;
    }
    let place = Place { pull_request: number, repository: repository.name.clone(), before, after, location };
    let comment = write(world, caller, "PostCommentForPullRequest", token, content, None, place)?;
    let mut shown = json!({
        "repositoryName": repository.name,
        "pullRequestId": number.to_string(),
        "beforeCommitId": comment.place.before,
        "afterCommitId": comment.place.after,
        "comment": comment.show(),
    });
    if let Some(location) = &comment.place.location {
        shown["location"] = json!(location);
    }
    Ok(shown)
}

/// `PostCommentReply`
pub(super) fn reply(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let other = f.required_str("inReplyTo", "CommentIdRequiredException")?;
    let token = inputs::token(&mut f)?;
    let content = content(&mut f)?;
    f.finish()?;
    let place = find(world, &other)?.place;
    let comment = write(world, caller, "PostCommentReply", token, content, Some(other), place)?;
    Ok(json!({ "comment": comment.show() }))
}

/// `UpdateComment`: only by its author, which is one identity: another session of the same role is another
/// (*documented*: "Only comment authors can modify or delete their comments").
pub(super) fn update(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let id = comment_id(&mut f)?;
    let content = content(&mut f)?;
    f.finish()?;
    let repository = find(world, &id).and_then(|c| inputs::find_repository(world, &c.place.repository))?;
    world.store.transact(|tx| {
        let mut comment = living(tx, &id)?;
        if comment.author != caller.arn {
            let text = "The comment was not created by the caller: only its author can change it";
            return Err(AwsError::client("CommentNotCreatedByCallerException", text));
        }
        comment.content = Some(content);
        comment.modified_ms = now_ms();
        tx.put("comments", &id, &comment);
        world.emit(tx, notices::comment(world, &repository, &comment, &caller.arn, "commentOnPullRequestUpdated"));
        Ok(json!({ "comment": comment.show() }))
    })
}

/// `DeleteCommentContent`: the comment stays, its text goes. The model lists no error for others than the author.
pub(super) fn delete(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let id = comment_id(&mut f)?;
    f.finish()?;
    let repository = find(world, &id).and_then(|c| inputs::find_repository(world, &c.place.repository))?;
    world.store.transact(|tx| {
        let mut comment = living(tx, &id)?;
        comment.content = None;
        comment.modified_ms = now_ms();
        tx.put("comments", &id, &comment);
        world.emit(tx, notices::comment(world, &repository, &comment, &caller.arn, "commentOnPullRequestUpdated"));
        Ok(json!({ "comment": comment.show() }))
    })
}

/// `GetComment`
pub(super) fn get(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let id = comment_id(&mut f)?;
    f.finish()?;
    let comment = find(world, &id)?;
    if comment.content.is_none() {
        return Err(deleted());
    }
    Ok(json!({ "comment": comment.show() }))
}

impl Comment {
    /// `Comment`
    pub(super) fn show(&self) -> Value {
        let mut shown = json!({
            "commentId": self.id,
            "creationDate": epoch_seconds(self.created_ms),
            "lastModifiedDate": epoch_seconds(self.modified_ms),
            "authorArn": self.author,
            "deleted": self.content.is_none(),
            "callerReactions": [],
            "reactionCounts": {},
        });
        add(&mut shown, "content", self.content.as_deref());
        add(&mut shown, "inReplyTo", self.in_reply_to.as_deref());
        add(&mut shown, "clientRequestToken", self.token.as_deref());
        shown
    }
}

/// The error for a repository that a pull request is not of.
pub(super) fn not_associated(repository: &str, number: u64) -> AwsError {
    let text = format!("the repository {repository} is not the one of pull request {number}");
    AwsError::client("RepositoryNotAssociatedWithPullRequestException", text)
}

fn write(
    world: &Shared,
    caller: &Caller,
    operation: &str,
    token: Option<String>,
    content: String,
    in_reply_to: Option<String>,
    place: Place,
) -> Result<Comment, AwsError> {
    let repository = inputs::find_repository(world, &place.repository)?;
    let asked = sha256(&json!([content, in_reply_to, place]).to_string());
    let key = token.as_ref().map(|token| format!("{operation}/{}/{token}", caller.arn));
    world.store.transact(|tx| {
        let used = key.as_ref().and_then(|key| tx.get::<(String, String)>("tokens", key));
        // A comment that went with its repository leaves its token free.
        if let Some((before, comment)) = used.and_then(|(before, id)| Some((before, tx.get("comments", &id)?))) {
            return if before == asked { Ok(comment) } else { Err(pulls::mismatch()) };
        }
        let now = now_ms();
        let id = format!("{}:{}", uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        let author = caller.arn.clone();
        let content = Some(content);
        let comment = Comment { id, content, in_reply_to, created_ms: now, modified_ms: now, author, token, place };
        let number = comment.place.pull_request;
        if let Some(mut pull) = tx.get::<PullRequest>("pull_requests", &PullRequest::key(number)) {
            pull.active_ms = now;
            tx.put("pull_requests", &PullRequest::key(number), &pull);
        }
        let count = tx.next(&format!("comments/{number}"));
        tx.put("comments_of", &format!("{}/{count:010}", PullRequest::key(number)), &comment.id);
        tx.put("comments", &comment.id, &comment);
        if let Some(key) = &key {
            tx.put("tokens", key, &(&asked, &comment.id));
        }
        world.emit(tx, notices::comment(world, &repository, &comment, &caller.arn, "commentOnPullRequestCreated"));
        Ok(comment)
    })
}

/// Whether the commit has the line. *Assumed*: without `relativeFileVersion` it is the later one.
async fn is_there(world: &Shared, repository: &Repository, commit: &str, location: &Location) -> Result<(), AwsError> {
    let (commit, tree, mut objects) = files::open(world, repository, commit).await?;
    let path = &location.file_path;
    let entry = objects.find(&tree, path).await?.filter(|entry| files::mode_name(entry).is_some());
    let missing = || AwsError::client("PathDoesNotExistException", format!("there is no file {path} in {commit}"));
    let Some((_, bytes)) = objects.get(&entry.ok_or_else(missing)?.id).await? else { return Err(missing()) };
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').count();
    match location.file_position.map(usize::try_from) {
        Some(position) if !position.is_ok_and(|line| (1..=lines).contains(&line)) => {
            let text = format!("the file {path} has the lines 1 to {lines} in {commit}");
            Err(AwsError::client("InvalidFilePositionException", text))
        }
        Some(_) | None => Ok(()),
    }
}

fn comment_id(f: &mut Fields) -> Result<String, AwsError> {
    let id = f.required_str("commentId", "CommentIdRequiredException")?;
    let legal = |c: char| c.is_ascii_hexdigit() || c == '-' || c == ':';
    if id.len() > 128 || !id.chars().all(legal) {
        return Err(AwsError::client("InvalidCommentIdException", format!("{id:?} is not the ID of a comment")));
    }
    Ok(id)
}

fn find(world: &Shared, id: &str) -> Result<Comment, AwsError> {
    world.store.get("comments", id).ok_or_else(no_comment)
}

fn living(tx: &Transaction<'_>, id: &str) -> Result<Comment, AwsError> {
    let comment: Comment = tx.get("comments", id).ok_or_else(no_comment)?;
    if comment.content.is_none() { Err(deleted()) } else { Ok(comment) }
}

fn no_comment() -> AwsError {
    AwsError::client("CommentDoesNotExistException", "the comment does not exist")
}

fn deleted() -> AwsError {
    AwsError::client("CommentDeletedException", "the comment was deleted")
}

fn content(f: &mut Fields) -> Result<String, AwsError> {
    let content = f.required_str("content", "CommentContentRequiredException")?;
    if content.chars().count() > 10_240 {
        let text = "The comment is limited to 10,240 characters.";
        return Err(AwsError::client("CommentContentSizeLimitExceededException", text));
    }
    Ok(content)
}

fn location(f: &mut Fields) -> Result<Option<Location>, AwsError> {
    let Some(mut l) = f.object("location")? else { return Ok(None) };
    let file_path = files::path(l.required_str("filePath", "PathRequiredException")?)?;
    let file_position = l.u64("filePosition")?;
    let relative_file_version = l.str("relativeFileVersion")?;
    l.finish()?;
    if relative_file_version.as_ref().is_some_and(|side| side != "BEFORE" && side != "AFTER") {
        let text = "relativeFileVersion is BEFORE or AFTER";
        return Err(AwsError::client("InvalidRelativeFileVersionEnumException", text));
    }
    Ok(Some(Location { file_path, file_position, relative_file_version }))
}
