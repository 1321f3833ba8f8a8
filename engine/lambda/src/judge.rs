//! The function that makes verdicts: it reads what the build left, measures it, looks at the pull request again, and writes
//! the decision record. It never votes and never comments.

use std::collections::BTreeMap;

use gated_aws::{Aws, Build, PullRequest};
use gated_core::decision::{Action, Decision, SkipState};
use gated_core::measured::{ReportFile, StageOutcome, StageOutput};
use gated_core::names::{PullRequestId, project_name};
use gated_core::verdict::{Evidence, Record};
use gated_results::{Commit, Contents, limits};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::now;
use crate::coverage;
use crate::gather::{Gathered, gather};
use crate::images;
use crate::log::Log;
use crate::metrics::Metric;
use crate::records::{self, Found, Stored};
use crate::report;
use crate::start::{Earlier, Wish, earlier, start_again};
use crate::{Fault, Settings};

/// What the state machine hands over.
#[derive(Debug, Deserialize)]
struct Asked {
    execution: String,
    gate: Gate,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Gate {
    action: String,
    pull_request_id: PullRequestId,
    revision_id: String,
    plan: String,
    attempt: u32,
    requested_by: Option<String>,
    #[serde(default)]
    scans: Scans,
    build: Option<BuildRef>,
    error: Option<TaskError>,
}

/// How often the image's scan was waited for.
#[derive(Debug, Default, Deserialize)]
struct Scans {
    count: u32,
}

#[derive(Debug, Deserialize)]
struct BuildRef {
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TaskError {
    error: String,
    cause: Option<String>,
}

/// Judges one revision.
///
/// # Errors
/// When a record is not what the gate wrote, or AWS refuses or cannot be reached.
pub async fn judge(aws: &Aws, settings: &Settings, log: &Log, payload: Value) -> Result<Value, Fault> {
    if let Some(pull_request) = payload.get("finish") {
        let id = serde_json::from_value(pull_request.clone())
            .map_err(|error| Fault::misconfigured(format!("the judge's payload: {error}")))?;
        return finish(aws, settings, log, &id).await;
    }
    let asked: Asked = serde_json::from_value(payload)
        .map_err(|error| Fault::misconfigured(format!("the judge's payload: {error}")))?;
    let gate = &asked.gate;
    let live = look(aws, &gate.pull_request_id).await?;
    if let Some(next) = left_behind(&live, gate) {
        return Ok(next);
    }
    // Measurements are stored before approvals are read: an approval that comes in between finds them.
    let stored = match gate.action.as_str() {
        "build" => Some(measure(aws, settings, log, gate).await?),
        _ => None,
    };
    let live = look(aws, &gate.pull_request_id).await?;
    if let Some(next) = left_behind(&live, gate) {
        return Ok(next);
    }
    let Gathered { decision, policies, .. } = gather(aws, settings, &live).await?;
    let (evidence, built_under) = match (decision.action, stored) {
        (Action::Pass | Action::Refuse, _) => (None, None),
        (Action::Build, Some(stored)) if decision.can_judge_from(&stored.planned, &stored.evidence) => {
            (Some(stored.evidence), Some(stored.planned.hash))
        }
        (Action::Build, Some(_)) => return redecided(aws, settings, &decision).await,
        (Action::Build, None) => match earlier(aws, settings, log, &decision).await? {
            Earlier::Fit(stored) => (Some(stored.evidence), Some(stored.planned.hash)),
            Earlier::Unfit => return redecided(aws, settings, &decision).await,
            Earlier::Nothing => match gated_render::buildspec(&decision) {
                Ok(_) => return builds_elsewhere(aws, settings, gate, &decision).await,
                Err(fault) => (Some(Evidence::not_started("RENDER", "TooLong", &fault.to_string())), None),
            },
        },
    };
    let evidence = match evidence {
        Some(evidence) => Some(images::with_scan(aws, settings, &decision, evidence).await?),
        None => None,
    };
    if evidence.as_ref().is_some_and(|evidence| images::still_scanning(evidence, gate.scans.count)) {
        return Ok(json!({"next": "scanning", "record": null}));
    }
    let verdict = gated_core::judge(&decision, evidence.as_ref());
    let key = records::record_key(&decision, &asked.execution);
    let word = verdict.kind;
    let record = Record {
        version: gated_core::stored::RECORD,
        decision,
        evidence,
        verdict,
        built_under,
        attempt: gate.attempt,
        requested_by: gate.requested_by.clone(),
        written_at: now(),
    };
    records::write_record(aws, settings, &key, &record).await?;
    measure_verdict(log, &record);
    // People are told all the same, in the comment, when the page cannot be kept.
    if let Err(fault) = report::keep(aws, settings, log, record, policies, &key, &asked.execution).await {
        log.error("the report cannot be kept", json!({"error": fault.name.as_str(), "cause": fault.message}));
    }
    Ok(json!({"next": "answer", "record": key, "verdict": word}))
}

/// Counts what a new verdict says.
fn measure_verdict(log: &Log, record: &Record) {
    log.measure_kind(Metric::Verdicts, 1, json!(record.verdict.kind).as_str().unwrap_or_default());
    let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
    let granted = record.decision.skips.iter().filter(|skip| skip.state == SkipState::Granted).count();
    log.measure(Metric::SkipsGranted, count(granted));
    let stages = record.evidence.iter().filter_map(|evidence| evidence.record.as_ref().ok()).flat_map(|r| &r.stages);
    let flaky = stages.filter(|run| run.outcome == StageOutcome::Passed && run.attempts > 1).count();
    log.measure(Metric::Flaky, count(flaky));
}

/// What is left to do for a closed pull request: its coverage becomes its destination's when it was merged, and its images go.
/// Neither waits for the other, and what failed is told when both were tried.
async fn finish(aws: &Aws, settings: &Settings, log: &Log, id: &PullRequestId) -> Result<Value, Fault> {
    let kept = async {
        match aws.pull_request(id).await? {
            Some(live) => coverage::keep(aws, settings, log, &live).await,
            None => Ok(()),
        }
    };
    let (kept, deleted) = tokio::join!(kept, images::delete(aws, settings, id));
    kept?;
    Ok(json!({"deleted": deleted?}))
}

/// A verdict was asked for without a build, and now it needs one. When the plan already wanted a build, an execution runs it
/// and will answer; when the plan wanted none (a policy that could not be read then), one is started.
async fn builds_elsewhere(aws: &Aws, settings: &Settings, gate: &Gate, decision: &Decision) -> Result<Value, Fault> {
    if own_plan(aws, settings, gate).await?.action == Action::Build {
        return Ok(json!({"next": "pending", "record": null}));
    }
    redecided(aws, settings, decision).await
}

async fn redecided(aws: &Aws, settings: &Settings, decision: &Decision) -> Result<Value, Fault> {
    let begun = start_again(aws, settings, decision, Wish { build: true, ..Wish::default() }).await?;
    Ok(json!({"next": "redecided", "record": null, "execution": begun.execution}))
}

async fn look(aws: &Aws, id: &PullRequestId) -> Result<PullRequest, Fault> {
    aws.pull_request(id).await?.ok_or_else(|| Fault::misconfigured(format!("there is no pull request {id}")))
}

fn left_behind(live: &PullRequest, gate: &Gate) -> Option<Value> {
    if !live.open {
        return Some(json!({"next": "closed", "record": null}));
    }
    (live.change.revision.as_str() != gate.revision_id).then(|| json!({"next": "superseded", "record": null}))
}

/// Reads what this execution's build left, and stores it; while a scan is waited for, what was stored is read again.
async fn measure(aws: &Aws, settings: &Settings, log: &Log, gate: &Gate) -> Result<Stored, Fault> {
    let planned = own_plan(aws, settings, gate).await?;
    if let (1.., Some(build)) = (gate.scans.count, &gate.build) {
        let stored: Option<Found<Stored>> =
            records::look(aws, settings, log, &records::evidence_key(&planned.change)).await?;
        let stored = stored.and_then(|stored| stored.value);
        if let Some(stored) = stored.filter(|stored| stored.evidence.outcome.id.as_ref() == Some(&build.id)) {
            return Ok(stored);
        }
    }
    let evidence = match find_build(aws, settings, gate, &planned).await? {
        Some(build) => {
            let queued = build.outcome.phases.iter().find(|phase| phase.name == "QUEUED");
            if let Some(queued) = queued.and_then(|phase| phase.duration_ms) {
                log.measure(Metric::QueueWait, queued);
            }
            read_build(aws, settings, log, &planned, build).await?
        }
        None => {
            let (error, cause) = match &gate.error {
                Some(error) => (error.error.as_str(), error.cause.as_deref().unwrap_or_default()),
                None => ("no build", "the execution names no build"),
            };
            Evidence::not_started("START", error, cause)
        }
    };
    let stored = Stored { planned, evidence };
    records::write(aws, settings, &records::evidence_key(&stored.planned.change), &stored).await?;
    Ok(stored)
}

/// What this execution's build was planned under. Its key comes from the execution's input, which whoever may start
/// executions can make up: a plan of another revision would put this build's measurements in that one's place.
async fn own_plan(aws: &Aws, settings: &Settings, gate: &Gate) -> Result<Decision, Fault> {
    let planned = records::read_plan(aws, settings, &gate.plan).await?;
    let change = &planned.change;
    if change.pull_request != gate.pull_request_id || change.revision.as_str() != gate.revision_id {
        return Err(Fault::forged(format!(
            "{} is the plan of pull request {} at revision {}, not of what is judged",
            gate.plan, change.pull_request, change.revision
        )));
    }
    Ok(planned)
}

/// The build that this execution started: named by the task's output, or by the cause of its failure.
async fn find_build(aws: &Aws, settings: &Settings, gate: &Gate, planned: &Decision) -> Result<Option<Build>, Fault> {
    let change = &planned.change;
    let project = project_name(&settings.service, &change.repository, &change.pull_request);
    let id = match (&gate.build, &gate.error) {
        (Some(build), _) => Some(build.id.clone()),
        (None, Some(error)) => error.cause.as_deref().and_then(build_in),
        (None, None) => None,
    };
    let Some(id) = id else { return Ok(None) };
    let build = aws.build(&id).await?;
    let build = build.ok_or_else(|| Fault::forged(format!("there is no build {id}")))?;
    if build.project != project || build.source_version != change.source_commit.as_str() {
        return Err(Fault::forged(format!(
            "build {id} is of {} at {}, not of this pull request",
            build.project, build.source_version
        )));
    }
    Ok(Some(build))
}

/// The build's id in a task's `Cause`: a JSON text that Step Functions may have cut at 32,768 characters.
fn build_in(cause: &str) -> Option<String> {
    if let Ok(value) = serde_json::from_str::<Value>(cause) {
        return value["Build"]["Id"].as_str().map(str::to_owned);
    }
    let (_, rest) = cause.split_once(":build/")?;
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c))).unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

