//! Which lines a pull request adds or changes, from the texts before and after. Made from blobs, never from anything that a
//! build wrote. What was only renamed or moved is not new.

mod covered;
mod lines;
mod moved;
mod renames;

use std::collections::BTreeMap;

pub(crate) use covered::covered;
use lines::{Side, is_ambiguous};

/// Which lines of a changed file are new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewLines {
    /// These, numbered from 1; never none.
    Some(Vec<u32>),
    /// Every line that a report knows: nobody can say which, for this reason.
    All(&'static str),
    /// Nobody knows, for this reason.
    Unknown(&'static str),
}

/// Why every line of a file counts.
const AMBIGUOUS: &str = "tools disagree where its lines end";

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

/// Numbers, from 1, of the lines of `after` that are not in `before` (`None`: there was no file). Line endings do not count.
/// Time grows with the size alone: very large files are compared by their common beginning and end only.
pub fn changed_lines(before: Option<&[u8]>, after: &[u8]) -> Vec<u32> {
    let (before, after) = (Side::new(before.unwrap_or_default()), Side::new(after));
    lines::compare(&before, &after).added.into_iter().flatten().map(|index| index + 1).collect()
}

/// How many lines a text has; `None` where tools disagree.
pub(crate) fn line_count(text: &[u8]) -> Option<u32> {
    (!is_ambiguous(text)).then(|| u32::try_from(Side::new(text).lines.len()).unwrap_or(u32::MAX))
}

/// The lines that a change set adds or changes, by path; paths without any are left out. A deleted file whose
/// text is (nearly) that of an added one is its former self; a block of three or more lines that was removed somewhere in
/// the change set is not new where it reappears. In a file whose lines tools count differently, all are new.
pub fn patch_lines(files: &[ChangedText<'_>]) -> BTreeMap<String, NewLines> {
    let pairs = renames::former_selves(files);
    let sides: Vec<(Side<'_>, Side<'_>)> = files
        .iter()
        .zip(&pairs)
        .map(|(file, former)| (Side::new(former.before.unwrap_or_default()), Side::new(file.after.unwrap_or_default())))
        .collect();
    let changes: Vec<_> = sides.iter().map(|(before, after)| lines::compare(before, after)).collect();
    let mut removed = moved::Removed::default();
    for ((before, _), change) in sides.iter().zip(&changes) {
        change.removed.iter().for_each(|run| removed.add(before, run.clone()));
    }
    let mut result = BTreeMap::new();
    for (((file, former), (_, after)), change) in files.iter().zip(&pairs).zip(&sides).zip(&changes) {
        if file.after.is_some_and(is_ambiguous) && file.after != former.before {
            result.insert(file.path.to_owned(), NewLines::All(AMBIGUOUS));
            continue;
        }
        let new: Vec<u32> =
            change.added.iter().flat_map(|run| removed.take_moved(after, run.clone())).map(|index| index + 1).collect();
        if !new.is_empty() {
            result.insert(file.path.to_owned(), NewLines::Some(new));
        }
    }
    result
}
