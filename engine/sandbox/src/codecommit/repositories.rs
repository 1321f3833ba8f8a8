//! Repositories: making, listing, deleting them.

use serde_json::{Value, json};

use super::associations;
use super::inputs::{self, check_repository_name};
use super::model::{PullRequest, Repository};
use super::references::{self, key, lock, tip};
use super::tags;
use crate::clock::now_ms;
use crate::fields::Fields;
use crate::git;
use crate::paging::with_token;
use crate::world::{Caller, Shared};
use crate::{AwsError, Transaction};

/// `CreateRepository`: empty, without a default branch. Every template of the installation is associated (*assumed*:
/// in AWS the stack's own resource does that).
pub(super) async fn create(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let name = inputs::repository_name(&mut f)?;
    let description = description(&mut f)?;
    let tags = tags::read_map(&mut f, "tags")?.unwrap_or_default();
    f.finish()?;
    let now = now_ms();
    let repository = Repository {
        id: uuid::Uuid::new_v4().to_string(),
        name,
        description,
        default_branch: None,
        created_ms: now,
        modified_ms: now,
        tags,
    };
    let exists = || {
        let text = format!("Repository named {} already exists", repository.name);
        AwsError::client("RepositoryNameExistsException", text)
    };
    if world.store.get::<Repository>("repositories", &repository.name).is_some() {
        return Err(exists());
    }
    let git = repository.git(world);
    git::create(&git.path).map_err(|e| AwsError::internal(format!("{}: {e}", git.path.display())))?;
    world.store.transact(|tx| {
        if tx.get::<Repository>("repositories", &repository.name).is_some() {
            return Err(exists());
        }
        tx.put("repositories", &repository.name, &repository);
        associations::associate_installed(world, tx, &repository, &caller.arn);
        Ok(())
    })?;
    Ok(json!({ "repositoryMetadata": repository.show(world) }))
}

/// `GetRepository`
pub(super) fn get(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    f.finish()?;
    Ok(json!({ "repositoryMetadata": repository.show(world) }))
}

/// `ListRepositories`
pub(super) fn list(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let sort = f.str("sortBy")?.unwrap_or_else(|| "repositoryName".to_owned());
    let order = f.str("order")?.unwrap_or_else(|| "ascending".to_owned());
    let page = inputs::page(&mut f, 1000, 1000)?;
    f.finish()?;
    let mut found: Vec<Repository> =
        world.store.scan("repositories", "").into_iter().map(|(_, repository)| repository).collect();
    match sort.as_str() {
        "repositoryName" => {}
        "lastModifiedDate" => found.sort_by_key(|repository| repository.modified_ms),
        _ => return Err(AwsError::client("InvalidSortByException", format!("{sort:?} is not a valid sortBy"))),
    }
    match order.as_str() {
        "ascending" => {}
        "descending" => found.reverse(),
        _ => return Err(AwsError::client("InvalidOrderException", format!("{order:?} is not a valid order"))),
    }
    let (found, next) = page.cut(found);
    let shown: Vec<Value> = found.iter().map(|r| json!({ "repositoryName": r.name, "repositoryId": r.id })).collect();
    Ok(with_token(json!({ "repositories": shown }), "nextToken", next))
}

/// `BatchGetRepositories`
pub(super) fn batch_get(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let names = names(&mut f)?;
    f.finish()?;
    let (mut found, mut missing, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        check_repository_name(&name)?;
        match inputs::find_repository(world, &name) {
            Ok(repository) => found.push(repository.show(world)),
            Err(error) => {
                errors.push(json!({ "repositoryName": name, "errorCode": error.code, "errorMessage": error.message }));
                missing.push(name);
            }
        }
    }
    Ok(json!({ "repositories": found, "repositoriesNotFound": missing, "errors": errors }))
}

