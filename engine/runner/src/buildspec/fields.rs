//! Reads the fields of a mapping strictly: every key must be asked for, or it is a fault. It knows no key of its own.

use std::rc::Rc;

use crate::yaml::{Entry, Node, Place, Value};

/// Why a text is no buildspec that this room runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BuildspecFault {
    /// Whose refusal it is.
    pub kind: FaultKind,
    /// The key, as a path: `phases.build.commands[0]`; empty for the file as a whole.
    pub key: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The message of the phase context, place included.
    pub message: String,
}

impl BuildspecFault {
    /// CodeBuild's status code for a buildspec it cannot use; DOWNLOAD_SOURCE fails with it (*recorded*).
    pub const STATUS_CODE: &'static str = "YAML_FILE_ERROR";

    pub(super) fn invalid(key: &str, at: Place, what: &str) -> Self {
        Self::at(FaultKind::Invalid, key, at, what)
    }

    pub(super) fn not_emulated(key: &str, at: Place, what: &str) -> Self {
        Self::at(FaultKind::NotEmulated, key, at, what)
    }

    fn at(kind: FaultKind, key: &str, at: Place, what: &str) -> Self {
        let subject = if key.is_empty() { String::new() } else { format!("`{key}`: ") };
        let message = format!("{subject}{what} at line {}, column {}", at.line, at.column);
        Self { kind, key: key.to_owned(), line: at.line, column: at.column, message }
    }
}

/// Whose refusal a [`BuildspecFault`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The text is not YAML.
    Syntax,
    /// CodeBuild's grammar does not allow it.
    Invalid,
    /// CodeBuild would take it; this room does not do what it asks for.
    NotEmulated,
}

pub(super) type Read<T> = Result<T, BuildspecFault>;

/// The entries of one mapping, taken one by one.
pub(super) struct Fields<'n> {
    path: String,
    at: Place,
    left: Vec<&'n Entry>,
    known: Vec<&'static str>,
}

/// A value that was written, with the path that leads to it.
pub(super) struct Field<'n> {
    pub(super) path: String,
    pub(super) at: Place,
    pub(super) node: &'n Node,
}

impl<'n> Fields<'n> {
    /// The mapping `node` at `path`.
    pub(super) fn of(path: &str, node: &'n Node) -> Read<Self> {
        match &node.value {
            Value::Map(entries) => {
                Ok(Self { path: path.to_owned(), at: node.place, left: entries.iter().collect(), known: Vec::new() })
            }
            _ => Err(BuildspecFault::invalid(path, node.place, "must be a mapping")),
        }
    }

    /// The value of `key`, when it is written.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Field<'n>> {
        self.known.push(key);
        let index = self.left.iter().position(|entry| entry.key == key)?;
        let entry = self.left.remove(index);
        Some(Field { path: join(&self.path, key), at: entry.at, node: &entry.value })
    }

    /// The value of `key`, which must be written.
    pub(super) fn require(&mut self, key: &'static str) -> Read<Field<'n>> {
        let (path, at) = (join(&self.path, key), self.at);
        self.take(key).ok_or_else(|| BuildspecFault::invalid(&path, at, "is required but missing in the mapping"))
    }

    /// Every entry that is left, whatever its key.
    pub(super) fn rest(&mut self) -> Vec<(&'n str, Field<'n>)> {
        let entries = std::mem::take(&mut self.left).into_iter();
        let field = |entry: &'n Entry| Field { path: join(&self.path, &entry.key), at: entry.at, node: &entry.value };
        entries.map(|entry| (entry.key.as_str(), field(entry))).collect()
    }

    /// Refuses the first key that nobody asked for.
    pub(super) fn end(self) -> Read<()> {
        match self.left.first() {
            None => Ok(()),
            Some(entry) => {
                let what = format!("unknown key; known here: {}", self.known.join(", "));
                Err(BuildspecFault::invalid(&join(&self.path, &entry.key), entry.at, &what))
            }
        }
    }
}

impl Field<'_> {
    /// Text, or a number or boolean as it was written.
    pub(super) fn text(&self) -> Read<String> {
        match &self.node.value {
            Value::Scalar(text) => Ok(text.clone()),
            Value::Null => Err(self.invalid("is empty")),
            Value::List(_) | Value::Map(_) => Err(self.invalid("must be text")),
        }
    }

    /// `yes`, `no`, `true` or `false`.
    pub(super) fn flag(&self) -> Read<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "yes" | "true" => Ok(true),
            "no" | "false" => Ok(false),
            other => Err(self.invalid(&format!("must be yes or no, not `{other}`"))),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self) -> Read<Vec<String>> {
        self.items()?.iter().map(Field::text).collect()
    }

    /// A list.
    pub(super) fn items(&self) -> Read<Vec<Field<'_>>> {
        match &self.node.value {
            Value::List(items) => Ok(items.iter().enumerate().map(|(index, item)| self.item(index, item)).collect()),
            Value::Null => Err(self.invalid("is empty; it must be a list")),
            Value::Scalar(_) | Value::Map(_) => Err(self.invalid("must be a list")),
        }
    }

    /// A mapping of names to texts, in the order of the file.
    pub(super) fn pairs(&self) -> Read<Vec<(String, Field<'_>)>> {
        let mut fields = Fields::of(&self.path, self.node)?;
        Ok(fields.rest().into_iter().map(|(key, field)| (key.to_owned(), field)).collect())
    }

    pub(super) fn invalid(&self, what: &str) -> BuildspecFault {
        BuildspecFault::invalid(&self.path, self.at, what)
    }

    pub(super) fn not_emulated(&self, what: &str) -> BuildspecFault {
        BuildspecFault::not_emulated(&self.path, self.at, what)
    }

    fn item<'a>(&self, index: usize, item: &'a Rc<Node>) -> Field<'a> {
        Field { path: format!("{}[{index}]", self.path), at: item.place, node: item }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
