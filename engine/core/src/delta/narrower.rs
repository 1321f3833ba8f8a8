//! Whether one condition or list of patterns provably recognises no more than another. What cannot be proved from what
//! they say is not narrower.

use super::direction::by_entries;
use super::terms;
use crate::decision::DeltaKind;
use crate::matching::{ArnGlobs, Globs};
use crate::policy::Condition;

/// Whether `narrow` can only hold where `wide` holds too, whatever order and nesting either is written in: a list with fewer
/// patterns is, one more condition beside others is.
pub fn is_narrower(narrow: &Condition, wide: &Condition) -> bool {
    narrow == wide || terms::within(narrow, wide).unwrap_or(false)
}

/// A list of globs that grants: fewer is stricter, none at all is strictest.
pub(super) fn fewer_globs(old: Option<&Globs>, new: Option<&Globs>) -> DeltaKind {
    match (old, new) {
        (None, None) => DeltaKind::Equal,
        (None, Some(_)) => DeltaKind::Weaker,
        (Some(_), None) => DeltaKind::Stricter,
        (Some(old), Some(new)) => match (globs_within(new, old), globs_within(old, new)) {
            (true, true) => DeltaKind::Equal,
            (true, false) => DeltaKind::Stricter,
            (false, true) => DeltaKind::Weaker,
            (false, false) => DeltaKind::Changed,
        },
    }
}

/// Who may approve: naming nobody is no protection at all, so that going there is weaker.
pub(super) fn fewer_owners(old: Option<&ArnGlobs>, new: Option<&ArnGlobs>) -> DeltaKind {
    let of = |owners: Option<&ArnGlobs>| owners.map(|owners| owners.written().to_vec()).unwrap_or_default();
    let (old, new) = (of(old), of(new));
    match (old.is_empty(), new.is_empty()) {
        (true, true) => DeltaKind::Equal,
        (true, false) => DeltaKind::Stricter,
        (false, true) => DeltaKind::Weaker,
        (false, false) => by_entries(&old, &new),
    }
}

/// Who may do something, where naming nobody is everybody.
pub(super) fn fewer_people(old: Option<&ArnGlobs>, new: Option<&ArnGlobs>) -> DeltaKind {
    match (old, new) {
        (None, None) => DeltaKind::Equal,
        (None, Some(_)) => DeltaKind::Stricter,
        (Some(_), None) => DeltaKind::Weaker,
        (Some(old), Some(new)) => by_entries(old.written(), new.written()),
    }
}

/// Fewer globs recognise less, more of those that take away recognise less. A list that only takes away starts from
/// everything, so that it is within another only when that one does too.
fn globs_within(narrow: &Globs, wide: &Globs) -> bool {
    if narrow.written().is_empty() || wide.written().is_empty() {
        return narrow.written().is_empty();
    }
    let split = |globs: &Globs| -> (Vec<String>, Vec<String>) {
        globs.written().iter().cloned().partition(|glob| !glob.starts_with('!'))
    };
    let ((adds, takes), (wide_adds, wide_takes)) = (split(narrow), split(wide));
    let fewer_adds = wide_adds.is_empty() || (!adds.is_empty() && adds.iter().all(|glob| wide_adds.contains(glob)));
    fewer_adds && wide_takes.iter().all(|glob| takes.contains(glob))
}
