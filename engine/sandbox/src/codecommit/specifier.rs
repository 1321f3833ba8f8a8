//! Commit specifiers: a full commit id, a branch, a tag, `HEAD`, or a full reference name. Nothing of git's own
//! revision syntax is understood, so that no text of a caller ever reaches git as syntax.

use super::model::Repository;
use super::references::tip;
use crate::AwsError;
use crate::git::{Objects, is_object_id};
use crate::world::Shared;

/// The error for a commit that is not there.
pub(super) fn no_commit(text: &str) -> AwsError {
    AwsError::client("CommitDoesNotExistException", format!("the commit {text} does not exist in the repository"))
}

/// The object id that a specifier stands for, without asking whether it is there. A branch wins over a tag of the same
/// name (*assumed*).
///
/// # Errors
/// `InvalidCommitException`, `CommitDoesNotExistException`.
pub(super) fn resolve(world: &Shared, repository: &Repository, text: &str) -> Result<String, AwsError> {
    if is_object_id(text) {
        return Ok(text.to_owned());
    }
    if text.is_empty() || text.len() > 512 || text.contains(|c: char| c.is_control() || "~^:?*[\\ ".contains(c)) {
        return Err(AwsError::client("InvalidCommitException", format!("{text:?} is not a valid commit specifier")));
    }
    let candidates = match text {
        "HEAD" => vec![format!("refs/heads/{}", repository.default_branch.as_deref().unwrap_or("main"))],
        _ if text.starts_with("refs/") => vec![text.to_owned()],
        _ => vec![format!("refs/heads/{text}"), format!("refs/tags/{text}")],
    };
    candidates.iter().find_map(|name| tip(world, repository, name)).ok_or_else(|| no_commit(text))
}

/// The commit that a specifier stands for, with its bytes.
///
/// # Errors
/// `InvalidCommitException`, `CommitDoesNotExistException`.
pub(super) async fn commit(
    world: &Shared,
    repository: &Repository,
    objects: &mut Objects,
    text: &str,
) -> Result<(String, Vec<u8>), AwsError> {
    let id = resolve(world, repository, text)?;
    objects.commit(&id).await?.ok_or_else(|| no_commit(text))
}
