//! Test cases of one report, whatever its format. Cases are counted one by one; totals that a report claims never make
//! anything pass.

mod cucumber;
mod junit;
mod nunit;
mod nunit3;
mod testng;
mod totals;
mod trx;

use gated_core::policy::ReportFormat;

use crate::fault::{Fault, limits};
use crate::text;

/// What was counted in the files of one report.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cases {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    /// The first [`limits::FAILURES`] failed ones.
    pub(crate) failures: Vec<Failure>,
    /// Cases that failed first and passed when they were run again.
    pub(crate) flaky: u64,
    /// Names of the first few flaky ones.
    pub(crate) flaky_names: Vec<String>,
}

/// A failed case, its text already bounded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) suite: String,
    pub(crate) name: String,
    pub(crate) message: String,
    /// Where, as the report says.
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
}

/// How one case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// A case while it is being read.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) suite: String,
    pub(crate) name: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    /// The message's short form (an attribute, usually), raw.
    pub(crate) headline: String,
    /// Its long form, raw.
    pub(crate) body: String,
}

impl Cases {
    /// How many cases there are.
    pub(crate) fn total(&self) -> u64 {
        self.passed + self.failed + self.skipped
    }

    /// Counts one case.
    pub(crate) fn add(&mut self, outcome: Outcome, case: Case) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Skipped => self.skipped += 1,
            Outcome::Failed => {
                self.failed += 1;
                if self.failures.len() < limits::FAILURES {
                    self.failures.push(case.into_failure());
                }
            }
        }
    }

    /// Counts a case that failed first and passed when it was run again: it passed, and is told.
    pub(crate) fn add_flaky(&mut self, case: &Case) {
        self.passed += 1;
        self.flaky += 1;
        if self.flaky_names.len() < 5 {
            self.flaky_names.push(text::clean_line(&case.name, limits::NAME));
        }
    }

    /// Adds what another file of the same report says.
    pub(crate) fn merge(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.flaky += other.flaky;
        self.failures.extend(other.failures);
        self.failures.truncate(limits::FAILURES);
        self.flaky_names.extend(other.flaky_names);
        self.flaky_names.truncate(5);
    }
}

impl Case {
    /// Adds to the long form; what is past every use is dropped.
    pub(crate) fn append(&mut self, more: &str) {
        const KEPT: usize = 64 << 10;
        let room = KEPT.saturating_sub(self.body.len());
        self.body.push_str(&more[..more.floor_char_boundary(room)]);
    }

    /// Short and long form in one text, without saying the same twice; never empty.
    fn message(&self) -> String {
        let headline = text::clean(&self.headline, limits::MESSAGE);
        let body = text::clean(&self.body, limits::MESSAGE);
        if headline.is_empty() && body.is_empty() {
            return "the report does not say why".to_owned();
        }
        if headline.is_empty() || body.starts_with(&headline) {
            return body;
        }
        text::clean(&format!("{headline}\n{body}"), limits::MESSAGE)
    }

    fn into_failure(self) -> Failure {
        let message = self.message();
        let name = |raw: &str| text::clean_line(raw, limits::NAME);
        let place = self.file.filter(|file| !file.is_empty()).map(|file| (file, self.line));
        let place =
            place.or_else(|| place_in(&self.headline, &self.suite)).or_else(|| place_in(&self.body, &self.suite));
        let (file, line) = place.unzip();
        Failure { suite: name(&self.suite), name: name(&self.name), message, file, line: line.flatten() }
    }
}

