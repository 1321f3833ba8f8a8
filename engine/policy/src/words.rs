//! Sentences for breaches of strict YAML: what people meant, rather than what a scanner expected. Nothing here decides
//! whether something is a fault.

use crate::broken::from_the_line;
use crate::diagnostic::{Diagnostic, Edit};
use crate::rules;
use crate::span::Span;

/// Why a text is not YAML, as far as people need different words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nested too deep.
    Depth,
    /// A tab where only spaces may be.
    Tab,
    /// A quote that is not closed.
    Quote,
    /// A bracket that is not closed.
    Bracket,
    /// Text after the quote that closes a value.
    AfterQuote,
    /// An escape that YAML does not have.
    Escape,
    /// `%YAML`
    Directive,
    /// A colon in a value.
    Colon,
    /// A byte-order mark in the middle.
    ByteOrderMark,
    /// A line without a colon where a key is due.
    Key,
    /// Something that does not belong to the block it stands in.
    Block,
    /// Anything else.
    Other,
}

/// An alias: nearly always a glob that nobody quoted.
pub(crate) fn alias(text: &str, written: &str, span: Span) -> Diagnostic {
    if looks_like_glob(written) {
        return unquoted_glob(text, span);
    }
    let message = format!("aliases are not part of this language: `{written}`");
    Diagnostic::error(rules::ALIAS, span, message).help("write the value out, or quote it if it is a glob")
}

/// A tag: a glob that takes away, or a real one.
pub(crate) fn tag(text: &str, span: Span) -> Diagnostic {
    let word = rest_of_word(text, span.start);
    if looks_like_glob(word) || (!word.starts_with("!!") && word.contains(['/', '.'])) {
        return unquoted_glob(text, span);
    }
    let message = format!("tags are not part of this language: `{word}`");
    Diagnostic::error(rules::TAG, span, message).help("remove it, or quote the whole value if `!` belongs to it")
}

pub(crate) fn tab(span: Span) -> Diagnostic {
    Diagnostic::error(rules::TAB, span, "a tab in the indentation").help("indent with spaces")
}

pub(crate) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(rules::TOO_DEEP, span, format!("nested more than {} deep", crate::budget::DEEPEST))
}

/// Some readers take `?` for the mark of a key, others for text: a file must mean the same to everyone.
pub(crate) fn question_mark(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(rules::SYNTAX, span, "the character ? cannot begin a value without quotes")
        .help(format!("write {}", quoted(text)))
}

/// A character that looks like a blank and is none: it is part of a name.
pub(crate) fn strange_blank(span: Span, blank: char) -> Diagnostic {
    let message = format!("the character U+{:04X} looks like a blank and is none", u32::from(blank));
    let place = span.inner(0, 0, blank.len_utf8());
    Diagnostic::error(rules::TAB, place, message).help("indent with spaces")
}

pub(crate) fn key_not_text(span: Span, kind: &str) -> Diagnostic {
    Diagnostic::error(rules::KEY_NOT_TEXT, span, format!("a key must be text, and this one is {kind}"))
        .help("quote it if it is meant as text")
}

/// The one fault that ends the reading. `open` is the innermost bracket that was opened on an earlier line.
pub(crate) fn syntax(text: &str, span: Span, cause: Cause, open: Option<Span>) -> Diagnostic {
    match cause {
        Cause::Depth => too_deep(span),
        Cause::Tab => tab(tab_near(text, span)),
        Cause::Directive => Diagnostic::error(rules::DIRECTIVE, span, "directives are not part of this language")
            .help("remove this line"),
        Cause::ByteOrderMark => Diagnostic::error(rules::BYTE_ORDER_MARK, span, "a byte-order mark inside the file")
            .help("remove the invisible character"),
        Cause::Quote => Diagnostic::error(rules::UNCLOSED, span, "a quote is opened here and never closed"),
        Cause::Bracket => Diagnostic::error(rules::UNCLOSED, span, "a bracket is opened here and never closed"),
        Cause::AfterQuote => Diagnostic::error(rules::SYNTAX, span, "text follows the quote that closes this value")
            .help("quote the whole value, and write a quote inside '…' twice and inside \"…\" as \\\""),
        Cause::Escape => {
            let place = unknown_escape(text, span);
            Diagnostic::error(rules::SYNTAX, place, "this escape does not exist in YAML")
                .help("write \\\\ for a backslash, or use single quotes")
        }
        Cause::Colon | Cause::Key | Cause::Block | Cause::Other => from_the_line(text, span, cause, open),
    }
}

pub(crate) fn unquoted_glob(text: &str, span: Span) -> Diagnostic {
    let word = rest_of_word(text, span.start);
    let kind = if word.starts_with('!') { "a tag" } else { "an alias" };
    let place = Span::between(text, span.start, span.start + word.len());
    let edit = Edit { span: place, text: quoted(word) };
    let rest = &text[span.start + word.len()..];
    let whole = rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r', ',', ']', '}', ':']);
    let fault =
        Diagnostic::error(rules::UNQUOTED_GLOB, span, format!("quote this glob: without quotes YAML reads {kind}"))
            .help(format!("write {}", quoted(word)));
    if whole && !word.ends_with(':') { fault.fix("quote the glob", true, vec![edit]) } else { fault }
}

/// Text in double quotes, as YAML and JSON both read it.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub(crate) fn looks_like_glob(word: &str) -> bool {
    let body = word.get(1..).unwrap_or_default();
    body.is_empty() || body.contains(['*', '/', '.', '?', '{', '[']) || body.starts_with('*')
}

/// From `start` to the next blank or, inside a flow collection, to its separator; no longer than anyone shows.
fn rest_of_word(text: &str, start: usize) -> &str {
    let end = (0..=(start + 200).min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(start);
    let rest = text.get(start..end).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let word = line.split([' ', '\t']).next().unwrap_or_default();
    let braces = |word: &str| word.matches('{').count();
    let end = word.char_indices().find(|(at, c)| match c {
        ']' => true,
        ',' | '}' => braces(&word[..*at]) == word[..*at].matches('}').count(),
        _ => false,
    });
    end.map_or(word, |(at, _)| &word[..at])
}

/// The first tab in the indentation of the line, or of the next one: a scanner may notice it only there.
fn tab_near(text: &str, span: Span) -> Span {
    let mut line = text[..span.start].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    for _ in 0..2 {
        let rest = &text[line..];
        let indent = &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()];
        if let Some(tab) = indent.find('\t') {
            return Span::at(text, line + tab);
        }
        let Some(next) = rest.find('\n') else { break };
        line += next + 1;
    }
    span
}

/// The first escape in the double quotes at `span` that YAML does not have (spec 1.2.2, section 5.7).
fn unknown_escape(text: &str, span: Span) -> Span {
    let mut at = span.start + 1;
    while let Some(found) = text[at..].find('\\') {
        at += found;
        let mut rest = text[at + 1..].chars();
        let Some(escaped) = rest.next() else { break };
        let digits = match escaped {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let known = "0abt\tnvfre \"/\\N_LPxuU\r\n".contains(escaped);
        if !known || rest.take(digits).filter(char::is_ascii_hexdigit).count() < digits {
            return Span::at(text, at);
        }
        at += 1 + escaped.len_utf8();
    }
    span
}
