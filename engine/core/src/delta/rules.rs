//! Differences of the skip rules. A rule more is weaker, a rule less is stricter; of one that both have, key by key.

use super::direction::{by_entries, fewer_is_stricter, granted_when};
use super::narrower::fewer_people;
use super::rows::Rows;
use crate::decision::DeltaKind;
use crate::names::PolicyName;
use crate::policy::{Approval, SkipRule};
use crate::show;

pub(super) fn compare(rows: &mut Rows<'_>, old: &[SkipRule], new: &[SkipRule]) {
    let find = |list: &'_ [SkipRule], name: &PolicyName| list.iter().position(|rule| &rule.name == name);
    for rule in old {
        match find(new, &rule.name) {
            Some(at) => one(rows, rule, &new[at]),
            None => rows.push(&path(rule), DeltaKind::Stricter, Some(summary(rule)), None),
        }
    }
    for rule in new.iter().filter(|rule| find(old, &rule.name).is_none()) {
        rows.push(&path(rule), DeltaKind::Weaker, None, Some(summary(rule)));
    }
}

fn one(rows: &mut Rows<'_>, old: &SkipRule, new: &SkipRule) {
    let SkipRule { name: _, when, stages, by, approval } = old;
    let key = |key: &str| format!("{}.{key}", path(old));
    rows.text(&key("when"), when.as_ref(), new.when.as_ref(), granted_when);
    rows.key(&key("stages"), Some(stages), Some(&new.stages), fewer_is_stricter, |list| show::list(list));
    rows.text(&key("by"), by.as_ref(), new.by.as_ref(), fewer_people);
    rows.text(&key("approval"), approval.as_ref(), new.approval.as_ref(), approval_direction);
}

/// More people out of fewer is stricter.
fn approval_direction(old: Option<&Approval>, new: Option<&Approval>) -> DeltaKind {
    let (Some(old), Some(new)) = (old, new) else {
        return if new.is_some() { DeltaKind::Stricter } else { DeltaKind::Weaker };
    };
    let Approval { from, count } = old;
    let people = by_entries(from.written(), new.from.written());
    match (people, new.count.cmp(count)) {
        (kind, std::cmp::Ordering::Equal) => kind,
        (DeltaKind::Equal | DeltaKind::Stricter, std::cmp::Ordering::Greater) => DeltaKind::Stricter,
        (DeltaKind::Equal | DeltaKind::Weaker, std::cmp::Ordering::Less) => DeltaKind::Weaker,
        _ => DeltaKind::Changed,
    }
}

fn path(rule: &SkipRule) -> String {
    format!("skip.{}", rule.name)
}

fn summary(rule: &SkipRule) -> String {
    let stages = show::list(&rule.stages);
    match &rule.when {
        Some(condition) => format!("{stages} when {condition}"),
        None => format!("{stages} always"),
    }
}
