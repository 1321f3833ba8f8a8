//! The files of the commit, to look up in: by whole path, and by how a path ends. It counts how much is looked up, so that a
//! report cannot keep the judge busy; whoever asks stops when it says so.

use std::cell::{Cell, OnceCell};
use std::cmp::Ordering;

use crate::finder::Tree;

/// The files of one commit, while a build's reports are read.
pub(crate) struct Files<'a> {
    tree: Option<Tree<'a>>,
    /// The same, sorted from the last byte to the first.
    from_end: OnceCell<Vec<&'a str>>,
    /// Steps that are left.
    left: Cell<u64>,
}

impl<'a> Files<'a> {
    /// `tree` is `None` when nobody knows the commit's files; `steps` is how much may be looked up.
    pub(crate) fn new(tree: Option<Tree<'a>>, steps: u64) -> Self {
        Self { tree, from_end: OnceCell::new(), left: Cell::new(steps) }
    }

    /// Whether anything is known of the commit's files.
    pub(crate) fn are_known(&self) -> bool {
        self.tree.is_some()
    }

    /// All of them, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'a str> {
        self.tree.into_iter().flatten().map(String::as_str)
    }

    /// Whether the commit has a file of this path.
    pub(crate) fn have(&self, path: &str) -> bool {
        self.spend(path) && self.tree.is_some_and(|tree| tree.contains(path))
    }

    /// Those that end in this text, which begins with a slash.
    pub(crate) fn ending(&self, end: &str) -> &[&'a str] {
        if !self.spend(end) {
            return &[];
        }
        let sorted = self.from_end.get_or_init(|| {
            let mut files: Vec<&str> = self.all().collect();
            files.sort_unstable_by(|one, other| from_end(one, other));
            files
        });
        let first = sorted.partition_point(|file| from_end(file, end) == Ordering::Less);
        let rest = &sorted[first..];
        &rest[..rest.partition_point(|file| file.ends_with(end))]
    }

    /// Whether any file has the name that this path ends in.
    pub(crate) fn have_name_of(&self, path: &str) -> bool {
        match path.rfind('/') {
            Some(at) => !self.ending(&path[at..]).is_empty() || self.have(&path[at + 1..]),
            None => self.have(path) || !self.ending(&format!("/{path}")).is_empty(),
        }
    }

    /// Counts one step, more for a long text; `false` when none is left.
    pub(crate) fn spend(&self, text: &str) -> bool {
        const BYTES_OF_A_STEP: usize = 64;
        let steps = u64::try_from(1 + text.len() / BYTES_OF_A_STEP).unwrap_or(u64::MAX);
        self.left.set(self.left.get().saturating_sub(steps));
        !self.are_spent()
    }

    /// Whether no step is left: from then on nothing is found.
    pub(crate) fn are_spent(&self) -> bool {
        self.left.get() == 0
    }
}

fn from_end(one: &str, other: &str) -> Ordering {
    one.bytes().rev().cmp(other.bytes().rev())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn files_are_found_by_their_end_and_by_nothing_else() {
        let tree: BTreeSet<String> = ["a/b.rs", "b.rs", "c/a/b.rs", "cb.rs", "b.rs/x"].map(str::to_owned).into();
        let files = Files::new(Some(&tree), 1_000);
        let mut found = files.ending("/b.rs").to_vec();
        found.sort_unstable();
        assert_eq!(found, ["a/b.rs", "c/a/b.rs"]);
        assert_eq!(files.ending("/a/b.rs"), ["c/a/b.rs"]);
        assert!(files.ending("/d.rs").is_empty() && files.ending("/cb.rs").is_empty());
        assert!(files.have_name_of("x/cb.rs") && files.have_name_of("x") && !files.have_name_of("d/z.rs"));
    }

    #[test]
    fn nothing_is_found_any_more_when_all_steps_are_spent() {
        let tree: BTreeSet<String> = BTreeSet::from(["a.rs".to_owned()]);
        let files = Files::new(Some(&tree), 10);
        assert_eq!((0..20).filter(|_| files.have("a.rs")).count(), 9);
        assert!(files.are_spent());
    }
}
