//! What the test reports said: counts by report, and each case that failed with its message and place.

use gated_core::measured::{FailedCase, MeasuredReport, TestCounts};
use gated_core::report::Report;
use serde::Serialize;

use super::tone::{BAD, GOOD, Tone};
use crate::comment::Rows;
use crate::markdown::line;

/// Most failed cases of one report.
const CASES: usize = 100;
/// Longest message, in characters.
const MESSAGE: usize = 4_000;

/// One declared report of tests.
#[derive(Serialize)]
pub(super) struct Tests {
    tone: Tone,
    stage: String,
    files: Rows<String>,
    passed: u64,
    failed: u64,
    skipped: u64,
    faults: Vec<String>,
    notes: Vec<String>,
    cases: Rows<Case>,
}

#[derive(Serialize)]
struct Case {
    suite: String,
    name: String,
    message: String,
    place: Option<String>,
}

/// Every report of tests, in order.
pub(super) fn tests(report: &Report) -> Vec<Tests> {
    let measured = report.record.evidence.iter().flat_map(|evidence| &evidence.measured.reports);
    measured.filter_map(|report| report.tests.as_ref().map(|counts| of(report, counts))).collect()
}

fn of(report: &MeasuredReport, counts: &TestCounts) -> Tests {
    // The notes name the flaky ones.
    let TestCounts { passed, flaky: _, failed, skipped, failures } = counts;
    let mut cases = Rows::new(failures, CASES, case);
    // A report tells at most so many of its failures.
    cases.leave_out(usize::try_from(*failed).unwrap_or(usize::MAX).saturating_sub(failures.len()));
    Tests {
        tone: if *failed > 0 || !report.faults.is_empty() { BAD } else { GOOD },
        stage: report.stage.to_string(),
        files: Rows::new(&report.files, 5, |file| line(file, 200)),
        passed: *passed,
        failed: *failed,
        skipped: *skipped,
        faults: report.faults.iter().map(|fault| line(fault, 500)).collect(),
        notes: report.notes.iter().map(|note| line(note, 500)).collect(),
        cases,
    }
}

fn case(case: &FailedCase) -> Case {
    let FailedCase { suite, name, message, place } = case;
    Case {
        suite: line(suite, 300),
        name: line(name, 300),
        message: message.chars().take(MESSAGE).collect(),
        place: place.as_deref().map(|place| line(place, 300)),
    }
}
