//! `StartBuild` and `RetryBuild`: what a build is made of, from its project and the overrides. It waits for none.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::build::{Build, Progress, must_find};
use super::build_shape::shape;
use super::events::state_change;
use super::fields::START;
use super::lifecycle::Control;
use super::project::{Project, find};
use super::shape::{invalid, read};
use super::{QUEUED, RUNNING, check, lifecycle};
use crate::clock::now_ms;
use crate::fields::Fields;
use crate::world::{Caller, Shared};
use crate::{AwsError, Transaction};

pub(super) const TOKENS: &str = "build_tokens";
pub(super) const LINKS: &str = "build_links";
const TOKEN_MS: u64 = 5 * 60 * 1000; // *documented*: an idempotency token holds for five minutes

/// What a token was used for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Used {
    build: String,
    /// SHA-256 of the request.
    digest: String,
    at_ms: u64,
}

/// `StartBuild`
pub(super) fn start_build(world: &Shared, caller: &Caller, input: Value) -> Result<Value, AwsError> {
    Ok(json!({ "build": begin(world, caller, input, None)? }))
}

/// `RetryBuild`: the same request and buildspec again, otherwise with the project as it is now (*assumed*).
pub(super) fn retry_build(world: &Shared, caller: &Caller, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("RetryBuild", input)?;
    let id = fields.required_str("id", "InvalidInputException")?;
    let token = fields.str("idempotencyToken")?;
    fields.finish()?;
    let (build, _) = must_find(world, &id)?;
    let mut request = build.request;
    request["buildspecOverride"] = build.source["buildspec"].clone();
    request["idempotencyToken"] = json!(token);
    Ok(json!({ "build": begin(world, caller, request, None)? }))
}

/// Starts a build for `link`, or finds the one that was started for it before: the build and the link to it are
/// written together, so that a task which is taken up again never starts a second one. The answer is a `Build`.
///
/// # Errors
/// As `StartBuild`.
pub(crate) fn start_linked(world: &Shared, caller: &Caller, input: Value, link: &str) -> Result<Value, AwsError> {
    begin(world, caller, input, Some(link))
}

fn begin(world: &Shared, caller: &Caller, input: Value, link: Option<&str>) -> Result<Value, AwsError> {
    if let Some(id) = link.and_then(|link| world.store.get::<String>(LINKS, link)) {
        let (build, progress) = must_find(world, &id)?;
        return Ok(shape(world, &build, &progress));
    }
    let mut request = read("StartBuild", START, input)?;
    let token = request.remove("idempotencyToken").and_then(|token| token.as_str().map(str::to_owned));
    let digest = hex::encode(Sha256::digest(Value::Object(request.clone()).to_string()));
    let name = request.get("projectName").and_then(Value::as_str).unwrap_or_default();
    let project = find(world, name)?;
    let now = now_ms();
    let mut build = compose(&project, caller, request, now)?;
    let mut controls = world.running.codebuild.controls();
    let progress = Progress::submitted(now);
    let used = world.store.transact(|tx| {
        if let Some(found) = token.as_deref().and_then(|token| used(tx, token, now)) {
            return match found.digest == digest {
                true => Ok(Some(found.build)),
                // *Documented*: a token with other parameters is an error; the text is *assumed*.
                false => Err(invalid("idempotencyToken was used with other parameters")),
            };
        }
        admit(&controls, &project, &build)?;
        build.number = tx.next(&format!("builds of {}", build.project));
        build.sequence = tx.next("builds");
        tx.put("builds", &build.id, &build);
        tx.put("build_progress", &build.id, &progress);
        if let Some(link) = link {
            tx.put(LINKS, link, &build.id);
        }
        if let Some(token) = &token {
            tx.put(TOKENS, token, &Used { build: build.id.clone(), digest, at_ms: now });
        }
        world.emit(tx, state_change(world, &build, &progress));
        Ok(None)
    })?;
    if let Some(id) = used {
        let (build, progress) = must_find(world, &id)?;
        return Ok(shape(world, &build, &progress));
    }
    let answer = shape(world, &build, &progress);
    lifecycle::launch(world, &mut controls, build, progress);
    Ok(answer)
}

fn used(tx: &Transaction<'_>, token: &str, now: u64) -> Option<Used> {
    tx.get::<Used>(TOKENS, token).filter(|used| now.saturating_sub(used.at_ms) < TOKEN_MS)
}

