//! JUnit XML as Maven Surefire, Gradle, pytest, cargo-nextest, libtest, node, jest-junit, PHPUnit, gotestsum and GoogleTest
//! write it. There is no standard; Surefire's schema and the writers themselves are the source. Times and count attributes are
//! ignored, but for one thing: totals that speak of failures where no failed case is listed are a fault.

use crate::cases::{Case, Cases, Outcome};
use crate::fault::Fault;
use crate::xml::{Node, Tag, Walker};

const FORMAT: &str = "junit";

/// A case, and what its elements said so far.
struct Open {
    case: Case,
    outcome: Outcome,
    flaky: bool,
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
    let mut suites: Vec<String> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut claimed = 0;
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => {
                if walker.depth() == 1 {
                    claimed = ["failures", "errors"]
                        .iter()
                        .filter_map(|name| tag.number::<u64>(name))
                        .fold(0, u64::saturating_add);
                }
                match tag.name() {
                    "testsuite" => suites.push(tag.get("name").unwrap_or_default()),
                    "testcase" => open.push(begin(&tag, &suites)),
                    // A suite that failed outside of its cases (set-up, loading) is a failed case of its own.
                    "failure" | "error" if walker.parent() == "testsuite" || walker.parent() == "testsuites" => {
                        open.push(begin_suite(&tag, &suites));
                    }
                    _ if walker.parent() == "testcase" => {
                        if let Some(open) = open.last_mut() {
                            open.note(&tag);
                        }
                    }
                    _ => {}
                }
            }
            Node::Text(text) => {
                if let Some(open) = open.last_mut() {
                    open.hear(walker.here(), &text);
                }
            }
            Node::Close => {
                let ends_case = match walker.closed() {
                    "testsuite" => {
                        suites.pop();
                        false
                    }
                    "testcase" => true,
                    "failure" | "error" => walker.here() == "testsuite" || walker.here() == "testsuites",
                    _ => false,
                };
                if ends_case && let Some(open) = open.pop() {
                    open.count(&mut cases);
                }
            }
        }
    }
    if claimed > 0 && cases.failed == 0 {
        return Err(Fault::unreadable(
            FORMAT,
            format!("its totals speak of {claimed} failures and errors, and none of its cases is one"),
        ));
    }
    Ok(cases)
}

fn begin(tag: &Tag<'_>, suites: &[String]) -> Open {
    // GoogleTest and CTest tell skipped and failed cases by attributes.
    let told = [tag.get("status"), tag.get("result")].into_iter().flatten().find_map(|word| match word.as_str() {
        "fail" | "failed" | "failure" | "error" | "broken" => Some(Outcome::Failed),
        "notrun" | "disabled" | "suppressed" | "skipped" | "ignored" => Some(Outcome::Skipped),
        _ => None,
    });
    let class = tag.filled("classname").or_else(|| tag.filled("class"));
    let case = Case {
        suite: class.or_else(|| suites.last().cloned()).unwrap_or_default(),
        name: tag.get("name").unwrap_or_default(),
        file: tag.filled("file"),
        line: tag.line("line"),
        ..Case::default()
    };
    Open { case, outcome: told.unwrap_or(Outcome::Passed), flaky: false, silent: false }
}

fn begin_suite(tag: &Tag<'_>, suites: &[String]) -> Open {
    let suite = suites.last().cloned().unwrap_or_default();
    let headline = tag.get("message").unwrap_or_default();
    let case = Case { suite, name: "(the suite itself)".to_owned(), headline, ..Case::default() };
    Open { case, outcome: Outcome::Failed, flaky: false, silent: false }
}

impl Open {
    /// Takes in an element inside of `<testcase>`.
    fn note(&mut self, tag: &Tag<'_>) {
        match tag.name() {
            "failure" | "error" | "rerunFailure" | "rerunError" => {
                self.outcome = Outcome::Failed;
                if self.case.headline.is_empty() {
                    let message = tag.filled("message");
                    self.silent = message.is_none();
                    self.case.headline = message.or_else(|| tag.get("type")).unwrap_or_default();
                }
            }
            "skipped" | "ignored" | "disabled" if self.outcome == Outcome::Passed => self.outcome = Outcome::Skipped,
            "flakyFailure" | "flakyError" => self.flaky = true,
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
