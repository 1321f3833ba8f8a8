//! Asking whether a merge would work.

use serde_json::{Value, json};

use super::inputs;
use super::merge_branches::merge_option;
use super::merging::{Conflict, Settings, Tips, merged_tree, mode_name};
use super::model::{MergeOption, add};
use crate::AwsError;
use crate::fields::Fields;
use crate::git;
use crate::paging::{Page, with_token};
use crate::world::Shared;

/// `GetMergeOptions`: the options that would work.
pub(super) async fn options(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let settings = Settings::read(&mut f)?;
    let tips = Tips::read(world, &repository, &mut f).await?;
    f.finish()?;
    let mut works = Vec::new();
    if tips.is_fast_forward() {
        works.push(MergeOption::FastForward);
    }
    if merged_tree(&repository.git(world), &tips, &settings).await?.is_ok() {
        works.extend([MergeOption::Squash, MergeOption::ThreeWay]);
    }
    Ok(json!({
        "mergeOptions": works,
        "sourceCommitId": tips.source,
        "destinationCommitId": tips.destination,
        "baseCommitId": tips.base.unwrap_or_default(),
    }))
}

/// `GetMergeConflicts`
pub(super) async fn conflicts(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let option = merge_option(&mut f)?;
    let settings = Settings::read(&mut f)?;
    let (bad_token, bad_size) = ("InvalidContinuationTokenException", "InvalidMaxConflictFilesException");
    let page = Page::read(&mut f, "nextToken", "maxConflictFiles", 100, 1000, bad_token, bad_size)?;
    let tips = Tips::read(world, &repository, &mut f).await?;
    f.finish()?;
    let found = merged_tree(&repository.git(world), &tips, &settings).await?.err().unwrap_or_default();
    let mergeable = match option {
        MergeOption::FastForward => tips.is_fast_forward(),
        MergeOption::Squash | MergeOption::ThreeWay => found.is_empty(),
    };
    let (found, next) = page.cut(found);
    let mut shown = json!({
        "mergeable": mergeable,
        "destinationCommitId": tips.destination,
        "sourceCommitId": tips.source,
        "conflictMetadataList": found.iter().map(show).collect::<Vec<_>>(),
    });
    add(&mut shown, "baseCommitId", tips.base.as_deref());
    Ok(with_token(shown, "nextToken", next))
}

/// `ConflictMetadata`, without sizes and counts.
fn show(conflict: &Conflict) -> Value {
    let (mut modes, mut operations) = (json!({}), json!({}));
    for (name, side) in [("source", &conflict.source), ("destination", &conflict.destination)] {
        let Some(change) = side else { continue };
        operations[name] = json!(change.status.to_string());
        if let Some(mode) = change.after.as_ref().and_then(|(mode, _)| mode_name(mode)) {
            modes[name] = json!(mode);
        }
        if let Some(mode) = change.before.as_ref().and_then(|(mode, _)| mode_name(mode)) {
            modes["base"] = json!(mode);
        }
    }
    let after = |side: &Option<git::Change>| side.as_ref().and_then(|change| change.after.clone());
    let (source, destination) = (after(&conflict.source), after(&conflict.destination));
    let mode = |side: &Option<(String, String)>| side.as_ref().map(|(mode, _)| mode.clone());
    let id = |side: &Option<(String, String)>| side.as_ref().map(|(_, id)| id.clone());
    json!({
        "filePath": git::shown(&conflict.path),
        "fileModes": modes,
        "contentConflict": id(&source) != id(&destination),
        "fileModeConflict": source.is_some() && destination.is_some() && mode(&source) != mode(&destination),
        "objectTypeConflict": false,
        "mergeOperations": operations,
    })
}
