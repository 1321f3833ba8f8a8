//! Decisions and records to render.

use gated_core::change::Change;
use gated_core::decision::*;
use gated_core::matching::Globs;
use gated_core::measured::{BuildOutcome, BuildStatus, Measured, StageOutcome, StageRecord, StageRun};
use gated_core::names::{CommitId, PolicyName, PullRequestId, RepositoryName, RevisionId};
use gated_core::policy::{Compute, Mode, Report, ReportFormat};
use gated_core::units::Seconds;
use gated_core::verdict::{Evidence, Record, Requirement, State, Verdict, VerdictKind};

/// A decision with these stages, everything else plain.
pub(crate) fn decision(stages: Vec<PlannedStage>) -> Decision {
    let commit = |c: &str| CommitId::new(c.repeat(40)).unwrap();
    Decision {
        version: VERSION,
        gate: "0.1.0".into(),
        hash: "c0ffee00".repeat(8),
        change: Change {
            repository: RepositoryName::new("demo").unwrap(),
            pull_request: PullRequestId::new("42").unwrap(),
            revision: RevisionId::new("ab".repeat(32)).unwrap(),
            source_reference: "refs/heads/feature/x".into(),
            destination_reference: "refs/heads/main".into(),
            source_commit: commit("1"),
            destination_commit: commit("2"),
            merge_base: commit("3"),
        },
        title: "Add x".into(),
        author: "arn:aws:iam::111122223333:user/alice".into(),
        approvals: vec![],
        overridden_by: None,
        mode: Mode::Enforce,
        action: Action::Build,
        reasons: vec![],
        problems: vec![],
        layers: vec![],
        delta: vec![],
        adoption: None,
        owners: None,
        environment: PlannedEnvironment {
            image: gated_render::DEFAULT_IMAGE.into(),
            compute: Compute::Small,
            timeout: Seconds(1800),
            profile: None,
            privileged: false,
            variables: vec![],
            parameters: vec![],
            secrets: vec![],
            runtimes: vec![],
            cache: vec![],
        },
        setup: vec![],
        fail_fast: false,
        stages,
        container: None,
        coverage: None,
        skips: vec![],
    }
}

/// A required stage that always runs.
pub(crate) fn stage(name: &str, run: &[&str]) -> PlannedStage {
    PlannedStage {
        name: PolicyName::new(name).unwrap(),
        action: StageAction::Run,
        required: true,
        reason: "it has no condition".into(),
        run: run.iter().map(|command| (*command).to_owned()).collect(),
        dir: ".".into(),
        timeout: None,
        retry: 0,
        min_duration: None,
        reports: vec![],
    }
}

/// A JUnit report at these globs.
pub(crate) fn report(globs: &[&str]) -> Report {
    let files = Globs::new(globs.iter().map(|glob| (*glob).to_owned()).collect()).unwrap();
    Report { format: ReportFormat::Junit, files, root: None }
}

/// A report of this format.
pub(crate) fn report_of(format: ReportFormat) -> Report {
    Report { format, ..report(&["out/*"]) }
}

/// One thing that was demanded.
pub(crate) fn requirement(id: &str, state: State, reason: &str) -> Requirement {
    let name = match id.split_once('/') {
        Some(("coverage", what)) => format!("{what} coverage"),
        Some((kind, what)) => format!("{kind} {what}"),
        None => id.to_owned(),
    };
    Requirement { id: id.into(), name, required: true, state, flaky: false, reason: reason.into(), details: vec![] }
}

/// A record of a build that ended.
pub(crate) fn record(decision: Decision, kind: VerdictKind, headline: &str, requirements: Vec<Requirement>) -> Record {
    let run = |stage: &PlannedStage| StageRun {
        name: stage.name.to_string(),
        outcome: StageOutcome::Passed,
        exit: 0,
        milliseconds: 4_200,
        last_milliseconds: Some(4_200),
        attempts: 1,
    };
    let stages = decision.running().map(run).collect();
    let id = "gated-demo-pr-42:11111111-2222-3333-4444-555555555555".to_owned();
    Record {
        version: gated_core::stored::RECORD,
        evidence: Some(Evidence {
            outcome: BuildOutcome {
                id: Some(id.clone()),
                status: BuildStatus::Succeeded,
                failure: None,
                log_url: Some("https://console.example/log?a=1&b=2".into()),
                duration_ms: Some(9_000),
                phases: vec![],
            },
            record: Ok(StageRecord {
                version: StageRecord::VERSION,
                build: id,
                setup: None,
                stages,
                reports: vec![],
                began: 1,
                image: None,
            }),
            measured: Measured::default(),
            scan: None,
            outputs: vec![],
            scanned_on: None,
        }),
        built_under: Some(decision.hash.clone()),
        decision,
        verdict: Verdict { kind, headline: headline.into(), class: None, requirements },
        attempt: 1,
        requested_by: None,
        written_at: "2026-11-22T16:00:00Z".into(),
    }
}
