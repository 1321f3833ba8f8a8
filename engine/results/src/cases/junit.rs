//! JUnit XML as Maven Surefire, Gradle, pytest, cargo-nextest, libtest, node, jest-junit, PHPUnit, gotestsum and GoogleTest
//! write it. There is no standard; Surefire's schema and the writers themselves are the source. Times and counts are never
//! believed, but for one thing: failures that a suite's totals claim and its cases do not show are failures.

use crate::cases::totals::{Totals, claimed};
use crate::cases::{Case, Cases, Outcome};
use crate::fault::Fault;
use crate::xml::{Node, Tag, Walker};

const FORMAT: &str = "junit";

/// A case, and what its elements said so far.
struct Open {
    case: Case,
    outcome: Outcome,
    flaky: bool,
    /// How many of its runs failed, which is what totals count.
    failures: u64,
    /// It failed, and its failure has said nothing but its type: Rust's test harness says why in the case's output.
    silent: bool,
}

/// Reads one file.
///
/// # Errors
/// When it is not a whole JUnit document.
pub(super) fn read(text: &str) -> Result<Cases, Fault> {
    let mut walker = Walker::new(text, FORMAT, &["testsuites", "testsuite"]);
    let mut cases = Cases::default();
    let mut totals = Totals::default();
    let mut open: Vec<Open> = Vec::new();
    let mut errors = 0;
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "testsuite" | "testsuites" => {
                    if walker.depth() == 1 {
                        errors = claimed(&tag, &["errors"]);
                    }
                    totals.open(tag.brief("name"), claimed(&tag, &["failures", "errors"]));
                }
                // gotestsum counts lines of standard error as errors of the whole, whatever they say; its suites have none.
                "property" if tag.get("name").as_deref() == Some("go.version") => {
                    totals.lower_outermost(std::mem::take(&mut errors));
                }
                "testcase" => open.push(begin(&tag, totals.name())),
                // A suite that failed outside of its cases (set-up, loading) is a failed case of its own.
                "failure" | "error" if is_suite(walker.parent()) => open.push(begin_suite(&tag, totals.name())),
                _ if walker.parent() == "testcase" => {
                    if let Some(open) = open.last_mut() {
                        open.note(&tag);
                    }
                }
                _ => {}
            },
            Node::Text(text) => {
                if let Some(open) = open.last_mut() {
                    open.hear(walker.here(), &text);
                }
            }
            Node::Close => {
                let ends_case = match walker.closed() {
                    "testcase" => true,
                    "failure" | "error" => is_suite(walker.here()),
                    _ => false,
                };
                if ends_case && let Some(open) = open.pop() {
                    totals.list(open.failures.max(u64::from(open.outcome == Outcome::Failed)));
                    open.count(&mut cases);
                }
                if is_suite(walker.closed()) {
                    totals.close(&mut cases);
                }
            }
        }
    }
    Ok(cases)
}

fn is_suite(name: &str) -> bool {
    name == "testsuite" || name == "testsuites"
}

fn begin(tag: &Tag<'_>, suite: &str) -> Open {
    // GoogleTest and CTest tell skipped and failed cases by attributes.
    let told = [tag.get("status"), tag.get("result")].into_iter().flatten().find_map(|word| match word.as_str() {
        "fail" | "failed" | "failure" | "error" | "broken" => Some(Outcome::Failed),
        "notrun" | "disabled" | "suppressed" | "skipped" | "ignored" => Some(Outcome::Skipped),
        _ => None,
    });
    let class = ["classname", "class"].iter().map(|name| tag.brief(name)).find(|class| !class.trim().is_empty());
    let case = Case {
        suite: class.unwrap_or_else(|| suite.to_owned()),
        name: tag.brief("name"),
        file: tag.filled("file"),
        line: tag.line("line"),
        ..Case::default()
    };
    Open { case, outcome: told.unwrap_or(Outcome::Passed), flaky: false, failures: 0, silent: false }
}

fn begin_suite(tag: &Tag<'_>, suite: &str) -> Open {
    let headline = tag.get("message").unwrap_or_default();
    let case = Case { suite: suite.to_owned(), name: "(the suite itself)".to_owned(), headline, ..Case::default() };
    Open { case, outcome: Outcome::Failed, flaky: false, failures: 1, silent: false }
}

impl Open {
    /// Takes in an element inside of `<testcase>`.
    fn note(&mut self, tag: &Tag<'_>) {
        match tag.name() {
            "failure" | "error" | "rerunFailure" | "rerunError" => {
                self.outcome = Outcome::Failed;
                self.failures += 1;
                if self.case.headline.is_empty() {
                    let message = tag.filled("message");
                    self.silent = message.is_none();
                    self.case.headline = message.or_else(|| tag.get("type")).unwrap_or_default();
                }
            }
            "skipped" | "ignored" | "disabled" if self.outcome == Outcome::Passed => self.outcome = Outcome::Skipped,
            "flakyFailure" | "flakyError" => {
                self.flaky = true;
                self.failures += 1;
            }
            _ => {}
        }
    }

    /// Takes in text inside of the element `here`.
    fn hear(&mut self, here: &str, text: &str) {
        match here {
            "failure" | "error" | "rerunFailure" | "rerunError" => {
                self.silent &= text.trim().is_empty();
                self.case.append(text);
            }
            "system-out" | "system-err" if self.silent => self.case.append(text),
            _ => {}
        }
    }

    fn count(self, cases: &mut Cases) {
        if self.flaky && self.outcome == Outcome::Passed {
            cases.add_flaky(&self.case);
        } else {
            cases.add(self.outcome, self.case);
        }
    }
}
