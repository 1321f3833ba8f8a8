//! Text from outside as HTML that shows exactly that text, in elements and in quoted attributes. It lets no tag through, no
//! control character, and nothing that turns the direction of what stands around it.

/// Escapes a text. Line breaks stay.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || turns(c) || is_no_character(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Marks that change the direction of text (Unicode Bidirectional Algorithm, explicit formatting).
fn turns(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}

/// Code points that HTML forbids (HTML standard, "noncharacter").
fn is_no_character(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn no_text_opens_a_tag_leaves_an_attribute_or_turns_around() {
        assert_eq!(
            escape("<b a='1' c=\"2\">&amp;\u{202E}\u{0}\u{1b}[31m\u{FFFF}\nz"),
            "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;[31m\nz"
        );
    }
}
