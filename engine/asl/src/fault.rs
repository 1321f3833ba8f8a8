//! What is wrong with a definition, and where. Never stops at the first fault.

use std::cell::RefCell;
use std::fmt;

/// One reason why a definition cannot be executed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub struct Fault {
    /// JSON pointer (RFC 6901) to the place in the definition; empty for the whole text.
    pub pointer: String,
    /// What is wrong there, lower case, without a full stop.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(f, "{place}: {}", self.message)
    }
}

/// Collects faults while the loader goes on; shared, hence the cell.
#[derive(Debug, Default)]
pub(crate) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, pointer: &str, message: impl Into<String>) {
        self.0.borrow_mut().push(Fault { pointer: pointer.to_owned(), message: message.into() });
    }

    /// Whether something at or below `pointer` is at fault.
    pub(crate) fn any_below(&self, pointer: &str) -> bool {
        let below = |fault: &Fault| {
            fault.pointer.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.borrow().iter().any(below)
    }

    /// All faults, by place.
    pub(crate) fn into_sorted(self) -> Vec<Fault> {
        let mut faults = self.0.into_inner();
        faults.sort();
        faults.dedup();
        faults
    }
}

/// The pointer of a member: `~` and `/` in its name are escaped (RFC 6901, section 3).
pub(crate) fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}
