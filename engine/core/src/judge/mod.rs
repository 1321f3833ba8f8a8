//! The verdict: what a build left behind, held against the decision. Every requirement is told with its state and the
//! values seen; the verdict is the first of superseded, fail, error, waiting, pass that applies, and nothing falls
//! through to pass.

mod build;
mod coverage;
pub mod held;
mod reports;
mod scan;
mod stages;
mod sum;

use crate::decision::{Action, Decision, PlannedStage};
use crate::measured::{BuildStatus, StageOutcome, StageRecord, StageRun};
use crate::verdict::{Evidence, FailureClass, Requirement, State, Verdict, VerdictKind};

/// Judges a decision by its build. `evidence` is `None` where there was no build; only `Action::Pass` needs none.
pub fn judge(decision: &Decision, evidence: Option<&Evidence>) -> Verdict {
    let mut findings = match (decision.action, evidence) {
        (Action::Refuse, _) => vec![refused(decision)],
        (Action::Pass, _) => vec![Finding::of("policy", "policy", State::Passed, first_reason(decision))],
        (Action::Build, None) => vec![
            Finding::of("build", "build", State::Error, "no build was made".to_owned())
                .class(FailureClass::Infrastructure),
        ],
        (Action::Build, Some(evidence)) => judged(decision, evidence),
    };
    if decision.action != Action::Refuse {
        findings.extend(owners(decision));
    }
    sum::verdict(findings)
}

/// The verdict of a decision whose revision is no longer the newest.
pub fn superseded(decision: &Decision) -> Verdict {
    Verdict {
        kind: VerdictKind::Superseded,
        headline: format!("revision {} is not the newest one any more", decision.change.revision),
        class: None,
        requirements: Vec::new(),
    }
}

/// A requirement and, when it is not met, whose fault that is.
struct Finding {
    requirement: Requirement,
    class: Option<FailureClass>,
    /// Whether meeting it means that something was built or run.
    runs: bool,
}

impl Finding {
    fn of(id: impl Into<String>, name: impl Into<String>, state: State, reason: String) -> Self {
        let requirement = Requirement {
            id: id.into(),
            name: name.into(),
            required: true,
            state,
            flaky: false,
            reason,
            details: Vec::new(),
        };
        Self { requirement, class: None, runs: false }
    }

    fn class(self, class: FailureClass) -> Self {
        Self { class: Some(class), ..self }
    }

    fn details(mut self, details: Vec<String>) -> Self {
        self.requirement.details = details;
        self
    }

    fn required(mut self, required: bool) -> Self {
        self.requirement.required = required;
        self
    }

    fn flaky(mut self, flaky: bool) -> Self {
        self.requirement.flaky = flaky;
        self
    }

    fn runs(self) -> Self {
        Self { runs: true, ..self }
    }
}

/// What the driver's record says of the planned stages, once it is known to be this build's and whole.
struct Told<'a> {
    record: Option<&'a StageRecord>,
    setup_failed: bool,
    /// The build was ended from outside.
    ended: bool,
}

impl<'a> Told<'a> {
    fn run(&self, name: &str) -> Option<&'a StageRun> {
        self.record?.stages.iter().find(|run| run.name == name)
    }

    fn outcome(&self, stage: &PlannedStage) -> Option<StageOutcome> {
        self.run(stage.name.as_str()).map(|run| run.outcome)
    }
}

fn judged(decision: &Decision, evidence: &Evidence) -> Vec<Finding> {
    let record = build::checked_record(decision, evidence);
    let told = Told {
        record: record.as_ref().ok().copied(),
        setup_failed: record
            .as_ref()
            .is_ok_and(|record| record.setup.as_ref().is_some_and(|setup| setup.outcome != StageOutcome::Passed)),
        ended: matches!(evidence.outcome.status, BuildStatus::Stopped | BuildStatus::TimedOut),
    };
    let mut findings = vec![build::finding(decision, evidence, &record)];
    findings.extend(stages::setup(decision, &told));
    for stage in &decision.stages {
        findings.push(stages::stage(decision, stage, &told));
        findings.extend(reports::of_stage(stage, &told, &evidence.measured));
    }
    findings.extend(stages::container(decision, &told));
    findings.extend(scan::finding(decision, &told, evidence));
    findings.extend(coverage::findings(decision, &told, &evidence.measured));
    findings
}

fn refused(decision: &Decision) -> Finding {
    Finding::of("policy", "policy", State::Error, first_reason(decision))
        .class(FailureClass::Policy)
        .details(decision.problems.iter().map(ToString::to_string).collect())
}

fn first_reason(decision: &Decision) -> String {
    decision.reasons.first().cloned().unwrap_or_else(|| "the policy gives no reason".to_owned())
}

fn owners(decision: &Decision) -> Option<Finding> {
    let owners = decision.owners.as_ref()?;
    Some(match &owners.granted_by {
        Some(owner) => Finding::of("owners", "policy owners", State::Passed, format!("{owner} approved this revision")),
        None => Finding::of(
            "owners",
            "policy owners",
            State::Waiting,
            format!("a policy owner other than the author must approve this revision ({})", owners.owners),
        ),
    })
}
