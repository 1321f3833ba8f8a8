//! TestNG results (`testng-results.xml`; TestNG documentation, "XML reports"). What the total on the root claims to have
//! failed beyond the listed methods is a failure.

use crate::cases::totals::{Totals, claimed};
use crate::cases::{Case, Cases, Outcome};
use crate::fault::Fault;
use crate::xml::{Node, Tag, Walker};

/// Reads one file.
///
/// # Errors
/// When it is not a whole TestNG document.
pub(super) fn read(text: &str) -> Result<Cases, Fault> {
    let mut walker = Walker::new(text, "testng", &["testng-results"]);
    let mut cases = Cases::default();
    let mut totals = Totals::default();
    let mut class = String::new();
    let mut open: Option<(Option<Outcome>, Case)> = None;
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "testng-results" => totals.open(String::new(), claimed(&tag, &["failed"])),
                "class" => class = tag.brief("name"),
                "test-method" => {
                    let name = tag.brief("name");
                    // The total does not count configuration methods.
                    totals.list(u64::from(!is_config(&tag) && outcome(&tag) == Some(Outcome::Failed)));
                    open = Some((outcome(&tag), Case { suite: class.clone(), name, ..Case::default() }));
                }
                _ => {}
            },
            Node::Text(text) => {
                if let Some((_, case)) = &mut open
                    && walker.parent() == "exception"
                {
                    match walker.here() {
                        "message" => case.headline.push_str(text.trim()),
                        "full-stacktrace" | "short-stacktrace" => case.append(&text),
                        _ => {}
                    }
                }
            }
            Node::Close => match walker.closed() {
                "testng-results" => totals.close(&mut cases),
                "test-method" => {
                    if let Some((Some(outcome), case)) = open.take() {
                        cases.add(outcome, case);
                    }
                }
                _ => {}
            },
        }
    }
    Ok(cases)
}

/// A configuration method (`is-config`) is no case, unless it failed. A word that is not known did not pass.
fn outcome(tag: &Tag<'_>) -> Option<Outcome> {
    let outcome = match tag.get("status").as_deref() {
        Some("PASS") => Outcome::Passed,
        Some("SKIP") => Outcome::Skipped,
        Some(_) | None => Outcome::Failed,
    };
    (!is_config(tag) || outcome == Outcome::Failed).then_some(outcome)
}

fn is_config(tag: &Tag<'_>) -> bool {
    tag.get("is-config").as_deref() == Some("true")
}
