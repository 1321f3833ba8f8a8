//! `GetDifferences`: a comparison of two trees without renames (*documented*: change types are A, M and D).

use serde_json::{Value, json};

use super::{files, inputs, specifier};
use crate::AwsError;
use crate::fields::Fields;
use crate::git::{self, Change};
use crate::paging::{Page, with_token};
use crate::world::Shared;

/// `GetDifferences`. Its page fields alone are capitalised (*documented*: the model).
pub(super) async fn get(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let before = f.str("beforeCommitSpecifier")?;
    let after = f.required_str("afterCommitSpecifier", "CommitRequiredException")?;
    let paths = (optional_path(&mut f, "beforePath")?, optional_path(&mut f, "afterPath")?);
    let (bad_token, bad_size) = ("InvalidContinuationTokenException", "InvalidMaxResultsException");
    let page = Page::read(&mut f, "NextToken", "MaxResults", 100, 500, bad_token, bad_size)?;
    f.finish()?;
    let after = specifier::resolve(world, &repository, &after)?;
    let before = before.map(|text| specifier::resolve(world, &repository, &text)).transpose()?;
    let git = repository.git(world);
    let missing = |_| specifier::no_commit(&format!("{} or {after}", before.as_deref().unwrap_or("none")));
    let mut changes = git::differences(&git, before.as_deref(), &after).await.map_err(missing)?;
    changes.retain(|change| wanted(change, &paths));
    let (changes, next) = page.cut(changes);
    let shown: Vec<Value> = changes.iter().map(show).collect();
    Ok(with_token(json!({ "differences": shown }), "NextToken", next))
}

fn optional_path(f: &mut Fields, name: &str) -> Result<Option<String>, AwsError> {
    match f.str(name)? {
        Some(text) if !text.trim_matches('/').is_empty() => files::path(text).map(Some),
        _ => Ok(None),
    }
}

/// Each path limits its own side to a file or a folder.
fn wanted(change: &Change, (before, after): &(Option<String>, Option<String>)) -> bool {
    let within = |path: &Option<String>| match path {
        None => true,
        Some(path) => change.path.strip_prefix(path.as_bytes()).is_some_and(|rest| rest.is_empty() || rest[0] == b'/'),
    };
    (change.before.is_none() || within(before)) && (change.after.is_none() || within(after))
}

fn show(change: &Change) -> Value {
    let mut shown = json!({ "changeType": change.status.to_string() });
    for (name, side) in [("beforeBlob", &change.before), ("afterBlob", &change.after)] {
        if let Some((mode, id)) = side {
            shown[name] = json!({ "blobId": id, "path": git::shown(&change.path), "mode": mode });
        }
    }
    shown
}
