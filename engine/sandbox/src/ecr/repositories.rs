//! Repositories of the registry, and the password for it.

use base64::Engine as _;
use serde_json::{Value, json};

use super::layout;
use crate::AwsError;
use crate::clock::now_ms;
use crate::fields::Fields;
use crate::paging::{Page, with_token};
use crate::world::Shared;

/// The registry's password (*documented*: the user is `AWS`; *assumed*: any text, since nobody verifies it).
const PASSWORD: &str = "sandbox-registry-password";

pub(super) fn create(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("repositoryName", "InvalidParameterException")?;
    // What is scanned is the registry's to say, here as in `PutRegistryScanningConfiguration`.
    for (field, only) in [
        ("imageTagMutability", json!("MUTABLE")),
        ("imageScanningConfiguration", json!({ "scanOnPush": false })),
        ("encryptionConfiguration", json!({ "encryptionType": "AES256" })),
    ] {
        if let Some(other) = fields.value(field).filter(|value| *value != only) {
            return Err(AwsError::not_emulated(format!("the {field} {other} of a repository: {only} is")));
        }
    }
    fields.finish()?;
    check(&name)?;
    if !layout::create(world, &name)? {
        let account = &world.account;
        return Err(AwsError::client(
            "RepositoryAlreadyExistsException",
            format!("The repository with name '{name}' already exists in the registry with id '{account}'"),
        ));
    }
    Ok(json!({ "repository": shape(world, &name) }))
}

pub(super) fn describe(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let named = fields.strings("repositoryNames")?;
    let page = Page::read(
        &mut fields,
        "nextToken",
        "maxResults",
        100,
        1000,
        "InvalidParameterException",
        "InvalidParameterException",
    )?;
    fields.finish()?;
    let names = match named {
        Some(names) => {
            names.iter().try_for_each(|name| must_exist(world, name))?;
            names
        }
        None => layout::repositories(world)?,
    };
    let (names, next) = page.cut(names);
    let shapes: Vec<Value> = names.iter().map(|name| shape(world, name)).collect();
    Ok(with_token(json!({ "repositories": shapes }), "nextToken", next))
}

pub(super) fn token(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let registries = fields.strings("registryIds")?.unwrap_or_default();
    fields.finish()?;
    if let Some(other) = registries.iter().find(|id| **id != world.account) {
        return Err(AwsError::not_emulated(format!("the registry {other} in registryIds, of another account")));
    }
    let token = base64::engine::general_purpose::STANDARD.encode(format!("AWS:{PASSWORD}"));
    let expires = now_ms() / 1000 + 12 * 3600; // *documented*: 12 hours
    Ok(json!({ "authorizationData": [
        { "authorizationToken": token, "expiresAt": expires, "proxyEndpoint": format!("https://{}", host(world)) },
    ] }))
}

/// Worded as ECR does (*recorded*).
pub(super) fn must_exist(world: &Shared, name: &str) -> Result<(), AwsError> {
    let account = &world.account;
    if layout::exists(world, name) {
        return Ok(());
    }
    Err(AwsError::client(
        "RepositoryNotFoundException",
        format!("The repository with name '{name}' does not exist in the registry with id '{account}'"),
    ))
}

fn host(world: &Shared) -> String {
    format!("{}.dkr.ecr.{}.amazonaws.com", world.account, world.region)
}

fn shape(world: &Shared, name: &str) -> Value {
    json!({
        "repositoryArn": world.arn("ecr", &format!("repository/{name}")),
        "registryId": world.account,
        "repositoryName": name,
        "repositoryUri": format!("{}/{name}", host(world)),
        "imageTagMutability": "MUTABLE",
    })
}

/// *Documented*: lower-case letters, digits, and `.`, `_`, `-` between them; parts are divided by `/`.
fn check(name: &str) -> Result<(), AwsError> {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |part: &str| {
        part.starts_with(alphanumeric)
            && part.ends_with(alphanumeric)
            && part.chars().all(|c| alphanumeric(c) || "._-".contains(c))
    };
    if (2..=256).contains(&name.len()) && name.split('/').all(part) {
        return Ok(());
    }
    Err(AwsError::client(
        "InvalidParameterException",
        format!("Invalid parameter at 'repositoryName' failed to satisfy constraint: '{name}'"),
    ))
}
