//! Blocks of lines that were removed in one place of a change set and reappear in another. A removed line stands for one
//! reappearance: what is copied twice is new once.

use std::collections::{HashMap, VecDeque};
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
    starts: HashMap<[&'t [u8]; BLOCK], VecDeque<usize>>,
}

impl<'t> Removed<'t> {
    /// Adds a run of removed lines.
    pub(super) fn add(&mut self, side: &Side<'t>, run: Range<u32>) {
        let first = self.lines.len();
        self.lines.extend(indexed(side, run).map(|(_, line)| Some(line)));
        for start in first..(self.lines.len() + 1).saturating_sub(BLOCK).max(first) {
            if let [Some(a), Some(b), Some(c)] = self.lines[start..start + BLOCK] {
                self.starts.entry([a, b, c]).or_default().push_back(start);
            }
        }
        self.lines.push(None);
        self.used.resize(self.lines.len(), false);
    }

    /// The indexes of an added run that are new: without moved blocks. A blank line is moved when it lies inside of one.
    pub(super) fn take_moved(&mut self, side: &Side<'t>, run: Range<u32>) -> Vec<u32> {
        let added: Vec<(u32, &'t [u8])> = indexed(side, run.clone()).collect();
        let mut new = Vec::new();
        let mut next = run.start;
        let mut at = 0;
        while at + BLOCK <= added.len() {
            let (start, length) = self.longest(&added[at..]);
            if length < BLOCK {
                at += 1;
                continue;
            }
            self.used[start..start + length].fill(true);
            new.extend(next..added[at].0);
            next = added[at + length - 1].0 + 1;
            at += length;
        }
        new.extend(next..run.end);
        new
    }

    /// The longest unused removed block that `added` begins with: where, and how long.
    fn longest(&mut self, added: &[(u32, &'t [u8])]) -> (usize, usize) {
        let Some(starts) = self.starts.get_mut(&[added[0].1, added[1].1, added[2].1]) else { return (0, 0) };
        while starts.front().is_some_and(|start| self.used[*start]) {
            starts.pop_front();
        }
        let length = |start: usize| {
            let pairs = self.lines[start..].iter().zip(&self.used[start..]).zip(added);
            pairs.take_while(|((line, used), (_, new))| !**used && **line == Some(*new)).count()
        };
        let tried = starts.iter().take(TRIED).map(|start| (*start, length(*start)));
        tried.max_by_key(|(start, length)| (*length, usize::MAX - start)).unwrap_or((0, 0))
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
