//! TestNG results (`testng-results.xml`; TestNG documentation, "XML reports"). Never trusts the totals on the root.

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
    let mut class = String::new();
    let mut open: Option<(Option<Outcome>, Case)> = None;
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "class" => class = tag.get("name").unwrap_or_default(),
                "test-method" => {
                    let name = tag.get("name").unwrap_or_default();
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
            Node::Close => {
                if walker.closed() == "test-method"
                    && let Some((Some(outcome), case)) = open.take()
                {
                    cases.add(outcome, case);
                }
            }
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
    let is_config = tag.get("is-config").as_deref() == Some("true");
    (!is_config || outcome == Outcome::Failed).then_some(outcome)
}
