//! NUnit 3 results (`<test-run>`; NUnit documentation, "Test Result XML Format"). A suite that failed without a failed case
//! (its set-up threw, it cannot be run) is a failure; so is what a total claims beyond the cases.

use crate::cases::totals::{Totals, claimed};
use crate::cases::{Case, Cases, Outcome};
use crate::fault::Fault;
use crate::xml::{Node, Tag, Walker};

/// Reads one file.
///
/// # Errors
/// When it is not a whole NUnit 3 document.
pub(super) fn read(text: &str) -> Result<Cases, Fault> {
    let mut walker = Walker::new(text, "nunit3", &["test-run"]);
    let mut cases = Cases::default();
    let mut open: Option<(Outcome, Case)> = None;
    let mut totals = Totals::default();
    // For each suite, whether its tear-down failed: a failure that no case shows.
    let mut torn_down: Vec<bool> = Vec::new();
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "test-suite" | "test-run" => {
                    totals.open(suite_name(&tag), claimed(&tag, &["failed"]));
                    if has_failed(&tag) {
                        totals.claim(1);
                    }
                    torn_down.push(has_failed(&tag) && tag.get("site").as_deref() == Some("TearDown"));
                }
                "test-case" => open = Some((outcome(&tag), begin(&tag))),
                _ => {}
            },
            Node::Text(text) => {
                let case = open.as_mut().map(|(_, case)| case).or_else(|| totals.words());
                // A fixture that cannot be run says why in a reason.
                if let Some(case) = case
                    && matches!(walker.parent(), "failure" | "reason")
                {
                    match walker.here() {
                        "message" => case.headline.push_str(&text),
                        "stack-trace" => case.append(&text),
                        _ => {}
                    }
                }
            }
            Node::Close => match walker.closed() {
                "test-suite" | "test-run" => {
                    if torn_down.pop() == Some(true)
                        && let Some(words) = totals.words()
                    {
                        let case = Case {
                            suite: words.suite.clone(),
                            name: "(tear-down)".to_owned(),
                            headline: std::mem::take(&mut words.headline),
                            body: std::mem::take(&mut words.body),
                            ..Case::default()
                        };
                        cases.add(Outcome::Failed, case);
                        totals.list(1);
                    }
                    totals.close(&mut cases);
                }
                "test-case" => {
                    if let Some((outcome, case)) = open.take() {
                        totals.list(u64::from(outcome == Outcome::Failed));
                        cases.add(outcome, case);
                    }
                }
                _ => {}
            },
        }
    }
    Ok(cases)
}

fn begin(tag: &Tag<'_>) -> Case {
    let name = ["name", "fullname"].iter().map(|name| tag.brief(name)).find(|name| !name.trim().is_empty());
    Case { suite: tag.brief("classname"), name: name.unwrap_or_default(), ..Case::default() }
}

/// `Warning` ran and did not fail. A word that is not known did not pass.
fn outcome(tag: &Tag<'_>) -> Outcome {
    match tag.get("result").as_deref() {
        Some("Passed" | "Warning") => Outcome::Passed,
        Some("Skipped" | "Inconclusive") => Outcome::Skipped,
        Some(_) | None => Outcome::Failed,
    }
}

/// A suite that says so, or that cannot be run as it is written.
fn has_failed(tag: &Tag<'_>) -> bool {
    let is = |name: &str, value: &str| tag.get(name).as_deref() == Some(value);
    is("result", "Failed") || is("runstate", "NotRunnable") || is("label", "Invalid")
}

fn suite_name(tag: &Tag<'_>) -> String {
    let whole = tag.brief("fullname");
    if whole.trim().is_empty() { tag.brief("name") } else { whole }
}
