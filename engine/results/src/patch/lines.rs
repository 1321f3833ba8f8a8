//! A text as lines, and the runs of lines in which two texts differ. Never takes longer than the texts' size warrants.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// Past this many bytes on one side, only the common beginning and end are compared.
const LARGE: usize = 4 << 20;

/// One side of a comparison: its lines without line endings.
pub(super) struct Side<'t> {
    pub(super) lines: Vec<&'t [u8]>,
    bytes: usize,
}

/// In which runs two texts differ, as indexes from 0.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Of the lines before.
    pub(super) removed: Vec<Range<u32>>,
    /// Of the lines after.
    pub(super) added: Vec<Range<u32>>,
}

impl<'t> Side<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        let body = text.strip_suffix(b"\n").unwrap_or(text);
        let lines = body.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        Self { lines: if text.is_empty() { Vec::new() } else { lines.collect() }, bytes: text.len() }
    }
}

/// Git's own test: a zero byte among the first 8,000 (git-diff(1), `buffer_is_binary`).
pub(super) fn is_binary(text: &[u8]) -> bool {
    text.iter().take(8_000).any(|b| *b == 0)
}

pub(super) fn compare(before: &Side<'_>, after: &Side<'_>) -> Change {
    if before.bytes > LARGE || after.bytes > LARGE {
        return compare_ends(&before.lines, &after.lines);
    }
    let mut input = InternedInput::default();
    input.update_before(before.lines.iter().copied());
    input.update_after(after.lines.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let mut change = Change::default();
    for hunk in diff.hunks() {
        change.removed.extend((!hunk.before.is_empty()).then_some(hunk.before));
        change.added.extend((!hunk.after.is_empty()).then_some(hunk.after));
    }
    change
}

/// Everything between the common beginning and the common end differs.
fn compare_ends(before: &[&[u8]], after: &[&[u8]]) -> Change {
    let start = before.iter().zip(after).take_while(|(b, a)| b == a).count();
    let end = before[start..].iter().rev().zip(after[start..].iter().rev()).take_while(|(b, a)| b == a).count();
    let run = |lines: &[&[u8]]| {
        let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let run = index(start)..index(lines.len() - end);
        if run.is_empty() { Vec::new() } else { vec![run] }
    };
    Change { removed: run(before), added: run(after) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart_without_their_endings() {
        assert_eq!(Side::new(b"").lines.len(), 0);
        assert_eq!(Side::new(b"\n").lines, [b""]);
        assert_eq!(Side::new(b"a\r\nb").lines, [b"a", b"b"]);
        assert_eq!(Side::new(b"a\n\nb\n").lines.len(), 3);
    }

    fn indexes(runs: &[Range<u32>]) -> Vec<u32> {
        runs.iter().cloned().flatten().collect()
    }

    #[test]
    fn very_large_texts_differ_between_their_common_ends() {
        let lines = |text: &'static [u8]| Side::new(text).lines;
        let change = compare_ends(&lines(b"a\nb\nc\n"), &lines(b"a\nx\ny\nc\n"));
        assert_eq!((indexes(&change.removed), indexes(&change.added)), (vec![1], vec![1, 2]));
        let change = compare_ends(&lines(b"a\na\n"), &lines(b"a\na\na\n"));
        assert_eq!((indexes(&change.removed), indexes(&change.added)), (vec![], vec![2]));
        assert_eq!(compare_ends(&lines(b"a\n"), &lines(b"a\n")), Change::default());
    }
}
