//! The gate's own comments for a terminal: headings underlined, tables in columns, no Markdown left. It reads the Markdown
//! that this room writes, and is no general renderer.

/// Renders a comment of [`crate::comment`] as plain text. Ends with a newline.
pub fn terminal(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with('|') {
            let mut rows = vec![cells(line)];
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(cells(row));
            }
            rows.retain(|row| !row.iter().all(|cell| cell == "---"));
            push_lines(&mut out, columns(&rows));
        } else if let Some(fence) = line.trim_start().strip_suffix("text").filter(|fence| is_fence(fence)) {
            let inside = lines.by_ref().take_while(|line| line.trim() != fence);
            push_lines(&mut out, inside.map(|line| format!("    {line}")));
        } else if let Some(heading) = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')) {
            let heading = inline(heading);
            let rule = if line.starts_with("## ") { "═" } else { "─" };
            let width = heading.chars().count();
            push_lines(&mut out, [heading, rule.repeat(width)]);
        } else if line == "---" {
            push_lines(&mut out, ["─".repeat(40)]);
        } else if let Some(item) = line.strip_prefix("- ") {
            push_lines(&mut out, [format!("• {}", inline(item))]);
        } else if let Some(item) = line.strip_prefix("  - ") {
            push_lines(&mut out, [format!("    {}", inline(item))]);
        } else if !(line.is_empty() && (out.is_empty() || out.ends_with("\n\n"))) {
            push_lines(&mut out, [inline(line)]);
        }
    }
    out
}

fn is_fence(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|b| b == b'`')
}

/// Rows as lines, each column as wide as its widest cell.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(widest).collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
            }
            line.truncate(line.trim_end().len());
            line
        })
        .collect()
}

fn push_lines(out: &mut String, lines: impl IntoIterator<Item = String>) {
    for line in lines {
        out.push_str(&line);
        out.push('\n');
    }
}

/// The cells of a table's row.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in line.trim().trim_start_matches('|').chars() {
        if c == '|' && !escaped {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    // Behind the closing bar there is nothing.
    cells.pop();
    cells.iter().map(|cell| inline(cell.trim())).collect()
}

/// One line without marks: escapes and entities resolved, code spans and links as their text.
fn inline(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\\' if after.starts_with(|c: char| c.is_ascii_punctuation()) => {
                out.push_str(&after[..1]);
                &after[1..]
            }
            '`' => code(rest, &mut out),
            '*' if after.starts_with('*') => &after[1..],
            '[' => link(after, &mut out).unwrap_or_else(|| {
                out.push('[');
                after
            }),
            '&' => entity(after, &mut out),
            // What keeps a name from being a mention.
            '\u{200B}' => after,
            _ => {
                out.push(c);
                after
            }
        };
    }
    out
}

/// The text of a code span; returns what is behind it.
fn code<'a>(text: &'a str, out: &mut String) -> &'a str {
    let body = text.trim_start_matches('`');
    let fence = &text[..text.len() - body.len()];
    let mut from = 0;
    while let Some(at) = body[from..].find('`').map(|at| from + at) {
        let run = body[at..].len() - body[at..].trim_start_matches('`').len();
        if run == fence.len() {
            let inner = &body[..at];
            let padded = inner
                .strip_prefix(' ')
                .and_then(|i| i.strip_suffix(' '))
                .filter(|i| i.starts_with('`') || i.ends_with('`'));
            out.push_str(padded.unwrap_or(inner));
            return &body[at + run..];
        }
        from = at + run;
    }
    out.push_str(fence);
    body
}

/// `text](<url>)` as `text: url`; `None` when it is no link of ours.
fn link<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let (label, rest) = text.split_once("](<")?;
    if label.contains(['[', ']', '\\', '`']) {
        return None;
    }
    let (url, rest) = rest.split_once(">)")?;
    out.push_str(label);
    out.push_str(": ");
    out.push_str(&url.replace("&amp;", "&"));
    Some(rest)
}

fn entity<'a>(after: &'a str, out: &mut String) -> &'a str {
    for (name, c) in [("amp;", '&'), ("lt;", '<')] {
        if let Some(rest) = after.strip_prefix(name) {
            out.push(c);
            return rest;
        }
    }
    out.push('&');
    after
}
