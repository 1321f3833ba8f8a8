//! What surrounds measuring wherever a build ran: which of its files are read, and what must be known of the commit. The
//! judge asks AWS for that, `gated run` asks git; neither asks the build.

use std::collections::BTreeMap;

use gated_core::decision::{Decision, PlannedStage};
use gated_core::facts::{ChangeKind, ChangedFiles};
use gated_core::measured::StageRecord;
use gated_core::policy::ReportKind;

use crate::patch::{ChangedText, patch_lines};

/// Name of the driver's record among a build's artifacts.
pub const RECORD: &str = "record.json";
/// Largest changed file that is read to find its changed lines, in bytes.
pub const LARGEST_BLOB: usize = 2 << 20;
/// Most changed files that are read.
pub const MOST_BLOBS: usize = 2_000;

/// The driver's record; `None` when the build left none.
///
/// # Errors
/// In words for the verdict: there is none, or it is not what the driver writes.
pub fn stage_record(bytes: Option<&[u8]>) -> Result<StageRecord, String> {
    let bytes = bytes.ok_or("the build left no stage record")?;
    serde_json::from_slice(bytes).map_err(|error| format!("the build's stage record cannot be read: {error}"))
}

/// Whether a stored name is one that the driver gives: what a build says is a claim.
pub fn is_stored_report(name: &str) -> bool {
    name.strip_prefix("reports/").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a demand needs the lines that the pull request changes.
pub fn needs_changed_lines(decision: &Decision) -> bool {
    decision.coverage.as_ref().is_some_and(|coverage| coverage.patch.is_some())
}

/// Whether a coverage report must be held against the paths of the commit.
pub fn needs_tree(decision: &Decision) -> bool {
    let carries =
        |stage: &PlannedStage| stage.reports.iter().any(|report| report.format.kind() == ReportKind::Coverage);
    decision.running().any(carries)
}

/// The lines that a change set adds or changes, from the contents before and after each of its files; `None` when they
/// cannot be known. Contents over [`LARGEST_BLOB`] count as unknown.
pub fn changed_lines_of(
    changed: &ChangedFiles,
    contents: &[[Option<Vec<u8>>; 2]],
) -> Option<BTreeMap<String, Vec<u32>>> {
    let small = |text: &'_ Option<Vec<u8>>| text.as_ref().is_some_and(|text| text.len() <= LARGEST_BLOB);
    let unknown = changed.files.iter().zip(contents).any(|(file, [_, after])| match file.kind {
        ChangeKind::Deleted => false,
        ChangeKind::Added | ChangeKind::Modified => !small(after),
    });
    if !changed.complete || changed.files.len() > MOST_BLOBS || contents.len() != changed.files.len() || unknown {
        return None;
    }
    let text = |side: &'_ Option<Vec<u8>>| small(side).then_some(());
    let texts: Vec<ChangedText<'_>> = changed
        .files
        .iter()
        .zip(contents)
        .map(|(file, [before, after])| ChangedText {
            path: &file.path,
            before: text(before).and(before.as_deref()),
            after: text(after).and(after.as_deref()),
            renamed_from: None,
        })
        .collect();
    Some(patch_lines(&texts))
}
