//! What surrounds measuring wherever a build ran: which of its files are read, and what must be known of the commit. The
//! judge asks AWS for that, `gated run` asks git; neither asks the build.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::decision::{Decision, PlannedStage};
use gated_core::facts::{ChangedFile, ChangedFiles};
use gated_core::measured::{Measured, ReportFile, StageRecord};
use gated_core::policy::ReportKind;

use crate::fault::limits;
use crate::generated::Generated;
use crate::measure::{Input, measure};
use crate::patch::{ChangedText, NewLines, line_count, patch_lines};
use crate::reach::Reach;
use crate::text::clean_line;

/// Name of the driver's record among a build's artifacts.
pub const RECORD: &str = "record.json";
/// Largest changed file that is read to find its changed lines, in bytes.
pub const LARGEST_BLOB: usize = 2 << 20;
/// Most bytes of changed files, before and after, that are read.
pub const MOST_BYTES: usize = 96 << 20;
/// Most changed files that are read.
pub const MOST_BLOBS: usize = 2_000;

/// A changed file before or after: its content, or why nobody knows it; `None` where there was none.
pub type Side = Option<Result<Vec<u8>, &'static str>>;
/// A changed file before and after.
pub type Contents = [Side; 2];

/// Why nobody knows a file: it is larger than [`LARGEST_BLOB`], does not fit into [`MOST_BYTES`], or is past [`MOST_BLOBS`].
pub const TOO_LARGE: &str = "more than 2 MB";
const TOO_MUCH: &str = "the changed files before it have 96 MB";
const TOO_MANY: &str = "the pull request changes more than 2000 files";

/// The room for contents of changed files, which are kept in their order.
#[derive(Debug)]
pub struct Room {
    left: usize,
    is_full: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self { left: MOST_BYTES, is_full: false }
    }
}

impl Room {
    /// What is kept of a changed file. From the first one on that does not fit, nothing is.
    pub fn keep(&mut self, sides: Contents) -> Contents {
        sides.map(|side| match side? {
            Ok(_) if self.is_full => Some(Err(TOO_MUCH)),
            Ok(text) if text.len() > LARGEST_BLOB => Some(Err(TOO_LARGE)),
            Ok(text) if text.len() > self.left => {
                self.is_full = true;
                Some(Err(TOO_MUCH))
            }
            Ok(text) => {
                self.left -= text.len();
                Some(Ok(text))
            }
            unknown => Some(unknown),
        })
    }

    /// Whether nothing more is kept.
    pub fn is_full(&self) -> bool {
        self.is_full
    }
}

/// What is known of the commit that was built.
#[derive(Debug, Default)]
pub struct Commit {
    /// The paths of its files; `None` when they are not known.
    pub tree: Option<BTreeSet<String>>,
    changed_lines: Option<BTreeMap<String, NewLines>>,
    /// How many lines its files have, as far as that is known.
    pub lengths: BTreeMap<String, u32>,
    /// The changed files' text.
    texts: BTreeMap<String, Vec<u8>>,
    /// The changed files that are generated.
    generated: Vec<String>,
}

