//! What a build left behind, in few words: everything green, and then one thing changed.

use gated_core::decision::{Decision, StageAction};
use gated_core::judge;
use gated_core::measured::{
    BuildOutcome, BuildStatus, FailedCase, FileCoverage, LineHits, Measured, MeasuredCoverage, MeasuredReport,
    PatchCoverage, PatchFile, PhaseFailure, StageOutcome, StageRecord, StageRun, TestCounts,
};
use gated_core::policy::ReportKind;
use gated_core::scan::PushedImage;
use gated_core::units::Ratio;
use gated_core::verdict::{Evidence, Requirement, State, Verdict};

const BUILD: &str = "gated-demo-pr-7:0f0f";

/// A build of this decision in which everything passed: 10 cases in each test report, 80 of 100 lines covered.
pub(crate) fn green(decision: &Decision) -> Evidence {
    let stages = decision.running().map(|stage| run(stage.name.as_str()));
    let image =
        decision.container.iter().filter(|container| container.action == StageAction::Run).map(|_| run("container"));
    let record = StageRecord {
        version: StageRecord::VERSION,
        build: BUILD.to_owned(),
        setup: (!decision.setup.is_empty()).then(|| run("setup")),
        stages: stages.chain(image).collect(),
        reports: Vec::new(),
        began: 1_800_000_000,
        image: decision.container.is_some().then(pushed),
    };
    let outcome = BuildOutcome {
        id: Some(BUILD.to_owned()),
        status: BuildStatus::Succeeded,
        failure: None,
        log_url: None,
        duration_ms: Some(30_000),
        phases: Vec::new(),
    };
    Evidence {
        outcome,
        record: Ok(record),
        measured: measured(decision),
        outputs: Vec::new(),
        scan: None,
        scanned_on: None,
    }
}

/// The image that a green build pushed.
pub(crate) fn pushed() -> PushedImage {
    let repository = "111122223333.dkr.ecr.us-east-1.amazonaws.com/gated".to_owned();
    PushedImage { repository, tag: "pr-7-aaaaaaaaaaaa-0f0f".to_owned(), digest: format!("sha256:{}", "d".repeat(64)) }
}

fn run(name: &str) -> StageRun {
    let (name, outcome) = (name.to_owned(), StageOutcome::Passed);
    StageRun { name, outcome, exit: 0, milliseconds: 5_000, last_milliseconds: Some(5_000), attempts: 1 }
}

fn measured(decision: &Decision) -> Measured {
    let mut reports = Vec::new();
    for stage in decision.running() {
        for (index, report) in stage.reports.iter().enumerate() {
            let kind = report.format.kind();
            reports.push(MeasuredReport {
                stage: stage.name.clone(),
                report: u32::try_from(index).unwrap(),
                format: report.format,
                kind,
                files: vec!["report.xml".to_owned()],
                tests: (kind == ReportKind::Tests).then(|| TestCounts { passed: 10, ..TestCounts::default() }),
                faults: Vec::new(),
                notes: Vec::new(),
            });
        }
    }
    Measured { reports, coverage: Some(coverage(&[("src/a.rs", 40, 60), ("src/b.rs", 40, 40)])) }
}

/// Covered lines of all lines, by file.
pub(crate) fn coverage(files: &[(&str, u64, u64)]) -> MeasuredCoverage {
    let file = |(path, covered, total): &(&str, u64, u64)| FileCoverage {
        path: (*path).to_owned(),
        lines: Ratio { covered: *covered, total: *total },
        branches: None,
    };
    MeasuredCoverage { files: files.iter().map(file).collect(), absent: Vec::new(), patch: None, before: None }
}

/// Changed lines: of `src/a.rs`, the covered ones first.
pub(crate) fn patch(covered: u32, total: u32) -> Option<PatchCoverage> {
    let lines = Ratio { covered: covered.into(), total: total.into() };
    let hits = (1..=total).map(|line| LineHits { line, hits: Some(u64::from(line <= covered)) }).collect();
    let files = vec![PatchFile { path: "src/a.rs".to_owned(), lines, hits, source: Default::default() }];
    Some(PatchCoverage { lines, files, ..PatchCoverage::default() })
}

/// The record's run of a stage.
pub(crate) fn run_of<'a>(evidence: &'a mut Evidence, name: &str) -> &'a mut StageRun {
    evidence.record.as_mut().unwrap().stages.iter_mut().find(|run| run.name == name).unwrap()
}

/// Lets a stage end with exit code 1, and the build with it.
pub(crate) fn fail(evidence: &mut Evidence, name: &str) {
    let run = run_of(evidence, name);
    (run.outcome, run.exit) = (StageOutcome::Failed, 1);
    end(evidence, BuildStatus::Failed, "BUILD", "COMMAND_EXECUTION_ERROR");
}

/// Lets a stage not run.
pub(crate) fn not_run(evidence: &mut Evidence, name: &str) {
    let run = run_of(evidence, name);
    (run.outcome, run.exit, run.attempts, run.milliseconds) = (StageOutcome::NotRun, -1, 0, 0);
}

/// Lets the build end like this.
pub(crate) fn end(evidence: &mut Evidence, status: BuildStatus, phase: &str, code: &str) {
    evidence.outcome.status = status;
    let failure = PhaseFailure { phase: phase.to_owned(), code: code.to_owned(), message: "words".to_owned() };
    evidence.outcome.failure = Some(failure);
}

/// Lets the build leave nothing.
pub(crate) fn without_record(evidence: &mut Evidence) {
    evidence.record = Err("there is no such object".to_owned());
    evidence.measured = Measured::default();
}

/// Two failed cases.
pub(crate) fn two_failures() -> TestCounts {
    let case = |name: &str, message: &str, place: Option<&str>| FailedCase {
        suite: "suite".to_owned(),
        name: name.to_owned(),
        message: message.to_owned(),
        place: place.map(str::to_owned),
    };
    let failures = vec![case("adds", "1 is not 2", Some("src/a.rs:12")), case("takes", "", None)];
    TestCounts { passed: 8, flaky: 0, failed: 2, skipped: 0, failures }
}

/// The verdict of a green build in which one thing was changed.
pub(crate) fn judged(decision: &Decision, change: impl FnOnce(&mut Evidence)) -> Verdict {
    let mut evidence = green(decision);
    change(&mut evidence);
    judge(decision, Some(&evidence))
}

/// A requirement's state.
pub(crate) fn state(verdict: &Verdict, id: &str) -> State {
    requirement(verdict, id).state
}

/// A requirement of a verdict.
pub(crate) fn requirement<'a>(verdict: &'a Verdict, id: &str) -> &'a Requirement {
    let ids: Vec<&str> = verdict.requirements.iter().map(|it| it.id.as_str()).collect();
    verdict.requirements.iter().find(|it| it.id == id).unwrap_or_else(|| panic!("no {id} in {ids:?}"))
}
