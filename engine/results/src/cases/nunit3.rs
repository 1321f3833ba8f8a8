//! NUnit 3 results (`<test-run>`; NUnit documentation, "Test Result XML Format"). Never trusts the totals on the root.

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
    // Suites whose tear-down failed: a failure that no case shows.
    let mut suites: Vec<Option<Case>> = Vec::new();
    while let Some(node) = walker.next()? {
        match node {
            Node::Open(tag) => match tag.name() {
                "test-suite" => suites.push(torn_down(&tag)),
                "test-case" => open = Some((outcome(&tag), begin(&tag))),
                _ => {}
            },
            Node::Text(text) => {
                let case = open.as_mut().map(|(_, case)| case).or_else(|| suites.last_mut()?.as_mut());
                if let Some(case) = case
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
                    if let Some(Some(case)) = suites.pop() {
                        cases.add(Outcome::Failed, case);
                    }
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

fn begin(tag: &Tag<'_>) -> Case {
    let name = tag.filled("name").or_else(|| tag.get("fullname")).unwrap_or_default();
    Case { suite: tag.get("classname").unwrap_or_default(), name, ..Case::default() }
}

/// `Warning` ran and did not fail. A word that is not known did not pass.
fn outcome(tag: &Tag<'_>) -> Outcome {
    match tag.get("result").as_deref() {
        Some("Passed" | "Warning") => Outcome::Passed,
        Some("Skipped" | "Inconclusive") => Outcome::Skipped,
        Some(_) | None => Outcome::Failed,
    }
}

fn torn_down(tag: &Tag<'_>) -> Option<Case> {
    let failed = tag.get("result").as_deref() == Some("Failed") && tag.get("site").as_deref() == Some("TearDown");
    failed.then(|| Case {
        suite: tag.filled("fullname").or_else(|| tag.get("name")).unwrap_or_default(),
        name: "(tear-down)".to_owned(),
        ..Case::default()
    })
}
