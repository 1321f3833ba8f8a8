//! What a build left behind, as values: how it ended, how its stages went, what its reports say. All of it is a claim of
//! the code under test but for the build's own status. Reading reports is `gated-results`' work.

use serde::{Deserialize, Serialize};

use crate::names::PolicyName;
use crate::policy::{ReportFormat, ReportKind};
use crate::scan::PushedImage;

mod coverage;

pub use coverage::{
    ChangedSource, CoverageBefore, FileCoverage, LineHits, MeasuredCoverage, PatchCoverage, PatchFile, SourceLine,
};

/// How a build ended, as CodeBuild says (`BatchGetBuilds`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BuildOutcome {
    /// `<project>:<uuid>`; `None` when no build could be started.
    pub id: Option<String>,
    /// Its end.
    pub status: BuildStatus,
    /// The phase that failed, and what CodeBuild says of it.
    pub failure: Option<PhaseFailure>,
    /// Link to the log.
    pub log_url: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Its phases, in order.
    #[serde(default)]
    pub phases: Vec<BuildPhase>,
}

/// A phase of a build (`BuildPhase` of the CodeBuild API).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BuildPhase {
    /// `PROVISIONING`, `BUILD`.
    pub name: String,
    /// `SUCCEEDED`, `FAILED`; empty when it has not ended.
    pub status: String,
    /// When it began, in milliseconds since the epoch.
    pub started_ms: u64,
    /// How long it took, in milliseconds; `None` when it has not ended.
    pub duration_ms: Option<u64>,
}

/// A build's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BuildStatus {
    /// Every phase succeeded.
    Succeeded,
    /// A phase failed.
    Failed,
    /// CodeBuild itself failed.
    Fault,
    /// It ran out of time.
    TimedOut,
    /// Somebody stopped it.
    Stopped,
    /// It has not ended.
    InProgress,
    /// It could not be started; `PhaseFailure` says why.
    NotStarted,
}

/// What CodeBuild says of a phase that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhaseFailure {
    /// `BUILD`, `DOWNLOAD_SOURCE`; for a build that never started, the step that failed.
    pub phase: String,
    /// `COMMAND_EXECUTION_ERROR`, `YAML_FILE_ERROR`.
    pub code: String,
    /// CodeBuild's words.
    pub message: String,
}

/// The record that the driver writes: how each stage went. Version 1 knew neither how long the last try took nor which
/// reports are stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StageRecord {
    /// 2; the judge reads 1 too.
    pub version: u32,
    /// `CODEBUILD_BUILD_ID` of the build that wrote it.
    pub build: String,
    /// How `setup` went; `None` when there is none.
    pub setup: Option<StageRun>,
    /// Every planned stage, once, in order. The container's image is the stage named `container`.
    pub stages: Vec<StageRun>,
    /// The report files that were found.
    pub reports: Vec<ReportFile>,
    /// When the first stage began, in seconds since the epoch; 0 when none did.
    pub began: u64,
    /// The image that was pushed; `None` when none was.
    #[serde(default)]
    pub image: Option<PushedImage>,
}

/// One run of a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StageRun {
    /// The stage; `setup` for the setup, `container` for the image.
    pub name: String,
    /// Its end.
    pub outcome: StageOutcome,
    /// Exit code of the last try.
    pub exit: i32,
    /// How long all tries took, in milliseconds.
    pub milliseconds: u64,
    /// How long the last of them took; `None` in version 1.
    #[serde(default)]
    pub last_milliseconds: Option<u64>,
    /// How often it was tried; 0 when it was not run.
    pub attempts: u32,
}

/// The end of what a stage that did not pass wrote into the log. Secrets are masked there before it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StageOutput {
    /// The stage; `setup`, `container`, and `build` for a build that left no record.
    pub stage: String,
    /// The last lines, at most 15, each cut to 200 characters.
    pub lines: Vec<String>,
    /// How many lines stand above them.
    pub left_out: u64,
}

/// A stage's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StageOutcome {
    /// Exit code 0.
    Passed,
    /// Any other.
    Failed,
    /// Its own time-out.
    TimedOut,
    /// An earlier failure, or the end of the build, kept it from running.
    NotRun,
    /// It ran when the build was asked to end.
    Interrupted,
}

/// A report file that the driver found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportFile {
    /// The stage whose report it is.
    pub stage: PolicyName,
    /// Which of its reports, from 0.
    pub report: u32,
    /// Path in the checkout.
    pub path: String,
    /// Its name beside the record in the build's artifacts: `reports/0001`.
    pub stored: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written, in seconds since the epoch.
    pub modified: u64,
    /// Whether it was written before the first stage began, by the file system's own clock; `None` in version 1.
    #[serde(default)]
    pub stale: Option<bool>,
    /// Whether git tracks a file of this path in the commit.
    pub tracked: bool,
}

impl StageRecord {
    /// The newest version.
    pub const VERSION: u32 = 2;

    /// Whether a file was written before the first stage began. Version 1 told times in whole seconds only.
    pub fn is_stale(&self, file: &ReportFile) -> bool {
        file.stale.unwrap_or(file.modified < self.began)
    }
}

impl StageRun {
    /// How long the try took that the outcome and the exit code are of, in milliseconds; of version 1, all tries.
    pub fn last_try(&self) -> u64 {
        self.last_milliseconds.unwrap_or(self.milliseconds)
    }
}

/// What the reports of a build say, measured once and stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Measured {
    /// One entry for each planned stage's report, in order.
    pub reports: Vec<MeasuredReport>,
    /// Coverage of all coverage reports together, by file; `None` when no coverage report could be read.
    pub coverage: Option<MeasuredCoverage>,
}

/// What one declared report came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeasuredReport {
    /// Whose report.
    pub stage: PolicyName,
    /// Which of the stage's reports, from 0.
    pub report: u32,
    /// Its format.
    pub format: ReportFormat,
    /// Tests or coverage.
    pub kind: ReportKind,
    /// The files that were read.
    pub files: Vec<String>,
    /// The tests in them; `None` for coverage.
    pub tests: Option<TestCounts>,
    /// What is wrong with it: missing, empty, truncated, unreadable, without cases, stale, tracked. Any is an error.
    pub faults: Vec<String>,
    /// What is worth knowing and blocks nothing (lines past a file's end, say).
    pub notes: Vec<String>,
}

/// Test cases of one report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TestCounts {
    /// Cases that passed.
    pub passed: u64,
    /// Those of them that failed first and passed when they were run again.
    #[serde(default)]
    pub flaky: u64,
    /// Cases that failed or had an error.
    pub failed: u64,
    /// Cases that were skipped.
    pub skipped: u64,
    /// The failed ones, in order, the first 100 of them.
    pub failures: Vec<FailedCase>,
}

/// One failed test case. All text is cut to a bounded length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FailedCase {
    /// Suite or class.
    pub suite: String,
    /// Name.
    pub name: String,
    /// The first lines of its message.
    pub message: String,
    /// Where, when the report tells: `src/a.rs:12`.
    pub place: Option<String>,
}
