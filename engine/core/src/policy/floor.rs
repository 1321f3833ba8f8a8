//! The organisation's floor. How it is joined with what repositories say is [`crate::effective`]'s.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Modes, Policy, Profile};
use crate::matching::Globs;
use crate::names::PolicyName;

/// The organisation's floor: a policy and what only an organisation may say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Floor {
    /// What it demands of every repository.
    pub policy: Policy,
    /// Stages that no rule may leave out.
    pub unskippable: Vec<PolicyName>,
    /// What a repository without a `.gated.yml` means.
    pub require_policy: RequirePolicy,
    /// Which branches are gated; `None` is all.
    pub destinations: Option<Globs>,
    /// Prefixes of the secrets and parameters that builds may read.
    pub secrets_allowed: Vec<String>,
    /// Commands never come from the source.
    pub commands_from_destination: bool,
    /// Whether the gate votes.
    pub mode: Modes,
    /// The build profiles that repositories may choose.
    pub profiles: Vec<Profile>,
    /// A JSON Schema that every repository's policy must satisfy.
    pub constraints: Option<Value>,
    /// Whether no comment of a policy may hide a finding of the linter.
    pub forbids_ignoring: bool,
}

impl Floor {
    /// Whether builds may read this secret or parameter; a floor that names no prefixes allows all.
    pub fn allows_secret(&self, name: &str) -> bool {
        self.secrets_allowed.is_empty() || self.secrets_allowed.iter().any(|prefix| name.starts_with(prefix))
    }
}

/// What a repository without a policy means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequirePolicy {
    /// An error.
    #[default]
    Reject,
    /// The floor is its policy.
    Default,
    /// Not gated; acts as `reject` where the gate's rule is on the pull request.
    Ignore,
}
