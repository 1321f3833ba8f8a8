//! The list of differences as it grows: each key's two sides, its direction, its lines.

use std::fmt::Display;

use crate::decision::{Delta, DeltaKind, Holds, Side};
use crate::layers::Places;

pub(super) struct Rows<'a> {
    rows: Vec<Delta>,
    destination: &'a Places,
    source: &'a Places,
}

impl<'a> Rows<'a> {
    pub(super) fn new(destination: &'a Places, source: &'a Places) -> Self {
        Self { rows: Vec::new(), destination, source }
    }

    pub(super) fn done(self) -> Vec<Delta> {
        self.rows
    }

    /// One key, whose `direction` tells how the new value stands to the old one. Equal keys are not listed.
    pub(super) fn key<T: PartialEq>(
        &mut self,
        path: &str,
        old: Option<&T>,
        new: Option<&T>,
        direction: impl FnOnce(Option<&T>, Option<&T>) -> DeltaKind,
        show: impl Fn(&T) -> String,
    ) {
        if old == new {
            return;
        }
        let kind = direction(old, new);
        if kind != DeltaKind::Equal {
            self.push(path, kind, old.map(&show), new.map(&show));
        }
    }

    /// A key whose value shows itself.
    pub(super) fn text<T: PartialEq + Display>(
        &mut self,
        path: &str,
        old: Option<&T>,
        new: Option<&T>,
        direction: impl FnOnce(Option<&T>, Option<&T>) -> DeltaKind,
    ) {
        self.key(path, old, new, direction, T::to_string);
    }

    /// A key that has a default.
    pub(super) fn filled<T: PartialEq + Display + Copy>(
        &mut self,
        path: &str,
        old: Option<T>,
        new: Option<T>,
        default: T,
        direction: impl FnOnce(Option<&T>, Option<&T>) -> DeltaKind,
    ) {
        self.text(path, Some(&old.unwrap_or(default)), Some(&new.unwrap_or(default)), direction);
    }

    /// A difference whose kind is known.
    pub(super) fn push(&mut self, path: &str, kind: DeltaKind, old: Option<String>, new: Option<String>) {
        let side = |value: Option<String>, places: &Places| {
            let shown = |value: String| if value.is_empty() { "none".to_owned() } else { value };
            value.map(|value| Side { value: shown(value), line: line(places, path) })
        };
        let (destination, source) = (side(old, self.destination), side(new, self.source));
        self.rows.push(Delta { path: path.to_owned(), kind, holds: Holds::Merged, destination, source });
    }
}

/// The key's own line, or that of the short form which stands for it: `coverage: 80`, `test: npm test`, `title: X`.
fn line(places: &Places, path: &str) -> Option<u32> {
    let short_form = || {
        let (parent, key) = path.rsplit_once('.')?;
        if parent.starts_with("skip.") && key == "when" {
            return places.get(&format!("{parent}.title"));
        }
        let short = parent.starts_with("stages.") || parent.starts_with("coverage") || parent == "container";
        short.then(|| places.get(parent)).flatten()
    };
    places.get(path).or_else(short_form).copied()
}
