//! A text as lines, and the runs of lines in which two texts differ. Never takes longer than the texts' size warrants.

use std::collections::HashMap;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// More lines than this on both sides together are first cut at lines that are unique on each, and a piece that is still
/// longer differs as a whole: the diff's worst case grows with the square of what it is given.
const EXACT: usize = 10_000;

/// One side of a comparison: its lines without line endings.
pub(super) struct Side<'t> {
    pub(super) lines: Vec<&'t [u8]>,
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
        Self { lines: if text.is_empty() { Vec::new() } else { lines.collect() } }
    }
}

/// Git's own test: a zero byte among the first 8,000 (git-diff(1), `buffer_is_binary`). What a report measures is none,
/// whatever bytes it has.
pub(super) fn is_binary(text: &[u8]) -> bool {
    text.iter().take(8_000).any(|b| *b == 0)
}

/// Whether coverage tools count the lines of a text differently: some languages end a line also at a carriage return alone
/// (Python, Java, PHP), at U+2028 and U+2029 (ECMAScript, C#) or at U+0085 (C#), and UTF-16 has its line feeds elsewhere.
pub(super) fn is_ambiguous(text: &[u8]) -> bool {
    const SEPARATORS: [&[u8]; 3] = [&[0xE2, 0x80, 0xA8], &[0xE2, 0x80, 0xA9], &[0xC2, 0x85]];
    let cr_alone = text.iter().zip(text.iter().skip(1).chain([&0])).any(|(b, next)| *b == b'\r' && *next != b'\n');
    cr_alone
        || (0..text.len()).any(|at| SEPARATORS.iter().any(|separator| text[at..].starts_with(separator)))
        || text.starts_with(&[0xFF, 0xFE])
        || text.starts_with(&[0xFE, 0xFF])
}

pub(super) fn compare(before: &Side<'_>, after: &Side<'_>) -> Change {
    let mut change = Change::default();
    change.compare(&before.lines, &after.lines, (0, 0), true);
    change
}

impl Change {
    /// Adds the differences of one piece, which begins at `offset` on each side.
    fn compare(&mut self, before: &[&[u8]], after: &[&[u8]], offset: (usize, usize), whole: bool) {
        let start = before.iter().zip(after).take_while(|(b, a)| b == a).count();
        let end = before[start..].iter().rev().zip(after[start..].iter().rev()).take_while(|(b, a)| b == a).count();
        let (before, after) = (&before[start..before.len() - end], &after[start..after.len() - end]);
        let offset = (offset.0 + start, offset.1 + start);
        if before.is_empty() || after.is_empty() {
            self.add(0..before.len(), 0..after.len(), offset);
        } else if before.len() + after.len() <= EXACT {
            self.compare_exactly(before, after, offset);
        } else if whole {
            self.compare_pieces(before, after, offset);
        } else {
            self.add(0..before.len(), 0..after.len(), offset);
        }
    }

    fn compare_pieces(&mut self, before: &[&[u8]], after: &[&[u8]], offset: (usize, usize)) {
        let (mut b, mut a) = (0, 0);
        for (to_b, to_a) in anchors(before, after).into_iter().chain([(before.len(), after.len())]) {
            self.compare(&before[b..to_b], &after[a..to_a], (offset.0 + b, offset.1 + a), false);
            (b, a) = (to_b + 1, to_a + 1);
        }
    }

    fn compare_exactly(&mut self, before: &[&[u8]], after: &[&[u8]], offset: (usize, usize)) {
        let mut input = InternedInput::default();
        input.update_before(before.iter().copied());
        input.update_after(after.iter().copied());
        let mut diff = Diff::compute(Algorithm::Histogram, &input);
        diff.postprocess_no_heuristic(&input);
        for hunk in diff.hunks() {
            let run = |run: Range<u32>| run.start as usize..run.end as usize;
            self.add(run(hunk.before), run(hunk.after), offset);
        }
    }

    fn add(&mut self, before: Range<usize>, after: Range<usize>, offset: (usize, usize)) {
        let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let run = |run: Range<usize>, offset: usize| {
            (!run.is_empty()).then(|| index(run.start + offset)..index(run.end + offset))
        };
        self.removed.extend(run(before, offset.0));
        self.added.extend(run(after, offset.1));
    }
}

/// Lines that occur once on each side, as many as keep their order on both: where each is before and after.
fn anchors(before: &[&[u8]], after: &[&[u8]]) -> Vec<(usize, usize)> {
    let (once_before, once_after) = (once(before), once(after));
    let pair = |(index, line): (usize, &&[u8])| {
        once_before.get(*line).copied().flatten()?;
        Some((index, once_after.get(*line).copied().flatten()?))
    };
    let pairs: Vec<(usize, usize)> = before.iter().enumerate().filter_map(pair).collect();
    // The longest rising sequence: `ends[n]` is the pair that ends the best one of length n + 1.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous = vec![None; pairs.len()];
    for (index, (_, place)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *place);
        previous[index] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut chain: Vec<(usize, usize)> =
        std::iter::successors(ends.last().copied(), |index| previous[*index]).map(|index| pairs[index]).collect();
    chain.reverse();
    chain
}

/// Where each line is that occurs once; `None` for the others.
fn once<'t>(lines: &[&'t [u8]]) -> HashMap<&'t [u8], Option<usize>> {
    let mut found = HashMap::new();
    for (index, line) in lines.iter().enumerate() {
        found.entry(*line).and_modify(|place| *place = None).or_insert(Some(index));
    }
    found
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

    #[test]
    fn a_text_whose_lines_tools_count_differently_is_told_apart() {
        for text in [
            &b"a\rb\n"[..],
            b"a\r",
            b"a\r\r\nb",
            "x\u{2028}y".as_bytes(),
            "x\u{2029}".as_bytes(),
            "x\u{85}y".as_bytes(),
            b"\xff\xfea\0",
        ] {
            assert!(is_ambiguous(text), "{text:?}");
        }
        for text in [&b""[..], b"a\nb", b"a\r\nb\r\n", b"a\0b\n", "\u{2026}\u{84}\n".as_bytes()] {
            assert!(!is_ambiguous(text), "{text:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_at_unique_lines_and_a_piece_without_any_differs_as_a_whole() {
        let middle = "}\n".repeat(EXACT);
        let before = format!("one\n{middle}two\nx\nthree\n");
        let after = format!("one\n{{\n{middle}{{\ntwo\ny\nthree\n");
        let change = compare(&Side::new(before.as_bytes()), &Side::new(after.as_bytes()));
        assert_eq!(change.removed, [1..10_001, 10_002..10_003]);
        assert_eq!(change.added, [1..10_003, 10_004..10_005]);
    }

    #[test]
    fn anchors_keep_their_order_on_both_sides() {
        let lines = |text: &'static str| text.split(' ').map(str::as_bytes).collect::<Vec<_>>();
        assert_eq!(anchors(&lines("a b c d e"), &lines("b a d x e c c")), [(1, 0), (3, 2), (4, 4)]);
        assert_eq!(anchors(&lines("a"), &lines("b")), []);
    }
}
