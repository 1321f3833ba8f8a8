//! What surrounds measuring wherever a build ran: which of its files are read, and what must be known of the commit. The
//! judge asks AWS for that, `gated run` asks git; neither asks the build.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::decision::{Decision, PlannedStage};
use gated_core::facts::{ChangeKind, ChangedFiles};
use gated_core::measured::{Measured, ReportFile, StageRecord};
use gated_core::policy::ReportKind;

use crate::fault::limits;
use crate::generated::Generated;
use crate::measure::{Input, measure};
use crate::patch::{ChangedText, line_count, patch_lines};
use crate::text::clean_line;

/// Name of the driver's record among a build's artifacts.
pub const RECORD: &str = "record.json";
/// Largest changed file that is read to find its changed lines, in bytes.
pub const LARGEST_BLOB: usize = 2 << 20;
/// Most changed files that are read.
pub const MOST_BLOBS: usize = 2_000;

/// The content of a changed file before and after; `None` where it was not there or could not be read.
pub type Contents = [Option<Vec<u8>>; 2];

/// What is known of the commit that was built.
#[derive(Debug, Default)]
pub struct Commit {
    /// The paths of its files; `None` when they are not known.
    pub tree: Option<BTreeSet<String>>,
    changed_lines: Option<BTreeMap<String, Vec<u32>>>,
    lengths: BTreeMap<String, u32>,
    /// The changed files' text.
    texts: BTreeMap<String, Vec<u8>>,
    /// The changed files that are generated.
    generated: Vec<String>,
}

impl Commit {
    /// Of a tree and a change set, with one pair of contents for each changed file. Contents over [`LARGEST_BLOB`] count as
    /// unknown, and where one of them is unknown, so are the changed lines. `attributes` are the destination's files of
    /// [`crate::attribute_files`], as far as they are there: what they call generated is not new.
    pub fn new(
        tree: Option<BTreeSet<String>>,
        changed: &ChangedFiles,
        contents: Vec<Contents>,
        attributes: &BTreeMap<String, Vec<u8>>,
    ) -> Self {
        let small = |side: &'_ Option<Vec<u8>>| side.as_ref().is_some_and(|text| text.len() <= LARGEST_BLOB);
        let mut texts = Vec::new();
        let mut lengths = BTreeMap::new();
        let mut known = changed.complete && changed.files.len() <= MOST_BLOBS && contents.len() == changed.files.len();
        for (file, [before, after]) in changed.files.iter().zip(&contents) {
            known &= file.kind == ChangeKind::Deleted || small(after);
            let text = |side: &'_ Option<Vec<u8>>| small(side).then_some(());
            let text = ChangedText {
                path: &file.path,
                before: text(before).and(before.as_deref()),
                after: text(after).and(after.as_deref()),
                renamed_from: None,
            };
            if let Some(after) = text.after {
                lengths.insert(file.path.clone(), line_count(after));
            }
            texts.push(text);
        }
        let generated = Generated::new(attributes);
        let mut changed_lines = known.then(|| patch_lines(&texts));
        let mut left_out = Vec::new();
        if let Some(changed_lines) = &mut changed_lines {
            changed_lines.retain(|path, _| {
                let is_generated = generated.is(path);
                left_out.extend(is_generated.then(|| path.clone()));
                !is_generated
            });
        }
        let is_new = |path: &String| changed_lines.as_ref().is_some_and(|changed| changed.contains_key(path));
        let after = changed.files.iter().zip(contents).filter(|(file, _)| is_new(&file.path));
        let texts = after.filter_map(|(file, [_, after])| Some((file.path.clone(), after?))).collect();
        Self { tree, changed_lines, lengths, texts, generated: left_out }
    }
}

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

/// Whether a coverage report will be read: it must be held against the paths of the commit and the lines that are changed.
pub fn needs_commit(decision: &Decision) -> bool {
    let carries =
        |stage: &PlannedStage| stage.reports.iter().any(|report| report.format.kind() == ReportKind::Coverage);
    decision.running().any(carries)
}

/// What the reports say that a record names; nothing without a record. `checkout` is the absolute path of the checkout in
/// the build, where it is known; `files` the content of a report file, or why it could not be had.
pub fn measure_build(
    decision: &Decision,
    record: &Result<StageRecord, String>,
    commit: &Commit,
    checkout: Option<&str>,
    files: &dyn Fn(&ReportFile) -> Result<Vec<u8>, String>,
) -> Measured {
    let Ok(record) = record else { return Measured::default() };
    let length = |path: &str| commit.lengths.get(path).copied();
    let mut measured = measure(&Input {
        decision,
        record,
        files,
        changed_lines: commit.changed_lines.as_ref(),
        tree: commit.tree.as_ref(),
        checkout,
        steps: limits::STEPS,
        lengths: Some(&length),
        texts: Some(&commit.texts),
    });
    if let Some(patch) = measured.coverage.as_mut().and_then(|coverage| coverage.patch.as_mut()) {
        let generated = commit.generated.iter().take(limits::UNMEASURED);
        patch.generated = generated.map(|path| clean_line(path, limits::NAME)).collect();
    }
    measured
}
