//! Merging a pull request.

use serde_json::{Value, json};

use super::approvals::evaluation;
use super::comment::not_associated;
use super::merging::{Settings, Tips, Words, merge_commit};
use super::model::{MergeOption, Merged, PullRequest};
use super::references::{Intent, Merge, change, lock};
use super::{inputs, moves, pulls};
use crate::fields::Fields;
use crate::world::{Caller, Shared, World};
use crate::{AwsError, Transaction};

/// `MergePullRequestBy…`. The rules are held against the approvals in the transaction that decides, so that what is
/// revoked a moment before counts.
pub(super) async fn merge(
    world: &Shared,
    caller: &Caller,
    mut f: Fields,
    option: MergeOption,
) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let repository = inputs::repository(world, &mut f)?;
    let wanted = f.str("sourceCommitId")?.map(inputs::check_commit_id).transpose()?;
    let (settings, words) = match option {
        MergeOption::FastForward => {
            let mut none = Fields::new("", Value::Null)?;
            (Settings::read(&mut none)?, Words::read(&mut none, caller, "authorName")?)
        }
        MergeOption::Squash | MergeOption::ThreeWay => {
            let _ = f.bool("keepEmptyFolders")?; // git keeps none; CodeCommit would add a .gitkeep
            (Settings::read(&mut f)?, Words::read(&mut f, caller, "authorName")?)
        }
    };
    f.finish()?;
    let held = lock(world, &repository).await;
    let pull = world.store.transact(|tx| {
        let pull = allowed(world, tx, number, wanted.as_deref())?;
        if pull.repository != repository.name {
            return Err(not_associated(&repository.name, number));
        }
        Ok(pull)
    })?;
    let tips = Tips {
        source: pull.source_commit.clone(),
        destination: pull.destination_commit.clone(),
        base: pull.merge_base.clone(),
    };
    let title = pull.title.replace('\n', " ");
    let message = format!("Merged pull request {number}: {title}\n"); // *assumed*
    let commit = merge_commit(&repository.git(world), &tips, option, &settings, &words, &message).await?;
    if commit == tips.destination {
        // No reference moves, so that nothing would follow: closing is the whole merge (*assumed*).
        world.store.transact(|tx| {
            let mut now = allowed(world, tx, number, Some(&tips.source))?;
            let merged = Merged { by: caller.arn.clone(), commit, option };
            moves::close(world, tx, &mut now, Some(merged), &caller.arn);
            Ok::<_, AwsError>(())
        })?;
        return Ok(json!({ "pullRequest": inputs::find_pull_request(world, number)?.show() }));
    }
    let intent = Intent {
        reference: pull.destination.clone(),
        old: Some(tips.destination.clone()),
        new: Some(commit),
        actor: caller.arn.clone(),
        merge: Some(Merge {
            pull_request: Some(number),
            option,
            base: tips.base,
            source: tips.source.clone(),
            detail: settings.detail,
            strategy: settings.strategy,
        }),
    };
    let text = "The merge cannot be completed because the destination branch was updated meanwhile. Try again.";
    let concurrent = AwsError::client("ConcurrentReferenceUpdateException", text);
    change(world, &held, &repository, intent, &concurrent, |tx| {
        let now = allowed(world, tx, number, Some(&tips.source))?;
        if now.revision == pull.revision { Ok(()) } else { Err(tip_moved()) }
    })
    .await?;
    drop(held);
    Ok(json!({ "pullRequest": inputs::find_pull_request(world, number)?.show() }))
}

/// Whether a pull request may be merged at this source tip, now.
fn allowed(world: &World, tx: &Transaction<'_>, number: u64, wanted: Option<&str>) -> Result<PullRequest, AwsError> {
    let pull = pulls::open_in(tx, number)?;
    if wanted.is_some_and(|wanted| wanted != pull.source_commit) {
        return Err(tip_moved());
    }
    let found = evaluation(world, tx, &pull);
    if !found.approved && !found.overridden {
        let text = format!(
            "The pull request cannot be merged because approval rules are not satisfied: {}",
            found.not_satisfied.join(", ")
        );
        return Err(AwsError::client("PullRequestApprovalRulesNotSatisfiedException", text));
    }
    Ok(pull)
}

fn tip_moved() -> AwsError {
    let text = "The tip of the source branch is different from the commit ID in the request; it was updated meanwhile.";
    AwsError::client("TipOfSourceReferenceIsDifferentException", text)
}
