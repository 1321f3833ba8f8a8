//! A build as the API shows it (*documented*: Build).

use serde_json::{Value, json};

use super::build::{Build, Phase, Progress};
use crate::clock::epoch_seconds;
use crate::world::World;

/// `Build`
pub(super) fn shape(world: &World, build: &Build, progress: &Progress) -> Value {
    let mut shape = build.shown.clone();
    let mut set = |name: &str, value: Value| shape.insert(name.to_owned(), value);
    set("id", json!(build.id));
    set("arn", json!(build.arn(world)));
    set("buildNumber", json!(build.number));
    set("startTime", epoch_seconds(build.started_ms));
    set("currentPhase", json!(progress.current_phase()));
    set("buildStatus", json!(progress.status.name()));
    set("projectName", json!(build.project));
    set("phases", progress.phases.iter().map(phase_shape).collect());
    set("source", build.source.clone());
    set("artifacts", artifacts_shape(build));
    set("environment", build.environment.clone());
    set("serviceRole", json!(build.service_role));
    set("logs", logs_shape(world, build, progress));
    set("timeoutInMinutes", json!(build.timeout_minutes));
    set("queuedTimeoutInMinutes", json!(build.queued_minutes));
    set("buildComplete", json!(progress.is_complete()));
    set("initiator", json!(build.initiator));
    let exported = progress.exported.iter().map(|(name, value)| json!({ "name": name, "value": value }));
    set("exportedEnvironmentVariables", exported.collect());
    set("reportArns", json!(progress.reports));
    if let Some(version) = &build.source_version {
        set("sourceVersion", json!(version));
    }
    if let Some(resolved) = &progress.resolved {
        set("resolvedSourceVersion", json!(resolved));
    }
    if let Some(ended) = progress.ended_ms {
        set("endTime", epoch_seconds(ended));
    }
    Value::Object(shape)
}

fn phase_shape(phase: &Phase) -> Value {
    let mut shape = json!({ "phaseType": phase.kind, "startTime": epoch_seconds(phase.started_ms) });
    if let Some(end) = &phase.end {
        let contexts =
            end.contexts.iter().map(|context| json!({ "statusCode": context.code, "message": context.message }));
        shape["phaseStatus"] = json!(end.status.name());
        shape["endTime"] = epoch_seconds(end.ended_ms);
        shape["durationInSeconds"] = json!(end.ended_ms.saturating_sub(phase.started_ms) / 1000);
        shape["contexts"] = contexts.collect();
    }
    shape
}

fn artifacts_shape(build: &Build) -> Value {
    match build.artifact_place() {
        None => json!({ "location": "" }),
        Some((bucket, prefix)) => {
            let encryption = build.artifacts["encryptionDisabled"] == true;
            json!({
                "location": format!("arn:aws:s3:::{bucket}/{prefix}"),
                "overrideArtifactName": false,
                "encryptionDisabled": encryption,
            })
        }
    }
}

fn logs_shape(world: &World, build: &Build, progress: &Progress) -> Value {
    let config = build.logs_config["cloudWatchLogs"].clone();
    let config = if config.is_null() { json!({ "status": "ENABLED" }) } else { config };
    match build.log_stream() {
        None => json!({ "cloudWatchLogs": config }),
        Some((group, stream)) if progress.has_logs() => json!({
            "groupName": group,
            "streamName": stream,
            // On AWS it leads to the console, where nothing of a sandbox is to be seen.
            "deepLink": crate::http::log_address(world, &group, &stream),
            "cloudWatchLogsArn": world.arn("logs", &format!("log-group:{group}:log-stream:{stream}")),
            "cloudWatchLogs": config,
        }),
        Some(_) => json!({
            "deepLink": build.deep_link(world, "null", "null"),
            "cloudWatchLogs": config,
        }),
    }
}
