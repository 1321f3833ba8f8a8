//! Which lines a pull request adds or changes, from the texts before and after. Made from blobs, never from anything that a
//! build wrote. What was only renamed or moved is not new.

mod covered;
mod lines;
mod moved;
mod renames;

use std::collections::BTreeMap;

pub(crate) use covered::covered;
use lines::{Side, is_binary};

/// One file that a change set touches.
#[derive(Debug, Clone, Copy)]
pub struct ChangedText<'a> {
    /// Path in the checkout.
    pub path: &'a str,
    /// Its content at the merge base; `None` when it was not there.
    pub before: Option<&'a [u8]>,
    /// Its content at the source commit; `None` when it was deleted.
    pub after: Option<&'a [u8]>,
    /// The path that it had before, when the caller knows (CodeCommit tells a rename as a deletion and an addition).
    pub renamed_from: Option<&'a str>,
}

/// Numbers, from 1, of the lines of `after` that are not in `before` (`None`: there was no file). Line endings do not count;
/// a binary file has no lines. Time grows with the size alone: very large files are compared by their common beginning and
/// end only.
pub fn changed_lines(before: Option<&[u8]>, after: &[u8]) -> Vec<u32> {
    if is_binary(after) {
        return Vec::new();
    }
    let (before, after) = (Side::new(before.unwrap_or_default()), Side::new(after));
    lines::compare(&before, &after).added.into_iter().flatten().map(|index| index + 1).collect()
}

/// How many lines a text has; a binary one has none.
pub(crate) fn line_count(text: &[u8]) -> u32 {
    if is_binary(text) { 0 } else { u32::try_from(Side::new(text).lines.len()).unwrap_or(u32::MAX) }
}

/// Numbers of the lines that a change set adds or changes, by path; paths without any are left out. A deleted file whose
/// text is (nearly) that of an added one is its former self; a block of three or more lines that was removed somewhere in
/// the change set is not new where it reappears.
pub fn patch_lines(files: &[ChangedText<'_>]) -> BTreeMap<String, Vec<u32>> {
    let pairs = renames::former_selves(files);
    let sides: Vec<(Side<'_>, Side<'_>)> = files
        .iter()
        .zip(&pairs)
        .map(|(file, former)| {
            let before = former.before.filter(|text| !is_binary(text));
            let after = file.after.filter(|text| !is_binary(text));
            (Side::new(before.unwrap_or_default()), Side::new(after.unwrap_or_default()))
        })
        .collect();
    let changes: Vec<_> = sides.iter().map(|(before, after)| lines::compare(before, after)).collect();
    let mut removed = moved::Removed::default();
    for ((before, _), change) in sides.iter().zip(&changes) {
        change.removed.iter().for_each(|run| removed.add(before, run.clone()));
    }
    let mut result = BTreeMap::new();
    for ((file, (_, after)), change) in files.iter().zip(&sides).zip(&changes) {
        let new: Vec<u32> =
            change.added.iter().flat_map(|run| removed.take_moved(after, run.clone())).map(|index| index + 1).collect();
        if !new.is_empty() {
            result.insert(file.path.to_owned(), new);
        }
    }
    result
}