async fn read_build(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    planned: &Decision,
    build: Build,
) -> Result<Evidence, Fault> {
    let id = build.outcome.id.clone().unwrap_or_default();
    let key = |file: &str| records::artifact_key(&build.project, &id, file);
    let bucket = &settings.artifact_bucket;
    let record = aws.get_object_up_to(bucket, &key(gated_results::RECORD), limits::RECORD_BYTES).await?;
    let record = gated_results::stage_record(record.as_deref());
    // What is read is bounded whatever the record says: a report that has more is refused by the bytes that it has.
    let (mut stored, mut left): (BTreeMap<String, Vec<u8>>, u64) = (BTreeMap::new(), limits::ALL_BYTES);
    for file in record.iter().flat_map(|record| &record.reports).take(limits::FILES) {
        if left > 0
            && gated_results::is_stored_report(&file.stored)
            && let Some(content) = aws.get_object_up_to(bucket, &key(&file.stored), limits::FILE_BYTES + 1).await?
        {
            left = left.saturating_sub(u64::try_from(content.len()).unwrap_or(u64::MAX));
            stored.insert(file.stored.clone(), content);
        }
    }
    let commit = match &record {
        Ok(_) if gated_results::needs_commit(planned) => commit(aws, planned).await?,
        Ok(_) | Err(_) => Commit::default(),
    };
    let read = |file: &ReportFile| stored.get(&file.stored).cloned().ok_or_else(|| missing(left));
    let mut measured = gated_results::measure_build(planned, &record, &commit, None, &read);
    if let Some(now) = &mut measured.coverage {
        now.before = coverage::before(aws, settings, log, planned).await?;
    }
    let outputs = outputs(aws, log, &build, &gated_results::unexplained(&record, &measured)).await;
    Ok(Evidence { outcome: build.outcome, record, measured, outputs, scan: None, scanned_on: None })
}