/// Reads `repositoryNames`.
pub(super) fn names(f: &mut Fields) -> Result<Vec<String>, AwsError> {
    let names = f.strings("repositoryNames")?.unwrap_or_default();
    match names.len() {
        0 => Err(AwsError::client("RepositoryNamesRequiredException", "repositoryNames is required")),
        1..=100 => Ok(names),
        _ => {
            Err(AwsError::client("MaximumRepositoryNamesExceededException", "repositoryNames holds at most 100 names"))
        }
    }
}

/// `DeleteRepository`: also all that belongs to it, its pull requests with what was said and voted among it. A missing one is no error (*documented*: the id is then absent).
pub(super) async fn delete(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let name = inputs::repository_name(&mut f)?;
    f.finish()?;
    let Ok(repository) = inputs::find_repository(world, &name) else { return Ok(json!({})) };
    let held = lock(world, &repository).await;
    world.store.transact(|tx| -> Result<(), AwsError> {
        for (reference, _) in tx.scan::<String>("references", &key(&repository, "")) {
            tx.delete("references", &reference);
        }
        for (number, pull) in tx.scan::<PullRequest>("pull_requests", "") {
            if pull.repository == name {
                tx.delete("open_pull_requests", &format!("{name}/{number}"));
                tx.delete("pull_requests", &number);
                forget(tx, &number);
            }
        }
        for (association, _) in tx.scan::<String>("associations", &format!("{name}/")) {
            tx.delete("associations", &association);
        }
        tx.delete("intents", &repository.id);
        tx.delete("repositories", &name);
        Ok(())
    })?;
    drop(held);
    let path = repository.git(world).path;
    std::fs::remove_dir_all(&path).map_err(|e| AwsError::internal(format!("{}: {e}", path.display())))?;
    Ok(json!({ "repositoryId": repository.id }))
}

/// Removes what people said, voted and did about a pull request.
fn forget(tx: &mut Transaction<'_>, number: &str) {
    let of = format!("{number}/");
    for (key, id) in tx.scan::<String>("comments_of", &of) {
        tx.delete("comments_of", &key);
        tx.delete("comments", &id);
    }
    for table in ["pull_request_events", "approvals", "overrides"] {
        for (key, _) in tx.scan::<Value>(table, &of) {
            tx.delete(table, &key);
        }
    }
}

/// `UpdateRepositoryDescription`
pub(super) fn update_description(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let name = inputs::repository(world, &mut f)?.name;
    let description = description(&mut f)?;
    f.finish()?;
    world.store.transact(|tx| {
        if let Some(mut repository) = tx.get::<Repository>("repositories", &name) {
            repository.description = description.filter(|text| !text.is_empty());
            repository.modified_ms = now_ms();
            tx.put("repositories", &name, &repository);
        }
        Ok(Value::Null)
    })
}

/// `UpdateDefaultBranch`
pub(super) async fn update_default_branch(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let branch = inputs::branch_name(&mut f, "defaultBranchName")?;
    f.finish()?;
    let _held = lock(world, &repository).await;
    if tip(world, &repository, &format!("refs/heads/{branch}")).is_none() {
        return Err(AwsError::client("BranchDoesNotExistException", format!("the branch {branch} does not exist")));
    }
    references::set_head(&repository.git(world), &branch)?;
    world.store.transact(|tx| {
        if let Some(mut repository) = tx.get::<Repository>("repositories", &repository.name) {
            repository.default_branch = Some(branch);
            repository.modified_ms = now_ms();
            tx.put("repositories", &repository.name, &repository);
        }
        Ok(Value::Null)
    })
}

fn description(f: &mut Fields) -> Result<Option<String>, AwsError> {
    let text = f.str("repositoryDescription")?;
    if text.as_ref().is_some_and(|text| text.chars().count() > 1000) {
        return Err(AwsError::client(
            "InvalidRepositoryDescriptionException",
            "a description has at most 1000 characters",
        ));
    }
    Ok(text)
}
