//! A build as somebody supposes it to end, for tests of a policy: what is not supposed went well. It stands in for no
//! build; only what the judge makes of it is of use.

use crate::decision::{Decision, PlannedStage, StageAction};
use crate::measured::{
    BuildOutcome, BuildStatus, FileCoverage, Measured, MeasuredCoverage, MeasuredReport, PatchCoverage, PhaseFailure,
    StageOutcome, StageRecord, StageRun, TestCounts,
};
use crate::policy::{PathTarget, ReportKind};
use crate::scan::{PushedImage, ScanOutcome};
use crate::units::{Percent, Ratio};
use crate::verdict::Evidence;

const BUILD: &str = "supposed:build";

/// How the parts of a build are supposed to end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Supposed {
    /// Stage (`container` is the image) → its end. One that is not named passes, unless an earlier one stops the build.
    pub stages: Vec<(String, StageOutcome)>,
    /// Covered lines of the whole; not named is all of them, here and below.
    pub line: Option<Percent>,
    /// Covered branches.
    pub branch: Option<Percent>,
    /// Covered lines of those that the pull request changes.
    pub patch: Option<Percent>,
    /// Files by path; every other one is covered so that the whole is as named.
    pub files: Vec<SupposedFile>,
}

/// How far one file is supposed to be covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupposedFile {
    /// From the root of the repository.
    pub path: String,
    /// Covered lines.
    pub line: Option<Percent>,
    /// Covered branches.
    pub branch: Option<Percent>,
}

/// What such a build of this decision would leave behind.
pub fn supposed_evidence(decision: &Decision, supposed: &Supposed) -> Evidence {
    let stages = runs(decision, supposed);
    let red = stages.iter().any(|run| run.outcome != StageOutcome::Passed);
    let failure = red.then(|| PhaseFailure {
        phase: "BUILD".to_owned(),
        code: "COMMAND_EXECUTION_ERROR".to_owned(),
        message: "a stage is supposed to end like this".to_owned(),
    });
    let status = if red { BuildStatus::Failed } else { BuildStatus::Succeeded };
    let measured = measured(decision, &stages, supposed);
    let setup = (!decision.setup.is_empty()).then(|| run("setup", StageOutcome::Passed));
    let image = PushedImage { repository: BUILD.to_owned(), tag: BUILD.to_owned(), digest: BUILD.to_owned() };
    // An image that is supposed to be built is supposed to be scanned, without findings.
    let scan = Some(ScanOutcome::Scanned { digest: image.digest.clone(), findings: Vec::new() });
    let record = StageRecord {
        version: StageRecord::VERSION,
        build: BUILD.to_owned(),
        setup,
        stages,
        reports: Vec::new(),
        began: 1,
        image: Some(image),
    };
    let outcome = BuildOutcome {
        id: Some(BUILD.to_owned()),
        status,
        failure,
        log_url: None,
        duration_ms: None,
        phases: Vec::new(),
    };
    Evidence { outcome, record: Ok(record), measured, outputs: Vec::new(), scan, scanned_on: None }
}

/// Every running stage in order; after one that stops the build, those of which nothing else is supposed are not run.
fn runs(decision: &Decision, supposed: &Supposed) -> Vec<StageRun> {
    let mut stopped = false;
    let mut all = Vec::new();
    let of = |name: &str| supposed.stages.iter().find(|(stage, _)| stage == name).map(|(_, outcome)| *outcome);
    for stage in decision.running() {
        let name = stage.name.as_str();
        let usual = if stopped { StageOutcome::NotRun } else { StageOutcome::Passed };
        let run = timed(run(name, of(name).unwrap_or(usual)), stage);
        stopped |= stage.required
            && (decision.fail_fast || stage.name.is_reserved())
            && matches!(run.outcome, StageOutcome::Failed | StageOutcome::TimedOut);
        all.push(run);
    }
    if decision.container.as_ref().is_some_and(|container| container.action == StageAction::Run) {
        let usual = if stopped { StageOutcome::NotRun } else { StageOutcome::Passed };
        all.push(run("container", of("container").unwrap_or(usual)));
    }
    all
}

