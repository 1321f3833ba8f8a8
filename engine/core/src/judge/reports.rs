//! The reports of a stage: every one that was planned must be there and readable; test cases that failed fail whatever
//! the exit code says. Missing because the stage failed, it belongs to that failure.

use super::{Finding, Told};
use crate::decision::{PlannedStage, StageAction};
use crate::measured::{FailedCase, Measured, MeasuredReport, StageOutcome, TestCounts};
use crate::policy::ReportKind;
use crate::verdict::{FailureClass, State};

pub(super) fn of_stage(stage: &PlannedStage, told: &Told<'_>, measured: &Measured) -> Vec<Finding> {
    let one = |(index, report): (usize, &crate::policy::Report)| {
        let kind = report.format.kind();
        let (id, name) = match kind {
            ReportKind::Tests => (format!("tests/{}/{index}", stage.name), format!("tests of {}", stage.name)),
            ReportKind::Coverage => {
                (format!("report/{}/{index}", stage.name), format!("coverage report of {}", stage.name))
            }
        };
        let found = find(stage, index, measured).filter(|found| found.format == report.format);
        let (state, reason) = match stage.action {
            StageAction::Skip => (State::Skipped, stage.reason.clone()),
            StageAction::NotApplicable => (State::NotApplicable, stage.reason.clone()),
            StageAction::Run => return judged(stage, told, kind, found, &id, &name),
        };
        Some(Finding::of(id, name, state, reason).required(stage.required))
    };
    stage.reports.iter().enumerate().filter_map(one).collect()
}

/// What was measured of the stage's report of this index.
pub(super) fn find<'a>(stage: &PlannedStage, index: usize, measured: &'a Measured) -> Option<&'a MeasuredReport> {
    measured.reports.iter().find(|found| found.stage == stage.name && usize::try_from(found.report) == Ok(index))
}

/// `None` for a coverage report without a fault or note: what it says is judged as coverage.
fn judged(
    stage: &PlannedStage,
    told: &Told<'_>,
    kind: ReportKind,
    found: Option<&MeasuredReport>,
    id: &str,
    name: &str,
) -> Option<Finding> {
    let finding = |state, reason| Finding::of(id, name, state, reason).required(stage.required);
    let passed = match told.outcome(stage) {
        Some(StageOutcome::Passed) => true,
        Some(StageOutcome::Failed | StageOutcome::TimedOut | StageOutcome::NotRun | StageOutcome::Interrupted) => false,
        None => return Some(finding(State::NotRun, "the build left no word of its stage".to_owned())),
    };
    let faults = faults(found, kind);
    if let Some((first, more)) = faults.split_first() {
        let told = if more.is_empty() { first.clone() } else { format!("{first} (and {} more)", more.len()) };
        let judged = match passed {
            true => finding(State::Error, told).class(FailureClass::Report),
            false => finding(State::NotRun, format!("stage {} did not pass, and left: {told}", stage.name)),
        };
        // What the other files of the report tell is not lost.
        let failures = found.and_then(|found| found.tests.as_ref()).into_iter().flat_map(|tests| &tests.failures);
        return Some(judged.details(more.iter().cloned().chain(failures.map(line)).collect()));
    }
    let notes = found.map(|found| found.notes.clone()).unwrap_or_default();
    match found.and_then(|found| found.tests.as_ref()) {
        Some(counts) => {
            let mut judged = cases(stage, counts, passed, finding);
            judged.requirement.details.extend(notes);
            Some(judged)
        }
        None if notes.is_empty() => None,
        None => Some(finding(State::Passed, notes.join("; "))),
    }
}

fn faults(found: Option<&MeasuredReport>, kind: ReportKind) -> Vec<String> {
    let Some(found) = found else { return vec!["the report was not measured".to_owned()] };
    let mut faults = found.faults.clone();
    let none = |counts: &TestCounts| counts.passed + counts.failed + counts.skipped == 0;
    if faults.is_empty() && kind == ReportKind::Tests && found.tests.as_ref().is_none_or(none) {
        faults.push("it has no test cases".to_owned());
    }
    faults
}

fn cases(
    stage: &PlannedStage,
    counts: &TestCounts,
    passed: bool,
    finding: impl Fn(State, String) -> Finding,
) -> Finding {
    let TestCounts { passed: good, flaky, failed, skipped, failures } = counts;
    if *failed == 0 {
        let again = if *flaky == 0 { String::new() } else { format!(" ({flaky} of them flaky)") };
        return finding(State::Passed, format!("{good} passed{again}, {skipped} skipped")).flaky(*flaky > 0);
    }
    let all = good + failed + skipped;
    let hidden = if passed {
        format!(", although stage {} ended with exit code 0: its exit code hid them", stage.name)
    } else {
        String::new()
    };
    let mut details: Vec<String> = failures.iter().map(line).collect();
    let told = failures.len() as u64;
    if *failed > told {
        details.push(format!("… and {} more", failed - told));
    }
    finding(State::Failed, format!("{failed} of {all} cases failed{hidden}")).class(FailureClass::Code).details(details)
}

/// `suite › name: message (place)`
fn line(case: &FailedCase) -> String {
    let FailedCase { suite, name, message, place } = case;
    let mut text = if suite.is_empty() { name.clone() } else { format!("{suite} › {name}") };
    if !message.is_empty() {
        text.push_str(&format!(": {message}"));
    }
    if let Some(place) = place {
        text.push_str(&format!(" ({place})"));
    }
    text
}
