//! The events that tell of a build's states and phases (*documented*: awsdocs, sample-build-notifications; numbers come
//! as floats there, *recorded*).

use serde_json::{Value, json};

use super::build::{Build, Context, Phase, PhaseEnd, Progress};
use crate::clock::codebuild_event_date;
use crate::world::World;

/// `CodeBuild Build State Change`
pub(super) fn state_change(world: &World, build: &Build, progress: &Progress) -> Value {
    let detail = json!({
        "build-status": progress.status.name(),
        "project-name": build.project,
        "build-id": build.arn(world),
        "additional-information": additional(world, build, progress),
        "current-phase": progress.current_phase(),
        "current-phase-context": "[]",
        "version": "1",
    });
    world.event("aws.codebuild", "CodeBuild Build State Change", &[build.arn(world)], detail)
}

/// `CodeBuild Build Phase Change`
pub(super) fn phase_change(world: &World, build: &Build, progress: &Progress, phase: &Phase, end: &PhaseEnd) -> Value {
    let detail = json!({
        "project-name": build.project,
        "build-id": build.arn(world),
        "additional-information": additional(world, build, progress),
        "version": "1",
        "completed-phase": phase.kind,
        "completed-phase-context": format!("[{}]", contexts(&end.contexts).join(", ")),
        "completed-phase-status": end.status.name(),
        "completed-phase-duration-seconds": seconds(phase, end),
        "completed-phase-start": codebuild_event_date(phase.started_ms),
        "completed-phase-end": codebuild_event_date(end.ended_ms),
    });
    world.event("aws.codebuild", "CodeBuild Build Phase Change", &[build.arn(world)], detail)
}

fn additional(world: &World, build: &Build, progress: &Progress) -> Value {
    let artifact = build.artifact_place().map_or_else(String::new, |(b, prefix)| format!("arn:aws:s3:::{b}/{prefix}"));
    let environment = &build.environment;
    let mut source = json!({ "type": build.source["type"] });
    if let Some(location) = build.source["location"].as_str() {
        source["location"] = json!(location);
    }
    let mut additional = json!({
        "artifact": { "location": artifact },
        "environment": {
            "image": environment["image"],
            "privileged-mode": environment["privilegedMode"],
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": environment["environmentVariables"],
        },
        "timeout-in-minutes": float(build.timeout_minutes),
        "build-complete": progress.is_complete(),
        "build-number": float(build.number),
        "initiator": build.initiator,
        "build-start-time": codebuild_event_date(build.started_ms),
        "source": source,
        "logs": {},
        "phases": progress.phases.iter().map(phase).collect::<Vec<_>>(),
    });
    if let Some(version) = &build.source_version {
        additional["source-version"] = json!(version);
    }
    if let Some((group, stream)) = build.log_stream().filter(|_| progress.has_logs()) {
        let deep_link = build.deep_link(world, &group, &stream);
        additional["logs"] = json!({ "group-name": group, "stream-name": stream, "deep-link": deep_link });
    }
    additional
}

fn phase(phase: &Phase) -> Value {
    let mut shape = json!({ "phase-type": phase.kind, "start-time": codebuild_event_date(phase.started_ms) });
    if let Some(end) = &phase.end {
        shape["phase-context"] = json!(contexts(&end.contexts));
        shape["end-time"] = json!(codebuild_event_date(end.ended_ms));
        shape["duration-in-seconds"] = json!(seconds(phase, end));
        shape["phase-status"] = json!(end.status.name());
    }
    shape
}

fn contexts(contexts: &[Context]) -> Vec<String> {
    contexts.iter().map(|context| format!("{}: {}", context.code, context.message)).collect()
}

fn seconds(phase: &Phase, end: &PhaseEnd) -> u64 {
    end.ended_ms.saturating_sub(phase.started_ms) / 1000
}

#[allow(clippy::cast_precision_loss)] // far below 2⁵³
fn float(number: u64) -> f64 {
    number as f64
}