impl Commit {
    /// Of a tree and a change set, with one pair of contents for each of its first [`MOST_BLOBS`] files. Contents over
    /// [`LARGEST_BLOB`] count as unknown, and from the first one on that does not fit into [`MOST_BYTES`] all others. What was
    /// there before and is unknown is no reason to call a line old. `attributes` are the destination's files of
    /// [`crate::attribute_files`], as far as they are there: what they call generated is not new.
    pub fn new(
        tree: Option<BTreeSet<String>>,
        changed: &ChangedFiles,
        contents: Vec<Contents>,
        attributes: &BTreeMap<String, Vec<u8>>,
    ) -> Self {
        let contents = whole(contents, changed.files.len());
        let files = || changed.files.iter().zip(&contents);
        let texts: Vec<ChangedText<'_>> = files().map(|(file, [before, after])| text(file, before, after)).collect();
        let lengths = texts.iter().filter_map(|text| Some((text.path.to_owned(), line_count(text.after?)?))).collect();
        let mut new = patch_lines(&texts);
        let gone: BTreeSet<&String> =
            changed.files.iter().filter(|file| file.after.is_none()).filter_map(|file| file.before.as_ref()).collect();
        for (file, [_, after]) in files() {
            let (Some(id), Some(Err(why))) = (&file.after, after) else { continue };
            // The same blob was there before: its mode was changed, or its name.
            if file.before.as_ref() != Some(id) && !gone.contains(id) {
                new.insert(file.path.clone(), NewLines::Unknown(why));
            }
        }
        let generated = Generated::new(attributes);
        let mut left_out = Vec::new();
        new.retain(|path, _| {
            let is_generated = generated.is(path);
            left_out.extend(is_generated.then(|| path.clone()));
            !is_generated
        });
        let after = changed.files.iter().zip(contents).filter(|(file, _)| new.contains_key(&file.path));
        let texts = after.filter_map(|(file, [_, after])| Some((file.path.clone(), after?.ok()?))).collect();
        Self { tree, changed_lines: changed.complete.then_some(new), lengths, texts, generated: left_out }
    }

    /// Of a file that is not changed: how long it is, unless it is over [`LARGEST_BLOB`].
    pub fn learn(&mut self, path: String, text: &[u8]) {
        if let Some(length) = line_count(text).filter(|_| text.len() <= LARGEST_BLOB) {
            self.lengths.insert(path, length);
        }
    }
}

fn text<'a>(file: &'a ChangedFile, before: &'a Side, after: &'a Side) -> ChangedText<'a> {
    let known = |side: &'a Side| side.as_ref().and_then(|side| side.as_deref().ok());
    ChangedText { path: &file.path, before: known(before), after: known(after), renamed_from: None }
}

/// The contents that are kept of these, and why nobody knows those that are not there.
fn whole(contents: Vec<Contents>, files: usize) -> Vec<Contents> {
    let mut room = Room::default();
    let mut kept: Vec<Contents> = contents.into_iter().take(MOST_BLOBS).map(|sides| room.keep(sides)).collect();
    kept.resize_with(files.min(MOST_BLOBS), || [None, Some(Err(TOO_MUCH))]);
    kept.resize_with(files, || [None, Some(Err(TOO_MANY))]);
    kept
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

/// What the reports say that a record names, and how far into the files they reach; nothing without a record. `checkout` is the
/// absolute path of the checkout in the build, where it is known; `files` the content of a report file, or why it could not be
/// had.
pub fn measure_build(
    decision: &Decision,
    record: &Result<StageRecord, String>,
    commit: &Commit,
    checkout: Option<&str>,
    files: &dyn Fn(&ReportFile) -> Result<Vec<u8>, String>,
) -> (Measured, Reach) {
    let Ok(record) = record else { return Default::default() };
    let (mut measured, reach) = measure(&Input {
        changed_lines: commit.changed_lines.as_ref(),
        tree: commit.tree.as_ref(),
        checkout,
        texts: Some(&commit.texts),
        ..Input::new(decision, record, files)
    });
    if let Some(patch) = measured.coverage.as_mut().and_then(|coverage| coverage.patch.as_mut()) {
        let generated = commit.generated.iter().take(limits::UNMEASURED);
        patch.generated = generated.map(|path| clean_line(path, limits::NAME)).collect();
    }
    (measured, reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_first_file_on_that_does_not_fit_none_is_kept() {
        let mut room = Room { left: 5, is_full: false };
        let bytes = |n: usize| Some(Ok(vec![b'x'; n]));
        assert_eq!(room.keep([bytes(1), bytes(2)]), [bytes(1), bytes(2)]);
        assert_eq!(room.keep([None, bytes(LARGEST_BLOB + 1)]), [None, Some(Err(TOO_LARGE))]);
        assert!(!room.is_full());
        assert_eq!(room.keep([bytes(3), bytes(1)]), [Some(Err(TOO_MUCH)), Some(Err(TOO_MUCH))]);
        assert!(room.is_full());
        assert_eq!(room.keep([None, Some(Err("gone"))]), [None, Some(Err("gone"))]);
    }
}
