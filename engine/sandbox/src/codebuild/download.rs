//! DOWNLOAD_SOURCE: everything that the phases need is made, or the build fails with the reason. It runs none of them.

use std::collections::BTreeMap;
use std::path::Path;

use gated_runner::{BuildEnvironment, Buildspec};

use super::build::{Build, Context};
use super::lifecycle::GRACE;
use super::{environment, source};
use crate::world::Shared;
use crate::{AwsError, s3};

/// The buildspec, and where and with what it runs: the checkout and a HOME below `place`, and the variables.
///
/// # Errors
/// The context with which the phase fails.
pub(super) async fn download(
    world: &Shared,
    build: &Build,
    place: &Path,
) -> Result<(Buildspec, BuildEnvironment, source::Resolved), Context> {
    let directory = place.join("src");
    let home = place.join("home");
    std::fs::create_dir_all(&home).map_err(|error| client(format!("{}: {error}", home.display())))?;
    let resolved = source::check_out(world, build, &directory).await?;
    let text = buildspec(world, build, &directory)?;
    let spec = Buildspec::parse(&text).map_err(|fault| yaml(fault.message))?;
    let (variables, masked) = environment::variables(world, build, resolved.as_deref(), &directory).await?;
    let caller = environment::role_session(world, build);
    if let Some((variable, _)) = spec.env.secrets_manager.first() {
        let what = format!("env.secrets-manager, which the variable {variable} comes from");
        return Err(client(AwsError::not_emulated(what).message));
    }
    let mut values = BTreeMap::new();
    for (variable, name) in &spec.env.parameter_store {
        values.insert(variable.clone(), environment::parameter(world, &caller, name).await?);
    }
    let environment = BuildEnvironment {
        directory,
        scratch: place.join("scratch"),
        base: environment::base(world, build, &home),
        resolved: values,
        variables,
        masked,
        grace: GRACE,
    };
    Ok((spec, environment, resolved))
}

/// The buildspec: inline, an object in S3 by its ARN, or a file of the source (*documented*). *Assumed*: inline is what
/// has more than one line, or is JSON.
fn buildspec(world: &Shared, build: &Build, directory: &Path) -> Result<String, Context> {
    let given = build.source["buildspec"].as_str().unwrap_or_default();
    if given.contains('\n') || given.trim_start().starts_with('{') {
        return Ok(given.to_owned());
    }
    if let Some(object) = given.strip_prefix("arn:aws:s3:::") {
        let (bucket, key) = object.split_once('/').unwrap_or((object, ""));
        let bytes = s3::get_object(world, bucket, key).map_err(|error| yaml(format!("{given}: {error}")))?;
        return String::from_utf8(bytes).map_err(|_| yaml(format!("{given} is not UTF-8")));
    }
    let name = if given.is_empty() { "buildspec.yml" } else { given };
    std::fs::read_to_string(directory.join(name)).map_err(|_| yaml("YAML file does not exist".to_owned())) // *recorded*
}

fn yaml(message: String) -> Context {
    Context { code: "YAML_FILE_ERROR".to_owned(), message }
}

fn client(message: String) -> Context {
    Context { code: "CLIENT_ERROR".to_owned(), message }
}
