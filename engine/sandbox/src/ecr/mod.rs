//! ECR: one registry, whose images lie as OCI layouts in the data directory, as git repositories do. It pushes nothing:
//! images come from builds, by the `docker` of [`tools`]. What it does not emulate it refuses by name.

mod images;
mod layout;
mod registry;
mod repositories;
mod scan;
mod tools;

use serde_json::Value;

use crate::AwsError;
use crate::fields::Fields;
use crate::world::{Caller, Shared};

pub(crate) use tools::path as tools_path;

/// Makes the registry, and the repositories that are installed.
///
/// # Errors
/// When the data directory cannot be written.
pub(crate) fn start(world: &Shared) -> Result<(), AwsError> {
    tools::write(world)?;
    world.installation.image_repositories.iter().try_for_each(|name| layout::create(world, name).map(drop))
}

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &[
    "CreateRepository",
    "DescribeRepositories",
    "GetAuthorizationToken",
    "ListImages",
    "DescribeImages",
    "BatchDeleteImage",
    "DescribeImageScanFindings",
    "StartImageScan",
    "BatchGetImage",
    "PutRegistryScanningConfiguration",
    "GetRegistryScanningConfiguration",
];

/// Answers one operation of ECR.
pub(crate) async fn call(world: &Shared, _caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new(operation, input)?;
    // *Documented*: the default registry is the account's; there is no other here.
    if let Some(registry) = fields.str("registryId")?
        && registry != world.account
    {
        return Err(AwsError::not_emulated(format!("the registry {registry}, of another account")));
    }
    match operation {
        "CreateRepository" => repositories::create(world, fields),
        "DescribeRepositories" => repositories::describe(world, fields),
        "GetAuthorizationToken" => repositories::token(world, fields),
        "ListImages" => images::list(world, fields),
        "DescribeImages" => images::describe(world, fields),
        "BatchDeleteImage" => images::delete(world, fields),
        "DescribeImageScanFindings" => scan::findings(world, fields),
        "StartImageScan" => registry::start(world, fields),
        "BatchGetImage" => images::get(world, fields),
        "PutRegistryScanningConfiguration" => registry::put(world, fields),
        "GetRegistryScanningConfiguration" => registry::get(world, fields),
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of ECR"))),
    }
}