/// The build that a request makes of a project (*documented*: which fields can be overridden).
fn compose(project: &Project, caller: &Caller, mut request: Map<String, Value>, now: u64) -> Result<Build, AwsError> {
    let fields = &project.fields;
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    check::buildspec(request.get("buildspecOverride").and_then(Value::as_str))?;
    check::variables(request.get("environmentVariablesOverride"))?;
    check::within("timeoutInMinutesOverride", request.get("timeoutInMinutesOverride"), 5, 2160)?;
    check::within("queuedTimeoutInMinutesOverride", request.get("queuedTimeoutInMinutesOverride"), 5, 480)?;
    let artifacts = request.get("artifactsOverride").cloned().unwrap_or_else(|| field("artifacts"));
    check::artifacts(&artifacts)?;
    let mut source = field("source");
    // It may be long, so it is kept once.
    if let Some(buildspec) = request.remove("buildspecOverride") {
        source["buildspec"] = buildspec;
    }
    let minutes = |name: &str, default: u64| {
        let overridden = request.get(&format!("{name}Override")).and_then(Value::as_u64);
        overridden.or_else(|| field(name).as_u64()).unwrap_or(default)
    };
    let name = text(fields.get("name")).unwrap_or_default();
    let shown = ["cache", "encryptionKey", "vpcConfig"];
    Ok(Build {
        sequence: 0, // given within the transaction, as is the number
        number: 0,
        id: format!("{name}:{}", uuid::Uuid::new_v4()),
        project: name,
        initiator: initiator(caller),
        started_ms: now,
        source_version: text(request.get("sourceVersion")).or_else(|| text(fields.get("sourceVersion"))),
        source,
        artifacts,
        environment: environment(field("environment"), &request),
        logs_config: request.get("logsConfigOverride").cloned().unwrap_or_else(|| field("logsConfig")),
        service_role: text(fields.get("serviceRole")).unwrap_or_default(),
        timeout_minutes: minutes("timeoutInMinutes", 60),
        queued_minutes: minutes("queuedTimeoutInMinutes", 480),
        shown: fields
            .iter()
            .filter(|(name, _)| shown.contains(&name.as_str()))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect(),
        request: Value::Object(request),
    })
}

/// The project's environment with the overrides; a variable of the request replaces the project's of that name.
fn environment(mut environment: Value, request: &Map<String, Value>) -> Value {
    for (name, field) in [
        ("image", "imageOverride"),
        ("computeType", "computeTypeOverride"),
        ("privilegedMode", "privilegedModeOverride"),
    ] {
        if let Some(value) = request.get(field) {
            environment[name] = value.clone();
        }
    }
    let mut variables = environment["environmentVariables"].as_array().cloned().unwrap_or_default();
    let overrides = request.get("environmentVariablesOverride").and_then(Value::as_array);
    for variable in overrides.into_iter().flatten() {
        variables.retain(|other| other["name"] != variable["name"]);
        let mut variable = variable.clone();
        if variable["type"].is_null() {
            variable["type"] = json!("PLAINTEXT");
        }
        variables.push(variable);
    }
    environment["environmentVariables"] = Value::Array(variables);
    environment
}

/// *Documented*: `concurrentBuildLimit` and the queue's length refuse, they do not wait. *Recorded*: the second text.
fn admit(controls: &HashMap<String, Control>, project: &Project, build: &Build) -> Result<(), AwsError> {
    let refuse = |message: String| Err(AwsError::client("AccountLimitExceededException", message));
    let own = controls.keys().filter(|id| id.rsplit_once(':').is_some_and(|(name, _)| name == build.project)).count();
    let limit = project.fields.get("concurrentBuildLimit").and_then(Value::as_u64);
    if let Some(limit) = limit.filter(|limit| u64::try_from(own).unwrap_or(u64::MAX) >= *limit) {
        return refuse(format!("Cannot have more than {limit} active builds for the project"));
    }
    match controls.len() >= RUNNING + QUEUED {
        true => refuse(format!("Cannot have more than {QUEUED} builds in queue for the account")),
        false => Ok(()),
    }
}

/// *Documented*: the name of the user. *Assumed*: for a role session, `ROLE/SESSION`.
fn initiator(caller: &Caller) -> String {
    let resource = caller.arn.rsplit(':').next().unwrap_or_default();
    resource.split_once('/').map_or(resource, |(_, rest)| rest).to_owned()
}
