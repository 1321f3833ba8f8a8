//! The function that makes verdicts: it reads what the build left, measures it, looks at the pull request again, and writes
//! the decision record. It never votes and never comments.

use gated_aws::{Aws, PullRequest};
use gated_core::decision::{Action, Decision, SkipState};
use gated_core::measured::StageOutcome;
use gated_core::names::PullRequestId;
use gated_core::verdict::{Again, Evidence, Record};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::again;
use crate::clock::now;
use crate::counted::count_merge;
use crate::coverage;
use crate::gate::{Gate, closed, look};
use crate::gather::{Gathered, gather};
use crate::images;
use crate::log::Log;
use crate::measure::{measure, own_plan};
use crate::metrics::Metric;
use crate::proof;
use crate::records;
use crate::report;
use crate::start::{Earlier, Wish, earlier, start_again};
use crate::{Fault, Settings};

/// What the state machine hands over.
#[derive(Debug, Deserialize)]
struct Asked {
    execution: String,
    gate: Gate,
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
        "build" => match again::instead_of(aws, settings, log, &live.change, &asked.execution).await? {
            Again::Never => match measure(aws, settings, log, &asked.execution, gate).await? {
                None => return Ok(pending()),
                measured => measured,
            },
            // A newer attempt stopped this build: that is no news of the code, and the newer one tells it.
            Again::Runs | Again::Measured => return Ok(pending()),
            Again::Lost => None,
        },
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
        (Action::Build, Some(_)) => return redecided(aws, settings, &asked.execution, &decision).await,
        (Action::Build, None) => match earlier(aws, settings, log, &decision).await? {
            Earlier::Fit(stored) if proof::holds(aws, settings, &stored).await? => {
                (Some(stored.evidence), Some(stored.planned.hash))
            }
            Earlier::Runs => return Ok(pending()),
            left => match settings.buildspec(&decision) {
                Ok(_) if matches!(left, Earlier::Nothing) => {
                    return builds_elsewhere(aws, settings, &asked, &decision).await;
                }
                // A newer gate builds in another way: what it would not vote on says nothing of what it builds now.
                Ok(_) => return redecided(aws, settings, &asked.execution, &decision).await,
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
    for reason in record.verdict.stopped_by() {
        log.measure_kind(Metric::Reasons, 1, reason);
    }
    let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
    let granted = record.decision.skips.iter().filter(|skip| skip.state == SkipState::Granted).count();
    log.measure(Metric::SkipsGranted, count(granted));
    let stages = record.evidence.iter().filter_map(|evidence| evidence.record.as_ref().ok()).flat_map(|r| &r.stages);
    let flaky = stages.filter(|run| run.outcome == StageOutcome::Passed && run.attempts > 1).count();
    log.measure(Metric::Flaky, count(flaky));
}

/// What is left to do for a closed pull request: when it was merged it is counted, and its coverage becomes its destination's;
/// and its images go. None waits for another, and what failed is told when all were tried. Of an open pull request nothing goes.
async fn finish(aws: &Aws, settings: &Settings, log: &Log, id: &PullRequestId) -> Result<Value, Fault> {
    let log = &log.pull_request(id.as_str());
    let live = closed(aws, id).await?;
    let of_merge = async {
        match &live {
            Some(live) => {
                tokio::join!(coverage::keep(aws, settings, log, live), count_merge(aws, settings, log, live))
            }
            None => (Ok(()), Ok(())),
        }
    };
    let ((kept, counted), deleted) = tokio::join!(of_merge, images::delete(aws, settings, id));
    kept?;
    counted?;
    Ok(json!({"deleted": deleted?}))
}

/// A verdict was asked for without a build, and now it needs one. When the plan already wanted a build, an execution runs it
/// and will answer; when the plan wanted none (a policy that could not be read then), one is started.
async fn builds_elsewhere(aws: &Aws, settings: &Settings, asked: &Asked, decision: &Decision) -> Result<Value, Fault> {
    if own_plan(aws, settings, &asked.gate).await?.action == Action::Build {
        return Ok(pending());
    }
    redecided(aws, settings, &asked.execution, decision).await
}

/// Another execution builds this revision, and will answer.
fn pending() -> Value {
    json!({"next": "pending", "record": null})
}

/// Only another build can tell: it is started in place of this execution, which ends without an answer.
async fn redecided(aws: &Aws, settings: &Settings, execution: &str, decision: &Decision) -> Result<Value, Fault> {
    let wish = Wish { build: true, in_place_of: Some(execution), ..Wish::default() };
    let begun = start_again(aws, settings, decision, wish).await?;
    Ok(json!({"next": "redecided", "record": null, "execution": begun.execution}))
}

fn left_behind(live: &PullRequest, gate: &Gate) -> Option<Value> {
    if !live.open {
        return Some(json!({"next": "closed", "record": null}));
    }
    (live.change.revision.as_str() != gate.revision_id).then(|| json!({"next": "superseded", "record": null}))
}
