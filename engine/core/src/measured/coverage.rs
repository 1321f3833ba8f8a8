//! Coverage as values: by file, of the changed lines, and as it was on the destination. It compares nothing with a threshold.

use serde::{Deserialize, Serialize};

use crate::names::{CommitId, PullRequestId};
use crate::units::Ratio;

/// Coverage, by file and together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeasuredCoverage {
    /// By path in the checkout, in order, without the files that the policy excludes.
    pub files: Vec<FileCoverage>,
    /// The globs of the policy's targets for a part of the tree that no file of the commit matches but those that the policy
    /// excludes and those that a report names without a coverable line, in order; none where the commit's files were not
    /// known, and none in what an earlier gate measured.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Changed lines, when the changed lines were known.
    pub patch: Option<PatchCoverage>,
    /// The destination's coverage; `None` when nothing was measured there yet.
    #[serde(default)]
    pub before: Option<CoverageBefore>,
}

/// Coverage of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileCoverage {
    /// Path in the checkout.
    pub path: String,
    /// Lines.
    pub lines: Ratio,
    /// Branches; `None` when the format or the tool tells none.
    pub branches: Option<Ratio>,
}

/// Coverage of the lines that the pull request adds or changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PatchCoverage {
    /// Coverable changed lines.
    pub lines: Ratio,
    /// Changed files with coverable changed lines, by path, in order.
    #[serde(default)]
    pub files: Vec<PatchFile>,
    /// Changed files that count for nothing here, since no report names them or the policy excludes them: by path, in
    /// order, the first 20 of them. Deleted files and files with moved lines only are none.
    #[serde(default)]
    pub unmeasured: Vec<String>,
    /// Changed files that are not new since the destination's `.gitattributes` call them generated: by path, in order, the
    /// first 20 of them.
    #[serde(default)]
    pub generated: Vec<String>,
    /// Measured files of which nobody knows what changed, each with the reason: by path, in order, the first 20 of them. Any
    /// keeps the changed lines from being judged.
    #[serde(default)]
    pub unknown: Vec<String>,
    /// Measured files that count with every line, each with the reason: by path, in order, the first 20 of them.
    #[serde(default)]
    pub whole: Vec<String>,
}

/// Coverable changed lines of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PatchFile {
    /// Path in the checkout.
    pub path: String,
    /// How many there are, and how many were run.
    pub lines: Ratio,
    /// Each of them, in order; a large pull request's are cut at 5,000 lines over all files.
    pub hits: Vec<LineHits>,
    /// The changed lines as they stand in the commit, coverable or not; none in what an earlier gate measured.
    #[serde(default)]
    pub source: ChangedSource,
}

/// Changed lines of one file with their text: the first 400 of a file, and 2,000 over all files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangedSource {
    /// In order.
    pub lines: Vec<SourceLine>,
    /// How many more there are.
    pub left_out: u64,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SourceLine {
    /// From 1.
    pub line: u32,
    /// Its text, cut to 200 characters. Characters that nobody sees stand as their code: `⟨U+202E⟩`.
    pub text: String,
}

/// How often one line was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LineHits {
    /// From 1.
    pub line: u32,
    /// The highest count that any report tells, since two reports may tell of one run. `None` when the line was run and the
    /// format does not count how often (JaCoCo).
    pub hits: Option<u64>,
}

/// What was measured last for the destination: for the revision of the pull request that was merged there last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CoverageBefore {
    /// Whose build measured it.
    pub pull_request: PullRequestId,
    /// The commit that was built.
    pub commit: CommitId,
    /// Lines of all files together.
    pub lines: Ratio,
    /// Branches; `None` when none were told.
    pub branches: Option<Ratio>,
}

impl MeasuredCoverage {
    /// Lines of all files together.
    pub fn lines(&self) -> Ratio {
        self.files.iter().map(|file| file.lines).fold(Ratio::default(), Ratio::plus)
    }

    /// Branches of all files together; `None` when no file tells any.
    pub fn branches(&self) -> Option<Ratio> {
        self.files.iter().filter_map(|file| file.branches).reduce(Ratio::plus)
    }
}

impl PatchFile {
    /// The lines that were not run, as runs from the first to the last.
    pub fn uncovered(&self) -> Vec<(u32, u32)> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for LineHits { line, .. } in self.hits.iter().filter(|line| line.hits == Some(0)) {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == *line => *last = *line,
                Some(_) | None => runs.push((*line, *line)),
            }
        }
        runs
    }
}