/// The place in a message that is most likely the test's: a file named like the suite's class, else the first path, else the
/// first bare file name. Bare names of Java's frames are of any library.
fn place_in(message: &str, suite: &str) -> Option<(String, Option<u32>)> {
    // .NET writes `PriceTest.cs:line 21`.
    let message = message[..message.floor_char_boundary(limits::MESSAGE * 4)].replace(":line ", ":");
    let separators = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\'' | ',' | '[' | ']');
    let places: Vec<(&str, u32)> = message.split(separators).filter_map(place_of).collect();
    let class = suite.rsplit(['.', '\\', '/', ':']).next().and_then(|class| class.split('$').next()).unwrap_or("");
    let stem =
        |path: &str| path.rsplit('/').next().and_then(|name| name.split('.').next()).is_some_and(|stem| stem == class);
    let of_java = |path: &str| [".java", ".kt", ".scala", ".groovy"].iter().any(|end| path.ends_with(end));
    let chosen =
        places.iter().find(|(path, _)| stem(path)).or_else(|| places.iter().find(|(path, _)| path.contains('/')));
    let chosen = chosen.or_else(|| places.iter().find(|(path, _)| !of_java(path)));
    chosen.map(|(path, line)| ((*path).to_owned(), Some(*line)))
}

/// `path.ext:12` of a word, when it is not of a package or of the runtime.
fn place_of(word: &str) -> Option<(&str, u32)> {
    const NOT_OURS: [&str; 5] = ["node_modules/", "site-packages/", "node:", "/rustc/", "://"];
    if NOT_OURS.iter().any(|other| word.contains(other)) {
        return None;
    }
    let (at, _) = word.match_indices(':').find(|(at, _)| word[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?;
    let digits = &word[at + 1..];
    let digits = &digits[..digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len())];
    let (path, line) = (&word[..at], digits.parse().ok()?);
    let extension = path.rsplit('/').next()?.rsplit_once('.')?.1;
    let names_a_file = (1..=6).contains(&extension.len()) && extension.starts_with(|c: char| c.is_ascii_alphabetic());
    names_a_file.then_some((path, line))
}

/// Reads one file of a test format.
///
/// # Errors
/// What keeps the whole file from counting.
pub(crate) fn read(format: ReportFormat, bytes: &[u8]) -> Result<Cases, Fault> {
    let text = crate::xml::decode(bytes);
    match format {
        ReportFormat::Junit => junit::read(&text),
        ReportFormat::Nunit => nunit::read(&text),
        ReportFormat::Nunit3 => nunit3::read(&text),
        ReportFormat::Testng => testng::read(&text),
        ReportFormat::Trx => trx::read(&text),
        ReportFormat::Cucumber => cucumber::read(&text),
        ReportFormat::Cobertura
        | ReportFormat::Jacoco
        | ReportFormat::Clover
        | ReportFormat::Lcov
        | ReportFormat::Simplecov => Err(Fault::unreadable("a test report", "the format is one of coverage")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_where_messages_have_it() {
        let place = |message| place_in(message, "");
        assert_eq!(place("panicked at src/lib.rs:12:5:\nboom"), Some(("src/lib.rs".into(), Some(12))));
        assert_eq!(place("at Object.<anonymous> (/b/src/a.test.js:5:10)"), Some(("/b/src/a.test.js".into(), Some(5))));
        assert_eq!(place("tests/test_a.py:7: AssertionError"), Some(("tests/test_a.py".into(), Some(7))));
        assert_eq!(place("at node_modules/x/i.js:1:1 http://h.de:80/x at 12:30:01"), None);
    }

    #[test]
    fn a_java_frame_is_a_place_only_when_it_is_of_the_test_class() {
        let trace =
            "x.Error: a\n\tat org.junit.Assert.fail(Assert.java:7)\n\tat com.shop.PriceTest.a(PriceTest.java:12)";
        assert_eq!(place_in(trace, "com.shop.PriceTest"), Some(("PriceTest.java".into(), Some(12))));
        assert_eq!(place_in(trace, "com.shop.PriceTest$Inner"), Some(("PriceTest.java".into(), Some(12))));
        assert_eq!(place_in(trace, "com.shop.Other"), None);
    }

    #[test]
    fn headline_and_body_are_not_said_twice() {
        let message = |headline: &str, body: &str| {
            Case { headline: headline.into(), body: body.into(), ..Case::default() }.message()
        };
        assert_eq!(message("boom", "boom\n at x"), "boom\n at x");
        assert_eq!(message("Failed", "expected 1"), "Failed\nexpected 1");
        assert_eq!(message("Failed", ""), "Failed");
    }
}
