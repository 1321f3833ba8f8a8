//! Places in a text: byte ranges with the lines and columns that people count. Nothing here reads a text twice.

use serde::{Deserialize, Serialize};

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// First byte, from 0.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// Line of the first byte, from 1.
    pub line: u32,
    /// Column of the first byte, in characters from 1.
    pub column: u32,
    /// Line of `end`.
    pub end_line: u32,
    /// Column of `end`.
    pub end_column: u32,
}

impl Span {
    /// The first character of a file.
    pub const TOP: Self = Self { start: 0, end: 0, line: 1, column: 1, end_line: 1, end_column: 1 };

    /// From the start of this one to the end of another.
    pub fn to(self, last: Self) -> Self {
        Self { end: last.end, end_line: last.end_line, end_column: last.end_column, ..self }
    }

    /// The one of the two that ends later.
    pub(crate) fn max_end(self, other: Self) -> Self {
        if self.end >= other.end { self } else { other }
    }

    /// From byte `start` to before byte `end` of `text`.
    pub(crate) fn between(text: &str, start: usize, end: usize) -> Self {
        let (first, last) = (Self::at(text, start), Self::at(text, end));
        Self { end: last.start, end_line: last.line, end_column: last.column, ..first }
    }

    /// The single character of `text` at byte `offset`, found by counting from the top. Lines end with `\n`, `\r\n` or a
    /// lone `\r`, as YAML has it (spec 1.2.2, section 5.4).
    pub fn at(text: &str, offset: usize) -> Self {
        let (before, after) = text.split_at(floor_boundary(text, offset));
        let mut line = 1;
        let mut line_start = 0;
        let bytes = before.as_bytes();
        for (index, byte) in bytes.iter().enumerate() {
            let lone_return = *byte == b'\r' && text.as_bytes().get(index + 1) != Some(&b'\n');
            if *byte == b'\n' || lone_return {
                line += 1;
                line_start = index + 1;
            }
        }
        let column = clamp(before[line_start..].chars().count() + 1);
        let first = after.chars().next();
        let (width, wide) = match first {
            None | Some('\n' | '\r') => (0, 0),
            Some(c) => (c.len_utf8(), 1),
        };
        Self {
            start: before.len(),
            end: before.len() + width,
            line,
            column,
            end_line: line,
            end_column: column.saturating_add(wide),
        }
    }

    /// The part of this span, on its first line, that begins `bytes` bytes and `chars` characters in and is one
    /// character of `width` bytes long.
    pub(crate) fn inner(self, bytes: usize, chars: usize, width: usize) -> Self {
        let column = self.column.saturating_add(clamp(chars));
        Self {
            start: self.start + bytes,
            end: self.start + bytes + width,
            line: self.line,
            column,
            end_line: self.line,
            end_column: column.saturating_add(u32::from(width > 0)),
        }
    }
}

/// A count as a line or column number; texts are far below four thousand million characters.
pub(crate) fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_every_yaml_line_break_counts_once() {
        let text = "a\r\nbé😀x\ry";
        let x = Span::at(text, text.find('x').unwrap());
        assert_eq!((x.line, x.column, x.end_column), (2, 4, 5));
        let y = Span::at(text, text.find('y').unwrap());
        assert_eq!((y.line, y.column), (3, 1));
        assert_eq!(Span::at("", 5), Span::TOP);
    }
}
