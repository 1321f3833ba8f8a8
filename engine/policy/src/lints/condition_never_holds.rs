//! `GT308`: a condition that no pull request can meet, so that a stage never runs or a rule never applies. Only what can
//! be proved is told.

use gated_core::matching::{Globs, TitleForm, normalise};
use gated_core::policy::Condition;

use super::Subject;
use super::walk::entries;
use crate::diagnostic::Diagnostic;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(policy) = subject.policy(&["stages", "skip"]) else { return };
    let gated = subject.floor.and_then(|floor| floor.destinations.as_ref());
    let stages =
        policy.stages.iter().map(|stage| (stage.name.as_str(), stage.when.as_ref(), "stages", "this stage never runs"));
    let rules =
        policy.skip.iter().map(|rule| (rule.name.as_str(), rule.when.as_ref(), "skip", "this rule never applies"));
    for (name, when, section, effect) in stages.chain(rules) {
        let Some(why) = when.and_then(|when| contradiction(when, gated)) else { continue };
        let written = entries(subject.file.get(section)).iter().find(|entry| entry.key.text == name);
        let place = written.and_then(|entry| entry.value.entry("when").or(entry.value.entry("title")));
        let Some(place) = place else { continue }; // it comes from a preset
        findings.push(Diagnostic::error(rules::NEVER_HOLDS, place.key.span, format!("{effect}: {why}")));
    }
}

/// Why a condition can never hold.
pub(super) fn contradiction(condition: &Condition, gated: Option<&Globs>) -> Option<String> {
    let mut parts = Vec::new();
    flatten(condition, &mut parts);
    let within = |part: &&Condition| match part {
        Condition::Any(options) => {
            let why: Option<Vec<String>> = options.iter().map(|option| contradiction(option, gated)).collect();
            why.and_then(|why| why.into_iter().next())
        }
        Condition::Destination(branches) => {
            gated.filter(|gated| disjoint(branches, gated)).map(|gated| format!("the floor gates only {}", list(gated)))
        }
        Condition::Paths(_)
        | Condition::Source(_)
        | Condition::Title(_)
        | Condition::Author(_)
        | Condition::All(_)
        | Condition::Not(_) => None,
    };
    parts.iter().find_map(within).or_else(|| {
        let pairs =
            parts.iter().enumerate().flat_map(|(at, one)| parts[at + 1..].iter().map(move |other| (one, other)));
        pairs.take(5_000).find_map(|(one, other)| between(one, other))
    })
}

/// All that must hold together.
fn flatten<'c>(condition: &'c Condition, parts: &mut Vec<&'c Condition>) {
    match condition {
        Condition::All(all) => all.iter().for_each(|part| flatten(part, parts)),
        Condition::Paths(_)
        | Condition::Source(_)
        | Condition::Destination(_)
        | Condition::Title(_)
        | Condition::Author(_)
        | Condition::Any(_)
        | Condition::Not(_) => parts.push(condition),
    }
}

/// Why two conditions exclude each other.
fn between(one: &Condition, other: &Condition) -> Option<String> {
    let branch = |what: &str, a: &Globs, b: &Globs| {
        disjoint(a, b).then(|| format!("no {what} branch is both in {} and in {}", list(a), list(b)))
    };
    match (one, other) {
        (Condition::Not(not), plain) | (plain, Condition::Not(not)) if **not == *plain => {
            Some("it asks for something and for its opposite".to_owned())
        }
        (Condition::Not(not), plain) | (plain, Condition::Not(not)) => match (&**not, plain) {
            (Condition::Source(none), Condition::Source(some))
            | (Condition::Destination(none), Condition::Destination(some)) => {
                let names = literals(some)?;
                names
                    .iter()
                    .all(|name| none.matches(name))
                    .then(|| format!("{} is both asked for and ruled out", list(some)))
            }
            _ => None,
        },
        (Condition::Destination(a), Condition::Destination(b)) => branch("destination", a, b),
        (Condition::Source(a), Condition::Source(b)) => branch("source", a, b),
        (Condition::Source(a), Condition::Destination(b)) | (Condition::Destination(b), Condition::Source(a)) => {
            let (a, b) = (literals(a)?, literals(b)?);
            let same = a.len() == 1 && a == b;
            same.then(|| format!("no pull request leads from `{}` to itself", a[0]))
        }
        (Condition::Title(a), Condition::Title(b)) => match (&a[..], &b[..]) {
            ([TitleForm::StartsWith(a)], [TitleForm::StartsWith(b)]) => {
                let fold = |text: &str| normalise(text).to_lowercase();
                let (low_a, low_b) = (fold(a), fold(b));
                let apart = !low_a.starts_with(&low_b) && !low_b.starts_with(&low_a);
                apart.then(|| format!("no title begins with both `{a}` and `{b}`"))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether no branch is in both lists.
fn disjoint(a: &Globs, b: &Globs) -> bool {
    let apart = |names: Vec<&str>, globs: &Globs| names.iter().all(|name| !globs.matches(name));
    literals(a).is_some_and(|names| apart(names, b)) || literals(b).is_some_and(|names| apart(names, a))
}

/// The values of a list that holds only plain ones.
fn literals(globs: &Globs) -> Option<Vec<&str>> {
    let plain = |text: &String| !text.contains(['*', '?', '[', '{', '\\', '!']);
    globs.written().iter().all(plain).then(|| globs.written().iter().map(String::as_str).collect())
}

fn list(globs: &Globs) -> String {
    crate::guess::listed(globs.written().iter().map(String::as_str))
}
