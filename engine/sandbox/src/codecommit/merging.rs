//! How two tips merge: CodeCommit's options and levels in git's terms. It moves no reference.

use std::collections::{BTreeMap, BTreeSet};

use super::files;
use super::model::{MergeOption, Repository};
use super::specifier;
use crate::AwsError;
use crate::clock::now_ms;
use crate::fields::Fields;
use crate::git::{self, Change, Identity, Objects, TreeChange, objects::header};
use crate::world::{Caller, Shared};

/// `conflictDetailLevel` and `conflictResolutionStrategy`.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// `FILE_LEVEL` (the default) or `LINE_LEVEL`
    pub(super) detail: String,
    /// `NONE` (the default), `ACCEPT_SOURCE`, `ACCEPT_DESTINATION`, `AUTOMERGE`
    pub(super) strategy: String,
}

impl Settings {
    /// # Errors
    /// `InvalidConflictDetailLevelException`, `InvalidConflictResolutionStrategyException`.
    pub(super) fn read(f: &mut Fields) -> Result<Self, AwsError> {
        let detail = f.str("conflictDetailLevel")?.unwrap_or_else(|| "FILE_LEVEL".to_owned());
        let strategy = f.str("conflictResolutionStrategy")?.unwrap_or_else(|| "NONE".to_owned());
        if !["FILE_LEVEL", "LINE_LEVEL"].contains(&detail.as_str()) {
            let text = format!("{detail:?} is not a conflict detail level");
            return Err(AwsError::client("InvalidConflictDetailLevelException", text));
        }
        if !["NONE", "ACCEPT_SOURCE", "ACCEPT_DESTINATION", "AUTOMERGE"].contains(&strategy.as_str()) {
            let text = format!("{strategy:?} is not a conflict resolution strategy");
            return Err(AwsError::client("InvalidConflictResolutionStrategyException", text));
        }
        Ok(Self { detail, strategy })
    }
}

/// Who writes the merge commit, and what it says.
pub(super) struct Words {
    author: Identity,
    message: Option<String>,
}

impl Words {
    /// Reads `authorName`, `email`, `commitMessage`; the author defaults to the caller's name.
    ///
    /// # Errors
    /// `NameLengthExceededException`, `InvalidEmailException`, `CommitMessageLengthExceededException`.
    pub(super) fn read(f: &mut Fields, caller: &Caller, name_field: &str) -> Result<Self, AwsError> {
        let name = f.str(name_field)?.filter(|name| !name.is_empty());
        let email = f.str("email")?.unwrap_or_default();
        let message = f.str("commitMessage")?.filter(|text| !text.is_empty());
        if name.as_ref().is_some_and(|name| name.chars().count() > 256) {
            return Err(AwsError::client("NameLengthExceededException", "an author's name has at most 256 characters"));
        }
        if email.contains(['<', '>', '\n']) || email.len() > 256 {
            return Err(AwsError::client("InvalidEmailException", format!("{email:?} is not an email address")));
        }
        if message.as_ref().is_some_and(|text| text.len() > 2 * 1024 * 1024) {
            let text = "a commit message has at most 2 MB";
            return Err(AwsError::client("CommitMessageLengthExceededException", text));
        }
        let own = caller.arn.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Self { author: Identity { name: name.unwrap_or(own), email }, message })
    }

    /// Writes a commit of a tree with these words.
    ///
    /// # Errors
    /// When the object cannot be written.
    pub(super) fn commit(
        &self,
        git: &git::Repository,
        tree: &str,
        parents: &[&str],
        default_message: &str,
    ) -> Result<String, AwsError> {
        let message = self.message.as_deref().unwrap_or(default_message);
        git::write_commit(git, tree, parents, &self.author, now_ms() / 1000, message)
    }
}

/// Two commits to merge, by full id.
#[derive(Debug, Clone)]
pub(super) struct Tips {
    /// The tip that is merged.
    pub(super) source: String,
    /// The tip that it is merged into.
    pub(super) destination: String,
    /// Their best common ancestor.
    pub(super) base: Option<String>,
}

impl Tips {
    /// Reads `sourceCommitSpecifier` and `destinationCommitSpecifier`.
    ///
    /// # Errors
    /// `CommitRequiredException`, `InvalidCommitException`, `CommitDoesNotExistException`.
    pub(super) async fn read(world: &Shared, repository: &Repository, f: &mut Fields) -> Result<Self, AwsError> {
        let source = f.required_str("sourceCommitSpecifier", "CommitRequiredException")?;
        let destination = f.required_str("destinationCommitSpecifier", "CommitRequiredException")?;
        let git = repository.git(world);
        let mut objects = Objects::open(&git)?;
        let (source, _) = specifier::commit(world, repository, &mut objects, &source).await?;
        let (destination, _) = specifier::commit(world, repository, &mut objects, &destination).await?;
        let base = git::merge_base(&git, &destination, &source).await?;
        Ok(Self { source, destination, base })
    }

    /// Whether the destination can simply move to the source.
    pub(super) fn is_fast_forward(&self) -> bool {
        self.base.as_ref() == Some(&self.destination)
    }
}

/// A file that both sides changed, with its change on either side.
#[derive(Debug, Clone)]
pub(super) struct Conflict {
    /// The path, of any bytes.
    pub(super) path: Vec<u8>,
    /// From the base to the source.
    pub(super) source: Option<Change>,
    /// From the base to the destination.
    pub(super) destination: Option<Change>,
}

