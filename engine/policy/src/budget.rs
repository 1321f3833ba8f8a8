//! What is checked before a single character is parsed: size, encoding, forbidden characters. Each check reads the bytes
//! once at most and stops at the first fault.

use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::span::Span;

/// The largest file, in bytes.
pub const LARGEST: usize = 256 * 1024;
/// How deep collections may be nested.
pub const DEEPEST: usize = 32;
/// How many keys and values a file may hold.
pub const MOST_NODES: usize = 20_000;

/// How many globs a file may hold: each is compiled.
pub const MOST_GLOBS: usize = 500;
/// How many regular expressions a file may hold: one may take tens of milliseconds to compile.
pub const MOST_REGEXES: usize = 16;

/// How many findings one file is told.
pub const MOST_FINDINGS: usize = 200;

/// The bytes as text that may be parsed.
pub(crate) fn readable(bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    if bytes.len() > LARGEST {
        let place = Span::at(&String::from_utf8_lossy(&bytes[..LARGEST]), LARGEST);
        let message = format!("the file is larger than {LARGEST} bytes, which is the most");
        return Err(Box::new(Diagnostic::error(rules::TOO_LARGE, place, message)));
    }
    encoding(bytes)?;
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (valid, _) = bytes.split_at(error.valid_up_to());
        let place = Span::at(&String::from_utf8_lossy(valid), valid.len());
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        let fault = Diagnostic::error(rules::NOT_UTF8, place, format!("the byte 0x{byte:02X} here is not UTF-8"));
        Box::new(fault.help("save the file as UTF-8"))
    })?;
    let plain = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    if bytes.iter().all(plain) {
        return Ok(text);
    }
    let Some((at, found)) = text.char_indices().find(|(_, c)| forbidden(*c)) else {
        return Ok(text);
    };
    let name = if found == '\0' { "NUL".to_owned() } else { format!("U+{:04X}", u32::from(found)) };
    let message = format!("the character {name} is not allowed here");
    let fault = Diagnostic::error(rules::CONTROL_CHARACTER, Span::at(text, at), message);
    Err(Box::new(fault.help("remove it, or write it as an escape in double quotes")))
}

/// Marks of encodings at the start of a file.
fn encoding(bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
    let (rule, message) = match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (rules::BYTE_ORDER_MARK, "the file begins with a byte-order mark"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => (rules::NOT_UTF8, "the file is UTF-16"),
        _ => return Ok(()),
    };
    Err(Box::new(Diagnostic::error(rule, Span::TOP, message).help("save the file as UTF-8 without a byte-order mark")))
}

/// Outside YAML's printable characters (spec 1.2.2, section 5.1), or a character that older readers take for the end of a
/// line and newer ones for text: a file must mean the same to everyone.
fn forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}
