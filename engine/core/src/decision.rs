//! A decision: what happens with one pull request at one revision, and why. It is made once by [`crate::decide()`], stored
//! as JSON (`schema/decision.schema.json`), and everything people and machines see is made from it.

mod delta;
mod planned;

use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::layers::{Origin, Problem};
use crate::matching::ArnGlobs;
use crate::policy::Mode;

pub use delta::{Delta, DeltaKind, Holds, Side};
pub use planned::{
    PlannedContainer, PlannedCoverage, PlannedEnvironment, PlannedSkip, PlannedStage, SkipState, StageAction,
};

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
