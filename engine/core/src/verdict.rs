//! The verdict: one word over a list of requirements, each with its state and reason. Nothing defaults to pass, and the
//! right to approve is a value that only a passing verdict for the live revision can make.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::decision::Decision;
use crate::measured::{BuildOutcome, BuildStatus, Measured, PhaseFailure, StageOutput, StageRecord};
use crate::names::{PullRequestId, RevisionId};
use crate::scan::ScanOutcome;

/// What the gate says of one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The word.
    pub kind: VerdictKind,
    /// In a sentence: what decided.
    pub headline: String,
    /// Whose fault a fail or error is; `None` for the others.
    pub class: Option<FailureClass>,
    /// Everything that was demanded, the order is that of the policy.
    pub requirements: Vec<Requirement>,
}

/// The word, in the order in which the first that applies decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    /// A newer revision is there.
    Superseded,
    /// Something demanded was not reached.
    Fail,
    /// It could not be found out, or nothing was.
    Error,
    /// An approval is missing.
    Waiting,
    /// Everything demanded was reached.
    Pass,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FailureClass {
    /// Tests, commands, coverage.
    Code,
    /// The build or a stage ran out of time.
    Timeout,
    /// Source download, provisioning, throttling, account limits.
    Infrastructure,
    /// Somebody stopped the build.
    Interrupted,
    /// The policy.
    Policy,
    /// A report.
    Report,
}

/// One thing that was demanded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Requirement {
    /// Stable id: `policy`, `build`, `setup`, `stage/test`, `tests/test/0`, `coverage/line`, `coverage/paths/src/**`,
    /// `container`, `container/scan`, `owners`.
    pub id: String,
    /// For people: `stage test`, `line coverage`.
    pub name: String,
    /// Whether it blocks.
    pub required: bool,
    /// Its state.
    pub state: State,
    /// Whether it was only reached when it was tried again: a stage, or a test case of its report.
    #[serde(default)]
    pub flaky: bool,
    /// Why: the values seen.
    pub reason: String,
    /// What a person needs to mend it: a line each (failing cases with their messages, uncovered lines).
    pub details: Vec<String>,
}

/// A requirement's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Reached.
    Passed,
    /// Not reached.
    Failed,
    /// Its condition leaves it out.
    NotApplicable,
    /// An earlier failure kept it from running.
    NotRun,
    /// A granted rule leaves it out.
    Skipped,
    /// An approval is missing.
    Waiting,
    /// It could not be found out.
    Error,
}

/// What a build left behind, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// How the build ended.
    pub outcome: BuildOutcome,
    /// The driver's record; `Err` says why there is none.
    pub record: Result<StageRecord, String>,
    /// What its reports say.
    pub measured: Measured,
    /// How the output of stages ended that did not pass, as far as it explains more than a report does.
    #[serde(default)]
    pub outputs: Vec<StageOutput>,
    /// Where the scan of its image stands; `None` when nobody asked.
    #[serde(default)]
    pub scan: Option<ScanOutcome>,
    /// The day in UTC on which that was held against the policy: `2026-11-22`.
    #[serde(default)]
    pub scanned_on: Option<String>,
}

/// The stored record of one gate run: the decision, what the build left, and the verdict. Only the judge writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The version of this record: 3.
    pub version: u32,
    /// What was decided.
    pub decision: Decision,
    /// What the build left; `None` when none was needed.
    pub evidence: Option<Evidence>,
    /// What the gate says.
    pub verdict: Verdict,
    /// Hash of the decision whose build the evidence comes from: an earlier one when only approvals came since.
    pub built_under: Option<String>,
    /// Which try, from 1.
    pub attempt: u32,
    /// Who asked for this try, when somebody did, in the words of their `gated rerun`: a claim, since Lambda tells a
    /// function nothing of who invoked it. CloudTrail has the caller, where it records `Invoke`.
    pub requested_by: Option<String>,
    /// When it was written: RFC 3339, UTC.
    pub written_at: String,
}

