//! The reports of a build, one after the other, into [`Measured`]. Every declared report of a running stage comes out with
//! what is wrong with it; it never guesses a number for a report that could not be read.

use std::collections::{BTreeMap, BTreeSet};

use gated_core::decision::{Decision, PlannedStage};
use gated_core::measured::{
    FailedCase, FileCoverage, Measured, MeasuredCoverage, MeasuredReport, PatchCoverage, ReportFile, StageRecord,
    TestCounts,
};
use gated_core::policy::{Report, ReportKind};

use crate::cases::{self, Cases, Failure};
use crate::coverage::{self, FileLines, Name};
use crate::fault::{Fault, limits};
use crate::paths::{self, Finder, Place, Tree};
use crate::text::clean_line;

/// How many lines a file of the commit has; `None` when that is not known.
pub type Lengths<'a> = &'a dyn Fn(&str) -> Option<u32>;

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
    pub changed_lines: Option<&'a BTreeMap<String, Vec<u32>>>,
    /// Whether a path exists in the commit that was built; `None` when that cannot be told.
    pub tree: Option<Tree<'a>>,
    /// Absolute path of the checkout in the build; `None` when it is not known.
    pub checkout: Option<&'a str>,
    /// How long the commit's files are, to notice a report of other sources.
    pub lengths: Option<Lengths<'a>>,
}

impl<'a> Input<'a> {
    /// Reports alone, without changed lines, tree, checkout and lengths.
    pub fn new(
        decision: &'a Decision,
        record: &'a StageRecord,
        files: &'a dyn Fn(&ReportFile) -> Result<Vec<u8>, String>,
    ) -> Self {
        Self { decision, record, files, changed_lines: None, tree: None, checkout: None, lengths: None }
    }
}

/// Reads every report of every running stage.
pub fn measure(input: &Input<'_>) -> Measured {
    let mut reading = Reading { input, files: 0, bytes: 0, lines: None };
    let mut reports = Vec::new();
    for stage in input.decision.running() {
        for (index, report) in (0..).zip(&stage.reports) {
            reports.push(reading.report(stage, index, report));
        }
    }
    Measured { reports, coverage: reading.coverage() }
}

/// What has been read so far.
struct Reading<'a> {
    input: &'a Input<'a>,
    files: usize,
    bytes: u64,
    /// Coverage by path in the checkout; `None` until a coverage report was read.
    lines: Option<BTreeMap<String, FileLines>>,
}

/// Paths of coverage reports that do not count.
#[derive(Default)]
struct LeftOut {
    inside: u64,
    outside: Remarks,
    missing: Remarks,
    past_end: Remarks,
}

/// The first few of many remarks, and how many there are.
#[derive(Default)]
struct Remarks {
    kept: Vec<String>,
    count: usize,
}

impl Reading<'_> {
    fn report(&mut self, stage: &PlannedStage, index: u32, report: &Report) -> MeasuredReport {
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
        let mut counted =
            Counted { stage, report, cases: Cases::default(), coverable: 0, left_out: LeftOut::default() };
        let mut seen = BTreeSet::new();
        let found = self.input.record.reports.iter().filter(|file| file.stage == stage.name && file.report == index);
        for file in found.filter(|file| seen.insert(&file.path)) {
            match self.fetch(file).and_then(|bytes| self.count(&mut counted, file, &bytes)) {
                Ok(()) => measured.files.push(clean_line(&file.path, limits::NAME)),
                Err(fault) => faults.add(format!("{}: {fault}", clean_line(&file.path, limits::NAME))),
            }
        }
        if seen.is_empty() {
            let places = report.files.written().join("`, `");
            faults.add(format!("no file was found at `{places}`: the stage wrote no report there"));
        } else if faults.count == 0 {
            faults.extend(counted.emptiness());
        }
        measured.notes = counted.notes();
        measured.tests = (measured.kind == ReportKind::Tests).then(|| counted.tests(self.input));
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
        if file.modified < self.input.record.began {
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

    fn count(&mut self, counted: &mut Counted<'_>, file: &ReportFile, bytes: &[u8]) -> Result<(), Fault> {
        let format = counted.report.format;
        match format.kind() {
            ReportKind::Tests => counted.cases.merge(cases::read(format, bytes)?),
            ReportKind::Coverage => {
                let coverage = coverage::read(format, bytes)?;
                counted.coverable += coverage.files.values().map(|file| file.lines.len()).sum::<usize>();
                let mut finder = counted.finder(self.input, &file.path, &coverage.sources);
                finder.find_checkout(coverage.files.keys());
                let lines = self.lines.get_or_insert_default();
                for (name, file) in coverage.files {
                    let Some(path) = counted.left_out.sort(&finder, &name) else { continue };
                    counted.left_out.measure(&path, &file, self.input);
                    lines.entry(path).or_default().merge(file);
                }
            }
        }
        Ok(())
    }

    /// Everything together, without what the policies leave out.
    fn coverage(self) -> Option<MeasuredCoverage> {
        let lists = self.input.decision.coverage.as_ref().map_or(&[][..], |coverage| &coverage.exclude);
        let mut lines = self.lines?;
        lines.retain(|path, file| {
            !file.lines.is_empty() && (lists.is_empty() || !lists.iter().all(|list| list.matches(path)))
        });
        let files = lines.iter().map(|(path, file)| FileCoverage {
            path: path.clone(),
            lines: file.line_ratio(),
            branches: file.branch_ratio(),
        });
        let patch = self.input.changed_lines.map(|changed| patch_coverage(&lines, changed));
        Some(MeasuredCoverage { files: files.collect(), patch })
    }
}

fn patch_coverage(lines: &BTreeMap<String, FileLines>, changed: &BTreeMap<String, Vec<u32>>) -> PatchCoverage {
    let mut patch = PatchCoverage::default();
    for (path, changed) in changed {
        let Some(file) = lines.get(path) else { continue };
        for line in changed.iter().collect::<BTreeSet<_>>() {
            let Some(run) = file.lines.get(line) else { continue };
            patch.lines.total += 1;
            if *run {
                patch.lines.covered += 1;
            } else if patch.uncovered.len() < limits::UNCOVERED {
                patch.uncovered.push((path.clone(), *line));
            }
        }
    }
    patch
}

/// What the files of one report came to.
struct Counted<'a> {
    stage: &'a PlannedStage,
    report: &'a Report,
    cases: Cases,
    coverable: usize,
    left_out: LeftOut,
}

