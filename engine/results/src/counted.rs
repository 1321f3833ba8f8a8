//! What the files of one report came to: cases, coverable lines, paths that do not count, and how that is told. Reads nothing.

use gated_core::decision::PlannedStage;
use gated_core::measured::{FailedCase, TestCounts};
use gated_core::policy::{Report, ReportKind};

use crate::cases::{Cases, Failure};
use crate::coverage::Name;
use crate::fault::limits;
use crate::files::Files;
use crate::finder::{Finder, Place};
use crate::measure::Input;

use crate::remarks::Remarks;
use crate::text::clean_line;

/// What the files of one report came to.
pub(crate) struct Counted<'a> {
    stage: &'a PlannedStage,
    pub(crate) report: &'a Report,
    pub(crate) cases: Cases,
    /// Coverable lines, wherever they lie.
    pub(crate) coverable: usize,
    pub(crate) left_out: LeftOut,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(stage: &'a PlannedStage, report: &'a Report) -> Self {
        Self { stage, report, cases: Cases::default(), coverable: 0, left_out: LeftOut::default() }
    }

    pub(crate) fn finder<'f>(
        &self,
        input: &Input<'_>,
        files: &'f Files<'f>,
        file: &str,
        sources: &[String],
    ) -> Finder<'f> {
        Finder::new(input.checkout, files, self.report.root.as_deref(), &self.stage.dir, file, sources)
    }

    /// What is wrong with files that can all be read and say nothing.
    pub(crate) fn emptiness(&self) -> Option<String> {
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
                "none of its {} source files lies in the checkout ({}): set root to the directory that its paths are relative to",
                outside.count + missing.count,
                missing.kept.iter().chain(&outside.kept).take(3).map(String::as_str).collect::<Vec<_>>().join(", ")
            )),
            ReportKind::Coverage => None,
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.cases.flaky > 0 {
            let names = self.cases.flaky_names.join(", ");
            notes.push(format!("flaky cases, which passed only when run again: {} ({names})", self.cases.flaky));
        }
        let LeftOut { outside, missing, .. } = &self.left_out;
        notes.extend(outside.note("source files left out, since they are not in the checkout"));
        notes.extend(missing.note("source files left out, since the commit does not have them"));
        notes
    }

    pub(crate) fn tests<'f>(self, input: &Input<'_>, files: &'f Files<'f>) -> TestCounts {
        let finder = |failure: &Failure| {
            let mut finder = self.finder(input, files, "", &[]);
            let name = failure.file.clone().map(Name::Path);
            finder.learn(&name.iter().collect::<Vec<_>>());
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
            flaky: self.cases.flaky,
            failed: self.cases.failed,
            skipped: self.cases.skipped,
            failures: failures.collect(),
        }
    }
}

/// Paths of coverage reports that do not count.
#[derive(Default)]
pub(crate) struct LeftOut {
    inside: u64,
    outside: Remarks,
    missing: Remarks,
}

impl LeftOut {
    /// The path of a source file that counts.
    pub(crate) fn sort(&mut self, finder: &Finder<'_>, name: &Name) -> Option<String> {
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
