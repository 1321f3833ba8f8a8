//! Globs against paths and branches. They are held against whole values, never parts.

use std::sync::OnceLock;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};

use super::{LONGEST_PATTERN, PatternError};

/// Lists of globs without brackets and up to this many bytes always compile: what they become grows with their length
/// alone, and stays far below the limits of `globset`.
const SURELY_COMPILES: usize = 20_000;

/// A glob is only ever wrong in its brackets, its braces, or what it escapes.
const MAY_BE_FAULTY: [char; 5] = ['[', ']', '{', '}', '\\'];

/// Globs against paths or branches: `*` stays inside one path part, `**` crosses them; a leading `!` takes away.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Globs {
    written: Vec<String>,
    /// Compiled when first needed: a policy is read far more often than its globs are held against anything.
    sets: OnceLock<Sets>,
}

/// A list of globs in the form that is fast to match.
#[derive(Debug, Clone, Default)]
struct Sets {
    adds: GlobSet,
    takes: GlobSet,
}

impl Globs {
    /// Checks a list of globs.
    ///
    /// # Errors
    /// The first one that is no glob, is empty, too long, or takes away where nothing was added.
    pub fn new(written: Vec<String>) -> Result<Self, PatternError> {
        for (index, text) in written.iter().enumerate() {
            let fail = |message: String| PatternError { index, offset: None, message };
            let body = text.strip_prefix('!').unwrap_or(text);
            if body.is_empty() {
                return Err(fail("an empty glob matches nothing".to_owned()));
            }
            if body.len() > LONGEST_PATTERN {
                return Err(fail(format!(
                    "a glob may have {LONGEST_PATTERN} bytes at most, this one has {}",
                    body.len()
                )));
            }
            if body.contains(MAY_BE_FAULTY) {
                parsed(body).map_err(|error| fail(format!("not a glob: {}", why(error.kind()))))?;
            }
        }
        let bytes: usize = written.iter().map(String::len).sum();
        let sets = OnceLock::new();
        if bytes > SURELY_COMPILES || written.iter().any(|text| text.contains(['{', '['])) {
            let compiled = Sets::new(&written).map_err(|error| PatternError {
                index: 0,
                offset: None,
                message: format!("not a glob: {}", why(error.kind())),
            })?;
            sets.get_or_init(|| compiled);
        }
        Ok(Self { written, sets })
    }

    /// The list that matches every value: `**`.
    pub fn everything() -> Self {
        Self { written: vec!["**".to_owned()], sets: OnceLock::new() }
    }

    /// As written.
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// Whether the whole of `value` matches one of the globs and none that takes away. A list that only takes away
    /// starts from everything, an empty one matches nothing.
    pub fn matches(&self, value: &str) -> bool {
        // What does not surely compile was compiled in `new`, so that the default is never taken.
        let sets = self.sets.get_or_init(|| Sets::new(&self.written).unwrap_or_default());
        !self.written.is_empty() && (sets.adds.is_empty() || sets.adds.is_match(value)) && !sets.takes.is_match(value)
    }
}

impl Sets {
    fn new(written: &[String]) -> Result<Self, globset::Error> {
        let (mut adds, mut takes) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for text in written {
            match text.strip_prefix('!') {
                Some(body) => takes.add(parsed(body)?),
                None => adds.add(parsed(text)?),
            };
        }
        Ok(Self { adds: adds.build()?, takes: takes.build()? })
    }
}

/// What is wrong with a glob, in our words.
fn why(kind: &globset::ErrorKind) -> String {
    use globset::ErrorKind::{
        DanglingEscape, InvalidRange, NestedAlternates, UnclosedAlternates, UnclosedClass, UnopenedAlternates,
    };
    match kind {
        UnclosedClass => "a `[` is never closed".to_owned(),
        InvalidRange(first, last) => format!("the range `{first}-{last}` is upside down"),
        UnopenedAlternates => "a `}` closes nothing".to_owned(),
        UnclosedAlternates => "a `{` is never closed".to_owned(),
        NestedAlternates => "braces stand inside braces".to_owned(),
        DanglingEscape => "nothing follows the last `\\`".to_owned(),
        _ => "it is too large".to_owned(),
    }
}

fn parsed(body: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(body).literal_separator(true).backslash_escape(true).build()
}

impl std::fmt::Debug for Globs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.written.fmt(f)
    }
}

impl PartialEq for Globs {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Globs {}

impl TryFrom<Vec<String>> for Globs {
    type Error = PatternError;
    fn try_from(written: Vec<String>) -> Result<Self, PatternError> {
        Self::new(written)
    }
}

impl From<Globs> for Vec<String> {
    fn from(globs: Globs) -> Self {
        globs.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(list: &[&str]) -> Globs {
        Globs::new(list.iter().map(|t| (*t).to_owned()).collect()).unwrap()
    }

    #[test]
    fn one_star_stays_inside_a_path_part_and_two_cross_them() {
        assert!(globs(&["src/*"]).matches("src/a.rs"));
        assert!(!globs(&["src/*"]).matches("src/a/b.rs"));
        assert!(globs(&["src/**"]).matches("src/a/b.rs"));
        assert!(globs(&["**/*.md"]).matches("README.md"));
    }

    #[test]
    fn a_leading_exclamation_mark_takes_away() {
        let list = globs(&["docs/**", "!docs/api/**"]);
        assert!(list.matches("docs/a.md"));
        assert!(!list.matches("docs/api/a.md"));
    }

    proptest::proptest! {
        #[test]
        fn what_is_not_parsed_to_be_checked_is_always_a_glob(text in "[*?!a,/. \\-^$~é]{1,30}") {
            let body = text.strip_prefix('!').unwrap_or(&text);
            assert!(body.contains(MAY_BE_FAULTY) || Sets::new(std::slice::from_ref(&text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn two_hundred_nested_braces_are_refused_not_a_panic() {
        let nested = "{a,".repeat(200) + &"}".repeat(200);
        let _ = Globs::new(vec![nested]);
    }

    #[test]
    fn the_largest_list_that_is_compiled_late_compiles() {
        for unit in ["?", "*a", "**/", "\u{10FFFF}", "\\*", "a?*"] {
            let longest = unit.repeat(LONGEST_PATTERN / unit.len());
            let list: Vec<String> =
                (0..SURELY_COMPILES / LONGEST_PATTERN).map(|n| format!("{n}{}", &longest[unit.len() * 4..])).collect();
            assert!(Sets::new(&list).is_ok(), "{unit}");
        }
    }
}
