//! Coverage against its targets, compared exactly. Numbers from an incomplete set of reports are no numbers.

use super::{Finding, Told, reports};
use crate::decision::{Decision, PlannedCoverage, PlannedStage, StageAction};
use crate::measured::{
    CoverageBefore, FileCoverage, Measured, MeasuredCoverage, PatchCoverage, PatchFile, StageOutcome,
};
use crate::plan::carriers;
use crate::policy::{PathTarget, ReportKind};
use crate::units::{Percent, Ratio};
use crate::verdict::{FailureClass, State};

/// How many files a failed target names.
const MOST_FILES: usize = 20;
/// How many runs of uncovered lines a file names.
const MOST_RUNS: usize = 30;

pub(super) fn findings(decision: &Decision, told: &Told<'_>, measured: &Measured) -> Vec<Finding> {
    let Some(planned) = &decision.coverage else { return Vec::new() };
    let numbers = match planned.action {
        StageAction::Skip => Err((State::Skipped, planned.reason.clone())),
        StageAction::NotApplicable => Err((State::NotApplicable, planned.reason.clone())),
        StageAction::Run => numbers(decision, told, measured),
    };
    let mut findings = Vec::new();
    let mut target = |id: String, name: String, judge: &dyn Fn(&MeasuredCoverage) -> Judged| {
        let judged = match &numbers {
            Ok(coverage) => judge(coverage),
            Err((state, reason)) => Judged::plain(*state, reason.clone()),
        };
        let finding = Finding::of(id, name, judged.state, judged.reason).details(judged.details);
        findings.push(match judged.state {
            State::Failed => finding.class(FailureClass::Code),
            State::Error => finding.class(FailureClass::Report),
            State::Passed | State::NotApplicable | State::NotRun | State::Skipped | State::Waiting => finding,
        });
    };
    let PlannedCoverage { action: _, reason: _, line, branch, patch, min_patch_lines, exclude: _, paths } = planned;
    if let Some(percent) = line {
        target("coverage/line".into(), "line coverage".into(), &|all| {
            lines(&files(all, None), *percent).against(all.lines(), all.before.as_ref().map(|it| (it, Some(it.lines))))
        });
    }
    if let Some(percent) = branch {
        target("coverage/branch".into(), "branch coverage".into(), &|all| {
            let now = all.branches().unwrap_or_default();
            branches(&files(all, None), *percent).against(now, all.before.as_ref().map(|it| (it, it.branches)))
        });
    }
    if let Some(percent) = patch {
        target("coverage/patch".into(), "patch coverage".into(), &|all| {
            changed_lines(all.patch.as_ref(), *percent, *min_patch_lines)
        });
    }
    for wanted in paths {
        let glob = wanted.name();
        target(format!("coverage/paths/{glob}"), format!("coverage of {glob}"), &|all| path_target(all, wanted));
    }
    findings
}

/// A target's state and what to tell of it.
struct Judged {
    state: State,
    reason: String,
    details: Vec<String>,
}

impl Judged {
    fn plain(state: State, reason: impl Into<String>) -> Self {
        Self { state, reason: reason.into(), details: Vec::new() }
    }

    /// With how it differs from what was measured last for the destination.
    fn against(mut self, now: Ratio, before: Option<(&CoverageBefore, Option<Ratio>)>) -> Self {
        if let Some((CoverageBefore { pull_request, .. }, Some(then))) = before
            && let Some(points) = now.points_above(then)
        {
            let last = format!("; {points} points against the destination ({}%", then.display_against(None));
            self.reason.push_str(&format!("{last} with pull request {pull_request})"));
        }
        self
    }
}

/// The numbers of all reports together, or why there are none that count.
fn numbers<'a>(
    decision: &Decision,
    told: &Told<'_>,
    measured: &'a Measured,
) -> Result<&'a MeasuredCoverage, (State, String)> {
    let running = || carriers(&decision.stages).filter(|stage| stage.action == StageAction::Run);
    if running().next().is_none() {
        return Err((State::Error, "no stage reports coverage".to_owned()));
    }
    if let Some(stage) = running().find(|stage| is_faulty(stage, measured)) {
        return Err(match told.outcome(stage) {
            Some(StageOutcome::Passed) => {
                (State::Error, format!("the coverage report of stage {} cannot be used", stage.name))
            }
            Some(StageOutcome::Failed | StageOutcome::TimedOut | StageOutcome::NotRun | StageOutcome::Interrupted)
                if stage.required =>
            {
                (State::NotRun, format!("stage {} did not pass, and left no usable report", stage.name))
            }
            Some(_) => (State::Error, format!("advisory stage {} did not pass, and left no usable report", stage.name)),
            None => (State::NotRun, format!("the build left no word of stage {}", stage.name)),
        });
    }
    measured.coverage.as_ref().ok_or_else(|| (State::Error, "no coverage report could be read".to_owned()))
}

fn is_faulty(stage: &PlannedStage, measured: &Measured) -> bool {
    let planned = stage.reports.iter().enumerate().filter(|(_, report)| report.format.kind() == ReportKind::Coverage);
    let sound = |index| reports::find(stage, index, measured).is_some_and(|found| found.faults.is_empty());
    planned.into_iter().any(|(index, _)| !sound(index))
}

fn files<'a>(all: &'a MeasuredCoverage, target: Option<&PathTarget>) -> Vec<&'a FileCoverage> {
    all.files.iter().filter(|file| target.is_none_or(|target| target.files.matches(&file.path))).collect()
}

