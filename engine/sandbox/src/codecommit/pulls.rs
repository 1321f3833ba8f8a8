//! Pull requests: opening, reading, changing title, description and status.

use serde_json::{Value, json};

use super::history::{self, What};
use super::inputs;
use super::model::{PullRequest, Repository, new_revision, sha256};
use super::references::{tip, tip_in};
use super::{moves, notices, templates};
use crate::clock::now_ms;
use crate::fields::Fields;
use crate::git;
use crate::world::{Caller, Shared};
use crate::{AwsError, Transaction};

/// The two ends of a new pull request.
struct Ends {
    repository: Repository,
    source: String,
    destination: String,
}

/// `CreatePullRequest`
pub(super) async fn create(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let title = title(&mut f)?;
    let description = description(&mut f)?;
    let token = inputs::token(&mut f)?;
    let ends = target(world, &mut f)?;
    f.finish()?;
    let asked = sha256(&json!([title, description, ends.repository.name, ends.source, ends.destination]).to_string());
    let token_key = token.as_ref().map(|token| format!("CreatePullRequest/{}/{token}", caller.arn));
    let git = ends.repository.git(world);
    loop {
        let source_commit = tip(world, &ends.repository, &ends.source).ok_or_else(|| no_reference(&ends.source))?;
        let destination_commit =
            tip(world, &ends.repository, &ends.destination).ok_or_else(|| no_reference(&ends.destination))?;
        let merge_base = git::merge_base(&git, &destination_commit, &source_commit).await?;
        let done = world.store.transact(|tx| -> Result<Option<PullRequest>, AwsError> {
            let used = token_key.as_ref().and_then(|key| tx.get::<(String, u64)>("tokens", key));
            // A pull request that went with its repository leaves its token free.
            let used = used.and_then(|(before, n)| Some((before, tx.get("pull_requests", &PullRequest::key(n))?)));
            if let Some((before, pull)) = used {
                return if before == asked { Ok(Some(pull)) } else { Err(mismatch()) };
            }
            let still = |name: &str, commit: &String| tip_in(tx, &ends.repository, name).as_ref() == Some(commit);
            if !still(&ends.source, &source_commit) || !still(&ends.destination, &destination_commit) {
                return Ok(None); // a push came in between
            }
            let now = now_ms();
            let number = tx.next("pull_requests");
            let pull = PullRequest {
                number,
                title: title.clone(),
                description: description.clone(),
                open: true,
                author: caller.arn.clone(),
                created_ms: now,
                active_ms: now,
                repository: ends.repository.name.clone(),
                source: ends.source.clone(),
                destination: ends.destination.clone(),
                source_commit: source_commit.clone(),
                destination_commit: destination_commit.clone(),
                merge_base: merge_base.clone(),
                merged: None,
                token: token.clone(),
                revision: new_revision(),
                rules: templates::rules_for(tx, &ends.repository, &ends.destination),
            };
            if let Some(key) = &token_key {
                tx.put("tokens", key, &(&asked, number));
            }
            let what = What::Created {
                repository: pull.repository.clone(),
                source: source_commit.clone(),
                destination: destination_commit.clone(),
                merge_base: merge_base.clone(),
            };
            history::add(tx, &pull, &caller.arn, &what);
            tx.put("pull_requests", &PullRequest::key(number), &pull);
            tx.put("open_pull_requests", &format!("{}/{}", pull.repository, PullRequest::key(number)), &number);
            world.emit(tx, notices::pull_request(world, &pull, &caller.arn, "pullRequestCreated", &[]));
            Ok(Some(pull))
        })?;
        if let Some(pull) = done {
            return Ok(json!({ "pullRequest": pull.show() }));
        }
    }
}

/// `GetPullRequest`
pub(super) fn get(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    f.finish()?;
    Ok(json!({ "pullRequest": inputs::find_pull_request(world, number)?.show() }))
}

/// `UpdatePullRequestTitle`. It emits no event (*documented*: none is listed for it).
pub(super) fn update_title(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let title = title(&mut f)?;
    f.finish()?;
    change(world, number, |pull| pull.title = title)
}

/// `UpdatePullRequestDescription`. It emits no event (*documented*: none is listed for it).
pub(super) fn update_description(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let text = description(&mut f)?
        .ok_or_else(|| AwsError::client("InvalidDescriptionException", "description is required"))?;
    f.finish()?;
    change(world, number, |pull| pull.description = Some(text).filter(|text| !text.is_empty()))
}

