//! The reports of a build, one after the other, into [`Measured`]. Every declared report of a running stage comes out with
//! what is wrong with it; it never guesses a number for a report that could not be read.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::decision::{Decision, PlannedStage};
use gated_core::measured::{FileCoverage, Measured, MeasuredCoverage, MeasuredReport, ReportFile, StageRecord};
use gated_core::policy::{PathTarget, Report, ReportKind};

use crate::cases;
use crate::counted::Counted;
use crate::coverage::{self, FileLines};
use crate::fault::{Fault, limits};
use crate::files::Files;
use crate::finder::Tree;
use crate::patch::{self, NewLines};
use crate::paths;
use crate::reach::Reach;
use crate::remarks::Remarks;
use crate::text::clean_line;

/// What is measured, and what is known beside it.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Which stages run, which reports they must write, what coverage leaves out.
    pub decision: &'a Decision,
    /// Which report files the driver found.
    pub record: &'a StageRecord,
    /// The content of a report file, by its stored name; `Err` says why it could not be had. Asked once for each file, and
    /// never for one that is refused by what the record says of it.
    pub files: &'a dyn Fn(&ReportFile) -> Result<Vec<u8>, String>,
    /// Lines that the pull request adds or changes, by path ([`crate::patch_lines`]); `None` when they are not known.
    pub changed_lines: Option<&'a BTreeMap<String, NewLines>>,
    /// The files of the commit that was built; `None` when they are not known.
    pub tree: Option<Tree<'a>>,
    /// Absolute path of the checkout in the build; `None` when it is not known.
    pub checkout: Option<&'a str>,
    /// How many paths may be looked up to find the reports' files in the commit: [`limits::STEPS`], or less where there is
    /// less time.
    pub steps: u64,
    /// The changed files by path, as far as they are known, to show changed lines.
    pub texts: Option<&'a BTreeMap<String, Vec<u8>>>,
}

impl<'a> Input<'a> {
    /// Reports alone, without changed lines, tree and checkout.
    pub fn new(
        decision: &'a Decision,
        record: &'a StageRecord,
        files: &'a dyn Fn(&ReportFile) -> Result<Vec<u8>, String>,
    ) -> Self {
        Self {
            decision,
            record,
            files,
            changed_lines: None,
            tree: None,
            checkout: None,
            steps: limits::STEPS,
            texts: None,
        }
    }
}

/// Reads every report of every running stage, and says how far into the files they reach.
pub fn measure(input: &Input<'_>) -> (Measured, Reach) {
    let mut found: BTreeMap<(&str, u32), Vec<&ReportFile>> = BTreeMap::new();
    for file in &input.record.reports {
        found.entry((file.stage.as_str(), file.report)).or_default().push(file);
    }
    let known = Files::new(input.tree, input.steps);
    let mut reading = Reading { input, known: &known, files: 0, bytes: 0, lines: None, reach: Reach::default() };
    let mut reports = Vec::new();
    for stage in input.decision.running() {
        for (index, report) in (0..).zip(&stage.reports) {
            let found = found.get(&(stage.name.as_str(), index)).map_or(&[][..], Vec::as_slice);
            reports.push(reading.report(stage, index, report, found, reports.len()));
        }
    }
    let reach = std::mem::take(&mut reading.reach);
    (Measured { reports, coverage: reading.coverage() }, reach)
}

/// What has been read so far.
struct Reading<'a> {
    input: &'a Input<'a>,
    known: &'a Files<'a>,
    files: usize,
    bytes: u64,
    /// Coverage by path in the checkout; `None` until a coverage report was read.
    lines: Option<BTreeMap<String, FileLines>>,
    reach: Reach,
}