fn run(name: &str, outcome: StageOutcome) -> StageRun {
    let (exit, attempts) = match outcome {
        StageOutcome::Passed => (0, 1),
        StageOutcome::Failed => (1, 1),
        StageOutcome::TimedOut => (124, 1),
        StageOutcome::NotRun => (-1, 0),
        StageOutcome::Interrupted => (143, 1),
    };
    StageRun { name: name.to_owned(), outcome, exit, milliseconds: 0, last_milliseconds: None, attempts }
}

/// A run that took as long as its stage must take at least.
fn timed(run: StageRun, stage: &PlannedStage) -> StageRun {
    match (run.outcome, stage.min_duration) {
        (StageOutcome::Passed, Some(least)) => StageRun { milliseconds: least.0.saturating_mul(1000), ..run },
        (
            StageOutcome::Passed
            | StageOutcome::Failed
            | StageOutcome::TimedOut
            | StageOutcome::NotRun
            | StageOutcome::Interrupted,
            _,
        ) => run,
    }
}

fn measured(decision: &Decision, runs: &[StageRun], supposed: &Supposed) -> Measured {
    let mut reports = Vec::new();
    for stage in decision.running() {
        let passed = runs.iter().any(|run| run.name == stage.name.as_str() && run.outcome == StageOutcome::Passed);
        for (index, report) in (0u32..).zip(&stage.reports) {
            let kind = report.format.kind();
            reports.push(MeasuredReport {
                stage: stage.name.clone(),
                report: index,
                format: report.format,
                kind,
                files: Vec::new(),
                tests: (kind == ReportKind::Tests).then(|| TestCounts { passed: 1, ..TestCounts::default() }),
                faults: if passed { Vec::new() } else { vec!["its stage left none".to_owned()] },
                notes: Vec::new(),
            });
        }
    }
    Measured { reports, coverage: Some(coverage(decision, supposed)) }
}

fn coverage(decision: &Decision, supposed: &Supposed) -> MeasuredCoverage {
    let of_all = |percent: Option<Percent>| percent.unwrap_or(Percent::ALL).of_all();
    let named = |file: &SupposedFile| FileCoverage {
        path: file.path.clone(),
        lines: of_all(file.line),
        branches: Some(of_all(file.branch)),
    };
    let mut files: Vec<FileCoverage> = supposed.files.iter().map(named).collect();
    files.push(FileCoverage {
        path: "everything else".to_owned(),
        lines: rest(supposed.line, files.iter().map(|file| file.lines)),
        branches: Some(rest(supposed.branch, files.iter().filter_map(|file| file.branches))),
    });
    let patch = PatchCoverage { lines: of_all(supposed.patch), ..PatchCoverage::default() };
    // Where nothing is supposed of a part of the tree, there is no such part.
    let targets = decision.coverage.iter().flat_map(|coverage| &coverage.paths);
    let absent = targets.map(PathTarget::name).collect();
    MeasuredCoverage { files, absent, patch: Some(patch), before: None }
}

/// What everything else must be, so that the whole is exactly as wanted; a thousand times as large as a file, so that
/// there nearly always is such a value. When nothing is wanted, it is covered whole.
fn rest(wanted: Option<Percent>, named: impl Iterator<Item = Ratio>) -> Ratio {
    const SIZE: u64 = 1_000;
    let total = SIZE * Percent::ALL.of_all().total;
    let sum = named.fold(Ratio::default(), Ratio::plus);
    let Some(wanted) = wanted else { return Ratio { covered: total, total } };
    let files = SIZE + sum.total / Percent::ALL.of_all().total;
    Ratio { covered: (wanted.of_all().covered * files).saturating_sub(sum.covered).min(total), total }
}