/// The tree of a merge, or what is in its way. `FILE_LEVEL` takes any file that both sides changed differently for a
/// conflict, `LINE_LEVEL` and `AUTOMERGE` merge as git does (*documented*: GetMergeConflicts).
///
/// # Errors
/// When git fails.
pub(super) async fn merged_tree(
    git: &git::Repository,
    tips: &Tips,
    settings: &Settings,
) -> Result<Result<String, Vec<Conflict>>, AwsError> {
    let by_line = settings.detail == "LINE_LEVEL" || settings.strategy == "AUTOMERGE";
    if by_line {
        let favour = match settings.strategy.as_str() {
            "ACCEPT_SOURCE" => Some("theirs"),
            "ACCEPT_DESTINATION" => Some("ours"),
            _ => None,
        };
        return by_git(git, tips, favour).await;
    }
    let source = git::differences(git, tips.base.as_deref(), &tips.source).await?;
    let destination = git::differences(git, tips.base.as_deref(), &tips.destination).await?;
    let there: BTreeMap<&[u8], &Change> = destination.iter().map(|change| (&change.path[..], change)).collect();
    let conflicts: Vec<Conflict> = source
        .iter()
        .filter_map(|change| {
            let other = there.get(&change.path[..]).filter(|other| other.after != change.after)?;
            let destination = Some((*other).clone());
            Some(Conflict { path: change.path.clone(), source: Some(change.clone()), destination })
        })
        .collect();
    match settings.strategy.as_str() {
        "NONE" if conflicts.is_empty() => by_git(git, tips, None).await,
        "NONE" => Ok(Err(conflicts)),
        strategy => {
            let kept: BTreeSet<&[u8]> = match strategy {
                "ACCEPT_DESTINATION" => conflicts.iter().map(|conflict| &conflict.path[..]).collect(),
                _ => BTreeSet::new(),
            };
            let taken = source.iter().filter(|change| !kept.contains(&change.path[..]));
            take(git, &tips.destination, taken).await.map(Ok)
        }
    }
}

async fn by_git(
    git: &git::Repository,
    tips: &Tips,
    favour: Option<&str>,
) -> Result<Result<String, Vec<Conflict>>, AwsError> {
    let paths: BTreeSet<Vec<u8>> = match git::merge_trees(git, &tips.destination, &tips.source, favour).await? {
        Ok(tree) => return Ok(Ok(tree)),
        Err(paths) => paths.into_iter().collect(),
    };
    let source = git::differences(git, tips.base.as_deref(), &tips.source).await?;
    let destination = git::differences(git, tips.base.as_deref(), &tips.destination).await?;
    let side = |changes: &[Change], path: &[u8]| changes.iter().find(|change| change.path == path).cloned();
    let conflicts = paths.into_iter().map(|path| Conflict {
        source: side(&source, &path),
        destination: side(&destination, &path),
        path,
    });
    Ok(Err(conflicts.collect()))
}

/// The destination's tree with the source's version of some files.
async fn take<'a>(
    git: &git::Repository,
    destination: &str,
    changes: impl Iterator<Item = &'a Change>,
) -> Result<String, AwsError> {
    let changes: Vec<(&[u8], TreeChange)> = changes
        .map(|change| {
            let after = change.after.clone();
            let what = after.map_or(TreeChange::Delete, |(mode, id)| TreeChange::Put { mode, id });
            (&change.path[..], what)
        })
        .collect();
    let mut objects = Objects::open(git)?;
    let tree = tree_of(&mut objects, destination).await?;
    git::write_tree(git, &mut objects, Some(&tree), changes.iter().map(|(path, change)| (*path, change))).await
}

/// A commit's tree.
///
/// # Errors
/// When the commit is not there.
pub(super) async fn tree_of(objects: &mut Objects, commit: &str) -> Result<String, AwsError> {
    let found = objects.commit(commit).await?;
    found.and_then(|(_, bytes)| header(&bytes, "tree")).ok_or_else(|| specifier::no_commit(commit))
}

/// The commit that a merge of this kind makes; for a fast-forward, the source itself.
///
/// # Errors
/// `ManualMergeRequiredException` when it cannot be made without a person.
pub(super) async fn merge_commit(
    git: &git::Repository,
    tips: &Tips,
    option: MergeOption,
    settings: &Settings,
    words: &Words,
    default_message: &str,
) -> Result<String, AwsError> {
    if option == MergeOption::FastForward {
        return if tips.is_fast_forward() { Ok(tips.source.clone()) } else { Err(manual(&[])) };
    }
    let tree = merged_tree(git, tips, settings).await?.map_err(|conflicts| manual(&conflicts))?;
    let parents: &[&str] = match option {
        MergeOption::ThreeWay => &[&tips.destination, &tips.source],
        MergeOption::Squash | MergeOption::FastForward => &[&tips.destination],
    };
    words.commit(git, &tree, parents, default_message)
}

fn manual(conflicts: &[Conflict]) -> AwsError {
    let mut text = "The pull request cannot be merged automatically into the destination branch. You must manually \
                    merge the branches and resolve any conflicts."
        .to_owned();
    if !conflicts.is_empty() {
        let paths: Vec<String> = conflicts.iter().take(10).map(|conflict| git::shown(&conflict.path)).collect();
        text.push_str(&format!(" Files in conflict: {}", paths.join(", ")));
    }
    AwsError::client("ManualMergeRequiredException", text)
}

/// The mode of a file as the API names it.
pub(super) fn mode_name(mode: &str) -> Option<&'static str> {
    files::mode_name(&git::Entry { mode: mode.to_owned(), name: Vec::new(), id: String::new() })
}
