//! Globs of a policy as the POSIX extended regular expressions that `find` takes. globset reads the glob, so that the
//! driver and the rest of the gate cannot disagree on its meaning; only the notation is changed here.

use std::fmt::Write as _;

use gated_core::matching::Globs;
use globset::GlobBuilder;

use crate::buildspec::RenderFault;

/// What a list of globs adds and takes away, each as one word of bash.
pub(crate) struct Patterns {
    pub(crate) adds: String,
    pub(crate) takes: String,
}

/// The two regular expressions of a list, for the C locale. Taking away nothing is the empty expression, which matches
/// no path.
pub(crate) fn patterns(globs: &Globs) -> Result<Patterns, RenderFault> {
    let (mut adds, mut takes) = (Vec::new(), Vec::new());
    for glob in globs.written() {
        match glob.strip_prefix('!') {
            Some(body) => takes.push(extended(body)?),
            None => adds.push(extended(glob)?),
        }
    }
    if adds.is_empty() {
        adds.push(b".*".to_vec());
    }
    Ok(Patterns { adds: word(&adds.join(&b'|')), takes: word(&takes.join(&b'|')) })
}

/// One glob in extended notation, as bytes.
fn extended(glob: &str) -> Result<Vec<u8>, RenderFault> {
    let fault = || RenderFault::Glob { glob: glob.to_owned() };
    let parsed = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build().map_err(|_| fault())?;
    let regex = parsed.regex();
    let body = regex.strip_prefix("(?-u)^").and_then(|rest| rest.strip_suffix('$')).ok_or_else(fault)?;
    let mut reader = Reader { rest: body.as_bytes() };
    let mut out = Vec::new();
    while let Some(byte) = reader.next() {
        match byte {
            b'\\' => literal(reader.escaped().ok_or_else(fault)?, &mut out),
            b'(' => {
                reader.rest = reader.rest.strip_prefix(b"?:").ok_or_else(fault)?;
                out.push(b'(');
            }
            b'[' => class(&mut reader, &mut out).ok_or_else(fault)?,
            other => out.push(other),
        }
    }
    Ok(out)
}

/// Reads globset's regular expressions: literals, `(?:…|…)`, `[…]`, `.*`, with `\x` and `\xHH` as escapes.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// The byte behind a backslash.
    fn escaped(&mut self) -> Option<u8> {
        let byte = self.next()?;
        if byte != b'x' {
            return Some(byte);
        }
        let digits = [self.next()?, self.next()?];
        u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()
    }
}

/// A byte that stands for itself.
fn literal(byte: u8, out: &mut Vec<u8>) {
    if b".[]{}()*+?^$|\\".contains(&byte) {
        out.push(b'\\');
    }
    out.push(byte);
}

