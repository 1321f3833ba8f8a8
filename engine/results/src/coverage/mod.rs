//! Covered lines and branches of one report file, whatever its format, and how several are merged. Rates and totals that a
//! report claims are never believed; lines are counted one by one.

mod clover;
mod cobertura;
mod jacoco;
mod lcov;
mod simplecov;

use std::collections::BTreeMap;

use gated_core::policy::ReportFormat;
use gated_core::units::Ratio;

use crate::fault::{Fault, limits};

/// What one report file says, by paths as it writes them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Directories that its paths may be relative to (Cobertura's `<source>`).
    pub(crate) sources: Vec<String>,
    pub(crate) files: BTreeMap<Name, FileLines>,
}

/// How a report names a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// A path, absolute or relative to something.
    Path(String),
    /// A file of a package, somewhere under a source directory (`com/example/A.java`), of a module when the report has some.
    Package { module: Option<String>, path: String },
}

/// How often a line was run. The higher of two mentions counts: two reports may tell of one run, so they are not added.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hits {
    #[default]
    Never,
    /// It was, and nobody says how often.
    Uncounted,
    Times(u64),
}

/// Coverable lines of one source file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct FileLines {
    pub(crate) lines: BTreeMap<u32, Hits>,
    /// Branches that are told one by one: line and the report's name for it → whether it was taken. One map for all lines: a
    /// map for each would take many times the room of what the report says.
    named: BTreeMap<(u32, String), bool>,
    /// Those that are told as a count only.
    counted: BTreeMap<u32, Ratio>,
}

impl Coverage {
    /// The lines of a file, new when it was not named yet.
    ///
    /// # Errors
    /// When the report names too many files, or one by a path that no system has.
    pub(crate) fn file(&mut self, format: &'static str, name: Name) -> Result<&mut FileLines, Fault> {
        let (Name::Path(path) | Name::Package { path, .. }) = &name;
        if path.len() > limits::PATH {
            let why = format!("the path of a source file has more than {} bytes", limits::PATH);
            return Err(Fault::unreadable(format, why));
        }
        if self.files.len() >= limits::SOURCES && !self.files.contains_key(&name) {
            return Err(Fault::unreadable(format, format!("it names more than {} source files", limits::SOURCES)));
        }
        Ok(self.files.entry(name).or_default())
    }
}

impl Hits {
    /// A count as a report writes it, however large or oddly: `1`, `12345678901234567890`, `2.0`; nothing for `0`, `-1`, `-`.
    pub(crate) fn of(count: &str) -> Self {
        let count = count.trim();
        let is_number = count.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'e' | b'E'));
        let mantissa = count.split(['e', 'E']).next().unwrap_or_default();
        if !is_number || !mantissa.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
            return Self::Never;
        }
        let whole = count.strip_suffix(".0").unwrap_or(count);
        whole.parse().map_or(Self::Uncounted, Self::Times)
    }

    /// Whether it was run.
    pub(crate) fn any(self) -> bool {
        self != Self::Never
    }

    /// As [`gated_core::measured::LineHits`] has it.
    pub(crate) fn told(self) -> Option<u64> {
        match self {
            Self::Never => Some(0),
            Self::Uncounted => None,
            Self::Times(times) => Some(times),
        }
    }
}

impl FileLines {
    /// A coverable line.
    pub(crate) fn line(&mut self, line: u32, hits: Hits) {
        let kept = self.lines.entry(line).or_default();
        *kept = hits.max(*kept);
    }

    /// A branch that the report names; taken when any mention of it says so.
    pub(crate) fn branch(&mut self, line: u32, name: String, taken: bool) {
        *self.named.entry((line, name)).or_default() |= taken;
    }

    /// Branches of a line that the report only counts; the best of several counts, since they cannot be told apart.
    pub(crate) fn counted_branches(&mut self, line: u32, covered: u64, total: u64) {
        let kept = self.counted.entry(line).or_default();
        let covered = covered.min(total);
        *kept = Ratio { covered: kept.covered.max(covered), total: kept.total.max(total) };
    }

