//! `GT303`: a glob that adds nothing to its list, because it is there twice or another one matches everything that it
//! matches. Only what can be proved is told.

use std::collections::HashMap;

use gated_core::matching::Globs;

use super::Subject;
use super::mend::removed;
use super::walk::{GlobList, glob_lists};
use crate::diagnostic::Diagnostic;
use crate::reader::shortened;
use crate::rules;

/// Longer lists are only searched for equals.
const MOST_COMPARED: usize = 60;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for list in glob_lists(subject) {
        one(subject, &list, findings);
    }
}

fn one(subject: &Subject<'_>, list: &GlobList<'_>, findings: &mut Vec<Diagnostic>) {
    if list.globs.len() < 2 {
        return;
    }
    let compiled: Vec<Option<Globs>> =
        list.globs.iter().take(MOST_COMPARED).map(|(_, glob)| wide(&glob.text)).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, (node, scalar)) in list.globs.iter().enumerate() {
        let text = scalar.text.as_str();
        let equal = seen.get(text).copied();
        seen.entry(text).or_insert(index);
        let wider = || {
            let others = list.globs.iter().enumerate().take(MOST_COMPARED);
            let mut wider = others
                .filter(|(other, (_, glob))| *other != index && covers(&glob.text, compiled[*other].as_ref(), text));
            wider.next().map(|(other, _)| other)
        };
        let (first, message) = match (equal, wider) {
            (Some(first), _) => (first, format!("`{}` is there twice", shortened(text))),
            (None, wider) => {
                let Some(other) = wider().filter(|_| list.globs.len() <= MOST_COMPARED) else { continue };
                let other_text = shortened(&list.globs[other].1.text);
                (other, format!("`{}` adds nothing: `{other_text}` matches all of it", shortened(text)))
            }
        };
        let finding = Diagnostic::error(rules::SHADOWED_GLOB, node.span, message).help("remove it");
        let finding = finding.beside(list.globs[first].0.span, "the other one");
        findings.push(finding.fix("remove it from the list", true, removed(subject.source, list.node, index)));
    }
}

/// Whether everything that `narrow` matches is surely matched by `wide`, a different glob of the same sign.
fn covers(wide: &str, compiled: Option<&Globs>, narrow: &str) -> bool {
    if wide == narrow || wide.starts_with('!') != narrow.starts_with('!') {
        return false;
    }
    let (wide, narrow) = (wide.trim_start_matches('!'), narrow.trim_start_matches('!'));
    if literal(narrow) {
        return compiled.is_some_and(|globs| globs.matches(narrow));
    }
    match wide.strip_suffix("**") {
        Some("") => true,
        Some(prefix) => literal(prefix) && prefix.ends_with('/') && narrow.starts_with(prefix),
        None => false,
    }
}

/// A glob that can match more than one value, compiled without its sign.
fn wide(glob: &str) -> Option<Globs> {
    let body = glob.trim_start_matches('!');
    if literal(body) { None } else { Globs::new(vec![body.to_owned()]).ok() }
}

fn literal(text: &str) -> bool {
    !text.contains(['*', '?', '[', ']', '{', '}', '\\', '!'])
}
