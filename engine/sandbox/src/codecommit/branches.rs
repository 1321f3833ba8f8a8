//! Branches through the API.

use serde_json::{Value, json};

use super::inputs::{self, branch_name};
use super::model::Repository;
use super::references::{self, Intent, change, lock, tip};
use crate::AwsError;
use crate::fields::Fields;
use crate::git::Objects;
use crate::paging::with_token;
use crate::world::{Caller, Shared};

/// `CreateBranch`
pub(super) async fn create(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let name = branch_name(&mut f, "branchName")?;
    let id = inputs::commit_id(&mut f, "commitId", "CommitIdRequiredException")?;
    f.finish()?;
    let found = Objects::open(&repository.git(world))?.commit(&id).await?;
    if found.is_none_or(|(commit, _)| commit != id) {
        return Err(super::specifier::no_commit(&id));
    }
    let held = lock(world, &repository).await;
    let reference = format!("refs/heads/{name}");
    let exists = AwsError::client("BranchNameExistsException", format!("the branch {name} exists, or is in its way"));
    let intent = Intent { reference, old: None, new: Some(id), actor: caller.arn.clone(), merge: None };
    change(world, &held, &repository, intent, &exists, |_| Ok(())).await?;
    Ok(Value::Null)
}

/// `GetBranch`
pub(super) fn get(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let name = branch_name(&mut f, "branchName")?;
    f.finish()?;
    let tip = tip(world, &repository, &format!("refs/heads/{name}")).ok_or_else(|| missing(&name))?;
    Ok(json!({ "branch": { "branchName": name, "commitId": tip } }))
}

/// `ListBranches`
pub(super) fn list(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let page = inputs::page(&mut f, 1000, 1000)?;
    f.finish()?;
    let prefix = "refs/heads/";
    let names = references::list(world, &repository, prefix);
    let (names, next) = page.cut(names.into_iter().map(|(name, _)| name[prefix.len()..].to_owned()).collect());
    Ok(with_token(json!({ "branches": names }), "nextToken", next))
}

/// `DeleteBranch`; a missing branch is no error (*documented*: the model lists none).
pub(super) async fn delete(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let name = branch_name(&mut f, "branchName")?;
    f.finish()?;
    let held = lock(world, &repository).await;
    let is_default = |r: &Repository| r.default_branch.as_deref() == Some(&name);
    if inputs::find_repository(world, &repository.name).is_ok_and(|r| is_default(&r)) {
        let text = format!("the default branch {name} cannot be deleted");
        return Err(AwsError::client("DefaultBranchCannotBeDeletedException", text));
    }
    let reference = format!("refs/heads/{name}");
    let Some(old) = tip(world, &repository, &reference) else { return Ok(json!({})) };
    let intent = Intent { reference, old: Some(old.clone()), new: None, actor: caller.arn.clone(), merge: None };
    let moved = AwsError::internal(format!("the branch {name} moved meanwhile; ask again"));
    change(world, &held, &repository, intent, &moved, |_| Ok(())).await?;
    Ok(json!({ "deletedBranch": { "branchName": name, "commitId": old } }))
}

/// The error for a branch that is not there.
pub(super) fn missing(name: &str) -> AwsError {
    AwsError::client("BranchDoesNotExistException", format!("the branch {name} does not exist"))
}
