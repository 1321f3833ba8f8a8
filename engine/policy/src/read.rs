//! The one way from bytes to a valid policy or floor. Whoever reads one, lint, plan or gate, reads it here, so that they
//! cannot disagree.

use gated_core::layers::{Found, Places, Problem};
use gated_core::names::sha256_hex;
use gated_core::policy::{Floor, Policy};

use crate::budget::MOST_FINDINGS;
use crate::compose::compose;
use crate::diagnostic::{Diagnostic, Severity};
use crate::extends::resolve;
use crate::long::long_form;
use crate::reader::{FieldName, Reader, respelled};
use crate::rules;
use crate::span::Span;
use crate::tree::{Comment, Kind, Node};
use crate::valid;
use crate::written::Written;
use crate::written::floor::WrittenFloor;
use crate::written::policy::WrittenPolicy;

/// What a file was found to say.
#[derive(Debug, Clone)]
pub struct Reading<T> {
    /// The valid value with the lines of its keys, or its problems.
    pub found: Found<T>,
    /// SHA-256 of the bytes, in lower-case hexadecimal.
    pub hash: String,
    /// Every defect, by place; one each.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a repository's `.gated.yml`. `path` only names it in problems.
pub fn read_policy(path: &str, bytes: &[u8]) -> Reading<Policy> {
    read_with_trees(bytes).reading(path, bytes)
}

/// Reads an organisation's floor. `path` only names it in problems.
pub fn read_floor(path: &str, bytes: &[u8]) -> Reading<Floor> {
    read_floor_with_trees(bytes).reading(path, bytes)
}

/// What a file was found to say, and what it was read from.
pub(crate) struct Read<T> {
    /// The value, as far as it could be read.
    pub(crate) value: Option<T>,
    /// Every defect, by place; one each.
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) trees: Trees,
}

/// What stood in a file, besides what it says.
#[derive(Debug, Default)]
pub(crate) struct Trees {
    /// As written, in long form.
    pub(crate) file: Option<Node>,
    /// The same over its presets, where it names some.
    pub(crate) merged: Option<Node>,
    /// Its comments.
    pub(crate) comments: Vec<Comment>,
}

impl Trees {
    /// What is read: the file with all that its presets add.
    pub(crate) fn whole(&self) -> Option<&Node> {
        self.merged.as_ref().or(self.file.as_ref())
    }
}

/// The same as [`read_policy`], with its trees.
pub(crate) fn read_with_trees(bytes: &[u8]) -> Read<Policy> {
    read(bytes, WrittenPolicy::KEYS, |written: WrittenPolicy, to| valid::policy(written, to))
}

/// The same as [`read_floor`], with its trees.
pub(crate) fn read_floor_with_trees(bytes: &[u8]) -> Read<Floor> {
    read(bytes, WrittenFloor::KEYS, |written: WrittenFloor, to| valid::floor(written, to))
}

fn read<W: Written, T>(
    bytes: &[u8],
    names: &'static [FieldName],
    validate: impl FnOnce(W, &mut Reader<'_>) -> T,
) -> Read<T> {
    let composed = compose(bytes);
    let source = std::str::from_utf8(bytes).unwrap_or_default();
    let mut reader = Reader::new(source, composed.diagnostics);
    let mut value = None;
    let mut trees = Trees::default();
    if let Some(document) = composed.document {
        let file = long_form(respelled(document.root, names, &mut reader));
        trees.comments = document.comments;
        trees.merged = resolve(&file, &mut reader);
        trees.file = Some(file);
        value =
            trees.whole().and_then(|whole| W::read(whole, &mut reader)).map(|written| validate(written, &mut reader));
    }
    Read { value, diagnostics: settled(reader.diagnostics, reader.untold), trees }
}

impl<T> Read<T> {
    /// The value, when the file has no errors.
    pub(crate) fn valid(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| !is_faulty(&self.diagnostics))
    }

    /// With the places of the keys and the hash, which a linter does without.
    fn reading(self, path: &str, bytes: &[u8]) -> Reading<T> {
        let found = match self.value.filter(|_| !is_faulty(&self.diagnostics)) {
            Some(value) => {
                let mut places = Places::new();
                if let Some(file) = &self.trees.file {
                    note_places(file, "", &mut places);
                }
                Found::Valid(value, places)
            }
            None => Found::Invalid(problems(path, &self.diagnostics)),
        };
        Reading { found, hash: sha256_hex(bytes), diagnostics: self.diagnostics }
    }
}

fn is_faulty(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|told| told.severity == Severity::Error)
}

/// By place, one for each place and rule, and no more than anyone reads. Another version of the language has other rules: then only that is said.
pub(crate) fn settled(mut diagnostics: Vec<Diagnostic>, untold: usize) -> Vec<Diagnostic> {
    if let Some(version) = diagnostics.iter().position(|told| told.code == rules::VERSION.code) {
        return vec![diagnostics.swap_remove(version)];
    }
    diagnostics.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    diagnostics.dedup_by(|a, b| (a.span, a.code, &a.message) == (b.span, b.code, &b.message));
    let more = diagnostics.len().saturating_sub(MOST_FINDINGS) + untold;
    if let Some(next) = diagnostics.get(MOST_FINDINGS).map(|told| told.span) {
        diagnostics.truncate(MOST_FINDINGS);
        let message = format!("{more} more findings are not listed");
        diagnostics.push(Diagnostic::error(rules::TOO_MANY_FINDINGS, next, message));
    }
    diagnostics
}

pub(crate) fn problems(path: &str, diagnostics: &[Diagnostic]) -> Vec<Problem> {
    let errors = diagnostics.iter().filter(|told| told.severity == Severity::Error);
    let problems: Vec<Problem> = errors.map(|told| told.problem(path)).collect();
    if !problems.is_empty() {
        return problems;
    }
    // Nothing was read and nothing was told: say so, rather than hand on an invalid file without a fault.
    vec![Diagnostic::error(rules::SYNTAX, Span::TOP, "this file could not be read").problem(path)]
}

fn note_places(node: &Node, path: &str, places: &mut Places) {
    let Kind::Map(entries) = &node.kind else { return };
    for entry in entries {
        let key = match path {
            "" => entry.key.text.clone(),
            path => format!("{path}.{}", entry.key.text),
        };
        note_places(&entry.value, &key, places);
        places.insert(key, entry.key.span.line);
    }
}
