//! Which changed lines are covered, and how often they were run.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::measured::{LineHits, PatchCoverage, PatchFile};
use gated_core::units::Ratio;

use crate::coverage::FileLines;
use crate::fault::limits;
use crate::text::clean_line;

/// The changed lines, by path, held against the coverable ones.
pub(crate) fn covered(lines: &BTreeMap<String, FileLines>, changed: &BTreeMap<String, Vec<u32>>) -> PatchCoverage {
    let mut patch = PatchCoverage::default();
    let mut room = limits::CHANGED_LINES;
    for (path, changed) in changed {
        let Some(file) = lines.get(path) else {
            if patch.unmeasured.len() < limits::UNMEASURED {
                patch.unmeasured.push(clean_line(path, limits::NAME));
            }
            continue;
        };
        let coverable: Vec<LineHits> = changed
            .iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
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
        patch.files.push(PatchFile { path: path.clone(), lines: ratio, hits });
    }
    patch
}