/// The pull request as it is at the moment of the vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Which one.
    pub pull_request: PullRequestId,
    /// Its revision now.
    pub revision: RevisionId,
    /// Whether it is open.
    pub open: bool,
    /// Hash of the decision as it would be made now.
    pub decision_hash: String,
    /// Id of the build of this revision that was measured last; `None` when none was.
    pub build: Option<String>,
    /// Whether this revision is built again.
    pub again: Again,
}

/// How the newest attempt stands to build a revision again that was built before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// There was none.
    Never,
    /// It is over: what it left was measured.
    Measured,
    /// It runs, and will answer.
    Runs,
    /// It ended, and left nothing.
    Lost,
}

/// The right to approve one revision. Only [`Record::ballot`] makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    pull_request: PullRequestId,
    revision: RevisionId,
}

/// What the voter may do with a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Ballot {
    /// Approve this revision.
    Approve(Permit),
    /// Take back an approval of this revision.
    Revoke(PullRequestId, RevisionId),
    /// Do not vote, and why.
    Abstain(Abstention),
}

/// Why there is no vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abstention {
    /// The revision moved on.
    Superseded,
    /// Title, approvals, policies or measurements changed since the verdict: it must be judged again.
    Moved,
    /// The revision is built again, and that build's judge will answer.
    Building,
    /// The pull request is closed.
    Closed,
    /// The floor says `mode: observe`.
    Observing,
}

impl Verdict {
    /// What kept the revision from passing, by the kinds of requirement: the first parts of their ids, each once, in order.
    pub fn stopped_by(&self) -> BTreeSet<&str> {
        let stops =
            |one: &&Requirement| one.required && matches!(one.state, State::Failed | State::Error | State::Waiting);
        self.requirements.iter().filter(stops).filter_map(|one| one.id.split('/').next()).collect()
    }
}

impl Permit {
    /// The pull request that may be approved.
    pub fn pull_request(&self) -> &PullRequestId {
        &self.pull_request
    }

    /// The revision that may be approved, and no other.
    pub fn revision(&self) -> &RevisionId {
        &self.revision
    }
}

impl Evidence {
    /// What there is of a build that could not be started: the step that failed, and why.
    pub fn not_started(phase: &str, code: &str, message: &str) -> Self {
        let message = message.chars().take(1_000).collect();
        let failure = PhaseFailure { phase: phase.to_owned(), code: code.to_owned(), message };
        Self {
            outcome: BuildOutcome {
                id: None,
                status: BuildStatus::NotStarted,
                failure: Some(failure),
                log_url: None,
                duration_ms: None,
                phases: Vec::new(),
            },
            record: Err("no build ran".to_owned()),
            measured: Measured::default(),
            outputs: Vec::new(),
            scan: None,
            scanned_on: None,
        }
    }
}

impl Record {
    /// What may be done with this record while the pull request is as `live` says.
    pub fn ballot(&self, live: &Live) -> Ballot {
        let change = &self.decision.change;
        if !live.open {
            return Ballot::Abstain(Abstention::Closed);
        }
        if live.pull_request != change.pull_request || live.revision != change.revision {
            return Ballot::Abstain(Abstention::Superseded);
        }
        let build = self.evidence.as_ref().and_then(|evidence| evidence.outcome.id.as_ref());
        if live.decision_hash != self.decision.hash || (build.is_some() && build != live.build.as_ref()) {
            return Ballot::Abstain(Abstention::Moved);
        }
        if self.decision.mode == crate::policy::Mode::Observe {
            return Ballot::Abstain(Abstention::Observing);
        }
        match self.verdict.kind {
            VerdictKind::Pass if build.is_some() && live.again == Again::Runs => Ballot::Abstain(Abstention::Building),
            VerdictKind::Pass if build.is_some() && live.again == Again::Lost => Ballot::Abstain(Abstention::Moved),
            VerdictKind::Pass => {
                Ballot::Approve(Permit { pull_request: change.pull_request.clone(), revision: change.revision.clone() })
            }
            VerdictKind::Superseded => Ballot::Abstain(Abstention::Superseded),
            VerdictKind::Fail | VerdictKind::Error | VerdictKind::Waiting => {
                Ballot::Revoke(change.pull_request.clone(), change.revision.clone())
            }
        }
    }
}
