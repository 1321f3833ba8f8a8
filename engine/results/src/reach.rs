//! How far into each file the coverage reports measure, held against how long the files are: a report of other sources
//! measures lines past a file's end. It only notes that; no number and no verdict rests on it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use gated_core::measured::Measured;

use crate::coverage::FileLines;
use crate::fault::limits;
use crate::remarks::Remarks;
use crate::text::clean_line;

/// Most files that are read for their length alone.
pub const MOST_LENGTHS: usize = 100;

/// How far the coverage reports of a build reach.
#[derive(Debug, Default)]
pub struct Reach {
    /// By path in the checkout: the highest line, and which of the build's reports measures it.
    highest: BTreeMap<String, (u32, usize)>,
}

impl Reach {
    /// What a report, the build's so-and-so-many-th, measures of a file.
    pub(crate) fn add(&mut self, path: &str, file: &FileLines, report: usize) {
        let Some((line, _)) = file.lines.last_key_value() else { return };
        match self.highest.get_mut(path) {
            Some((highest, _)) if *highest >= *line => {}
            Some(known) => *known = (*line, report),
            None => drop(self.highest.insert(path.to_owned(), (*line, report))),
        }
    }

    /// The measured files whose length is not known, those with the highest lines first and at most [`MOST_LENGTHS`]: they are
    /// worth reading.
    pub fn unknown(&self, lengths: &BTreeMap<String, u32>) -> Vec<String> {
        // git is asked for them by lines.
        let is_wanted = |path: &String| !lengths.contains_key(path) && !path.contains('\n');
        let mut files: Vec<_> = self.highest.iter().filter(|(path, _)| is_wanted(path)).collect();
        files.sort_by_key(|(_, (line, _))| Reverse(*line));
        files.into_iter().take(MOST_LENGTHS).map(|(path, _)| path.clone()).collect()
    }

    /// Notes at each report the files that it measures past their end, those that another one measures further excepted.
    pub fn note(&self, lengths: &BTreeMap<String, u32>, measured: &mut Measured) {
        let mut past: BTreeMap<usize, Remarks> = BTreeMap::new();
        for (path, (line, report)) in &self.highest {
            if let Some(length) = lengths.get(path).filter(|length| *length < line) {
                let path = clean_line(path, limits::NAME);
                past.entry(*report).or_default().add(format!("{path}: line {line} of {length}"));
            }
        }
        for (report, past) in past {
            if let Some(report) = measured.reports.get_mut(report) {
                report.notes.extend(past.note("files with lines past their end, as if measured from other sources"));
            }
        }
    }
}
