//! Text from outside as Markdown that shows exactly that text. It escapes only where Markdown would act, so that numbers,
//! paths and sentences stay readable where nothing renders them; it never lets a mention, a tag or a terminal sequence through.

/// Escapes one line of text. Newlines and other blanks are folded into one blank.
pub(crate) fn escape(text: &str) -> String {
    escaped(text, Place::Line)
}

/// The same for a cell of a table, where a bar ends the cell and no line begins.
pub(crate) fn cell(text: &str) -> String {
    escaped(text, Place::Cell)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Line,
    Cell,
}

fn escaped(text: &str, place: Place) -> String {
    let chars: Vec<char> = fold(text).chars().collect();
    let mut out = String::with_capacity(chars.len() + 8);
    for (at, c) in chars.iter().copied().enumerate() {
        let before = at.checked_sub(1).and_then(|i| chars.get(i)).copied();
        let after = chars.get(at + 1).copied();
        match c {
            '<' if after.is_some_and(|c| c.is_ascii_alphabetic() || "/!?".contains(c)) => out.push_str("&lt;"),
            '&' if begins_entity(&chars[at + 1..]) => out.push_str("&amp;"),
            // A zero-width space: the name is no longer a mention.
            '@' if after.is_some_and(char::is_alphanumeric) => out.push_str("@\u{200B}"),
            _ => {
                if is_mark(&chars, at, before, after, place) {
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

/// The beginning of a text as one line of at most `limit` characters; what was longer ends in `…`. A text may be much longer
/// than what is shown of it, so no more is looked at than could be shown.
pub(crate) fn line(text: &str, limit: usize) -> String {
    let looked_at = &text[..text.floor_char_boundary(limit.saturating_mul(8))];
    let folded = fold(looked_at);
    let end = match folded.char_indices().nth(limit) {
        Some((end, _)) => end,
        None if looked_at.len() == text.len() => return folded,
        None => folded.len(),
    };
    format!("{}…", folded[..end].trim_end())
}

/// The beginning of a line with its blanks as they are, for where every character stands in a column of its own.
pub(crate) fn columns_kept(text: &str, limit: usize) -> String {
    text.chars().filter(|c| !c.is_control() && !is_invisible(*c)).take(limit).collect()
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

/// Whether what follows an `&` makes an entity of it, or could together with what follows the text.
fn begins_entity(after: &[char]) -> bool {
    let name = after.strip_prefix(&['#']).unwrap_or(after);
    let end = name.iter().position(|c| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    name.get(end).is_none_or(|c| *c == ';') && !after.is_empty()
}

/// Whether an address begins here that would become a link without being one: `https://…`, `www.…`.
fn begins_link(chars: &[char], at: usize) -> bool {
    let ends = |word: &str| {
        let from = at.checked_sub(word.len());
        from.is_some_and(|from| chars[from..at].iter().collect::<String>().eq_ignore_ascii_case(word))
    };
    match chars[at] {
        ':' => chars[at + 1..].starts_with(&['/', '/']) && ["http", "https", "ftp"].into_iter().any(ends),
        _ => ends("www"),
    }
}

/// Whether Markdown would act on this punctuation where it stands.
fn is_mark(chars: &[char], at: usize, before: Option<char>, after: Option<char>, place: Place) -> bool {
    // These act only at the beginning of a line.
    let begins = at == 0 && place == Place::Line;
    let blank = |c: Option<char>| c == Some(' ');
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match chars[at] {
        '`' => true,
        '|' => place == Place::Cell,
        ':' | '.' if begins_link(chars, at) => true,
        '\\' => acts(after, |c| c.is_ascii_punctuation()),
        '*' | '~' => !(blank(before) && blank(after)),
        '_' => {
            let run = |c: &char| *c != '_';
            let left = chars[..at].iter().rev().copied().find(run);
            let right = chars[at..].iter().copied().find(run);
            !(word(left) && word(right) || blank(before) && blank(after))
        }
        '[' => acts(after, |c| c == '^') || at == 0 && acts(chars.get(2).copied(), |c| c == ']'),
        // No template puts a bracket or a colon behind a text.
        ']' => after.is_some_and(|c| "([:".contains(c)),
        '>' | '-' | '=' => begins,
        '+' => begins && acts(after, |c| c == ' '),
        '#' if place == Place::Cell => false,
        '#' => chars[..at].iter().all(|c| *c == '#') && acts(after, |c| c == ' ' || c == '#'),
        '.' | ')' if place == Place::Cell => false,
        '.' | ')' => at > 0 && at < 10 && chars[..at].iter().all(char::is_ascii_digit) && acts(after, |c| c == ' '),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    /// The text that a Markdown reader shows for `before`, the escaped `text`, and `after`; `Err` names a mark that acted.
    fn shown(before: &str, text: &str, after: &str, allowed: fn(&Tag<'_>) -> bool) -> Result<String, String> {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_GFM;
        let text = if before.ends_with("| ") { cell(text) } else { escape(text) };
        let source = format!("{before}{text}{after}");
        let mut out = String::new();
        for event in Parser::new_ext(&source, options) {
            match event {
                Event::Text(text) => out.push_str(&text),
                Event::Start(tag) if !allowed(&tag) => return Err(format!("{tag:?} in {source:?}")),
                Event::Start(_) | Event::End(_) => {}
                other => return Err(format!("{other:?} in {source:?}")),
            }
        }
        Ok(out.replace('\u{200B}', ""))
    }

    const MARKS: [&str; 62] = [
        "`",
        "``",
        "*",
        "**",
        "_",
        "__",
        "a_b",
        "~",
        "~~",
        "[",
        "]",
        "(",
        ")",
        "](",
        "]:",
        "[x]",
        "[ ]",
        "[^1]",
        "<",
        ">",
        "<b>",
        "</b>",
        "<!--",
        "<http://a.b>",
        "&",
        "&amp;",
        "&#64;",
        "#",
        "##",
        "-",
        "--",
        "---",
        "+",
        "=",
        "==",
        "1",
        "1.",
        "1)",
        ".",
        "!",
        "![",
        "|",
        "|---|",
        "\\",
        "\\\\",
        "$(id)",
        "$",
        "@",
        "@all",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "\r\n",
        "a",
        "word",
        "🦀",
        "é",
        "\"",
        "'",
        ":",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_escaped_is_shown_as_it_was(parts in prop::collection::vec(prop::sample::select(&MARKS[..]), 0..12)) {
            let text = parts.concat();
            let wanted = fold(&text);
            let paragraph = shown("", &text, "", |tag| matches!(tag, Tag::Paragraph));
            prop_assert_eq!(paragraph.as_ref(), Ok(&wanted));
            let reason = |tag: &Tag<'_>| matches!(tag, Tag::List(_) | Tag::Item);
            prop_assert_eq!(shown("- rule: ", &text, "; asked by", reason), Ok(format!("rule: {wanted}; asked by")));
            let heading = |tag: &Tag<'_>| matches!(tag, Tag::Heading { .. });
            prop_assert_eq!(shown("## Failed: x", &text, "x", heading), Ok(format!("Failed: x{wanted}x")));
            // An empty item makes a heading of what stands above it; lists leave empty texts out.
            if !wanted.is_empty() {
                let list = |tag: &Tag<'_>| matches!(tag, Tag::List(_) | Tag::Item | Tag::Paragraph);
                prop_assert_eq!(shown("- x\n  - ", &text, "\n- y", list), Ok(format!("x{wanted}y")));
            }
            let table = |tag: &Tag<'_>| matches!(tag, Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell);
            let cell = shown("| a | b |\n|---|---|\n| ", &text, " | end |", table);
            prop_assert_eq!(cell, Ok(format!("ab{wanted}end")));
        }

        #[test]
        fn a_code_span_shows_what_is_in_it(parts in prop::collection::vec(prop::sample::select(&MARKS[..]), 1..12)) {
            let text = fold(&parts.concat());
            let source = format!("at {} end", code(&text));
            let events: Vec<_> = Parser::new(&source).collect();
            let found = events.iter().find_map(|event| if let Event::Code(code) = event { Some(code.to_string()) } else { None });
            prop_assert_eq!(found.unwrap_or_default(), text);
        }

        #[test]
        fn the_terminal_shows_what_was_escaped(parts in prop::collection::vec(prop::sample::select(&MARKS[..]), 0..12)) {
            let text = fold(&parts.concat());
            let line = crate::terminal(&format!("Title “{}” and {}", escape(&text), code(&text)));
            prop_assert_eq!(line, format!("Title “{text}” and {text}\n"));
        }
    }

    #[test]
    fn numbers_paths_and_sentences_stay_as_they_are() {
        for text in [
            "79.99% of 1200 lines covered, below the 80% demanded",
            "src/a_b/c.rs:12",
            "3 * 4 = 12",
            "[hotfix] it's (done)",
            "5 < 6 & 7",
            "R&D, AT&T, a_b_c, 1. and 2), x - y, a # b, hey! a | b, key: value, v1.2 ...",
        ] {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn a_mention_is_broken_and_terminal_sequences_are_gone() {
        assert_eq!(escape("ask @alice"), "ask @\u{200B}alice");
        assert_eq!(escape("a\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}b\u{202E}c\u{8}"), "ared bc");
    }

    #[test]
    fn an_address_is_text_and_no_link() {
        let text = "see https://evil.example/a and WWW.evil.example, ftp://x, not c://x";
        assert_eq!(escape(text), "see https\\://evil.example/a and WWW\\.evil.example, ftp\\://x, not c://x");
        assert_eq!(crate::terminal(&escape(text)), format!("{text}\n"));
    }

    #[test]
    fn a_cell_escapes_what_ends_it_and_not_what_begins_a_line() {
        assert_eq!((cell("a | b"), cell("- x"), cell("1. x")), ("a \\| b".into(), "- x".into(), "1. x".into()));
        assert_eq!((escape("a | b"), escape("- x"), escape("1. x")), ("a | b".into(), "\\- x".into(), "1\\. x".into()));
    }

    #[test]
    fn a_cut_text_says_so_and_never_splits_a_character() {
        assert_eq!(line("🦀🦀🦀", 2), "🦀🦀…");
        assert_eq!(line("ab", 2), "ab");
        assert_eq!(line(&"\n".repeat(100), 2), "…");
    }
}
