//! What a policy says of the container image and of its scan. It reads no scan.

use serde::{Deserialize, Serialize};

use super::Condition;

/// The container image.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Container {
    /// Whether it is built.
    pub build: Option<bool>,
    /// Path of the Dockerfile.
    pub dockerfile: Option<String>,
    /// The build context.
    pub context: Option<String>,
    /// When it is built.
    pub when: Option<Condition>,
    /// What its scan must show.
    pub scan: Option<Scan>,
}

/// Demands on the image's scan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", default)]
pub struct Scan {
    /// The lowest severity that fails.
    pub fail_on: Option<FailOn>,
    /// What an image that cannot be scanned means.
    pub unscannable: Option<Unscannable>,
    /// Findings that are accepted for a while.
    pub accept: Option<Vec<Accept>>,
}

/// The lowest severity that fails; ordered from lenient to strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // ECR's own severities
pub enum FailOn {
    Never,
    Critical,
    High,
    Medium,
    Low,
}

/// What an image that cannot be scanned means; ordered from lenient to strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Unscannable {
    Allow,
    Fail,
}

/// An accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Accept {
    /// `CVE-2026-1`
    pub id: String,
    /// Last day on which it is accepted: `2027-01-31`.
    pub until: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
}
