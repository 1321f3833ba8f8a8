//! Why a text stopped being YAML, from the line on which it did: what people meant, rather than what a scanner expected.
//! It is asked only after everything else that could be said was ruled out.

use crate::diagnostic::{Diagnostic, Edit};
use crate::rules;
use crate::span::Span;
use crate::words::{Cause, looks_like_glob, quoted, unquoted_glob};

/// Quotes of text processors.
const TYPOGRAPHIC: &str = "\u{201c}\u{201d}\u{201e}\u{2018}\u{2019}\u{201a}";

/// Looks at the line for what usually breaks one.
pub(crate) fn from_the_line(text: &str, span: Span, cause: Cause, open: Option<Span>) -> Diagnostic {
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
    if let Some(quote) = text[..span.start].chars().next_back().filter(|c| TYPOGRAPHIC.contains(*c)) {
        let place = Span::at(text, span.start - quote.len_utf8());
        return Diagnostic::error(rules::SYNTAX, place, format!("the sign {quote} is no quote for YAML"))
            .help("write \" or '");
    }
    if let Some(open) = open {
        return between_brackets(text, span, open);
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
    if matches!(first, '[' | '{') && span.start > from {
        let help = format!("quote the whole value: {}", quoted(value.trim_end()));
        let fault =
            Diagnostic::error(rules::SYNTAX, span, "text follows the bracket that closes this value").help(help);
        let edit =
            Edit { span: Span::between(text, from, from + value.trim_end().len()), text: quoted(value.trim_end()) };
        let edits = if value.contains(" #") { Vec::new() } else { vec![edit] };
        return fault.fix("quote the whole value", true, edits);
    }
    if let Some(fault) = glued(text, line_start(text, span.start)) {
        return fault;
    }
    let indent = text[line_start(text, span.start)..span.start].trim_start_matches("- ").trim().is_empty();
    match cause {
        Cause::Key if indent => Diagnostic::error(rules::SYNTAX, span, "a key needs a colon and a value")
            .help("write `key: value`, or indent this line as a part of the value above"),
        Cause::Block if indent => Diagnostic::error(rules::SYNTAX, span, "this line is indented like no line above it")
            .help("indent it like the other keys or entries that it belongs to"),
        _ => Diagnostic::error(rules::SYNTAX, span, "YAML cannot be read on from here")
            .help("look for a quote, a bracket, a comma or an indentation that is wrong here or on the line above"),
    }
}

/// A bracket was opened on an earlier line: it is never closed, or a comma is missing between two entries.
fn between_brackets(text: &str, span: Span, open: Span) -> Diagnostic {
    let closing = if text[open.start..].starts_with('[') { ']' } else { '}' };
    if !text[span.start..].contains(closing) {
        let place = Span::at(text, open.start);
        return Diagnostic::error(rules::UNCLOSED, place, "a bracket is opened here and never closed");
    }
    let start = line_start(text, span.start);
    let first = text[start..].len() - text[start..].trim_start().len();
    Diagnostic::error(rules::SYNTAX, Span::at(text, start + first), "a comma is missing before this entry")
        .help("between brackets every entry but the last ends with a comma")
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
}

/// `key:value` on the line that begins at `start`.
fn glued(text: &str, start: usize) -> Option<Diagnostic> {
    let line = text[start..].lines().next().unwrap_or_default();
    let key = line.trim_start().trim_start_matches("- ");
    let (name, after) = key.split_once(':')?;
    if name.is_empty()
        || name.contains([' ', '"', '\'', '{', '['])
        || after.is_empty()
        || after.starts_with([' ', '\t'])
    {
        return None;
    }
    let colon = Span::at(text, start + line.len() - after.len());
    let edit = Edit { span: Span { end: colon.start, end_column: colon.column, ..colon }, text: " ".to_owned() };
    let fault = Diagnostic::error(rules::SYNTAX, colon, "a key needs a space after its colon");
    Some(fault.help(format!("write `{name}: {after}`")).fix("put a space after the colon", true, vec![edit]))
}

/// A colon that cannot be where it is, because of the line before: `key:value`, or a value that was already given.
fn from_the_line_before(text: &str, span: Span) -> Option<Diagnostic> {
    let here = line_start(text, span.start);
    let line = text[here..].lines().next().unwrap_or_default();
    let start = line_start(text, text[..here].trim_end().len());
    let previous = text[start..here].trim_end();
    if previous.trim_start().starts_with('#') {
        return None;
    }
    if let Some(fault) = glued(text, start).filter(|_| start < here) {
        return Some(fault);
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let (name, after) = previous.trim_start().trim_start_matches("- ").split_once(':')?;
    if name.is_empty() || name.contains([' ', '"', '\'', '{', '[']) {
        return None;
    }
    if indent(line) > indent(previous) && !after.trim().is_empty() && !after.trim_start().starts_with(['|', '>']) {
        let place = Span::at(text, here + indent(line));
        let message = format!("this line is indented below `{name}`, which already has a value");
        return Some(Diagnostic::error(rules::SYNTAX, place, message).help("give both lines the same indentation"));
    }
    None
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
