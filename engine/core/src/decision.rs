//! A decision: what happens with one pull request at one revision, and why. It is made once by [`crate::decide()`], stored
//! as JSON (`schema/decision.schema.json`), and everything people and machines see is made from it.

use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::layers::{Origin, Problem};
use crate::matching::{ArnGlobs, Globs};
use crate::names::PolicyName;
use crate::policy::{Approval, Compute, FailOn, Mode, Pairs, PathTarget, Profile, Report, Scan};
use crate::units::{Percent, Seconds};

/// Version of the decision's JSON.
pub const VERSION: u32 = 1;

/// What happens with one pull request at one revision, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The version of this record: 1.
    pub version: u32,
    /// Version of the gate that decided.
    pub gate: String,
    /// Hash over the three layers, the facts used (title, author, approvals, override) and the gate's version.
    pub hash: String,
    /// Which pull request, at which revision.
    pub change: Change,
    /// The title that was seen.
    pub title: String,
    /// Who opened the pull request.
    pub author: String,
    /// Who approved this revision, without the gate.
    pub approvals: Vec<String>,
    /// Who set the approval rules aside.
    pub overridden_by: Option<String>,
    /// Whether the gate votes.
    pub mode: Mode,
    /// What happens next.
    pub action: Action,
    /// Why, in sentences, the most important first.
    pub reasons: Vec<String>,
    /// Faults of the policies that keep this pull request from passing, at their places.
    pub problems: Vec<Problem>,
    /// The three layers: floor, destination, source.
    pub layers: Vec<LayerRecord>,
    /// How the proposal differs from the destination, key by key.
    pub delta: Vec<Delta>,
    /// Set when the destination has no readable policy to hold the proposal against.
    pub adoption: Option<Adoption>,
    /// Whose approval the weakening needs; `None` when nothing is weakened or nobody is named.
    pub owners: Option<OwnersDemand>,
    /// The environment of the build.
    pub environment: PlannedEnvironment,
    /// Commands before the stages.
    pub setup: Vec<String>,
    /// Stop at the first required stage that fails.
    pub fail_fast: bool,
    /// Every stage, in order.
    pub stages: Vec<PlannedStage>,
    /// The container image; `None` when no layer has one.
    pub container: Option<PlannedContainer>,
    /// Demands on coverage; `None` when there are none.
    pub coverage: Option<PlannedCoverage>,
    /// Every skip rule of destination and floor, and what became of it.
    pub skips: Vec<PlannedSkip>,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A build runs the stages.
    Build,
    /// Everything that the pull request touches is ignored (`gate.ignore`): it passes without a build.
    Pass,
    /// No build: the reasons are errors, and the pull request cannot pass.
    Refuse,
}

/// One of the three layers, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LayerRecord {
    /// Which one.
    pub layer: LayerName,
    /// Where it was read.
    #[serde(flatten)]
    pub origin: Origin,
    /// Whether it could be.
    pub state: LayerState,
}

/// The three layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LayerName {
    /// The organisation's.
    Floor,
    /// At the destination's tip.
    Destination,
    /// At the source commit.
    Source,
}

/// Whether a layer could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum LayerState {
    Absent,
    Invalid,
    Valid,
}

/// How one key of the proposal differs from the destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Delta {
    /// Dotted path: `coverage.line`, `stages.test.run`.
    pub path: String,
    /// The direction.
    pub kind: DeltaKind,
    /// From when the source's value holds.
    pub holds: Holds,
    /// What the destination says, in a line; `None` when it says nothing.
    pub destination: Option<Side>,
    /// What the source says.
    pub source: Option<Side>,
}

/// One side of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Side {
    /// The value, in a line.
    pub value: String,
    /// Line in that side's file, when the file itself names the key.
    pub line: Option<u32>,
}

/// A difference's direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeltaKind {
    /// No difference. Not listed in a decision.
    Equal,
    /// Demands more, or grants less.
    Stricter,
    /// Demands less, or grants more.
    Weaker,
    /// Neither can be shown.
    Changed,
}

/// From when the value that a proposal gives a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// At once: what a proposal runs is its own, and so is what it demands more.
    Now,
    /// From the next pull request on; until it is merged, the destination's does.
    Merged,
    /// Never: the floor's value is final.
    Never,
}

/// Why there is no destination policy to hold the proposal against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Adoption {
    /// The destination has none: the first one is being adopted.
    First,
    /// The destination's cannot be read, and this pull request changes the file to a valid one.
    Repair,
}

/// Whose approval a weakened policy needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnersDemand {
    /// The owners of destination and floor.
    pub owners: ArnGlobs,
    /// The owner, other than the author, who approved this revision; `None` while the gate waits.
    pub granted_by: Option<String>,
}