/// `UpdatePullRequestStatus`: "the only valid update is from OPEN to CLOSED" (*documented*).
pub(super) fn update_status(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let status = f.required_str("pullRequestStatus", "PullRequestStatusRequiredException")?;
    f.finish()?;
    if status != "OPEN" && status != "CLOSED" {
        let text = format!("{status:?} is not a pull request status: OPEN, CLOSED");
        return Err(AwsError::client("InvalidPullRequestStatusException", text));
    }
    world.store.transact(|tx| {
        let mut pull = find_in(tx, number)?;
        if !pull.open || status == "OPEN" {
            let text = "The only valid update is from OPEN to CLOSED";
            return Err(AwsError::client("InvalidPullRequestStatusUpdateException", text));
        }
        moves::close(world, tx, &mut pull, None, &caller.arn);
        Ok(json!({ "pullRequest": pull.show() }))
    })
}

/// A pull request inside a transaction.
///
/// # Errors
/// `PullRequestDoesNotExistException`.
pub(super) fn find_in(tx: &Transaction<'_>, number: u64) -> Result<PullRequest, AwsError> {
    tx.get("pull_requests", &PullRequest::key(number)).ok_or_else(|| inputs::no_pull_request(number))
}

/// An open pull request inside a transaction.
///
/// # Errors
/// `PullRequestDoesNotExistException`, `PullRequestAlreadyClosedException`.
pub(super) fn open_in(tx: &Transaction<'_>, number: u64) -> Result<PullRequest, AwsError> {
    let pull = find_in(tx, number)?;
    if pull.open {
        return Ok(pull);
    }
    let text = format!("the pull request {number} is already closed");
    Err(AwsError::client("PullRequestAlreadyClosedException", text))
}

/// The error for a token that was used for something else.
pub(super) fn mismatch() -> AwsError {
    let text = "The client request token was used before with other parameters.";
    AwsError::client("IdempotencyParameterMismatchException", text)
}

fn change(world: &Shared, number: u64, change: impl FnOnce(&mut PullRequest)) -> Result<Value, AwsError> {
    world.store.transact(|tx| {
        let mut pull = open_in(tx, number)?;
        change(&mut pull);
        pull.active_ms = now_ms();
        tx.put("pull_requests", &PullRequest::key(number), &pull);
        Ok(json!({ "pullRequest": pull.show() }))
    })
}

fn title(f: &mut Fields) -> Result<String, AwsError> {
    let title = f.required_str("title", "TitleRequiredException")?;
    if title.chars().count() > 150 {
        return Err(AwsError::client("InvalidTitleException", "a title has at most 150 characters"));
    }
    Ok(title)
}

fn description(f: &mut Fields) -> Result<Option<String>, AwsError> {
    let text = f.str("description")?;
    if text.as_ref().is_some_and(|text| text.chars().count() > 10_240) {
        return Err(AwsError::client("InvalidDescriptionException", "a description has at most 10,240 characters"));
    }
    Ok(text)
}

/// *Documented*: exactly one target; without a destination, the default branch.
fn target(world: &Shared, f: &mut Fields) -> Result<Ends, AwsError> {
    let mut targets = f.list("targets")?.unwrap_or_default();
    let (Some(one), true) = (targets.pop(), targets.is_empty()) else {
        return Err(AwsError::client("TargetsRequiredException", "targets holds exactly one target"));
    };
    let mut t = Fields::new("CreatePullRequest.targets", one)
        .map_err(|_| AwsError::client("InvalidTargetException", "a target is an object"))?;
    let repository = inputs::repository(world, &mut t)?;
    let source = full_name(t.required_str("sourceReference", "ReferenceNameRequiredException")?)?;
    let destination = match t.str("destinationReference")? {
        Some(name) => full_name(name)?,
        None => match &repository.default_branch {
            Some(name) => format!("refs/heads/{name}"),
            None => return Err(no_reference("of the default branch")),
        },
    };
    t.finish()?;
    if source == destination {
        let text = "The source branch and the destination branch are the same";
        return Err(AwsError::client("SourceAndDestinationAreSameException", text));
    }
    Ok(Ends { repository, source, destination })
}

fn full_name(name: String) -> Result<String, AwsError> {
    let short = name.strip_prefix("refs/heads/").unwrap_or(&name);
    if short.starts_with("refs/") {
        let text = format!("{name} is no branch: a pull request goes from one branch to another");
        return Err(AwsError::client("ReferenceTypeNotSupportedException", text));
    }
    if !inputs::is_branch_name(short) {
        return Err(AwsError::client("InvalidReferenceNameException", format!("{name:?} is not a valid branch name")));
    }
    Ok(format!("refs/heads/{short}"))
}

fn no_reference(name: &str) -> AwsError {
    AwsError::client("ReferenceDoesNotExistException", format!("the reference {name} does not exist"))
}
