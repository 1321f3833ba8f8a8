//! Sentences for breaches of strict YAML: what people meant, rather than what a scanner expected. Nothing here decides
//! whether something is a fault.

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

pub(crate) fn key_not_text(span: Span, kind: &str) -> Diagnostic {
    Diagnostic::error(rules::KEY_NOT_TEXT, span, format!("a key must be text, and this one is {kind}"))
        .help("quote it if it is meant as text")
}

/// The one fault that ends the reading.
pub(crate) fn syntax(text: &str, span: Span, cause: Cause, parser: &str) -> Diagnostic {
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
        Cause::Escape => Diagnostic::error(rules::SYNTAX, span, "an escape in these quotes does not exist in YAML")
            .help("write \\\\ for a backslash, or use single quotes"),
        Cause::Colon | Cause::Other => from_the_line(text, span, cause, parser),
    }
}

/// Looks at the line for what usually breaks one.
fn from_the_line(text: &str, span: Span, cause: Cause, parser: &str) -> Diagnostic {
    let (from, value) = value_before(text, span.start);
    let first = value.chars().next().unwrap_or(' ');
    let at = |rule, message: &str| Diagnostic::error(rule, Span::at(text, from), message);
    if first == '*' || (first == '!' && looks_like_glob(value)) {
        return unquoted_glob(text, Span::at(text, from));
    }
    if matches!(first, '@' | '`' | '%' | '&') {
        let message = format!("the character {first} cannot begin a value without quotes");
        return at(rules::SYNTAX, &message).help("quote the value");
    }
    if cause == Cause::Colon
        && let Some(fault) = from_the_line_before(text, span)
    {
        return fault;
    }
    if cause == Cause::Colon && !matches!(first, '"' | '\'' | '[' | '{') && value.contains(':') {
        let help = format!("quote the whole value: {}", quoted(value.trim_end()));
        let whole = value.trim_end();
        let fault =
            Diagnostic::error(rules::UNQUOTED_COLON, span, "a colon followed by a space makes a mapping of this");
        let edit = Edit { span: Span::between(text, from, from + whole.len()), text: quoted(whole) };
        let edits = if whole.contains(" #") { Vec::new() } else { vec![edit] };
        return fault.help(help).fix("quote the whole value", true, edits);
    }
    Diagnostic::error(rules::SYNTAX, span, format!("this is not YAML: {parser}"))
}

/// A colon that cannot be where it is, because of the line before: `key:value`, or a value that was already given.
fn from_the_line_before(text: &str, span: Span) -> Option<Diagnostic> {
    let here = text[..span.start].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let line = text[here..].lines().next().unwrap_or_default();
    let before = text[..here].trim_end();
    let start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let previous = before.get(start..).filter(|line| !line.trim_start().starts_with('#'))?;
    let indent = |line: &str| line.len() - line.trim_start().len();
    let key = previous.trim_start().trim_start_matches("- ");
    let name = key.split(':').next().filter(|name| !name.is_empty() && !name.contains([' ', '"', '\'', '{', '[']))?;
    let after = key.get(name.len() + 1..)?;
    if !after.is_empty() && !after.starts_with([' ', '\t']) {
        let colon = Span::at(text, start + previous.len() - after.len());
        let help = format!("write `{name}: {after}`");
        let edit = Edit { span: Span { end: colon.start, end_column: colon.column, ..colon }, text: " ".to_owned() };
        let fault = Diagnostic::error(rules::SYNTAX, colon, "a key needs a space after its colon").help(help);
        return Some(fault.fix("put a space after the colon", true, vec![edit]));
    }
    if indent(line) > indent(previous) && !after.trim().is_empty() && !after.trim_start().starts_with(['|', '>']) {
        let place = Span::at(text, here + indent(line));
        let message = format!("this line is indented below `{name}`, which already has a value");
        return Some(Diagnostic::error(rules::SYNTAX, place, message).help("give both lines the same indentation"));
    }
    None
}

fn unquoted_glob(text: &str, span: Span) -> Diagnostic {
    let word = rest_of_word(text, span.start);
    let kind = if word.starts_with('!') { "a tag" } else { "an alias" };
    let place = Span::between(text, span.start, span.start + word.len());
    let edit = Edit { span: place, text: quoted(word) };
    let whole = text[span.start + word.len()..].starts_with([' ', '\t', '\n', '\r', ',', ']', '}', ':']);
    let fault =
        Diagnostic::error(rules::UNQUOTED_GLOB, span, format!("quote this glob: without quotes YAML reads {kind}"))
            .help(format!("write {}", quoted(word)));
    if whole && !word.ends_with(':') { fault.fix("quote the glob", true, vec![edit]) } else { fault }
}

/// Text in double quotes, as YAML and JSON both read it.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn looks_like_glob(word: &str) -> bool {
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

/// The value that the line of byte `at` gives: after `key: ` or `- `, with its place.
fn value_before(text: &str, at: usize) -> (usize, &str) {
    let before = &text[..at];
    let mut from = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let line = text[from..].lines().next().unwrap_or_default();
    from += line.len() - line.trim_start().len();
    let mut value = line.trim_start();
    while let Some(rest) = value.strip_prefix("- ") {
        from += value.len() - rest.trim_start().len();
        value = rest.trim_start();
    }
    if let Some((key, rest)) = value.split_once(": ")
        && !key.contains(['"', '\'', ' ', '[', '{'])
    {
        from += key.len() + 2 + (rest.len() - rest.trim_start().len());
        value = rest.trim_start();
    }
    (from, value)
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
