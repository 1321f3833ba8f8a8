//! Whether a condition holds for a pull request, with the value that was seen. Three-valued: what cannot be known leaves
//! nothing out, however many `not` stand before it.

use crate::facts::Facts;
use crate::matching::{Globs, normalise};
use crate::policy::Condition;

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It rests on changed files, and their list could not be read whole.
    Unknown,
}

/// A condition's truth and the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it holds.
    pub truth: Truth,
    /// A sentence's worth: which part decided, and the value seen.
    pub seen: String,
}

/// Holds a condition against the facts.
pub fn evaluate(condition: &Condition, facts: &Facts) -> Finding {
    let change = &facts.change;
    match condition {
        Condition::Paths(globs) => paths(globs, facts),
        Condition::Source(globs) => value("source branch", change.source_branch(), globs),
        Condition::Destination(globs) => value("destination branch", change.destination_branch(), globs),
        Condition::Title(forms) => {
            let title = normalise(&facts.title);
            match forms.iter().find(|form| form.matches(&facts.title)) {
                Some(form) => finding(true, format!("title {title:?} {form}")),
                None => finding(false, format!("title {title:?} has none of the forms: {condition}")),
            }
        }
        Condition::Author(globs) => match globs.find(&facts.author) {
            Some(glob) => finding(true, format!("author {} matches {glob}", facts.author)),
            None => finding(false, format!("author {} matches none of {globs}", facts.author)),
        },
        Condition::All(members) => all(members, facts),
        Condition::Any(members) => any(members, facts),
        Condition::Not(member) => {
            let Finding { truth, seen } = evaluate(member, facts);
            let truth = match truth {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::Unknown => Truth::Unknown,
            };
            Finding { truth, seen }
        }
    }
}

fn finding(holds: bool, seen: String) -> Finding {
    Finding { truth: if holds { Truth::Yes } else { Truth::No }, seen }
}

fn value(name: &str, value: &str, globs: &Globs) -> Finding {
    if globs.matches(value) {
        finding(true, format!("{name} {value} matches {globs}"))
    } else {
        finding(false, format!("{name} {value} matches none of {globs}"))
    }
}

fn paths(globs: &Globs, facts: &Facts) -> Finding {
    let changed = &facts.changed;
    if !changed.complete {
        let seen = format!("the list of changed files could not be read whole, so paths {globs} leaves nothing out");
        return Finding { truth: Truth::Unknown, seen };
    }
    match changed.files.iter().find(|file| globs.matches(&file.path)) {
        Some(file) => finding(true, format!("{} matches paths {globs}", file.path)),
        None => finding(
            false,
            format!("none of {} matches paths {globs}", crate::show::count(changed.files.len(), "changed file")),
        ),
    }
}

/// `No` wins over `Unknown`, and `Unknown` over `Yes`.
fn all(members: &[Condition], facts: &Facts) -> Finding {
    let findings: Vec<Finding> = members.iter().map(|member| evaluate(member, facts)).collect();
    decisive(&findings, Truth::No)
        .or_else(|| decisive(&findings, Truth::Unknown))
        .unwrap_or_else(|| finding(true, joined(&findings)))
}

/// `Yes` wins over `Unknown`, and `Unknown` over `No`.
fn any(members: &[Condition], facts: &Facts) -> Finding {
    let findings: Vec<Finding> = members.iter().map(|member| evaluate(member, facts)).collect();
    decisive(&findings, Truth::Yes)
        .or_else(|| decisive(&findings, Truth::Unknown))
        .unwrap_or_else(|| finding(false, joined(&findings)))
}

fn decisive(findings: &[Finding], truth: Truth) -> Option<Finding> {
    findings.iter().find(|finding| finding.truth == truth).cloned()
}

fn joined(findings: &[Finding]) -> String {
    let seen: Vec<&str> = findings.iter().map(|finding| finding.seen.as_str()).collect();
    if seen.is_empty() { "it has no members".to_owned() } else { seen.join(", and ") }
}
