//! What a build left behind: the judge fetches it here, has it measured, and stores it as its revision's evidence. It holds
//! nothing against a policy.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use gated_aws::{Aws, Blob, Build};
use gated_core::decision::Decision;
use gated_core::facts::ChangedFiles;
use gated_core::measured::{ReportFile, StageOutput, StageRecord};
use gated_core::names::project_name;
use gated_core::verdict::Evidence;
use gated_results::{Commit, Contents, Room, limits};
use serde_json::{Value, json};

use crate::coverage;
use crate::gate::Gate;
use crate::log::Log;
use crate::metrics::Metric;
use crate::proof;
use crate::records::{self, Found, MOST_TRIES, Stored};
use crate::uploaded::Uploaded;
use crate::{Fault, Settings};

/// How many report files are asked for at once.
const REPORTS_AT_ONCE: usize = 8;

/// Reads what this execution's build left, and stores it; while a scan is waited for, what was stored is read again. `None`
/// where a later build was measured already: what it left stays.
pub(crate) async fn measure(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    execution: &str,
    gate: &Gate,
) -> Result<Option<Stored>, Fault> {
    let planned = own_plan(aws, settings, gate).await?;
    let key = records::evidence_key(&planned.change);
    if let (1.., Some(build)) = (gate.scans.count, &gate.build) {
        let kept = records::measured(aws, settings, log, &planned.change).await?;
        if let Some(kept) = kept.filter(|kept| kept.evidence.outcome.id.as_ref() == Some(&build.id)) {
            return Ok(Some(kept));
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
            let (error, cause) = gate.failure(("no build", "the execution names no build"));
            Evidence::not_started("START", error, cause)
        }
    };
    let own = Stored { planned, evidence, execution: Some(execution.to_owned()) };
    let began = |stored: &Stored| stored.evidence.outcome.phases.first().map(|phase| phase.started_ms);
    for _ in 0..MOST_TRIES {
        let found: Option<Found<Stored>> = records::look(aws, settings, log, &key).await?;
        let kept = found.as_ref().and_then(|found| found.value.as_ref()).and_then(began);
        if kept.zip(began(&own)).is_some_and(|(kept, own)| kept > own) {
            return Ok(None);
        }
        if records::write_over(aws, settings, &key, found.as_ref(), &own).await? {
            return Ok(Some(own));
        }
    }
    Err(Fault::transient(format!("{key} was written by others {MOST_TRIES} times while it was to be written")))
}

/// What this execution's build was planned under. Its key comes from the execution's input, which whoever may start
/// executions can make up: a plan of another revision would put this build's measurements in that one's place.
pub(crate) async fn own_plan(aws: &Aws, settings: &Settings, gate: &Gate) -> Result<Decision, Fault> {
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
    let build = proof::known(aws, &id).await?;
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
    let uploaded = Uploaded::of(aws, &settings.artifact_bucket, &build).await?;
    let record = uploaded.record().await?;
    let (stored, left) = reports(&uploaded, &record).await?;
    let mut commit = match &record {
        Ok(_) if gated_results::needs_commit(planned) => commit(aws, planned).await?,
        Ok(_) | Err(_) => Commit::default(),
    };
    let read = |file: &ReportFile| stored.get(&file.stored).cloned().ok_or_else(|| missing(left));
    let (mut measured, reach) = gated_results::measure_build(planned, &record, &commit, None, &read);
    let unknown = reach.unknown(&commit.lengths);
    if let Err(fault) = learn(aws, planned, &mut commit, &unknown).await {
        log.error("measured files cannot be read for their length", json!({"cause": fault.message}));
    }
    reach.note(&commit.lengths, &mut measured);
    if let Some(now) = &mut measured.coverage {
        now.before = coverage::before(aws, settings, log, planned).await?;
    }
    let outputs = outputs(aws, log, &build, &gated_results::unexplained(&record, &measured)).await;
    Ok(Evidence { outcome: build.outcome, record, measured, outputs, scan: None, scanned_on: None })
}

/// The report files that a record names, by their stored names, and how many bytes could have been more. What is read is
/// bounded whatever the record says: a report that has more is refused by the bytes that it has.
async fn reports(
    uploaded: &Uploaded<'_>,
    record: &Result<StageRecord, String>,
) -> Result<(BTreeMap<String, Vec<u8>>, u64), Fault> {
    let named = record.iter().flat_map(|record| &record.reports).take(limits::FILES).map(|file| file.stored.clone());
    let names: BTreeSet<String> = named.filter(|name| gated_results::is_stored_report(name)).collect();
    let report = |name: String| async move {
        let content = uploaded.file(&name, limits::FILE_BYTES).await?;
        Ok::<_, Fault>(content.map(|content| (name, content)))
    };
    let mut files = stream::iter(names).map(report).buffered(REPORTS_AT_ONCE);
    let (mut stored, mut left) = (BTreeMap::new(), limits::ALL_BYTES);
    while left > 0
        && let Some(file) = files.try_next().await?
    {
        if let Some((name, content)) = file {
            left = left.saturating_sub(u64::try_from(content.len()).unwrap_or(u64::MAX));
            stored.insert(name, content);
        }
    }
    Ok((stored, left))
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
    // The destination says what is generated: the proposal must not exempt its own files.
    let attributes = gated_results::attribute_files(tree.as_ref(), &changed);
    let attributes = async { Ok(aws.files(&change.repository, &change.destination_commit, attributes).await?) };
    let (contents, attributes) = tokio::try_join!(contents(aws, planned, &changed), attributes)?;
    Ok(Commit::new(tree, &changed, contents, &attributes))
}

/// Reads files of the commit for their length; a few at a time, since only that is kept of them. It is for a note alone: what
/// cannot be read keeps nobody from a verdict.
async fn learn(aws: &Aws, planned: &Decision, commit: &mut Commit, paths: &[String]) -> Result<(), Fault> {
    let change = &planned.change;
    for some in paths.chunks(REPORTS_AT_ONCE) {
        for (path, text) in aws.files(&change.repository, &change.source_commit, some.to_vec()).await? {
            commit.learn(path, &text);
        }
    }
    Ok(())
}

/// The changed files before and after, as many as there is room for.
async fn contents(aws: &Aws, planned: &Decision, changed: &ChangedFiles) -> Result<Vec<Contents>, Fault> {
    let ids = changed.files.iter().filter(|_| changed.complete).take(gated_results::MOST_BLOBS);
    let ids = ids.map(|file| [file.before.clone(), file.after.clone()]).collect();
    let mut blobs = aws.blobs(&planned.change.repository, ids);
    let (mut room, mut contents) = (Room::default(), Vec::new());
    let side = |blob: Option<Blob>| {
        blob.map(|blob| match blob {
            Blob::Content(text) => Ok(text),
            Blob::TooLarge => Err(gated_results::TOO_LARGE),
            Blob::Missing => Err("the repository does not have it"),
        })
    };
    while !room.is_full()
        && let Some(sides) = blobs.try_next().await?
    {
        contents.push(room.keep(sides.map(side)));
    }
    Ok(contents)
}
