//! Where branches and tags stand. Git's own files come first, our record follows: every change, whether pushed or
//! called for, ends in [`reconcile`], which compares the two and writes what follows from the difference in one
//! transaction. After a kill the same comparison takes up what was left.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::OwnedMutexGuard;

use super::model::{MergeOption, Repository};
use super::moves;
use crate::git::{self, ZERO};
use crate::world::Shared;
use crate::{AwsError, Transaction};

/// One lock for each repository, held while its references change or are compared.
#[derive(Default)]
pub(crate) struct Locks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

/// Proof that a repository's lock is held.
pub(super) struct Held(#[allow(dead_code)] OwnedMutexGuard<()>);

/// A change of one reference through the API, written down before git makes it, so that after a kill it is known who
/// asked and what else follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Intent {
    /// Full name.
    pub(super) reference: String,
    /// Where it must stand; none when it must not be there.
    pub(super) old: Option<String>,
    /// Where it goes; none when it goes away.
    pub(super) new: Option<String>,
    /// The caller's ARN.
    pub(super) actor: String,
    /// The merge that this is.
    pub(super) merge: Option<Merge>,
}

/// What a merge adds to its intent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Merge {
    /// The pull request that it closes; none for a merge of branches.
    pub(super) pull_request: Option<u64>,
    /// How.
    pub(super) option: MergeOption,
    /// The common ancestor.
    pub(super) base: Option<String>,
    /// The merged tip.
    pub(super) source: String,
    /// `FILE_LEVEL` or `LINE_LEVEL`
    pub(super) detail: String,
    /// `NONE`, `ACCEPT_SOURCE`, `ACCEPT_DESTINATION`, `AUTOMERGE`
    pub(super) strategy: String,
}

/// A repository's record; git clients may add `.git` to its name.
pub(crate) fn repository_by_name(world: &Shared, name: &str) -> Option<Repository> {
    let record = world.store.get("repositories", name);
    record.or_else(|| world.store.get("repositories", name.strip_suffix(".git")?))
}

/// Where a reference stands, by its full name.
pub(super) fn tip(world: &Shared, repository: &Repository, reference: &str) -> Option<String> {
    world.store.get("references", &key(repository, reference))
}

/// The same inside a transaction.
pub(super) fn tip_in(tx: &Transaction<'_>, repository: &Repository, reference: &str) -> Option<String> {
    tx.get("references", &key(repository, reference))
}

/// The key of a reference's record.
pub(super) fn key(repository: &Repository, reference: &str) -> String {
    format!("{}/{reference}", repository.id)
}

/// All references with their tips, by full name, that start with `prefix`.
pub(super) fn list(world: &Shared, repository: &Repository, prefix: &str) -> Vec<(String, String)> {
    let skip = repository.id.len() + 1;
    let found = world.store.scan::<String>("references", &key(repository, prefix));
    found.into_iter().map(|(key, tip)| (key[skip..].to_owned(), tip)).collect()
}

/// Waits for a repository's lock.
pub(super) async fn lock(world: &Shared, repository: &Repository) -> Held {
    let lock = {
        let mut locks = world.running.codecommit.0.lock().unwrap_or_else(PoisonError::into_inner);
        locks.entry(repository.id.clone()).or_default().clone()
    };
    Held(lock.lock_owned().await)
}

