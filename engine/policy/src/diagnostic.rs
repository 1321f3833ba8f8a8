//! What is wrong with a file, and where. A diagnostic says one defect once; it never carries a value that is not already
//! in the file.

use gated_core::layers::Problem;
use serde::Serialize;

use crate::rules::Rule;
use crate::span::Span;

/// How much weight a diagnostic has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, and a person should look.
    Warning,
    /// Worth knowing; nothing has to be done.
    Info,
}

/// Which question the file failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// `GT0..`: is it strict YAML?
    Yaml,
    /// `GT1..`: has it the shape that the published schema describes? A JSON Schema validator says the same.
    Structure,
    /// `GT2..`: does what it says hold together? No schema can tell.
    Meaning,
    /// `GT3..`: does it do what its author must have meant?
    Sense,
    /// `GT4..`: is it safe, and will it be the same tomorrow?
    Safety,
    /// `GT5..`: are the comments that hide findings in order?
    Comment,
}

impl Class {
    /// Whether a finding of this class is a lint: the gate takes the file all the same.
    pub fn is_lint(self) -> bool {
        match self {
            Self::Yaml | Self::Structure | Self::Meaning => false,
            Self::Sense | Self::Safety | Self::Comment => true,
        }
    }
}

/// One defect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// Stable id: `GT101`.
    pub code: &'static str,
    /// Stable name: `unknown-key`.
    pub name: &'static str,
    /// Which question was failed.
    pub class: Class,
    /// Its weight.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// A second place that has to do with it.
    pub related: Option<Related>,
    /// What mends it, when a program can.
    pub fix: Option<Fix>,
}

/// Edits of the text that remove a finding and leave every other line as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What the edits do: "quote the glob".
    pub message: String,
    /// Whether the meaning that the author had is surely kept. What is not safe is applied only when asked for.
    pub safe: bool,
    /// In order, not overlapping.
    pub edits: Vec<Edit>,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A second place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

impl Diagnostic {
    /// A finding with the weight that its rule has.
    pub(crate) fn error(rule: Rule, span: Span, message: impl Into<String>) -> Self {
        Self {
            code: rule.code,
            name: rule.name,
            class: rule.class,
            severity: rule.severity,
            span,
            message: message.into(),
            help: None,
            related: None,
            fix: None,
        }
    }

    /// The same, with what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, with what mends it.
    pub(crate) fn fix(mut self, message: &str, safe: bool, edits: Vec<Edit>) -> Self {
        if !edits.is_empty() {
            self.fix = Some(Fix { message: message.to_owned(), safe, edits });
        }
        self
    }

    /// The same, mended by writing something else at its place.
    pub(crate) fn written(self, message: &str, text: impl Into<String>) -> Self {
        let edit = Edit { span: self.span, text: text.into() };
        self.fix(message, true, vec![edit])
    }

    /// The same, with a second place.
    pub(crate) fn beside(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related = Some(Related { span, message: message.into() });
        self
    }

    /// As a decision keeps it: one sentence at one place.
    pub fn problem(&self, path: &str) -> Problem {
        let mut message = self.message.clone();
        if let Some(help) = &self.help {
            message = format!("{message}: {help}");
        }
        if let Some(related) = &self.related {
            message = format!("{message} ({} at line {})", related.message, related.span.line);
        }
        Problem { path: path.to_owned(), line: self.span.line, column: self.span.column, message }
    }
}
