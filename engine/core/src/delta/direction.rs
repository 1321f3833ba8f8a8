//! The directions that a key can have. Each tells how a new value stands to an old one that is not equal to it; `None`
//! is a side that does not name the key.

use super::narrower::is_narrower;
use crate::decision::DeltaKind;
use crate::policy::Condition;

/// A target: more is stricter, none is the least.
pub(super) fn higher_is_stricter<T: PartialOrd>(old: Option<&T>, new: Option<&T>) -> DeltaKind {
    if old == new {
        DeltaKind::Equal
    } else if new > old {
        DeltaKind::Stricter
    } else {
        DeltaKind::Weaker
    }
}

/// A limit: less is stricter, none is no limit.
pub(super) fn lower_is_stricter<T: PartialOrd>(old: Option<&T>, new: Option<&T>) -> DeltaKind {
    match (old, new) {
        (None, None) => DeltaKind::Equal,
        (None, Some(_)) => DeltaKind::Stricter,
        (Some(_), None) => DeltaKind::Weaker,
        (Some(old), Some(new)) => higher_is_stricter(Some(new), Some(old)),
    }
}

/// A value that is neither stricter nor weaker than another one.
pub(super) fn changed<T>(_: Option<&T>, _: Option<&T>) -> DeltaKind {
    DeltaKind::Changed
}

/// [`changed`] of a list whose order says nothing.
pub(super) fn changed_entries<T: PartialEq>(old: Option<&Vec<T>>, new: Option<&Vec<T>>) -> DeltaKind {
    match fewer_is_stricter(old, new) {
        DeltaKind::Equal => DeltaKind::Equal,
        DeltaKind::Stricter | DeltaKind::Weaker | DeltaKind::Changed => DeltaKind::Changed,
    }
}

/// Turning it on grants privileged mode and demands something; turning it off takes the grant back.
pub(super) fn on_is_changed(_: Option<&bool>, new: Option<&bool>) -> DeltaKind {
    if new == Some(&true) { DeltaKind::Changed } else { DeltaKind::Stricter }
}

/// A list of grants: one that only loses entries is stricter.
pub(super) fn fewer_is_stricter<T: PartialEq>(old: Option<&Vec<T>>, new: Option<&Vec<T>>) -> DeltaKind {
    let (old, new) = (old.map_or(&[][..], Vec::as_slice), new.map_or(&[][..], Vec::as_slice));
    by_entries(old, new)
}

/// [`fewer_is_stricter`] of slices.
pub(super) fn by_entries<T: PartialEq>(old: &[T], new: &[T]) -> DeltaKind {
    let within = |some: &[T], all: &[T]| some.iter().all(|entry| all.contains(entry));
    match (within(new, old), within(old, new)) {
        (true, true) => DeltaKind::Equal,
        (true, false) => DeltaKind::Stricter,
        (false, true) => DeltaKind::Weaker,
        (false, false) => DeltaKind::Changed,
    }
}

/// When a demand holds: always is strictest.
pub(super) fn demanded_when(old: Option<&Condition>, new: Option<&Condition>) -> DeltaKind {
    match granted_when(old, new) {
        DeltaKind::Stricter => DeltaKind::Weaker,
        DeltaKind::Weaker => DeltaKind::Stricter,
        same @ (DeltaKind::Equal | DeltaKind::Changed) => same,
    }
}

/// When a grant holds: always is weakest.
pub(super) fn granted_when(old: Option<&Condition>, new: Option<&Condition>) -> DeltaKind {
    match (old, new) {
        (None, None) => DeltaKind::Equal,
        (None, Some(_)) => DeltaKind::Stricter,
        (Some(_), None) => DeltaKind::Weaker,
        (Some(old), Some(new)) => match (is_narrower(new, old), is_narrower(old, new)) {
            (true, true) => DeltaKind::Equal,
            (true, false) => DeltaKind::Stricter,
            (false, true) => DeltaKind::Weaker,
            (false, false) => DeltaKind::Changed,
        },
    }
}
