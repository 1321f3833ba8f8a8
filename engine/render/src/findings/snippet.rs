//! One line of a file with a mark below the place that is meant, never wider than it may be. It looks at no more of a
//! line than it shows, so that a line of ten megabytes costs nothing.

use gated_policy::Span;
use unicode_width::UnicodeWidthChar;

use super::harmless_char;

/// How many columns a tab takes.
const TAB: usize = 4;

/// A line as it is shown, and where its mark is: both in columns of a terminal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    pub(super) line: String,
    pub(super) mark_from: usize,
    pub(super) mark_width: usize,
}

/// The line that a span begins on, in at most `width` columns.
pub(super) fn snippet(bytes: &[u8], span: Span, width: usize) -> Snippet {
    let width = width.max(8);
    let start = span.start.min(bytes.len());
    let line_start = bytes[..start].iter().rposition(|b| is_break(*b)).map_or(0, |at| at + 1);
    // What is further away than a window is never shown; no character is longer than four bytes.
    let reach = (start + 4 * width + 4).min(bytes.len());
    let line_end = bytes[start..reach].iter().position(|b| is_break(*b)).map_or(reach, |at| start + at);
    let end = span.end.clamp(start, line_end);
    let from = line_start.max(start.saturating_sub(4 * width));
    let before = cells(&bytes[from..start], 0);
    let marked = cells(&bytes[start..end], before.len());
    let after = cells(&bytes[end..line_end], before.len() + marked.len());
    let (mark_at, marked) = (before.len(), marked.len());
    let all: Vec<String> = [before, cells(&bytes[start..end], mark_at), after].concat();

    let first = if mark_at + marked.max(1) <= width { 0 } else { mark_at.saturating_sub(width / 3) };
    let last = all.len().min(first + width);
    let mut shown = all.get(first..last).unwrap_or_default().to_vec();
    if (first > 0 || from > line_start)
        && let Some(cell) = shown.first_mut()
    {
        "…".clone_into(cell);
    }
    let cut = last < all.len() || (line_end == reach && reach < bytes.len());
    if cut && let Some(cell) = shown.last_mut() {
        "…".clone_into(cell);
    }
    let mark_from = mark_at - first;
    let mark_width = marked.min(width.saturating_sub(mark_from)).max(1);
    Snippet { line: shown.concat().trim_end().to_owned(), mark_from, mark_width }
}

/// YAML ends a line with `\n`, `\r\n` or a lone `\r` (spec 1.2.2, section 5.4).
fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// One string for each column: a wide character has an empty one behind it, an accent belongs to what it is on.
fn cells(bytes: &[u8], column: usize) -> Vec<String> {
    let mut cells: Vec<String> = Vec::new();
    for c in String::from_utf8_lossy(bytes).chars() {
        if c == '\t' {
            let until = TAB - (column + cells.len()) % TAB;
            cells.extend(std::iter::repeat_n(" ".to_owned(), until));
            continue;
        }
        let c = harmless_char(c);
        match (UnicodeWidthChar::width(c).unwrap_or(1), cells.last_mut()) {
            (0, Some(cell)) => cell.push(c),
            (0 | 1, _) => cells.push(c.to_string()),
            (wide, _) => {
                cells.push(c.to_string());
                cells.extend(std::iter::repeat_n(String::new(), wide - 1));
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, what: &str) -> Span {
        let start = text.find(what).unwrap();
        Span { end: start + what.len(), ..Span::at(text, start) }
    }

    #[test]
    fn the_mark_stands_below_its_word_behind_tabs_and_wide_characters() {
        let text = "a:\n\t日本 e\u{301}x: word # 日\n";
        let shown = snippet(text.as_bytes(), place(text, "word"), 80);
        assert_eq!(shown.line, "    日本 e\u{301}x: word # 日");
        assert_eq!((shown.mark_from, shown.mark_width), (13, 4));
    }

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        let text = format!("{}word{}", "x".repeat(500), "y".repeat(500));
        let shown = snippet(text.as_bytes(), place(&text, "word"), 30);
        assert_eq!(shown.line, format!("…{}word{}…", "x".repeat(9), "y".repeat(15)));
        assert_eq!((shown.mark_from, shown.mark_width), (10, 4));
    }

    #[test]
    fn no_byte_of_a_file_reaches_the_terminal_as_a_command() {
        let bytes = b"k: \x1b[31mred\xff\xe2\x80\xaex\n";
        let shown = snippet(bytes, Span { start: 0, end: 1, ..Span::TOP }, 80);
        assert_eq!(shown.line, "k: \u{FFFD}[31mred\u{FFFD}\u{FFFD}x");
    }

    #[test]
    fn a_place_behind_the_end_is_marked_behind_the_last_line() {
        let shown = snippet(b"ab", Span { start: 9, end: 12, ..Span::TOP }, 80);
        assert_eq!((shown.line.as_str(), shown.mark_from, shown.mark_width), ("ab", 2, 1));
    }
}