/// Moves one reference and records all that follows. `check` runs in the transaction that writes the intent: what it
/// refuses does not happen, and what it saw cannot change before.
///
/// # Errors
/// What `check` refuses; `concurrent` when the reference no longer stands where the intent says.
pub(super) async fn change(
    world: &Shared,
    held: &Held,
    repository: &Repository,
    intent: Intent,
    concurrent: &AwsError,
    check: impl FnOnce(&mut Transaction<'_>) -> Result<(), AwsError>,
) -> Result<(), AwsError> {
    world.store.transact(|tx| -> Result<(), AwsError> {
        if tip_in(tx, repository, &intent.reference) != intent.old {
            return Err(concurrent.clone());
        }
        check(tx)?;
        tx.put("intents", &repository.id, &intent);
        Ok(())
    })?;
    let new = intent.new.as_deref().unwrap_or(ZERO);
    let old = intent.old.as_deref().unwrap_or(ZERO);
    let moved = repository.git(world).update_ref(&intent.reference, new, old).await;
    settle(world, held, repository).await?;
    // A push that came in between is the one reason for git to refuse: names and commits were checked before.
    moved.map_err(|_| concurrent.clone())
}

/// Records where a repository's references stand now, with all that follows for its pull requests.
///
/// # Errors
/// When files cannot be read or written.
pub(crate) async fn reconcile(world: &Shared, name: &str) -> Result<(), AwsError> {
    let Some(repository) = world.store.get::<Repository>("repositories", name) else { return Ok(()) };
    let held = lock(world, &repository).await;
    settle(world, &held, &repository).await
}

/// Takes up every repository as the last run left it, and removes folders that no record names.
///
/// # Errors
/// When files cannot be read or written.
pub(crate) async fn start(world: &Shared) -> Result<(), AwsError> {
    let folder = world.data.join("repositories");
    let failed = |e: std::io::Error| AwsError::internal(format!("{}: {e}", folder.display()));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let records: Vec<(String, Repository)> = world.store.scan("repositories", "");
    for (_, repository) in &records {
        let git = repository.git(world);
        let broken = |e: std::io::Error| AwsError::internal(format!("{}: {e}", git.path.display()));
        git::wait_for_orphan(&git, Duration::from_secs(5)).await.map_err(broken)?;
        let held = lock(world, repository).await;
        settle(world, &held, repository).await?;
    }
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !records.iter().any(|(_, repository)| repository.git(world).path == path) {
            std::fs::remove_dir_all(&path).map_err(failed)?;
        }
    }
    Ok(())
}

async fn settle(world: &Shared, _held: &Held, repository: &Repository) -> Result<(), AwsError> {
    // Read again: the default branch may have been set since the caller looked.
    let Some(repository) = world.store.get::<Repository>("repositories", &repository.name) else { return Ok(()) };
    let git = repository.git(world);
    let now = git::read_refs(&git).map_err(|e| AwsError::internal(format!("{}: {e}", git.path.display())))?;
    let before: std::collections::BTreeMap<String, String> = list(world, &repository, "").into_iter().collect();
    let mut moved = Vec::new();
    for name in before.keys().chain(now.keys().filter(|name| !before.contains_key(*name))) {
        let (old, new) = (before.get(name).cloned(), now.get(name).cloned());
        if old != new {
            moved.push(moves::Move { reference: name.clone(), old, new });
        }
    }
    let intent: Option<Intent> = world.store.get("intents", &repository.id);
    let default = match &repository.default_branch {
        None => first_branch(&now),
        Some(_) => None,
    };
    if let Some(branch) = &default {
        set_head(&git, branch)?;
    }
    if moved.is_empty() && intent.is_none() && default.is_none() {
        return Ok(());
    }
    moves::record(world, &repository, moved, intent, default).await
}

/// The branch that becomes the default one: of several pushed at once, `main`, else `master`, else the first by name
/// (*assumed*: the order in a push is not visible).
fn first_branch(refs: &std::collections::BTreeMap<String, String>) -> Option<String> {
    let branches: Vec<&str> = refs.keys().filter_map(|name| name.strip_prefix("refs/heads/")).collect();
    let favoured = ["main", "master"].into_iter().find(|name| branches.contains(name));
    favoured.or(branches.first().copied()).map(str::to_owned)
}

/// Points `HEAD` at a branch, so that a clone checks it out.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn set_head(git: &git::Repository, branch: &str) -> Result<(), AwsError> {
    let fresh = git.path.join("HEAD.new");
    let failed = |e: std::io::Error| AwsError::internal(format!("{}: {e}", fresh.display()));
    std::fs::write(&fresh, format!("ref: refs/heads/{branch}\n")).map_err(failed)?;
    std::fs::rename(&fresh, git.path.join("HEAD")).map_err(failed)
}
