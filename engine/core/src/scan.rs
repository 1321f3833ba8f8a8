//! What ECR says of a pushed image, as values (Amazon ECR API, `DescribeImageScanFindings`). Reading it is the work of
//! `gated-aws`; holding it against a policy is [`crate::judge`]'s.

use serde::{Deserialize, Serialize};

use crate::names::{CommitId, PullRequestId};

/// The image that a build says it pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PushedImage {
    /// URI of the repository: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/gated`.
    pub repository: String,
    /// [`image_tag`]
    pub tag: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// Where the scan of an image stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum ScanOutcome {
    /// It was read to its end (`COMPLETE` of basic scanning, `ACTIVE` of enhanced scanning).
    Scanned {
        /// Digest of the image that was scanned.
        digest: String,
        /// Every finding.
        findings: Vec<ScanFinding>,
    },
    /// ECR cannot scan such an image: one made from scratch, an unknown distribution, one that is too large
    /// (`UNSUPPORTED_IMAGE`, `IMAGE_SIZE_EXCEEDED`; basic scanning says `FAILED` and `UnsupportedImageError`).
    Unscannable {
        /// ECR's words.
        description: String,
    },
    /// It has not ended (`PENDING`, `IN_PROGRESS`, `FINDINGS_UNAVAILABLE`, or not begun).
    Unfinished {
        /// ECR's status.
        status: String,
    },
    /// It will not end well (`FAILED` for another reason, `SCAN_ELIGIBILITY_EXPIRED`, every status that is not known).
    Unknown {
        /// ECR's status, and its words.
        status: String,
    },
}

/// One finding of a scan. Text is cut to a bounded length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScanFinding {
    /// `CVE-2026-1`
    pub id: String,
    /// How bad.
    pub severity: Severity,
    /// Package and version: `openssl 3.0.11`.
    pub package: Option<String>,
    /// Whether a fix is available; `None` when the scan does not tell (basic scanning).
    pub fix: Option<bool>,
    /// The version that has the fix: `3.0.12`; `None` when the scan does not tell.
    #[serde(default)]
    pub fixed_in: Option<String>,
}

/// A severity, from the worst. One that is not known sorts first, since nobody may take it for harmless.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "String", into = "String")]
pub enum Severity {
    /// None of the others: `UNDEFINED`, `UNTRIAGED`, and whatever AWS adds one day.
    Unknown(String),
    /// `CRITICAL`
    Critical,
    /// `HIGH`
    High,
    /// `MEDIUM`
    Medium,
    /// `LOW`
    Low,
    /// `INFORMATIONAL`
    Informational,
}

impl Severity {
    /// For people: `critical`; one that is not known as it was told.
    pub fn word(&self) -> &str {
        match self {
            Self::Unknown(told) if told.is_empty() => "no severity",
            Self::Unknown(told) => told,
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Informational => "informational",
        }
    }
}

impl From<String> for Severity {
    /// Capital or small letters: enhanced scanning does not promise which.
    fn from(told: String) -> Self {
        match told.to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" => Self::High,
            "medium" => Self::Medium,
            "low" => Self::Low,
            "informational" => Self::Informational,
            _ => Self::Unknown(told),
        }
    }
}

impl From<Severity> for String {
    fn from(severity: Severity) -> Self {
        severity.word().to_owned()
    }
}

/// Tag of the image of one build: `pr-<n>-<commit, 12>-<build's uuid, 8>`. A second build of a commit has its own, so that
/// it also fits a repository whose tags cannot be moved.
pub fn image_tag(pull_request: &PullRequestId, commit: &CommitId, build: &str) -> String {
    let uuid: String = build.rsplit(':').next().unwrap_or(build).chars().take(8).collect();
    format!("{}{}-{uuid}", image_tag_prefix(pull_request), &commit.as_str()[..12])
}

/// What the tags of every image of a pull request begin with: `pr-<n>-`.
pub fn image_tag_prefix(pull_request: &PullRequestId) -> String {
    format!("pr-{pull_request}-")
}
