//! Text out of reports, made safe to show: bounded, without control characters and terminal colours. It never escapes for
//! a target (Markdown, HTML); that is the work of whoever shows it.

use crate::fault::limits;

/// `raw` without terminal sequences and carriage returns, trimmed, and cut to `longest` characters (the last one `…` when
/// something was cut). Other control characters than newline and tab, and what nobody sees or what turns the writing
/// direction, are told by their code: a reader must not take one name for another.
pub(crate) fn clean(raw: &str, longest: usize) -> String {
    let mut kept = String::new();
    let (mut count, mut end) = (0, 0);
    let mut rest = raw.trim_start();
    while let Some(c) = rest.chars().next() {
        if let Some(after) = skip_sequence(rest) {
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c == '\r' {
            continue;
        }
        let code = if is_shown(c) { String::new() } else { code(c) };
        count += code.chars().count().max(1);
        if count > longest {
            kept.truncate(end);
            kept.push('…');
            return kept;
        }
        if code.is_empty() {
            kept.push(c);
        } else {
            kept.push_str(&code);
        }
        if count < longest {
            end = kept.len();
        }
    }
    kept.truncate(kept.trim_end().len());
    kept
}

/// Cuts what may be kept many times over: [`clean`] shows less of it, unless it is all colours.
pub(crate) fn cut(raw: &mut String) {
    raw.truncate(raw.floor_char_boundary(limits::MESSAGE * 2));
}

/// [`clean`] for names: newlines and tabs become spaces.
pub(crate) fn clean_line(raw: &str, longest: usize) -> String {
    clean(raw, longest).replace(['\n', '\t'], " ")
}

/// A line of source text with its indentation, cut to `longest` characters. What nobody would see, or what turns the writing
/// direction, is told by its code: a reader must not be shown other code than the one that runs.
pub(crate) fn source_line(raw: &[u8], longest: usize) -> String {
    // A character has at most four bytes.
    let text = String::from_utf8_lossy(&raw[..raw.len().min(longest.saturating_mul(4) + 4)]);
    let mut shown = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == longest {
            shown.push('…');
            break;
        }
        // Writing that joins letters may do so in prose, never in code.
        if is_shown(c) && !matches!(c, '\n' | '\u{200c}' | '\u{200d}') {
            shown.push(c);
        } else {
            shown.push_str(&code(c));
        }
    }
    shown
}

fn is_shown(c: char) -> bool {
    let turns_direction = matches!(
        c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
    );
    let is_unseen = matches!(
        c, '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    );
    (!c.is_control() || c == '\n' || c == '\t') && !turns_direction && !is_unseen
}

fn code(c: char) -> String {
    format!("⟨U+{:04X}⟩", u32::from(c))
}

/// What follows a terminal sequence at the beginning of `text`; `None` when there is none. ECMA-48, section 5.4; the
/// escape character also in the forms in which XML writers replace it (pytest writes `#x1B`).
fn skip_sequence(text: &str) -> Option<&str> {
    let replaced = ["#x1B[", "#x1b[", "\u{fffd}["].iter().find_map(|lead| text.strip_prefix(lead));
    if let Some(body) = replaced {
        let end = body.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        return body[end..].strip_prefix('m');
    }
    if let Some(body) = text.strip_prefix("\u{1b}[").or_else(|| text.strip_prefix('\u{9b}')) {
        let end = body.find(|c: char| !(' '..='?').contains(&c));
        return Some(
            end.map_or("", |end| body[end..].strip_prefix(|c: char| ('@'..='~').contains(&c)).unwrap_or(&body[end..])),
        );
    }
    if let Some(body) = text.strip_prefix("\u{1b}]") {
        // An unfinished title or link sequence takes its line at most.
        let end = body.find(['\u{7}', '\u{1b}', '\n']).unwrap_or(body.len());
        return Some(body[end..].trim_start_matches('\u{7}').trim_start_matches("\u{1b}\\"));
    }
    let body = text.strip_prefix('\u{1b}')?;
    Some(body.strip_prefix(|c: char| c.is_ascii_graphic()).unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_terminal_sequences_are_gone_and_newlines_stay() {
        assert_eq!(clean("\u{1b}[31;1mred\u{1b}[0m\r\n\tnext", 100), "red\n\tnext");
        assert_eq!(clean("#x1B[31mred#x1B[0m and #x1B stays", 100), "red and #x1B stays");
        assert_eq!(clean("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\ end", 100), "link end");
        assert_eq!(clean("\u{1b}", 100), "");
        assert_eq!(clean("\u{1b}[", 100), "");
    }

    #[test]
    fn what_hides_or_turns_the_text_is_told_by_its_code() {
        assert_eq!(clean("a\u{0}b\u{8}\u{202e}c\u{200b}", 100), "a⟨U+0000⟩b⟨U+0008⟩⟨U+202E⟩c⟨U+200B⟩");
        assert_eq!(clean_line("test_\u{feff}a\u{e0061}\u{2029}", 100), "test_⟨U+FEFF⟩a⟨U+E0061⟩⟨U+2029⟩");
        assert_eq!(clean("👩\u{200d}💻 می\u{200c}شود", 100), "👩\u{200d}💻 می\u{200c}شود");
        assert_eq!(clean(&"\u{0}".repeat(1 << 20), 300).chars().count(), 297);
    }

    #[test]
    fn long_text_is_cut_between_characters_and_shows_that_it_was() {
        assert_eq!(clean("äöüß", 4), "äöüß");
        assert_eq!(clean("äöüßé", 4), "äöü…");
        assert_eq!(clean(&"é".repeat(5_000), 2_000).chars().count(), 2_000);
    }

    #[test]
    fn a_line_of_source_keeps_its_indentation_and_shows_what_hides() {
        assert_eq!(source_line(b"\t  if x {  ", 100), "\t  if x {  ");
        assert_eq!(
            source_line("a\u{202e}b\u{200b}\u{1b}[0m\u{61c}".as_bytes(), 100),
            "a⟨U+202E⟩b⟨U+200B⟩⟨U+001B⟩[0m⟨U+061C⟩"
        );
        assert_eq!(source_line("äöüß".as_bytes(), 3), "äöü…");
        assert_eq!(source_line(b"\xff", 3), "\u{fffd}");
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(clean_line(" a\n\tb ", 100), "a  b");
    }
}
