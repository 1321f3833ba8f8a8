//! Visual Studio test results (`.trx`; the schema `vstst.xsd` that ships with Visual Studio). What its summary claims to have
//! failed beyond the listed results is a failure.

use std::collections::HashMap;

use crate::cases::totals::{Totals, claimed};
use crate::cases::{Case, Cases, Outcome};
use crate::fault::Fault;
use crate::xml::{Node, Tag, Walker};

const FORMAT: &str = "trx";

/// A result; one with inner results (a data-driven test) is told by them.
struct Open {
    id: String,
    outcome: Outcome,
    case: Case,
    /// Whether an inner result was seen, and whether one of them failed.
    inner: Option<bool>,
}

/// Reads one file.
///
/// # Errors
/// When it is not a whole TRX document, or says that the run was broken off.
pub(super) fn read(text: &str) -> Result<Cases, Fault> {
    let mut walker = Walker::new(text, FORMAT, &["TestRun"]);
    let mut ended: Vec<Open> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // The classes come after the results.
    let mut classes: HashMap<String, String> = HashMap::new();
    let mut test = String::new();
    let (mut totals, mut claims, mut in_error) = (Totals::default(), 0, false);
    totals.open(String::new(), 0);
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "UnitTest" => test = tag.brief("id"),
                "TestMethod" => {
                    classes.insert(test.clone(), tag.brief("className"));
                }
                "ResultSummary" => match tag.get("outcome").as_deref() {
                    Some(
                        word
                        @ ("Aborted" | "Error" | "Timeout" | "Disconnected" | "PassedButRunAborted" | "InProgress"),
                    ) => {
                        return Err(walker.unreadable(&format!("the run did not end, its summary says {word}")));
                    }
                    Some("Failed") => claims = claims.max(1),
                    Some(_) | None => {}
                },
                "Counters" => claims = claims.max(claimed(&tag, &["failed", "error", "timeout", "aborted"])),
                // What went wrong outside of the tests: the host of the tests crashed, an adapter could not load them.
                "RunInfo" => {
                    in_error =
                        matches!(tag.get("outcome").as_deref(), Some("Error" | "Failed" | "Aborted" | "Timeout"));
                    claims = claims.max(u64::from(in_error));
                }
                name if is_result(name) => open.push(begin(&tag)),
                _ => {}
            },
            Node::Text(text) if in_error && walker.parent() == "RunInfo" && walker.here() == "Text" => {
                totals.words().into_iter().for_each(|words| words.append(&text));
            }
            Node::Text(text) => {
                if let Some(open) = open.last_mut()
                    && walker.parent() == "ErrorInfo"
                {
                    match walker.here() {
                        "Message" => open.case.headline.push_str(&text),
                        "StackTrace" => open.case.append(&text),
                        _ => {}
                    }
                }
            }
            Node::Close => {
                if is_result(walker.closed())
                    && let Some(result) = open.pop()
                {
                    totals.list(u64::from(result.outcome == Outcome::Failed));
                    if let Some(outer) = open.last_mut() {
                        outer.inner = Some(outer.inner.unwrap_or(false) || result.outcome == Outcome::Failed);
                    }
                    ended.push(result);
                }
            }
        }
    }
    let mut cases = Cases::default();
    for mut result in ended {
        let told_by_inner = match result.inner {
            Some(inner_failed) => inner_failed || result.outcome != Outcome::Failed,
            None => false,
        };
        if !told_by_inner {
            result.case.suite = classes.get(&result.id).cloned().unwrap_or_default();
            cases.add(result.outcome, result.case);
        }
    }
    totals.claim(claims);
    totals.close(&mut cases);
    Ok(cases)
}

fn is_result(name: &str) -> bool {
    name.ends_with("TestResult") || name == "TestResultAggregation"
}

fn begin(tag: &Tag<'_>) -> Open {
    let outcome = match tag.get("outcome").as_deref() {
        Some("Passed" | "Completed" | "Warning") => Outcome::Passed,
        Some("NotExecuted" | "Inconclusive" | "NotRunnable" | "Pending") => Outcome::Skipped,
        // Visual Studio leaves the attribute out for `Error`, the first of its values.
        Some(_) | None => Outcome::Failed,
    };
    let case = Case { name: tag.brief("testName"), ..Case::default() };
    Open { id: tag.brief("testId"), outcome, case, inner: None }
}
