//! Which changed lines are covered, and how often they were run.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::measured::{ChangedSource, LineHits, PatchCoverage, PatchFile, SourceLine};
use gated_core::units::Ratio;

use super::NewLines;
use super::lines::{Side, is_binary};
use crate::coverage::FileLines;
use crate::fault::limits;
use crate::text::{clean_line, source_line};

/// The changed lines, by path, held against the coverable ones. `texts` has the files of the commit, as far as they are
/// known.
pub(crate) fn covered<'a>(
    lines: &BTreeMap<String, FileLines>,
    changed: impl Iterator<Item = (&'a String, &'a NewLines)>,
    texts: Option<&BTreeMap<String, Vec<u8>>>,
) -> PatchCoverage {
    let mut patch = PatchCoverage::default();
    let mut room = limits::CHANGED_LINES;
    let mut room_for_text = limits::SOURCE;
    let name = |list: &mut Vec<String>, path: &str, why: &str| {
        if list.len() < limits::UNMEASURED {
            list.push(clean_line(path, limits::NAME) + why);
        }
    };
    for (path, changed) in changed {
        let text = texts.and_then(|texts| texts.get(path));
        let Some(file) = lines.get(path) else {
            // An image and the like: nobody expects it to be measured.
            if !text.is_some_and(|text| is_binary(text)) {
                name(&mut patch.unmeasured, path, "");
            }
            continue;
        };
        let (changed, text): (BTreeSet<u32>, _) = match changed {
            NewLines::Some(lines) => (lines.iter().copied().collect(), text),
            NewLines::All(why) => {
                name(&mut patch.whole, path, &format!(" ({why})"));
                (file.lines.keys().copied().collect(), None)
            }
            NewLines::Unknown(why) => {
                name(&mut patch.unknown, path, &format!(" ({why})"));
                continue;
            }
        };
        let coverable: Vec<LineHits> = changed
            .iter()
            .filter_map(|line| file.lines.get(line).map(|hits| LineHits { line: *line, hits: hits.told() }))
            .collect();
        let run = coverable.iter().filter(|line| line.hits != Some(0)).count() as u64;
        let ratio = Ratio { covered: run, total: coverable.len() as u64 };
        if ratio.total == 0 {
            continue;
        }
        let hits: Vec<LineHits> = coverable.into_iter().take(room).collect();
        room -= hits.len();
        patch.lines = patch.lines.plus(ratio);
        let source = text.map(|text| source(text, &changed, room_for_text)).unwrap_or_default();
        room_for_text -= source.lines.len();
        patch.files.push(PatchFile { path: path.clone(), lines: ratio, hits, source });
    }
    patch
}

/// The first of the changed lines with their text.
fn source(text: &[u8], changed: &BTreeSet<u32>, room: usize) -> ChangedSource {
    let all = Side::new(text).lines;
    let text = |line: u32| all.get(usize::try_from(line).ok()?.checked_sub(1)?).copied();
    let line = |line: &u32| {
        let text = source_line(text(*line).unwrap_or_default(), limits::SOURCE_LINE);
        SourceLine { line: *line, text }
    };
    let lines: Vec<SourceLine> = changed.iter().take(room.min(limits::SOURCE_OF_FILE)).map(line).collect();
    let left_out = (changed.len() - lines.len()) as u64;
    ChangedSource { lines, left_out }
}