/// How the output of these stages ended. It is for the eye only: a log that cannot be read keeps nobody from a verdict.
async fn outputs(aws: &Aws, log: &Log, build: &Build, stages: &[String]) -> Vec<StageOutput> {
    let (Some([group, stream]), false) = (&build.log, stages.is_empty()) else { return Vec::new() };
    let enough = |lines: &[String]| gated_results::is_enough(lines, stages);
    match aws.last_log_lines(group, stream, &enough).await {
        Ok(lines) => stages.iter().filter_map(|stage| gated_results::output(&lines, stage)).collect(),
        Err(fault) => {
            log.error("the build's log cannot be read", json!({"cause": fault.message}));
            Vec::new()
        }
    }
}

fn missing(left: u64) -> String {
    match left {
        0 => format!("the reports before it have {} bytes, and more are not read", limits::ALL_BYTES),
        _ => "it was not uploaded".to_owned(),
    }
}

/// What the commit that was built holds, and what the pull request changes there: from blobs, never from the build.
async fn commit(aws: &Aws, planned: &Decision) -> Result<Commit, Fault> {
    let change = &planned.change;
    let (tree, changed) = tokio::try_join!(
        aws.tree(&change.repository, &change.source_commit),
        aws.changed_files(&change.repository, &change.merge_base, &change.source_commit),
    )?;
    let few = changed.complete && changed.files.len() <= gated_results::MOST_BLOBS;
    let sides = changed.files.iter().flat_map(|file| [file.before.clone(), file.after.clone()]);
    let blobs = async { if few { aws.blobs(&change.repository, sides.collect()).await } else { Ok(Vec::new()) } };
    // The destination says what is generated: the proposal must not exempt its own files.
    let attributes = gated_results::attribute_files(tree.as_ref(), &changed);
    let attributes = aws.files(&change.repository, &change.destination_commit, attributes);
    let (blobs, attributes) = tokio::try_join!(blobs, attributes)?;
    let mut blobs = blobs.into_iter();
    let mut contents: Vec<Contents> = Vec::new();
    while let (Some(before), Some(after)) = (blobs.next(), blobs.next()) {
        contents.push([before, after]);
    }
    Ok(Commit::new(tree, &changed, contents, &attributes))
}