/// The environment of the build, with every default filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlannedEnvironment {
    /// Image of the build container.
    pub image: String,
    /// Size of the machine.
    pub compute: Compute,
    /// Time-out of the whole build.
    pub timeout: Seconds,
    /// The build profile, as the floor defines it.
    pub profile: Option<Profile>,
    /// Whether the build gets a Docker daemon (privileged mode).
    pub privileged: bool,
    /// Plain variables.
    pub variables: Pairs,
    /// Variable → name in the Parameter Store.
    pub parameters: Pairs,
    /// Variable → reference into Secrets Manager.
    pub secrets: Pairs,
    /// Runtime → version.
    pub runtimes: Pairs,
    /// Directories kept between builds.
    pub cache: Vec<String>,
}

/// What happens with a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlannedStage {
    /// Its name.
    pub name: PolicyName,
    /// Whether it runs.
    pub action: StageAction,
    /// Whether it blocks.
    pub required: bool,
    /// Why this action: the condition and the value seen, or the rule, who asked and who granted it.
    pub reason: String,
    /// Shell command lines or blocks.
    pub run: Vec<String>,
    /// Working directory, relative to the checkout's root.
    pub dir: String,
    /// Its own time-out.
    pub timeout: Option<Seconds>,
    /// Tries after a failure: 0 or 1.
    pub retry: u8,
    /// A green run shorter than this is an error.
    pub min_duration: Option<Seconds>,
    /// The reports it must write.
    pub reports: Vec<Report>,
}

/// Whether a stage runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StageAction {
    /// It runs.
    Run,
    /// A granted rule leaves it out.
    Skip,
    /// Its own condition leaves it out.
    NotApplicable,
}

/// What happens with the container image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlannedContainer {
    /// Whether it is built.
    pub action: StageAction,
    /// Why.
    pub reason: String,
    /// Path of the Dockerfile.
    pub dockerfile: String,
    /// The build context.
    pub context: String,
    /// The lowest severity that fails.
    pub fail_on: FailOn,
    /// The scan's other demands.
    pub scan: Scan,
}

/// Demands on coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlannedCoverage {
    /// `run` when a stage with a coverage report runs; `skip` or `not-applicable` when all of them are left out.
    pub action: StageAction,
    /// Why.
    pub reason: String,
    /// Lines.
    pub line: Option<Percent>,
    /// Branches.
    pub branch: Option<Percent>,
    /// Changed lines.
    pub patch: Option<Percent>,
    /// Below this many changed coverable lines, `patch` is not applicable.
    pub min_patch_lines: u32,
    /// A file is left out when every one of these lists matches it; none is when there is no list.
    pub exclude: Vec<Globs>,
    /// Every per-path target of every layer.
    pub paths: Vec<PathTarget>,
}

/// What became of a skip rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlannedSkip {
    /// The rule.
    pub rule: PolicyName,
    /// What became of it.
    pub state: SkipState,
    /// Why: the condition and the value seen.
    pub reason: String,
    /// The stages that it leaves out, or would.
    pub stages: Vec<PolicyName>,
    /// Who asked: the pull request's author.
    pub asked_by: String,
    /// Who granted it, when it needs an approval.
    pub granted_by: Vec<String>,
    /// The approval it needs.
    pub approval: Option<Approval>,
}

/// What became of a skip rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SkipState {
    /// It holds: its stages are left out.
    Granted,
    /// Its conditions hold and an approval is missing: the stages run.
    WaitingForApproval,
    /// It does not apply.
    NotApplicable,
}

impl Delta {
    /// Whether the source's value is weaker, or cannot be shown not to be.
    pub fn weakens(&self) -> bool {
        match self.kind {
            DeltaKind::Weaker | DeltaKind::Changed => true,
            DeltaKind::Equal | DeltaKind::Stricter => false,
        }
    }
}

impl PlannedCoverage {
    /// Whether a file does not count.
    pub fn excludes(&self, path: &str) -> bool {
        !self.exclude.is_empty() && self.exclude.iter().all(|list| list.matches(path))
    }
}

impl Decision {
    /// The stages that run.
    pub fn running(&self) -> impl Iterator<Item = &PlannedStage> {
        self.stages.iter().filter(|stage| stage.action == StageAction::Run)
    }

    /// Whether anything of the proposal is weaker than the destination, or cannot be shown not to be.
    pub fn weakens(&self) -> bool {
        self.delta.iter().any(Delta::weakens)
    }

    /// The paths of the keys that are weaker, or cannot be shown not to be, of which the proposal's value holds from then.
    pub fn weakened(&self, holds: Holds) -> Vec<&str> {
        let rows = self.delta.iter().filter(|row| row.weakens() && row.holds == holds);
        rows.map(|row| row.path.as_str()).collect()
    }
}
