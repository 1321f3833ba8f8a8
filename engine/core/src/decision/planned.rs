//! What a decision plans: environment, stages, image, coverage and skip rules, each with its reason. It runs nothing.

use serde::{Deserialize, Serialize};

use crate::matching::Globs;
use crate::names::PolicyName;
use crate::policy::{Approval, Compute, FailOn, Pairs, PathTarget, Profile, Report, Scan};
use crate::units::{Percent, Seconds};

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

impl PlannedCoverage {
    /// Whether a file does not count.
    pub fn excludes(&self, path: &str) -> bool {
        !self.exclude.is_empty() && self.exclude.iter().all(|list| list.matches(path))
    }
}
