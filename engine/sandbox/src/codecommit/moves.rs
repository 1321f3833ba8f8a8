//! What follows when references moved: events, new revisions of pull requests, closed ones. All of it is one
//! transaction, so that an event is never without its cause.

use std::collections::BTreeMap;

use super::history::{self, What};
use super::model::{MergeOption, Merged, PullRequest, Repository, new_revision};
use super::notices;
use super::references::{Intent, key};
use crate::clock::now_ms;
use crate::git;
use crate::world::{Shared, World};
use crate::{AwsError, Transaction};

/// One reference that moved.
#[derive(Debug, Clone)]
pub(super) struct Move {
    /// Full name.
    pub(super) reference: String,
    /// Where it stood.
    pub(super) old: Option<String>,
    /// Where it stands.
    pub(super) new: Option<String>,
}

/// What one open pull request becomes.
#[derive(Debug, Clone)]
struct Outcome {
    source: Option<String>,
    destination: Option<String>,
    merge_base: Option<String>,
    /// The destination was pushed forward over the source's tip.
    pushed_over: bool,
}

/// Writes the new places of references and all that follows.
///
/// # Errors
/// When git or the journal fails.
pub(super) async fn record(
    world: &Shared,
    repository: &Repository,
    moved: Vec<Move>,
    intent: Option<Intent>,
    default: Option<String>,
) -> Result<(), AwsError> {
    // A change that git refused, or that a kill prevented, explains nothing.
    let intent = intent.filter(|i| moved.iter().any(|m| m.reference == i.reference && m.new == i.new));
    loop {
        // Git is asked outside of the transaction; a pull request that is new by then makes us ask again.
        let mut outcomes = BTreeMap::new();
        for pull in affected(&open_pull_requests(world, repository), &moved) {
            outcomes
                .insert((pull.number, pull.source_commit.clone()), outcome(world, repository, &pull, &moved).await?);
        }
        let done = world.store.transact(|tx| -> Result<bool, AwsError> {
            let pulls = affected(&open_in(tx, &repository.name), &moved);
            if pulls.iter().any(|pull| !outcomes.contains_key(&(pull.number, pull.source_commit.clone()))) {
                return Ok(false);
            }
            for one in &moved {
                write_move(world, tx, repository, one, intent.as_ref());
            }
            for mut pull in pulls {
                if let Some(outcome) = outcomes.get(&(pull.number, pull.source_commit.clone())) {
                    write_outcome(world, tx, &mut pull, outcome, intent.as_ref());
                }
            }
            tx.delete("intents", &repository.id);
            if let Some(mut record) = tx.get::<Repository>("repositories", &repository.name) {
                record.modified_ms = now_ms();
                record.default_branch = record.default_branch.or_else(|| default.clone());
                tx.put("repositories", &repository.name, &record);
            }
            Ok(true)
        })?;
        if done {
            return Ok(());
        }
    }
}

/// The open pull requests of a repository, oldest first.
pub(super) fn open_pull_requests(world: &Shared, repository: &Repository) -> Vec<PullRequest> {
    let index = world.store.scan::<u64>("open_pull_requests", &format!("{}/", repository.name));
    index.into_iter().filter_map(|(_, number)| world.store.get("pull_requests", &PullRequest::key(number))).collect()
}

fn open_in(tx: &Transaction<'_>, repository: &str) -> Vec<PullRequest> {
    let index = tx.scan::<u64>("open_pull_requests", &format!("{repository}/"));
    index.into_iter().filter_map(|(_, number)| tx.get("pull_requests", &PullRequest::key(number))).collect()
}

fn affected(pulls: &[PullRequest], moved: &[Move]) -> Vec<PullRequest> {
    let touches =
        |pull: &PullRequest| moved.iter().any(|m| m.reference == pull.source || m.reference == pull.destination);
    pulls.iter().filter(|pull| touches(pull)).cloned().collect()
}