/// A class, as the set of its bytes: bracket expressions know no escapes, so the order is what keeps them apart.
fn class(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Option<()> {
    let mut bytes = [false; 256];
    let negated = reader.rest.first() == Some(&b'^');
    if negated {
        reader.next();
    }
    let one = |reader: &mut Reader<'_>, byte: u8| if byte == b'\\' { reader.escaped() } else { Some(byte) };
    loop {
        let byte = reader.next()?;
        if byte == b']' {
            break;
        }
        let low = one(reader, byte)?;
        let high = if reader.rest.first() == Some(&b'-') {
            reader.next();
            let byte = reader.next()?;
            one(reader, byte)?
        } else {
            low
        };
        (low..=high).for_each(|b| bytes[usize::from(b)] = true);
    }
    bracket(&bytes, negated, out);
    Some(())
}

/// A bracket expression for a set of bytes.
fn bracket(bytes: &[bool; 256], negated: bool, out: &mut Vec<u8>) {
    let has = |byte: u8| bytes[usize::from(byte)];
    let members: Vec<u8> = (0..=255).filter(|b| has(*b)).collect();
    if let ([one], false) = (members.as_slice(), negated) {
        return literal(*one, out);
    }
    out.push(b'[');
    out.extend(negated.then_some(b'^'));
    // `]` first, `-` first or last, `^` and `[` behind something else.
    if has(b']') {
        out.push(b']');
    } else if has(b'-') {
        out.push(b'-');
    }
    let mut plain = members.iter().copied().filter(|b| !b"[]^-".contains(b)).peekable();
    while let Some(low) = plain.next() {
        let mut high = low;
        while let Some(next) = plain.next_if(|next| *next == high.wrapping_add(1)) {
            high = next;
        }
        out.push(low);
        if high > low {
            out.extend([b'-', high]);
        }
    }
    out.extend([b'[', b'^'].into_iter().filter(|b| has(*b)));
    if has(b']') && has(b'-') {
        out.push(b'-');
    }
    out.push(b']');
}

/// Bytes as one word of bash: `$'…'` when they are not all printable ASCII.
fn word(bytes: &[u8]) -> String {
    if bytes.iter().all(|b| (b' '..=b'~').contains(b) && *b != b'\'') {
        return format!("'{}'", String::from_utf8_lossy(bytes));
    }
    let mut text = String::from("$'");
    for byte in bytes {
        match byte {
            b'\'' | b'\\' => text.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => text.push(char::from(*byte)),
            other => {
                let _ = write!(text, "\\x{other:02x}");
            }
        }
    }
    text.push('\'');
    text
}

#[cfg(test)]
// The judge is `find` itself.
#[allow(clippy::disallowed_methods)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    const PATHS: [&str; 24] = [
        "a",
        "b.xml",
        ".xml",
        "a.xml",
        "ab",
        "a-b",
        "a]b",
        "a^b",
        "a[b",
        "a\\b",
        "é.xml",
        "x y.xml",
        "{a,b}",
        "a,b",
        "d/ab",
        "d/b.xml",
        "d/a/b.xml",
        "d/a/a/c.xml",
        "e/a.xml",
        "e/.hidden/a.xml",
        "a.b.xml",
        "aaa",
        "!a",
        "$(a)'\"",
    ];

    const PARTS: [&str; 40] = [
        "a",
        "b",
        "d",
        "*",
        "**",
        "/",
        "**/",
        "/**",
        "?",
        ".xml",
        "*.xml",
        "{a,b}",
        "{a,b.xml}",
        "{d,e}/",
        "{**/a,b}",
        "[ab]",
        "[!ab]",
        "[^a]",
        "[a-c]",
        "[]a]",
        "[a-]",
        "[!]]",
        "[[]",
        "[\\\\]",
        "[.^-]",
        "\\*",
        "\\{",
        "\\[",
        "é",
        "[é]",
        " ",
        ".",
        "^",
        "$",
        "+",
        "(",
        "|",
        ",",
        "'",
        "!",
    ];

    /// What `find` makes of the patterns, with the expression that the driver has.
    fn found(tree: &Path, patterns: &Patterns) -> BTreeSet<String> {
        let expression = "find . -regextype posix-extended -path ./.git -prune -o -type f -regex";
        let Patterns { adds, takes } = patterns;
        let text =
            format!("a={adds} t={takes}; LC_ALL=C {expression} \"\\./($a)\" ! -regex \"\\./($t)\" -printf '%P\\0'");
        let output = Command::new("bash").args(["-c", &text]).current_dir(tree).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
            .stdout
            .split(|b| *b == 0)
            .filter(|p| !p.is_empty())
            .map(|p| String::from_utf8(p.to_vec()).unwrap())
            .collect()
    }

    fn matched(globs: &Globs) -> BTreeSet<String> {
        PATHS.iter().filter(|path| globs.matches(path)).map(|path| (*path).to_owned()).collect()
    }

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for path in PATHS {
            let path = tree.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        tree
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1) })]

        #[test]
        fn find_takes_exactly_the_files_that_a_policy_means(
            lists in prop::collection::vec(prop::collection::vec(prop::collection::vec(prop::sample::select(&PARTS[..]), 1..5), 1..3), 150)
        ) {
            let tree = tree();
            for list in lists {
                let Ok(globs) = Globs::new(list.iter().map(|parts| parts.concat()).collect()) else { continue };
                prop_assert_eq!(found(tree.path(), &patterns(&globs).unwrap()), matched(&globs), "{:?}", globs.written());
            }
        }
    }

    #[test]
    fn every_part_of_the_dialect_means_the_same_to_find() {
        let tree = tree();
        for glob in [
            "**",
            "**/*.xml",
            "d/**",
            "*.xml",
            "{d,e}/**/a.xml",
            "?.xml",
            "[]a]*",
            "**/.hidden/*",
            "é*",
            "\\{a,b\\}",
            "[!a]*",
            "d/**/b.xml",
        ] {
            for list in [vec![glob.to_owned()], vec![format!("!{glob}")], vec!["**".to_owned(), format!("!{glob}")]] {
                let globs = Globs::new(list).unwrap();
                assert_eq!(found(tree.path(), &patterns(&globs).unwrap()), matched(&globs), "{:?}", globs.written());
            }
        }
    }
}