impl Reading<'_> {
    /// A report, by its index in its stage, of which these files were found; `number` is its index in the build.
    fn report(
        &mut self,
        stage: &PlannedStage,
        index: u32,
        report: &Report,
        found: &[&ReportFile],
        number: usize,
    ) -> MeasuredReport {
        let mut faults = Remarks::default();
        let mut measured = MeasuredReport {
            stage: stage.name.clone(),
            report: index,
            format: report.format,
            kind: report.format.kind(),
            files: Vec::new(),
            tests: None,
            faults: Vec::new(),
            notes: Vec::new(),
        };
        let mut counted = Counted::new(stage, report);
        let mut seen = BTreeSet::new();
        for file in found.iter().filter(|file| seen.insert(&file.path)) {
            match self.fetch(file).and_then(|bytes| self.count(&mut counted, file, &bytes, number)) {
                Ok(()) => measured.files.push(clean_line(&file.path, limits::NAME)),
                Err(fault) => faults.add(format!("{}: {fault}", clean_line(&file.path, limits::NAME))),
            }
        }
        if seen.is_empty() {
            let places = report.files.written().join(", ");
            faults.add(format!("no file was found at {places}: the stage wrote no report there"));
        } else if faults.count == 0 {
            faults.extend(counted.emptiness());
        }
        measured.notes = counted.notes();
        measured.tests = (measured.kind == ReportKind::Tests).then(|| counted.tests(self.input, self.known));
        measured.faults = faults.into_lines();
        measured
    }

    /// A file's content, when nothing that is known of it speaks against reading it.
    fn fetch(&mut self, file: &ReportFile) -> Result<Vec<u8>, Fault> {
        if paths::absolute(&file.path).is_some() || paths::inside(&file.path).is_none() {
            return Err(Fault::Outside);
        }
        if file.tracked {
            return Err(Fault::Tracked);
        }
        if file.size == 0 {
            return Err(Fault::Empty);
        }
        if self.input.record.is_stale(file) {
            return Err(Fault::Stale);
        }
        self.files += 1;
        if self.files > limits::FILES {
            return Err(Fault::TooMany);
        }
        self.afford(file.size)?;
        let bytes = (self.input.files)(file).map_err(|why| Fault::Unfetched(clean_line(&why, limits::NAME)))?;
        let size = bytes.len() as u64;
        self.afford(size)?;
        self.bytes += size;
        if bytes.iter().all(u8::is_ascii_whitespace) { Err(Fault::Empty) } else { Ok(bytes) }
    }

    fn afford(&self, size: u64) -> Result<(), Fault> {
        if size > limits::FILE_BYTES {
            return Err(Fault::TooLarge { size });
        }
        if self.bytes + size > limits::ALL_BYTES { Err(Fault::TooMuch) } else { Ok(()) }
    }

    fn count(
        &mut self,
        counted: &mut Counted<'_>,
        file: &ReportFile,
        bytes: &[u8],
        number: usize,
    ) -> Result<(), Fault> {
        let format = counted.report.format;
        match format.kind() {
            ReportKind::Tests => counted.cases.merge(cases::read(format, bytes)?),
            ReportKind::Coverage => {
                let coverage = coverage::read(format, bytes)?;
                counted.coverable += coverage.files.values().map(|file| file.lines.len()).sum::<usize>();
                let mut finder = counted.finder(self.input, self.known, &file.path, &coverage.sources);
                finder.learn(&coverage.files.keys().collect::<Vec<_>>());
                let lines = self.lines.get_or_insert_default();
                for (name, file) in coverage.files {
                    let Some(path) = counted.left_out.sort(&finder, &name) else { continue };
                    self.reach.add(&path, &file, number);
                    lines.entry(path).or_default().merge(file);
                    if lines.len() > limits::SOURCES {
                        return Err(Fault::TooManySources);
                    }
                }
                if self.known.are_spent() {
                    return Err(Fault::TooMuchToFind);
                }
            }
        }
        Ok(())
    }

    /// Everything together, without what the policies leave out.
    fn coverage(self) -> Option<MeasuredCoverage> {
        let planned = self.input.decision.coverage.as_ref();
        let (empty, mut lines): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.lines?.into_iter().partition(|(_, file)| file.lines.is_empty());
        lines.retain(|path, _| !planned.is_some_and(|planned| planned.excludes(path)));
        let absent = absent(self.input.decision, self.known, &empty);
        let files = lines.iter().map(|(path, file)| FileCoverage {
            path: path.clone(),
            lines: file.line_ratio(),
            branches: file.branch_ratio(),
        });
        let patch = self.input.changed_lines.map(|changed| {
            // A file that is measured and has no line that could be covered lacks nothing.
            let changed = changed.iter().filter(|(path, _)| !empty.contains_key(*path));
            patch::covered(&lines, changed, self.input.texts)
        });
        Some(MeasuredCoverage { files: files.collect(), absent, patch, before: None })
    }
}

/// The targets for a part of the tree that no file of the commit is in, of those that count. `empty` are measured, and have
/// no line that could.
fn absent(decision: &Decision, known: &Files<'_>, empty: &BTreeMap<String, FileLines>) -> Vec<String> {
    let Some(coverage) = decision.coverage.as_ref().filter(|_| known.are_known()) else { return Vec::new() };
    let counts = |path: &str| !coverage.excludes(path) && !empty.contains_key(path);
    let is_there =
        |target: &&PathTarget| known.all().any(|path| !known.spend(path) || target.files.matches(path) && counts(path));
    let gone = coverage.paths.iter().filter(|target| !is_there(target));
    gone.map(PathTarget::name).collect()
}
