//! NUnit 2 results (`<test-results>`), as NUnit 2.4 to 2.6 write them (NUnit 2.6 documentation, "XML Formats"). A suite that
//! failed without a failed case is a failure; so is what the totals on the root claim beyond the cases.

use crate::cases::totals::{Totals, claimed};
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
    let mut totals = Totals::default();
    let mut open: Option<(Outcome, Case)> = None;
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "test-results" => totals.open(tag.brief("name"), claimed(&tag, &["errors", "failures", "invalid"])),
                "test-suite" => totals.open(tag.brief("name"), u64::from(outcome(&tag) == Some(Outcome::Failed))),
                "test-case" => {
                    let case = Case { suite: totals.name().to_owned(), name: tag.brief("name"), ..Case::default() };
                    open = Some((outcome(&tag).unwrap_or(Outcome::Failed), case));
                }
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
                "test-suite" | "test-results" => totals.close(&mut cases),
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

/// `result` from 2.5 on; before, `executed` and `success`. A word that is not known did not pass; `None` when nothing is said.
fn outcome(tag: &Tag<'_>) -> Option<Outcome> {
    let says = |name: &str, value: &str| tag.get(name).is_some_and(|text| text.eq_ignore_ascii_case(value));
    match tag.get("result").as_deref() {
        Some("Success") => Some(Outcome::Passed),
        // NotRunnable is a test that is written wrong: NUnit's console fails for it.
        Some("Ignored" | "Skipped" | "Inconclusive") => Some(Outcome::Skipped),
        Some(_) => Some(Outcome::Failed),
        None if says("executed", "false") => Some(Outcome::Skipped),
        None if says("success", "true") => Some(Outcome::Passed),
        None if says("success", "false") => Some(Outcome::Failed),
        None => None,
    }
}
