//! Projects: made, changed, looked up, removed. It starts no builds.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fields::PROJECT;
use super::shape::{invalid, read};
use super::{check, page};
use crate::AwsError;
use crate::clock::{epoch_seconds, now_ms};
use crate::fields::Fields;
use crate::world::{Shared, World};

pub(super) const PROJECTS: &str = "projects";
const MAX_PROJECTS: usize = 5_000; // *documented*: quotas
const MAX_NAMES: usize = 100; // *documented*: BatchGetProjects

/// A project, by name in the table `projects`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Project {
    /// The fields as they were given, with AWS's defaults.
    pub(super) fields: Map<String, Value>,
    pub(super) created_ms: u64,
    pub(super) modified_ms: u64,
    /// Part of the badge's address; it stays when the badge is switched off and on.
    pub(super) badge_id: String,
}

/// `CreateProject`
pub(super) fn create(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = read("CreateProject", PROJECT, input)?;
    for required in ["name", "source", "artifacts", "environment", "serviceRole"] {
        if !fields.contains_key(required) {
            return Err(invalid(format!("{required} is required by CreateProject")));
        }
    }
    fill_in(world, &mut fields);
    check::project(world, &fields)?;
    let name = fields["name"].as_str().unwrap_or_default().to_owned();
    if world.store.scan::<Created>(PROJECTS, "").len() >= MAX_PROJECTS {
        let message = format!("Cannot have more than {MAX_PROJECTS} projects");
        return Err(AwsError::client("AccountLimitExceededException", message));
    }
    let now = now_ms();
    let project =
        Project { fields, created_ms: now, modified_ms: now, badge_id: uuid::Uuid::new_v4().simple().to_string() };
    world.store.transact(|tx| {
        if tx.get::<Created>(PROJECTS, &name).is_some() {
            let message = format!("Project already exists: {}", arn(world, &name)); // *recorded*
            return Err(AwsError::client("ResourceAlreadyExistsException", message));
        }
        tx.put(PROJECTS, &name, &project);
        Ok(())
    })?;
    Ok(json!({ "project": shape(world, &project) }))
}

/// `UpdateProject`: what is given replaces what was there (*documented*).
pub(super) fn update(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let changes = read("UpdateProject", PROJECT, input)?;
    let name = changes.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    check::name(&name)?;
    let project = world.store.transact(|tx| {
        let mut project = tx.get::<Project>(PROJECTS, &name).ok_or_else(|| not_found(world, &name))?;
        project.fields.extend(changes);
        fill_in(world, &mut project.fields);
        check::project(world, &project.fields)?;
        project.modified_ms = now_ms();
        tx.put(PROJECTS, &name, &project);
        Ok::<_, AwsError>(project)
    })?;
    Ok(json!({ "project": shape(world, &project) }))
}

/// `DeleteProject`: a missing project is no error, and its builds stay (*documented*).
pub(super) fn delete(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DeleteProject", input)?;
    let name = fields.required_str("name", "InvalidInputException")?;
    fields.finish()?;
    world.store.transact(|tx| {
        if tx.get::<Created>(PROJECTS, &name).is_some() {
            tx.delete(PROJECTS, &name);
        }
        Ok::<_, AwsError>(json!({}))
    })
}

/// `BatchGetProjects`, by name or ARN.
pub(super) fn batch_get(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("BatchGetProjects", input)?;
    let names = fields.strings("names")?.unwrap_or_default();
    fields.finish()?;
    if !(1..=MAX_NAMES).contains(&names.len()) {
        return Err(invalid(format!("names must have 1 to {MAX_NAMES} members")));
    }
    let (mut projects, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match find(world, &name) {
            Ok(project) => projects.push(shape(world, &project)),
            Err(_) => missing.push(name),
        }
    }
    Ok(json!({ "projects": projects, "projectsNotFound": missing }))
}

