//! What was measured last for a destination branch: kept when a pull request was merged, read for the next one's change of
//! coverage. It judges nothing, and a branch without it is none the worse.

use gated_aws::{Aws, PullRequest};
use gated_core::decision::{Decision, StageAction};
use gated_core::measured::{CoverageBefore, Measured};
use gated_core::policy::ReportKind;
use serde::{Deserialize, Serialize};

use crate::log::Log;
use crate::records::{self, Found, MOST_TRIES, Stored};
use crate::{Fault, Settings};

/// The coverage of a branch.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfBranch {
    /// When its pull request was merged, in milliseconds since the epoch: an older merge that is handled later, or once
    /// more, is no news.
    merged_ms: i64,
    coverage: CoverageBefore,
}

/// Keeps what was measured for a merged pull request's last revision as its destination's. Every coverage report must have
/// been demanded, run and readable: a part would compare with nothing.
pub(crate) async fn keep(aws: &Aws, settings: &Settings, log: &Log, live: &PullRequest) -> Result<(), Fault> {
    let change = &live.change;
    if !live.merged {
        return Ok(());
    }
    let stored: Option<Found<Stored>> = records::look(aws, settings, log, &records::evidence_key(change)).await?;
    let Some(Stored { planned, evidence, .. }) = stored.and_then(|stored| stored.value) else { return Ok(()) };
    let Some(coverage) = whole(&planned, &evidence.measured) else { return Ok(()) };
    let Some(merged_ms) = aws.merged_ms(&change.pull_request).await? else { return Ok(()) };
    let (key, own) =
        (records::branch_key(&change.repository, change.destination_branch()), OfBranch { merged_ms, coverage });
    for _ in 0..MOST_TRIES {
        let found: Option<Found<OfBranch>> = records::look(aws, settings, log, &key).await?;
        let kept = found.as_ref().and_then(|found| found.value.as_ref());
        if kept.is_some_and(|kept| kept.merged_ms >= merged_ms)
            || records::write_over(aws, settings, &key, found.as_ref(), &own).await?
        {
            return Ok(());
        }
    }
    Err(Fault::transient(format!("{key} was written by others {MOST_TRIES} times while it was to be written")))
}

/// What was measured last for the branch that the planned pull request is for; `None` when nothing was.
pub(crate) async fn before(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    planned: &Decision,
) -> Result<Option<CoverageBefore>, Fault> {
    let key = records::branch_key(&planned.change.repository, planned.change.destination_branch());
    let found: Option<Found<OfBranch>> = records::look(aws, settings, log, &key).await?;
    Ok(found.and_then(|found| found.value).map(|kept| kept.coverage))
}

fn whole(planned: &Decision, measured: &Measured) -> Option<CoverageBefore> {
    let reports_coverage = |stage: &&gated_core::decision::PlannedStage| {
        stage.reports.iter().any(|report| report.format.kind() == ReportKind::Coverage)
    };
    let ran = planned.stages.iter().filter(reports_coverage).all(|stage| stage.action == StageAction::Run);
    let mut reports = measured.reports.iter().filter(|report| report.kind == ReportKind::Coverage);
    let coverage = measured.coverage.as_ref().filter(|_| ran && reports.all(|report| report.faults.is_empty()))?;
    Some(CoverageBefore {
        pull_request: planned.change.pull_request.clone(),
        commit: planned.change.source_commit.clone(),
        lines: coverage.lines(),
        branches: coverage.branches(),
    })
}
