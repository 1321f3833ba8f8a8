//! Merging branches without a pull request, and merge commits that no branch points at.

use serde_json::{Value, json};

use super::branches::missing;
use super::inputs::{self, branch_name};
use super::merging::{Settings, Tips, Words, merge_commit, tree_of};
use super::model::{MergeOption, Repository};
use super::notices;
use super::references::{Intent, Merge, change, lock, tip};
use crate::AwsError;
use crate::fields::Fields;
use crate::git::{self, Objects};
use crate::world::{Caller, Shared};

/// `CreateUnreferencedMergeCommit`: the result of a merge as a commit that can only be had by its id (*documented*).
pub(super) async fn unreferenced(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let tips = Tips::read(world, &repository, &mut f).await?;
    let option = merge_option(&mut f)?;
    let settings = Settings::read(&mut f)?;
    let words = Words::read(&mut f, caller, "authorName")?;
    let _ = f.bool("keepEmptyFolders")?; // git keeps none
    f.finish()?;
    if option == MergeOption::FastForward {
        let text = "an unreferenced merge commit is made by SQUASH_MERGE or THREE_WAY_MERGE";
        return Err(AwsError::client("InvalidMergeOptionException", text));
    }
    let commit = merged(world, &repository, &tips, option, &settings, &words).await?;
    let merge = describe(&tips, option, &settings);
    let event = notices::unreferenced_merge(world, &repository, &commit, &merge, &tips.destination);
    world.store.transact(|tx| -> Result<(), AwsError> {
        world.emit(tx, event);
        Ok(())
    })?;
    shown(world, &repository, commit).await
}

/// `MergeBranchesBy…`. Without `targetBranch`, the destination must be a branch (*assumed*).
pub(super) async fn merge(
    world: &Shared,
    caller: &Caller,
    mut f: Fields,
    option: MergeOption,
) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let target = match f.str("targetBranch")? {
        Some(name) => name,
        None => {
            let destination = f.value("destinationCommitSpecifier");
            let text = destination.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
            f.put_back("destinationCommitSpecifier", destination);
            text
        }
    };
    let mut named = Fields::new("MergeBranches", json!({ "targetBranch": target.trim_start_matches("refs/heads/") }))?;
    let target = branch_name(&mut named, "targetBranch")?;
    let held = lock(world, &repository).await;
    let tips = Tips::read(world, &repository, &mut f).await?;
    let (settings, words) = (Settings::read(&mut f)?, Words::read(&mut f, caller, "authorName")?);
    let _ = f.bool("keepEmptyFolders")?; // git keeps none
    f.finish()?;
    let reference = format!("refs/heads/{target}");
    let old = tip(world, &repository, &reference).ok_or_else(|| missing(&target))?;
    let commit = merged(world, &repository, &tips, option, &settings, &words).await?;
    let text = "The target branch was updated meanwhile and has commits that the destination has not. Try again.";
    let concurrent = AwsError::client("ConcurrentReferenceUpdateException", text);
    // *Assumed*: so is a destination that was named by an older commit of the target.
    if !git::is_ancestor(&repository.git(world), &old, &commit).await? {
        return Err(concurrent);
    }
    let merge = Some(describe(&tips, option, &settings));
    let new = Some(commit.clone());
    let intent = Intent { reference, old: Some(old), new, actor: caller.arn.clone(), merge };
    change(world, &held, &repository, intent, &concurrent, |_| Ok(())).await?;
    shown(world, &repository, commit).await
}

/// Reads `mergeOption`.
///
/// # Errors
/// `MergeOptionRequiredException`, `InvalidMergeOptionException`.
pub(super) fn merge_option(f: &mut Fields) -> Result<MergeOption, AwsError> {
    let text = f.required_str("mergeOption", "MergeOptionRequiredException")?;
    let wrong = |_| AwsError::client("InvalidMergeOptionException", format!("{text:?} is not a merge option"));
    serde_json::from_value(json!(text)).map_err(wrong)
}

async fn merged(
    world: &Shared,
    repository: &Repository,
    tips: &Tips,
    option: MergeOption,
    settings: &Settings,
    words: &Words,
) -> Result<String, AwsError> {
    let message = format!("Merged {} into {}\n", tips.source, tips.destination); // *assumed*
    merge_commit(&repository.git(world), tips, option, settings, words, &message).await
}

fn describe(tips: &Tips, option: MergeOption, settings: &Settings) -> Merge {
    Merge {
        pull_request: None,
        option,
        base: tips.base.clone(),
        source: tips.source.clone(),
        detail: settings.detail.clone(),
        strategy: settings.strategy.clone(),
    }
}

async fn shown(world: &Shared, repository: &Repository, commit: String) -> Result<Value, AwsError> {
    let tree = tree_of(&mut Objects::open(&repository.git(world))?, &commit).await?;
    Ok(json!({ "commitId": commit, "treeId": tree }))
}
