//! NUnit 2 results (`<test-results>`), as NUnit 2.4 to 2.6 write them (NUnit 2.6 documentation, "XML Formats"). Never trusts
//! the totals on the root.

use crate::cases::{Case, Cases, Outcome};
use crate::fault::Fault;
use crate::xml::{Node, Tag, Walker};

/// Reads one file.
///
/// # Errors
/// When it is not a whole NUnit 2 document.
pub(super) fn read(text: &str) -> Result<Cases, Fault> {
    let mut walker = Walker::new(text, "nunit", &["test-results"]);
    let mut cases = Cases::default();
    let mut suites: Vec<String> = Vec::new();
    let mut open: Option<(Outcome, Case)> = None;
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "test-suite" => suites.push(tag.get("name").unwrap_or_default()),
                "test-case" => {
                    let suite = suites.last().cloned().unwrap_or_default();
                    let name = tag.get("name").unwrap_or_default();
                    open = Some((outcome(&tag), Case { suite, name, ..Case::default() }));
                }
                _ => {}
            },
            Node::Text(text) => {
                if let Some((_, case)) = &mut open
                    && walker.parent() == "failure"
                {
                    match walker.here() {
                        "message" => case.headline.push_str(&text),
                        "stack-trace" => case.append(&text),
                        _ => {}
                    }
                }
            }
            Node::Close => match walker.closed() {
                "test-suite" => {
                    suites.pop();
                }
                "test-case" => {
                    if let Some((outcome, case)) = open.take() {
                        cases.add(outcome, case);
                    }
                }
                _ => {}
            },
        }
    }
    Ok(cases)
}

/// `result` from 2.5 on; before, `executed` and `success`. A word that is not known did not pass.
fn outcome(tag: &Tag<'_>) -> Outcome {
    let says = |name: &str, value: &str| tag.get(name).is_some_and(|text| text.eq_ignore_ascii_case(value));
    match tag.get("result").as_deref() {
        Some("Success") => Outcome::Passed,
        Some("Ignored" | "Skipped" | "Inconclusive" | "NotRunnable") => Outcome::Skipped,
        Some(_) => Outcome::Failed,
        None if says("executed", "false") => Outcome::Skipped,
        None if says("success", "true") => Outcome::Passed,
        None => Outcome::Failed,
    }
}
