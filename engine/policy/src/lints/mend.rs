//! Edits that lints offer: a value written anew in the quotes that it had, an entry taken out of a list. Nothing here
//! touches more of a file than the value that is at fault.

use crate::diagnostic::Edit;
use crate::span::Span;
use crate::tree::{Kind, Node, Scalar, Style};
use crate::words::quoted;

/// The same value with other text. None for blocks: their layout is the author's.
pub(crate) fn rewritten(node: &Node, scalar: &Scalar, text: &str) -> Vec<Edit> {
    let written = match scalar.style {
        Style::Plain if is_plain(text) => text.to_owned(),
        Style::Plain | Style::Double => quoted(text),
        Style::Single => format!("'{}'", text.replace('\'', "''")),
        Style::Block => return Vec::new(),
    };
    vec![Edit { span: node.span, text: written }]
}

/// Whether every reader takes this for text without quotes.
fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./*-".contains(&b))
        && Scalar { text: text.to_owned(), style: Style::Plain }.meaning() == crate::tree::Meaning::Text
}

/// Takes an entry out of a list that has others.
pub(super) fn removed(source: &str, list: &Node, index: usize) -> Vec<Edit> {
    let Kind::List(items) = &list.kind else { return Vec::new() };
    let Some(item) = items.get(index).filter(|_| items.len() > 1) else { return Vec::new() };
    let flow = source[list.span.start..].starts_with('[');
    let range = match (flow, index.checked_sub(1), items.get(index + 1)) {
        (true, Some(before), _) => items[before].span.end..item.span.end,
        (true, None, Some(after)) => item.span.start..after.span.start,
        (true, None, None) => return Vec::new(),
        (false, ..) => line_of(source, item.span),
    };
    let lost = source.get(range.clone()).unwrap_or_default().replace(&source[item.span.start..item.span.end], "");
    // A comment would go with it.
    if lost.contains('#') || (flow && lost.contains('\n')) || item.span.line != item.span.end_line {
        return Vec::new();
    }
    vec![Edit { span: Span::between(source, range.start, range.end), text: String::new() }]
}

/// The bytes of the whole line of a value, with its end.
fn line_of(source: &str, span: Span) -> std::ops::Range<usize> {
    let start = source[..span.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = source[span.end..].find('\n').map_or(source.len(), |at| span.end + at + 1);
    start..end
}