fn lines(files: &[&FileCoverage], percent: Percent) -> Judged {
    let sum = files.iter().fold(Ratio::default(), |sum, file| sum.plus(file.lines));
    if sum.total == 0 {
        return Judged::plain(State::Error, "the reports have no coverable line that counts");
    }
    compared("lines", sum, percent, || worst(files, |file| Some(file.lines), "lines"))
}

fn branches(files: &[&FileCoverage], percent: Percent) -> Judged {
    let told: Vec<Ratio> = files.iter().filter_map(|file| file.branches).collect();
    if told.is_empty() {
        return Judged::plain(State::Error, "the reports tell no branches");
    }
    let sum = told.iter().fold(Ratio::default(), |sum, ratio| sum.plus(*ratio));
    if sum.total == 0 {
        return Judged::plain(State::NotApplicable, "there are no branches");
    }
    compared("branches", sum, percent, || worst(files, |file| file.branches, "branches"))
}

fn changed_lines(patch: Option<&PatchCoverage>, percent: Percent, least: u32) -> Judged {
    let Some(PatchCoverage { lines, files, unmeasured, generated, unknown, whole }) = patch else {
        return Judged::plain(State::Error, "the changed lines are not known");
    };
    if !unknown.is_empty() {
        let next = "make them smaller, exclude them from coverage, or split the pull request";
        return Judged::plain(
            State::Error,
            format!("the changed lines are not known of {}: {next}", unknown.join(", ")),
        );
    }
    if lines.total == 0 {
        let other = match unmeasured.as_slice() {
            [] => String::new(),
            paths => format!(" (no report measures {})", paths.join(", ")),
        };
        let generated = match generated.as_slice() {
            [] => String::new(),
            paths => format!(" (generated, as the destination's .gitattributes say: {})", paths.join(", ")),
        };
        return Judged::plain(State::NotApplicable, format!("no coverable line was changed{other}{generated}"));
    }
    if lines.total < u64::from(least) {
        return Judged::plain(
            State::NotApplicable,
            format!("{} coverable lines changed, below the min-patch-lines of {least}", lines.total),
        );
    }
    let mut judged = compared("changed lines", *lines, percent, || files.iter().filter_map(uncovered).collect());
    if !whole.is_empty() {
        judged.reason.push_str(&format!("; every line counts of {}", whole.join(", ")));
    }
    judged
}

/// `src/a.rs: 3 of 8 changed lines not covered: 3, 7-8`
fn uncovered(file: &PatchFile) -> Option<String> {
    let PatchFile { path, lines: Ratio { covered, total }, hits: _, source: _ } = file;
    let run = |(first, last): (u32, u32)| if first == last { format!("{first}") } else { format!("{first}-{last}") };
    let mut runs: Vec<String> = file.uncovered().into_iter().map(run).collect();
    if runs.len() > MOST_RUNS {
        runs.truncate(MOST_RUNS);
        runs.push("…".to_owned());
    }
    let open = total.saturating_sub(*covered);
    (open > 0).then(|| format!("{path}: {open} of {total} changed lines not covered: {}", runs.join(", ")))
}

/// A target for a part of the tree: lines and branches, of which the worse state counts.
fn path_target(all: &MeasuredCoverage, target: &PathTarget) -> Judged {
    let files = files(all, Some(target));
    if files.is_empty() {
        let glob = target.name();
        return if all.absent.contains(&glob) {
            Judged::plain(
                State::NotApplicable,
                format!(
                    "the commit has no file that matches {glob} but those that are excluded or have no coverable line"
                ),
            )
        } else {
            // Files that nobody measures would otherwise pass as if they were covered.
            let next = "let a report measure them, or take the target out";
            Judged::plain(State::Error, format!("no report measures a line of a file that matches {glob}: {next}"))
        };
    }
    let PathTarget { files: _, line, branch } = target;
    let parts = [line.map(|percent| lines(&files, percent)), branch.map(|percent| branches(&files, percent))];
    let parts: Vec<Judged> = parts.into_iter().flatten().collect();
    let states = [State::Failed, State::Error, State::Passed];
    let state = states.into_iter().find(|state| parts.iter().any(|part| part.state == *state));
    Judged {
        state: state.unwrap_or(State::NotApplicable),
        reason: parts.iter().map(|part| part.reason.as_str()).collect::<Vec<_>>().join("; "),
        details: parts.into_iter().flat_map(|part| part.details).collect(),
    }
}

fn compared(what: &str, ratio: Ratio, percent: Percent, details: impl Fn() -> Vec<String>) -> Judged {
    let shown = ratio.display_against(Some(percent));
    let values = format!("{shown}% of {} {what} covered", ratio.total);
    if percent.is_reached_by(ratio) {
        return Judged::plain(State::Passed, format!("{values}, {percent}% demanded"));
    }
    Judged { state: State::Failed, reason: format!("{values}, below the {percent}% demanded"), details: details() }
}

/// The files with the most that is not covered.
fn worst(files: &[&FileCoverage], ratio: impl Fn(&FileCoverage) -> Option<Ratio>, what: &str) -> Vec<String> {
    let mut open: Vec<(u64, &str, Ratio)> = files
        .iter()
        .filter_map(|file| {
            ratio(file).map(|ratio| (ratio.total.saturating_sub(ratio.covered), file.path.as_str(), ratio))
        })
        .filter(|(uncovered, _, _)| *uncovered > 0)
        .collect();
    open.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let line = |(uncovered, path, ratio): &(u64, &str, Ratio)| {
        format!("{path}: {uncovered} of {} {what} not covered", ratio.total)
    };
    open.iter().take(MOST_FILES).map(line).collect()
}
