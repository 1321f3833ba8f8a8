//! The build in time: CodeBuild's phases, and the stages inside the phase that runs them. Stages run one after the other, so
//! each begins where the one before ended.

use gated_core::measured::{BuildPhase, StageOutcome, StageRun};
use gated_core::report::Report;
use serde::Serialize;

use super::tone::{BAD, GOOD, QUIET, Tone};
use crate::words;

/// The picture's width, in its own units.
const WIDTH: u64 = 1_000;

/// The picture, row by row.
#[derive(Serialize)]
pub(super) struct Timeline {
    rows: Vec<Bar>,
    total: String,
}

#[derive(Serialize)]
struct Bar {
    name: String,
    is_stage: bool,
    tone: Tone,
    state: &'static str,
    time: String,
    from: u64,
    width: u64,
}

/// Something that took time.
struct Span {
    name: String,
    is_stage: bool,
    tone: Tone,
    state: &'static str,
    from: u64,
    took: u64,
}

/// `None` when no time is known.
pub(super) fn timeline(report: &Report) -> Option<Timeline> {
    let evidence = report.record.evidence.as_ref()?;
    let phases = &evidence.outcome.phases;
    let timed = |phase: &&BuildPhase| phase.duration_ms.is_some() && phase.name != "SUBMITTED";
    let begin = phases.iter().map(|phase| phase.started_ms).min().unwrap_or(0);
    let mut spans: Vec<Span> = phases.iter().filter(timed).map(|phase| span_of(phase, begin)).collect();
    let at = phases.iter().position(|phase| phase.name == "BUILD");
    let mut from = at.and_then(|at| phases.get(at)).map_or(0, |phase| phase.started_ms - begin);
    let runs = evidence.record.iter().flat_map(|record| record.setup.iter().chain(&record.stages));
    let mut stages: Vec<Span> = Vec::new();
    for run in runs {
        stages.push(span_of_run(run, from));
        from += run.milliseconds;
    }
    let inside = spans.iter().position(|span| span.name == "build").map_or(spans.len(), |at| at + 1);
    spans.splice(inside..inside, stages);
    let total = spans.iter().map(|span| span.from + span.took).max().filter(|total| *total > 0)?;
    let share = |ms: u64| u64::try_from(u128::from(ms) * u128::from(WIDTH) / u128::from(total)).unwrap_or(WIDTH);
    let bar = |span: Span| Bar {
        from: share(span.from).min(WIDTH - 4),
        width: share(span.took).max(4),
        time: if span.state == "not run" { String::new() } else { words::time(span.took) },
        name: span.name,
        is_stage: span.is_stage,
        tone: span.tone,
        state: span.state,
    };
    Some(Timeline { rows: spans.into_iter().map(bar).collect(), total: words::time(total) })
}

fn span_of(phase: &BuildPhase, begin: u64) -> Span {
    let (tone, state) = match phase.status.as_str() {
        "SUCCEEDED" => (QUIET, "succeeded"),
        "FAILED" => (BAD, "failed"),
        "FAULT" => (BAD, "fault"),
        "TIMED_OUT" => (BAD, "timed out"),
        "STOPPED" => (BAD, "stopped"),
        _ => (QUIET, "not ended"),
    };
    let name = phase.name.chars().take(40).collect::<String>().to_lowercase().replace('_', " ");
    let from = phase.started_ms.saturating_sub(begin);
    Span { name, is_stage: false, tone, state, from, took: phase.duration_ms.unwrap_or(0) }
}

fn span_of_run(run: &StageRun, from: u64) -> Span {
    let (tone, state) = match run.outcome {
        StageOutcome::Passed => (GOOD, "passed"),
        StageOutcome::Failed => (BAD, "failed"),
        StageOutcome::TimedOut => (BAD, "timed out"),
        StageOutcome::NotRun => (QUIET, "not run"),
        StageOutcome::Interrupted => (BAD, "interrupted"),
    };
    Span { name: run.name.chars().take(60).collect(), is_stage: true, tone, state, from, took: run.milliseconds }
}
