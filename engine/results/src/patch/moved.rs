//! Blocks of lines that were removed in one place of a change set and reappear in another. A removed line stands for one
//! reappearance: what is copied twice is new once.

use std::collections::HashMap;
use std::ops::Range;

use super::lines::Side;

/// Fewer lines than this, blank ones not counted, are no block.
const BLOCK: usize = 3;

/// How many places of a removed block are tried: enough for code, little enough for a file of equal lines.
const TRIED: usize = 32;

/// Every removed line that is not blank, run after run, and which of them have reappeared.
#[derive(Default)]
pub(super) struct Removed<'t> {
    /// `None` ends a run.
    lines: Vec<Option<&'t [u8]>>,
    used: Vec<bool>,
    /// Where each three lines begin.
    starts: HashMap<[&'t [u8]; BLOCK], Vec<usize>>,
}

impl<'t> Removed<'t> {
    /// Adds a run of removed lines.
    pub(super) fn add(&mut self, side: &Side<'t>, run: Range<u32>) {
        let first = self.lines.len();
        self.lines.extend(indexed(side, run).map(|(_, line)| Some(line)));
        for start in first..(self.lines.len() + 1).saturating_sub(BLOCK).max(first) {
            if let [Some(a), Some(b), Some(c)] = self.lines[start..start + BLOCK] {
                self.starts.entry([a, b, c]).or_default().push(start);
            }
        }
        self.lines.push(None);
        self.used.resize(self.lines.len(), false);
    }

    /// The indexes of an added run that are new: without moved blocks. A blank line is moved when it lies inside of one.
    pub(super) fn take_moved(&mut self, side: &Side<'t>, run: Range<u32>) -> Vec<u32> {
        let added: Vec<(u32, &'t [u8])> = indexed(side, run.clone()).collect();
        let mut moved: Vec<Range<u32>> = Vec::new();
        let mut at = 0;
        while at + BLOCK <= added.len() {
            let (start, length) = self.longest(&added[at..]);
            if length < BLOCK {
                at += 1;
                continue;
            }
            self.used[start..start + length].fill(true);
            moved.push(added[at].0..added[at + length - 1].0 + 1);
            at += length;
        }
        run.filter(|index| !moved.iter().any(|block| block.contains(index))).collect()
    }

    /// The longest unused removed block that `added` begins with: where, and how long.
    fn longest(&self, added: &[(u32, &'t [u8])]) -> (usize, usize) {
        let starts = self.starts.get(&[added[0].1, added[1].1, added[2].1]);
        let unused = starts.into_iter().flatten().filter(|start| !self.used[**start]).take(TRIED);
        let length = |start: usize| {
            let pairs = self.lines[start..].iter().zip(&self.used[start..]).zip(added);
            pairs.take_while(|((line, used), (_, new))| !**used && **line == Some(*new)).count()
        };
        unused
            .map(|start| (*start, length(*start)))
            .max_by_key(|(start, length)| (*length, usize::MAX - start))
            .unwrap_or((0, 0))
    }
}

/// The lines of a run that are not blank, trailing space not counted, with their indexes.
fn indexed<'t>(side: &Side<'t>, run: Range<u32>) -> impl Iterator<Item = (u32, &'t [u8])> {
    let lines = side.lines.get(run.start as usize..run.end as usize).unwrap_or_default();
    let trimmed: Vec<(u32, &'t [u8])> = run
        .zip(lines)
        .map(|(index, line)| (index, line.trim_ascii_end()))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    trimmed.into_iter()
}
