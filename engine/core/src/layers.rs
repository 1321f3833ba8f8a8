//! The three policies that a decision rests on, each with where it came from and whether it could be read. Nothing here
//! falls back to fewer layers: a layer that is there and cannot be read stays a fault.

use serde::{Deserialize, Serialize};

use crate::names::CommitId;
use crate::policy::{Floor, Policy};

/// Floor, destination and source.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    /// The organisation's floor.
    pub floor: Layer<Floor>,
    /// The policy at the destination branch's tip.
    pub destination: Layer<Policy>,
    /// The policy at the source commit.
    pub source: Layer<Policy>,
}

/// One layer: what was found, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer<T> {
    /// Where it was read.
    pub origin: Origin,
    /// What was found there.
    pub found: Found<T>,
}

/// Where a layer was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// `.gated.yml`, or the floor's file.
    pub path: String,
    /// The commit it was read at; `None` for the floor.
    pub commit: Option<CommitId>,
    /// SHA-256 of its text; `None` when there is none.
    pub hash: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<T> {
    /// There is no such file.
    Absent,
    /// There is one, and these are its faults.
    Invalid(Vec<Problem>),
    /// A valid policy, with the places of its keys.
    Valid(T, Places),
}

/// Line (from 1) of each key of the language that a file names, by the dotted path that deltas use: `coverage.line`,
/// `stages.test.run`, `skip.hotfix.stages`.
pub type Places = std::collections::BTreeMap<String, u32>;

/// Why what lies at a commit's root is not read as a policy, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Irregular {
    /// There is a `.gated.yaml`, alone or beside the policy.
    #[error("`.gated.yaml` is not read: name the policy `.gated.yml`, and keep only that one")]
    OtherName,
    /// The policy is a symbolic link.
    #[error("`.gated.yml` is a symbolic link: commit the policy itself, as a regular file")]
    SymbolicLink,
    /// The policy is a submodule.
    #[error("`.gated.yml` is a submodule: commit the policy itself, as a regular file")]
    Submodule,
    /// The policy is a directory.
    #[error("`.gated.yml` is a directory: commit the policy itself, as a regular file")]
    Directory,
    /// CodeCommit does not hand it out.
    #[error("`.gated.yml` is over 6 MB; a policy may have 256 KiB")]
    TooLarge,
}

/// A fault in a policy, at its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Which file.
    pub path: String,
    /// Line, from 1; 0 when the fault is the whole file (it is a symbolic link, say).
    pub line: u32,
    /// Column in characters, from 1; 0 likewise.
    pub column: u32,
    /// What is wrong and what to do.
    pub message: String,
}

/// `path:line:column: message`, and without a place when the fault is the whole file.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}:{}: {}", self.path, self.column, self.message),
        }
    }
}
