//! The few numbers that are looked for first: tests, coverage with its change, time.

use gated_core::measured::CoverageBefore;
use gated_core::report::{Report, Summary};
use gated_core::units::Ratio;
use serde::Serialize;

use super::coverage::percent;
use super::tone::{BAD, GOOD, QUIET, Tone};
use crate::words;

/// A number, and what there is to say of it.
#[derive(Serialize)]
pub(super) struct Fact {
    name: &'static str,
    value: String,
    note: String,
    tone: Tone,
}

/// What is known; nothing stands for what is not.
pub(super) fn facts(report: &Report) -> Vec<Fact> {
    let summary = Summary::of(&report.record, "");
    let coverage = report.record.evidence.as_ref().and_then(|evidence| evidence.measured.coverage.as_ref());
    let quiet = |name, value, note: String| Fact { name, value, note, tone: QUIET };
    let tests = summary.tests.map(|[passed, failed]| Fact {
        name: "Tests",
        value: format!("{passed} passed"),
        note: if failed == 0 { "none failed".to_owned() } else { format!("{failed} failed") },
        tone: if failed == 0 { GOOD } else { BAD },
    });
    let before = coverage.and_then(|coverage| coverage.before.as_ref());
    let lines = summary
        .lines
        .map(|lines| quiet("Lines covered", percent(lines), since(lines, before.map(|it| it.lines), before)));
    let branches = coverage.and_then(|coverage| coverage.branches()).map(|branches| {
        quiet("Branches covered", percent(branches), since(branches, before.and_then(|it| it.branches), before))
    });
    let patch = coverage.and_then(|coverage| coverage.patch.as_ref()).filter(|patch| patch.lines.total > 0);
    let patch = patch.map(|patch| {
        let Ratio { covered, total } = patch.lines;
        quiet("Changed lines covered", percent(patch.lines), format!("{covered} of {total}"))
    });
    let time = summary.duration_ms.map(|took| {
        let count = report.record.decision.running().count();
        quiet("Build", words::time(took), format!("{count} {}", if count == 1 { "stage" } else { "stages" }))
    });
    [tests, lines, branches, patch, time].into_iter().flatten().collect()
}

fn since(now: Ratio, then: Option<Ratio>, before: Option<&CoverageBefore>) -> String {
    match (then, before) {
        (Some(then), Some(before)) => {
            format!("{} since pull request {}", words::change(then, now), before.pull_request)
        }
        _ => format!("{} of {}", now.covered, now.total),
    }
}
