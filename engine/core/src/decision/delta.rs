//! How a proposal differs from its destination, as a decision keeps it. It compares nothing: that is [`crate::delta`]'s.

use serde::{Deserialize, Serialize};

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

impl Delta {
    /// Whether the source's value is weaker, or cannot be shown not to be.
    pub fn weakens(&self) -> bool {
        match self.kind {
            DeltaKind::Weaker | DeltaKind::Changed => true,
            DeltaKind::Equal | DeltaKind::Stricter => false,
        }
    }
}
