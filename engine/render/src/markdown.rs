//! Text from outside as Markdown that shows exactly that text. It escapes only where Markdown would act, so that numbers,
//! paths and sentences stay readable where nothing renders them; it never lets a mention, a tag or a terminal sequence through.

use std::fmt::Write as _;

/// Escapes one line of text. Newlines and other blanks are folded into one blank.
pub(crate) fn escape(text: &str) -> String {
    let chars: Vec<char> = fold(text).chars().collect();
    let mut out = String::with_capacity(chars.len() + 8);
    for (at, c) in chars.iter().copied().enumerate() {
        let before = at.checked_sub(1).and_then(|i| chars.get(i)).copied();
        let after = chars.get(at + 1).copied();
        match c {
            '<' if acts(after, |c| c.is_ascii_alphabetic() || "/!?".contains(c)) => out.push_str("&lt;"),
            '&' if acts(after, |c| c.is_ascii_alphanumeric() || c == '#') => out.push_str("&amp;"),
            // A zero-width space: the name is no longer a mention.
            '@' if acts(after, char::is_alphanumeric) => out.push_str("@\u{200B}"),
            _ => {
                if is_mark(&chars, at, before, after) {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }
    out
}

/// Text from outside as a code span.
pub(crate) fn code(text: &str) -> String {
    let text = fold(text);
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };

    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Blanks folded; control, bidirectional and terminal sequences gone.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            skip_sequence(&mut chars);
        } else if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !c.is_control() && !is_invisible(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// At most `limit` characters; what was longer ends in `…`.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((at, _)) => {
            let mut out = text[..at].trim_end().to_owned();
            let _ = write!(out, "…");
            out
        }
    }
}

/// What follows the escape character of a terminal: `[…m` and the like, or `]…` up to its end.
fn skip_sequence(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            while chars.next_if(|c| ('\u{20}'..='\u{3f}').contains(c)).is_some() {}
            chars.next_if(|c| ('\u{40}'..='\u{7e}').contains(c));
        }
        Some(']') => while chars.next_if(|c| !matches!(c, '\u{7}' | '\u{1b}' | '\n')).is_some() {},
        Some(_) | None => {}
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{061C}' | '\u{FEFF}')
}

/// Whether a character acts because of the next one; nobody knows what follows the last.
fn acts(after: Option<char>, on: impl Fn(char) -> bool) -> bool {
    after.is_none_or(on)
}

/// Whether Markdown would act on this punctuation where it stands.
fn is_mark(chars: &[char], at: usize, before: Option<char>, after: Option<char>) -> bool {
    let blank = |c: Option<char>| c == Some(' ');
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match chars[at] {
        '`' | '|' => true,
        '\\' => acts(after, |c| c.is_ascii_punctuation()),
        '*' | '~' => !(blank(before) && blank(after)),
        '_' => {
            let run = |c: &char| *c != '_';
            let left = chars[..at].iter().rev().copied().find(run);
            let right = chars[at..].iter().copied().find(run);
            !(word(left) && word(right) || blank(before) && blank(after))
        }
        '[' => acts(after, |c| c == '^') || at == 0 && acts(chars.get(2).copied(), |c| c == ']'),
        ']' => acts(after, |c| "([:".contains(c)),
        // What follows acts only at the beginning of a line.
        '>' | '-' | '=' => at == 0,
        '+' => at == 0 && acts(after, |c| c == ' '),
        '#' => chars[..at].iter().all(|c| *c == '#') && acts(after, |c| c == ' ' || c == '#'),
        '.' | ')' => at > 0 && at < 10 && chars[..at].iter().all(char::is_ascii_digit) && acts(after, |c| c == ' '),
        _ => false,
    }
}
