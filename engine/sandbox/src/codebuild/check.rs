//! What CodeBuild refuses about fields that have the right form. It changes nothing.
//!
//! Limits are *documented* (CreateProject, quotas); so are the texts that are quoted in other people's threads, the
//! others are *assumed*.

use serde_json::{Map, Value};

use super::shape::invalid;
use crate::AwsError;
use crate::world::World;

const MAX_BUILDSPEC: usize = 25_600;
const MAX_VARIABLE: usize = 4_096;
const MAX_TAGS: usize = 50;

/// The name of a project: 2 to 150 of `[A-Za-z0-9\-_]`, the first no sign.
pub(super) fn name(name: &str) -> Result<(), AwsError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    match first && (2..=150).contains(&name.len()) && name.chars().all(legal) {
        true => Ok(()),
        false => {
            Err(invalid(format!("Invalid project name {name:?}: it must match [A-Za-z0-9][A-Za-z0-9\\-_]{{1,149}}")))
        }
    }
}

/// Every field of a project that can be wrong by itself.
pub(super) fn project(world: &World, project: &Map<String, Value>) -> Result<(), AwsError> {
    name(text(project, "name"))?;
    if text(project, "description").chars().count() > 255 {
        return Err(invalid("Invalid description: at most 255 characters are allowed"));
    }
    within("timeoutInMinutes", project.get("timeoutInMinutes"), 5, 2160)?;
    within("queuedTimeoutInMinutes", project.get("queuedTimeoutInMinutes"), 5, 480)?;
    within("concurrentBuildLimit", project.get("concurrentBuildLimit"), 1, u64::MAX)?;
    source(&project["source"])?;
    artifacts(&project["artifacts"])?;
    environment(&project["environment"])?;
    tags(project.get("tags"))?;
    role(world, text(project, "serviceRole"))
}

/// A number of minutes, or another limit.
pub(super) fn within(field: &str, value: Option<&Value>, least: u64, most: u64) -> Result<(), AwsError> {
    match value.and_then(Value::as_u64) {
        Some(number) if !(least..=most).contains(&number) => {
            Err(invalid(format!("Invalid {field}: {number} is not between {least} and {most}")))
        }
        Some(_) | None => Ok(()),
    }
}

/// A buildspec's length (*recorded*: the end of the text).
pub(super) fn buildspec(text: Option<&str>) -> Result<(), AwsError> {
    match text {
        Some(text) if text.chars().count() > MAX_BUILDSPEC => {
            Err(invalid(format!("Invalid buildspec provided: Max buildspec length is {MAX_BUILDSPEC}")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Where artifacts go.
pub(super) fn artifacts(artifacts: &Value) -> Result<(), AwsError> {
    match artifacts["type"].as_str() {
        Some("S3") if artifacts["location"].as_str().unwrap_or_default().is_empty() => {
            Err(invalid("Invalid artifacts: location is required when the type is S3"))
        }
        Some(_) if artifacts["overrideArtifactName"] == true => {
            Err(AwsError::not_emulated("overrideArtifactName, a name that the buildspec computes"))
        }
        Some(_) => Ok(()),
        None => Err(invalid("Invalid artifacts: type is required")),
    }
}

/// Environment variables (*recorded*: the end of the text on their length).
pub(super) fn variables(variables: Option<&Value>) -> Result<(), AwsError> {
    for variable in variables.and_then(Value::as_array).into_iter().flatten() {
        let (name, Some(value)) = (variable["name"].as_str().unwrap_or_default(), variable["value"].as_str()) else {
            return Err(invalid("Invalid environment variable: name and value are required"));
        };
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(legal) || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(invalid(format!("Invalid environment variable name: {name:?}")));
        }
        if value.chars().count() > MAX_VARIABLE {
            return Err(invalid(format!(
                "Invalid value of environment variable {name}: should be at most {MAX_VARIABLE} characters"
            )));
        }
    }
    Ok(())
}

fn source(source: &Value) -> Result<(), AwsError> {
    buildspec(source["buildspec"].as_str())?;
    match source["type"].as_str() {
        None => Err(invalid("Invalid project source: type is required")),
        Some("CODECOMMIT") if super::source::repository_name(source).is_none() => {
            let location = source["location"].as_str().unwrap_or_default();
            Err(invalid(format!("Invalid project source: location {location:?} is no clone URL of a repository")))
        }
        // *Documented*: reportBuildStatus with CodeCommit throws an InvalidInputException.
        Some("CODECOMMIT") if source["reportBuildStatus"] == true => {
            Err(invalid("Invalid project source: reportBuildStatus is not supported for source type CODECOMMIT"))
        }
        Some("NO_SOURCE") if source["buildspec"].as_str().unwrap_or_default().is_empty() => {
            Err(invalid("Invalid project source: NO_SOURCE needs an inline buildspec"))
        }
        Some(_) if source["gitSubmodulesConfig"]["fetchSubmodules"] == true => {
            Err(AwsError::not_emulated("fetchSubmodules of a source"))
        }
        Some(_) if source["gitCloneDepth"].as_u64().is_some_and(|depth| depth > 1) => {
            Err(AwsError::not_emulated("a gitCloneDepth other than 0 (full) and 1"))
        }
        Some(_) => Ok(()),
    }
}

fn environment(environment: &Value) -> Result<(), AwsError> {
    for field in ["type", "image", "computeType"] {
        if environment[field].as_str().unwrap_or_default().is_empty() {
            return Err(invalid(format!("Invalid project environment: {field} is required")));
        }
    }
    variables(environment.get("environmentVariables"))
}

fn tags(tags: Option<&Value>) -> Result<(), AwsError> {
    let tags = tags.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if tags.len() > MAX_TAGS {
        return Err(invalid(format!("Invalid tags: at most {MAX_TAGS} are allowed")));
    }
    let legal = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=@+-".contains(c);
    for tag in tags {
        let (key, value) = (tag["key"].as_str().unwrap_or_default(), tag["value"].as_str().unwrap_or_default());
        let key_fits = (1..=127).contains(&key.chars().count()) && key.chars().all(legal);
        if !key_fits || value.chars().count() > 255 || !value.chars().all(legal) {
            return Err(invalid(format!(
                "Invalid tag {key:?}: keys have 1 to 127, values up to 255 letters, digits, spaces and _.:/=@+-"
            )));
        }
    }
    Ok(())
}

/// *Recorded*: the text for a role of another account.
fn role(world: &World, role: &str) -> Result<(), AwsError> {
    match role.strip_prefix(&format!("arn:aws:iam::{}:role/", world.account)) {
        Some(name) if !name.is_empty() => Ok(()),
        Some(_) | None => Err(invalid("Invalid service role: Service role account ID does not match caller's account")),
    }
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}
