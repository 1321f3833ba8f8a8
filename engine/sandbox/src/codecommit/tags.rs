//! Tags of repositories.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::inputs;
use super::model::Repository;
use crate::AwsError;
use crate::fields::Fields;
use crate::world::Shared;

/// `ListTagsForResource`
pub(super) fn list(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = resource(world, &mut f)?;
    f.finish()?;
    Ok(json!({ "tags": repository.tags }))
}

/// `TagResource`
pub(super) fn tag(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = resource(world, &mut f)?;
    let tags = read_map(&mut f, "tags")?;
    let tags = tags.ok_or_else(|| AwsError::client("TagsMapRequiredException", "tags is required"))?;
    f.finish()?;
    change(world, &repository.name, |known| known.extend(tags))
}

/// `UntagResource`
pub(super) fn untag(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = resource(world, &mut f)?;
    let keys = f.strings("tagKeys")?;
    let keys = keys.ok_or_else(|| AwsError::client("TagKeysListRequiredException", "tagKeys is required"))?;
    f.finish()?;
    change(world, &repository.name, |known| known.retain(|key, _| !keys.contains(key)))
}

/// Reads a map of tags.
///
/// # Errors
/// `InvalidTagsMapException`, `TooManyTagsException`.
pub(super) fn read_map(f: &mut Fields, name: &str) -> Result<Option<BTreeMap<String, String>>, AwsError> {
    let Some(value) = f.value(name) else { return Ok(None) };
    let tags: BTreeMap<String, String> = serde_json::from_value(value)
        .map_err(|_| AwsError::client("InvalidTagsMapException", "tags is a map from text to text"))?;
    if tags.len() > 50 {
        return Err(AwsError::client("TooManyTagsException", "a repository has at most 50 tags"));
    }
    if tags.iter().any(|(key, value)| key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256) {
        return Err(AwsError::client("InvalidTagsMapException", "a key has 1 to 128 characters, a value at most 256"));
    }
    Ok(Some(tags))
}

fn resource(world: &Shared, f: &mut Fields) -> Result<Repository, AwsError> {
    let arn = f.required_str("resourceArn", "ResourceArnRequiredException")?;
    let name = arn
        .strip_prefix(&world.arn("codecommit", ""))
        .ok_or_else(|| AwsError::client("InvalidResourceArnException", format!("{arn:?} is not a repository's ARN")))?;
    inputs::find_repository(world, name)
}

fn change(world: &Shared, name: &str, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<Value, AwsError> {
    world.store.transact(|tx| {
        if let Some(mut repository) = tx.get::<Repository>("repositories", name) {
            change(&mut repository.tags);
            tx.put("repositories", name, &repository);
        }
        Ok(Value::Null)
    })
}