    /// Adds what another report says of the same file.
    pub(crate) fn merge(&mut self, other: Self) {
        for (line, hits) in other.lines {
            self.line(line, hits);
        }
        for (line, Ratio { covered, total }) in other.counted {
            self.counted_branches(line, covered, total);
        }
        for ((line, name), taken) in other.named {
            self.branch(line, name, taken);
        }
    }

    /// Its lines.
    pub(crate) fn line_ratio(&self) -> Ratio {
        Ratio { covered: self.lines.values().filter(|hits| hits.any()).count() as u64, total: self.lines.len() as u64 }
    }

    /// Its branches; `None` when no report tells any. Where two reports tell of one line, the finer one counts.
    pub(crate) fn branch_ratio(&self) -> Option<Ratio> {
        let mut of_lines: BTreeMap<u32, Ratio> = BTreeMap::new();
        for ((line, _), taken) in &self.named {
            let sum = of_lines.entry(*line).or_default();
            *sum = sum.plus(Ratio { covered: u64::from(*taken), total: 1 });
        }
        for (line, counted) in &self.counted {
            let named = of_lines.entry(*line).or_default();
            if counted.total > named.total {
                *named = *counted;
            }
        }
        of_lines.into_values().filter(|ratio| ratio.total > 0).reduce(Ratio::plus)
    }
}

/// Reads one file of a coverage format.
///
/// # Errors
/// What keeps the whole file from counting.
pub(crate) fn read(format: ReportFormat, bytes: &[u8]) -> Result<Coverage, Fault> {
    let text = crate::xml::decode(bytes);
    match format {
        ReportFormat::Cobertura => cobertura::read(&text),
        ReportFormat::Jacoco => jacoco::read(&text),
        ReportFormat::Clover => clover::read(&text),
        ReportFormat::Lcov => lcov::read(&text),
        ReportFormat::Simplecov => simplecov::read(&text),
        ReportFormat::Junit
        | ReportFormat::Nunit
        | ReportFormat::Nunit3
        | ReportFormat::Testng
        | ReportFormat::Trx
        | ReportFormat::Cucumber => Err(Fault::unreadable("a coverage report", "the format is one of tests")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_covered_when_any_report_ran_it() {
        let mut first = FileLines::default();
        first.line(1, Hits::Times(3));
        first.line(2, Hits::Never);
        first.branch(1, "0,0".into(), true);
        first.branch(1, "0,1".into(), false);
        let mut second = FileLines::default();
        second.line(1, Hits::Uncounted);
        second.line(2, Hits::Uncounted);
        second.line(3, Hits::Never);
        second.branch(1, "0,1".into(), true);
        first.merge(second);
        assert_eq!(first.line_ratio(), Ratio { covered: 2, total: 3 });
        assert_eq!(first.lines.values().map(|hits| hits.told()).collect::<Vec<_>>(), [Some(3), None, Some(0)]);
        assert_eq!(first.branch_ratio(), Some(Ratio { covered: 2, total: 2 }));
    }

    #[test]
    fn a_file_without_branches_has_none_rather_than_nothing_of_nothing() {
        let mut file = FileLines::default();
        file.line(1, Hits::Times(1));
        file.counted_branches(1, 0, 0);
        assert_eq!(file.branch_ratio(), None);
    }

    #[test]
    fn counts_are_read_however_they_are_written() {
        let cases =
            [("0", Some(0)), ("-1", Some(0)), ("-", Some(0)), ("", Some(0)), ("7", Some(7)), (" 2.0 ", Some(2))];
        for (text, told) in cases {
            assert_eq!(Hits::of(text).told(), told, "{text}");
        }
        for text in ["1e5", "0.5", "99999999999999999999999"] {
            assert_eq!(Hits::of(text), Hits::Uncounted, "{text}");
        }
        assert_eq!(Hits::of("12345678901234567890"), Hits::Times(12_345_678_901_234_567_890));
    }
}