async fn outcome(
    world: &Shared,
    repository: &Repository,
    pull: &PullRequest,
    moved: &[Move],
) -> Result<Outcome, AwsError> {
    let git = repository.git(world);
    let place = |name: &str, now: &str| match moved.iter().find(|m| m.reference == name) {
        Some(one) => one.new.clone(),
        None => Some(now.to_owned()),
    };
    let source = place(&pull.source, &pull.source_commit);
    let destination = place(&pull.destination, &pull.destination_commit);
    let merge_base = match (&source, &destination) {
        (Some(source), Some(destination)) => git::merge_base(&git, destination, source).await?,
        _ => pull.merge_base.clone(),
    };
    let mut pushed_over = false;
    let forward = moved.iter().find(|m| m.reference == pull.destination);
    if let (Some(Move { old: Some(old), new: Some(new), .. }), Some(tip)) = (forward, &source)
        && merge_base.as_ref() == Some(tip)
        && git::is_ancestor(&git, old, new).await?
    {
        pushed_over = git::first_parents(&git, old, new).await?.contains(tip);
    }
    Ok(Outcome { source, destination, merge_base, pushed_over })
}

fn write_move(world: &World, tx: &mut Transaction<'_>, repository: &Repository, one: &Move, intent: Option<&Intent>) {
    match &one.new {
        Some(new) => tx.put("references", &key(repository, &one.reference), new),
        None => tx.delete("references", &key(repository, &one.reference)),
    }
    let merge = intent.filter(|i| i.reference == one.reference && i.new == one.new).and_then(|i| i.merge.as_ref());
    if let Some(event) = notices::reference(world, repository, one, merge) {
        world.emit(tx, event);
    }
}

/// Deleting either branch closes (*documented*: user guide, "Merge a pull request"); a pushed fast-forward closes as
/// merged (*documented*, same page), any other pushed merge does not.
fn write_outcome(
    world: &World,
    tx: &mut Transaction<'_>,
    pull: &mut PullRequest,
    outcome: &Outcome,
    intent: Option<&Intent>,
) {
    let by_git = format!("arn:aws:iam::{}:user/git", world.account); // *assumed*: git says no name
    let ours = intent.filter(|intent| intent.reference == pull.source || intent.reference == pull.destination);
    let actor = ours.map_or(by_git, |intent| intent.actor.clone());
    let merge = ours.and_then(|intent| Some((intent.new.clone()?, intent.merge.as_ref()?)));
    let merge = merge.filter(|(_, merge)| merge.pull_request == Some(pull.number));
    let (Some(source), Some(destination)) = (&outcome.source, &outcome.destination) else {
        return close(world, tx, pull, None, &actor);
    };
    if let Some((commit, merge)) = merge {
        return close(world, tx, pull, Some(Merged { by: actor.clone(), commit, option: merge.option }), &actor);
    }
    let source_moved = *source != pull.source_commit;
    if outcome.pushed_over {
        pull.source_commit.clone_from(source);
        let merged = Merged { by: actor.clone(), commit: destination.clone(), option: MergeOption::FastForward };
        return close(world, tx, pull, Some(merged), &actor);
    }
    let before = pull.source_commit.clone();
    pull.source_commit.clone_from(source);
    pull.destination_commit.clone_from(destination);
    pull.merge_base.clone_from(&outcome.merge_base);
    if source_moved {
        pull.revision = new_revision();
        pull.active_ms = now_ms();
        let what = What::SourceUpdated {
            before,
            after: source.clone(),
            merge_base: outcome.merge_base.clone(),
            repository: pull.repository.clone(),
        };
        history::add(tx, pull, &actor, &what);
        world.emit(tx, notices::pull_request(world, pull, &actor, "pullRequestSourceBranchUpdated", &[]));
    }
    tx.put("pull_requests", &PullRequest::key(pull.number), &*pull);
}

/// Closes a pull request, merged or not, and says so.
pub(super) fn close(
    world: &World,
    tx: &mut Transaction<'_>,
    pull: &mut PullRequest,
    merged: Option<Merged>,
    actor: &str,
) {
    pull.open = false;
    pull.active_ms = now_ms();
    pull.merged = merged;
    match &pull.merged {
        Some(merged) => {
            let what = What::Merged {
                repository: pull.repository.clone(),
                destination: pull.destination.clone(),
                merged: merged.clone(),
            };
            history::add(tx, pull, actor, &what);
            let option = [("mergeOption", merged.option.name().into())];
            world.emit(tx, notices::pull_request(world, pull, actor, "pullRequestMergeStatusUpdated", &option));
        }
        None => {
            history::add(tx, pull, actor, &What::Closed);
            world.emit(tx, notices::pull_request(world, pull, actor, "pullRequestStatusChanged", &[]));
        }
    }
    tx.delete("open_pull_requests", &format!("{}/{}", pull.repository, PullRequest::key(pull.number)));
    tx.put("pull_requests", &PullRequest::key(pull.number), &*pull);
}