impl Counted<'_> {
    fn finder<'f>(&self, input: &Input<'f>, file: &str, sources: &[String]) -> Finder<'f> {
        Finder::new(input.checkout, input.tree, self.report.root.as_deref(), &self.stage.dir, file, sources)
    }

    /// What is wrong with files that can all be read and say nothing.
    fn emptiness(&self) -> Option<String> {
        let LeftOut { inside, outside, missing, .. } = &self.left_out;
        match self.report.format.kind() {
            ReportKind::Tests if self.cases.total() == 0 => {
                Some("there is no test case in it: nothing was tested".to_owned())
            }
            ReportKind::Tests => None,
            ReportKind::Coverage if self.coverable == 0 => {
                Some("there is no coverable line in it: nothing was measured".to_owned())
            }
            ReportKind::Coverage if *inside == 0 => Some(format!(
                "none of its {} source files lies in the checkout ({}): set `root` to the directory that its paths are relative to",
                outside.count + missing.count,
                missing.kept.iter().chain(&outside.kept).take(3).map(String::as_str).collect::<Vec<_>>().join(", ")
            )),
            ReportKind::Coverage => None,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.cases.flaky > 0 {
            let names = self.cases.flaky_names.join(", ");
            notes.push(format!("{} flaky: failed first and passed when run again ({names})", self.cases.flaky));
        }
        let LeftOut { outside, missing, past_end, .. } = &self.left_out;
        let mut note = |remarks: &Remarks, what: &str| {
            if remarks.count > 0 {
                notes.push(format!("{} {what} ({})", remarks.count, remarks.sample()));
            }
        };
        note(outside, "source files are left out: they are not in the checkout");
        note(missing, "source files are left out: the commit has no file of these paths");
        note(past_end, "files have covered lines past their end: the report was made from other sources");
        notes
    }

    fn tests(self, input: &Input<'_>) -> TestCounts {
        let finder = |failure: &Failure| {
            let mut finder = self.finder(input, "", &[]);
            finder.find_checkout(failure.file.iter().map(|file| Name::Path(file.clone())).collect::<Vec<_>>().iter());
            finder
        };
        let failures = self.cases.failures.iter().map(|failure| FailedCase {
            suite: failure.suite.clone(),
            name: failure.name.clone(),
            message: failure.message.clone(),
            place: place(failure, &finder(failure)),
        });
        TestCounts {
            passed: self.cases.passed,
            failed: self.cases.failed,
            skipped: self.cases.skipped,
            failures: failures.collect(),
        }
    }
}

/// Where a case failed: a file of the checkout, or a bare file name as it is written (Java and Go tell no directory).
fn place(failure: &Failure, finder: &Finder<'_>) -> Option<String> {
    let file = failure.file.as_ref()?;
    let is_bare = !file.contains(['/', '\\']);
    let path = match finder.place(&Name::Path(file.clone())) {
        Place::Inside(_) if is_bare && !finder.knows_tree() => file.clone(),
        Place::Inside(path) => path,
        Place::Missing(_) if is_bare => file.clone(),
        Place::Missing(_) | Place::Outside => return None,
    };
    let path = clean_line(&path, limits::NAME);
    Some(failure.line.map_or(path.clone(), |line| format!("{path}:{line}")))
}

impl LeftOut {
    /// The path of a source file that counts.
    fn sort(&mut self, finder: &Finder<'_>, name: &Name) -> Option<String> {
        let (Name::Path(written) | Name::Package { path: written, .. }) = name;
        match finder.place(name) {
            Place::Inside(path) => {
                self.inside += 1;
                return Some(path);
            }
            Place::Missing(_) => self.missing.add(clean_line(written, limits::NAME)),
            Place::Outside => self.outside.add(clean_line(written, limits::NAME)),
        }
        None
    }

    fn measure(&mut self, path: &str, file: &FileLines, input: &Input<'_>) {
        let Some(length) = input.lengths.and_then(|lengths| lengths(path)) else { return };
        let past = file.lines.range(length.saturating_add(1)..).count();
        if past > 0 {
            self.past_end.add(format!("{path}: {past} past line {length}"));
        }
    }
}

impl Remarks {
    fn add(&mut self, remark: String) {
        self.count += 1;
        if self.kept.len() < limits::REMARKS {
            self.kept.push(remark);
        }
    }

    fn extend(&mut self, remark: Option<String>) {
        remark.into_iter().for_each(|remark| self.add(remark));
    }

    /// The first three.
    fn sample(&self) -> String {
        let shown = self.kept.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
        if self.count > 3 { format!("{shown}, …") } else { shown }
    }

    fn into_lines(mut self) -> Vec<String> {
        if self.count > self.kept.len() {
            self.kept.push(format!("and {} more faults like these", self.count - self.kept.len()));
        }
        self.kept
    }
}
