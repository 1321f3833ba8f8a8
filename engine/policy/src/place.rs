//! The place of a byte of a value inside the quotes that it was written in. When a value was folded or came from elsewhere,
//! the place is the whole value.

use crate::diagnostic::{Class, Diagnostic};
use crate::rules;
use crate::span::Span;

/// The place of byte `offset` of `value`, which was written at `span` of `source`.
pub(crate) fn inside(source: &str, span: Span, value: &str, offset: usize) -> Span {
    let written = source.get(span.start..span.end).unwrap_or_default();
    let (body, quote) = match written.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            (written.get(1..written.len().saturating_sub(1)).unwrap_or_default(), Some(quote))
        }
        _ => (written, None),
    };
    if body.contains(['\n', '\r']) {
        return span;
    }
    let before = usize::from(quote.is_some());
    let mut decoded = 0; // bytes of the value that were passed
    let mut rest = body;
    let mut chars = before;
    while decoded < offset {
        let Some((raw, made)) = unit(rest, quote) else { return span };
        decoded += made;
        chars += rest[..raw].chars().count();
        rest = &rest[raw..];
    }
    // A value that does not end with its quotes is not the one that was written here.
    if !same_text(body, value, quote) {
        return span;
    }
    let width = unit(rest, quote).map_or(0, |(raw, _)| raw);
    span.inner(before + body.len() - rest.len(), chars, width)
}

/// Where a fault of a value, or of a key, stands: inside its quotes. A fault of the quoting itself stays at the quote, and so
/// does one of something that is no single quoted text.
pub(crate) fn within_quotes(source: &str, mut told: Diagnostic) -> Diagnostic {
    const OF_THE_QUOTING: [&str; 3] = [rules::WRONG_TYPE.code, rules::EMPTY.code, rules::UNQUOTED_COMMAND.code];
    let span = told.span;
    let written = source.get(span.start..span.end).unwrap_or_default();
    let quoted =
        ['"', '\''].iter().any(|quote| written.len() > 2 && written.starts_with(*quote) && written.ends_with(*quote));
    let of_the_text = told.class != Class::Yaml || told.code == rules::DUPLICATE_KEY.code;
    if quoted && span.line == span.end_line && !OF_THE_QUOTING.contains(&told.code) && of_the_text {
        told.span = Span {
            start: span.start + 1,
            end: span.end - 1,
            column: span.column.saturating_add(1),
            end_column: span.end_column.saturating_sub(1),
            ..span
        };
    }
    told
}

/// Length as written and length as meant, in bytes, of the next character.
fn unit(rest: &str, quote: Option<char>) -> Option<(usize, usize)> {
    let first = rest.chars().next()?;
    match (quote, first) {
        (Some('\''), '\'') if rest.starts_with("''") => Some((2, 1)),
        (Some('"'), '\\') => {
            let raw = match rest.chars().nth(1)? {
                'x' => 4,
                'u' => 6,
                'U' => 10,
                other => return Some((1 + other.len_utf8(), 1)),
            };
            let code = u32::from_str_radix(rest.get(2..raw)?, 16).ok()?;
            Some((raw, char::from_u32(code)?.len_utf8()))
        }
        _ => Some((first.len_utf8(), first.len_utf8())),
    }
}

fn same_text(body: &str, value: &str, quote: Option<char>) -> bool {
    let mut rest = body;
    let mut length = 0;
    while let Some((raw, made)) = unit(rest, quote) {
        length += made;
        rest = &rest[raw..];
    }
    length == value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_of_a_value_is_found_behind_quotes_and_escapes() {
        for (source, value, offset, column) in [
            ("^(a", "^(a", 1, 2),
            ("\"^(a\"", "^(a", 1, 3),
            ("'it''s (a'", "it's (a", 5, 8),
            ("\"\\\\d(a\"", "\\d(a", 2, 5),
            ("\"é(\"", "é(", 2, 3),
        ] {
            let span = Span { end: source.len(), ..Span::TOP };
            assert_eq!(inside(source, span, value, offset).column, column, "{source}");
        }
    }

    #[test]
    fn a_value_from_elsewhere_has_only_its_whole_place() {
        let span = Span { end: 4, ..Span::TOP };
        assert_eq!(inside("rust", span, "^(feat|fix", 1), span);
    }
}