/// `ListProjects`: names, 100 a page.
pub(super) fn list(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListProjects", input)?;
    let by = fields.str("sortBy")?.unwrap_or_else(|| "NAME".to_owned());
    let descending = page::descending(fields.str("sortOrder")?, false)?;
    let token = fields.str("nextToken")?;
    fields.finish()?;
    let mut projects = world.store.scan::<Created>(PROJECTS, "");
    match by.as_str() {
        "NAME" => {}
        "CREATED_TIME" => projects.sort_by_key(|(_, project)| project.created_ms),
        "LAST_MODIFIED_TIME" => projects.sort_by_key(|(_, project)| project.modified_ms),
        other => return Err(invalid(format!("sortBy must be NAME, CREATED_TIME or LAST_MODIFIED_TIME, not {other}"))),
    }
    let names = projects.into_iter().map(|(name, _)| name).collect();
    page::answer("projects", names, descending, token)
}

/// The moments of a project alone: lists need no more.
#[derive(Deserialize)]
struct Created {
    created_ms: u64,
    modified_ms: u64,
}

/// The project of this name or ARN.
pub(super) fn find(world: &World, name: &str) -> Result<Project, AwsError> {
    let name = name.strip_prefix(&world.arn("codebuild", "project/")).unwrap_or(name);
    world.store.get(PROJECTS, name).ok_or_else(|| not_found(world, name))
}

/// Worded as CodeBuild does (*recorded*).
fn not_found(world: &World, name: &str) -> AwsError {
    AwsError::client("ResourceNotFoundException", format!("Project cannot be found: {}", arn(world, name)))
}

fn arn(world: &World, name: &str) -> String {
    world.arn("codebuild", &format!("project/{name}"))
}

/// AWS's defaults (*documented*: CreateProject).
fn fill_in(world: &World, fields: &mut Map<String, Value>) {
    let defaults = [
        ("timeoutInMinutes", json!(60)),
        ("queuedTimeoutInMinutes", json!(480)),
        ("encryptionKey", json!(format!("arn:aws:kms:{}:{}:alias/aws/s3", world.region, world.account))),
        ("tags", json!([])),
        ("cache", json!({ "type": "NO_CACHE" })),
        ("badgeEnabled", json!(false)),
    ];
    for (name, value) in defaults {
        fields.entry(name).or_insert(value);
    }
    let inner = [
        ("environment", "environmentVariables", json!([])),
        ("environment", "privilegedMode", json!(false)),
        ("environment", "imagePullCredentialsType", json!("CODEBUILD")),
        ("source", "insecureSsl", json!(false)),
    ];
    for (outer, name, value) in inner {
        if let Some(object) = fields.get_mut(outer).and_then(Value::as_object_mut) {
            object.entry(name).or_insert(value);
        }
    }
    let variables = fields.get_mut("environment").and_then(|e| e["environmentVariables"].as_array_mut());
    for variable in variables.into_iter().flatten().filter_map(Value::as_object_mut) {
        variable.entry("type").or_insert(json!("PLAINTEXT"));
    }
}

fn shape(world: &World, project: &Project) -> Value {
    let mut shape = project.fields.clone();
    let name = shape["name"].as_str().unwrap_or_default().to_owned();
    let enabled = shape.remove("badgeEnabled") == Some(json!(true));
    let mut badge = json!({ "badgeEnabled": enabled });
    if enabled {
        // *Documented*: https://codebuild.REGION.amazonaws.com/badges?uuid=…&branch=…. Nothing answers there.
        let (region, id) = (&world.region, &project.badge_id);
        badge["badgeRequestUrl"] =
            json!(format!("https://codebuild.{region}.amazonaws.com/badges?uuid={id}&branch=main"));
    }
    shape.insert("arn".to_owned(), json!(arn(world, &name)));
    shape.insert("badge".to_owned(), badge);
    shape.insert("created".to_owned(), epoch_seconds(project.created_ms));
    shape.insert("lastModified".to_owned(), epoch_seconds(project.modified_ms));
    shape.insert("projectVisibility".to_owned(), json!("PRIVATE"));
    Value::Object(shape)
}
