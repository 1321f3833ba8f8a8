//! The three ways in which a policy recognises text: globs, ARN globs, and title forms. Each is checked when it is
//! made, so that a value is always usable, and each compares whole values, never parts.

use std::sync::OnceLock;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Longest glob or regular expression that a policy may hold, in bytes.
pub const LONGEST_PATTERN: usize = 1_000;

/// Lists of globs without brackets and up to this many bytes always compile: what they become grows with their length
/// alone, and stays far below the limits of `globset`.
const SURELY_COMPILES: usize = 20_000;

/// A glob is only ever wrong in its brackets, its braces, or what it escapes.
const MAY_BE_FAULTY: [char; 5] = ['[', ']', '{', '}', '\\'];

/// Why a pattern was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// Which of the list, from 0.
    pub index: usize,
    /// Byte offset of the fault inside the pattern, when it is known.
    pub offset: Option<usize>,
    /// What is wrong, in our words.
    pub message: String,
}

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

/// Globs against ARNs: `*` never crosses `:` or `/`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ArnGlobs {
    written: Vec<String>,
}

/// How a title is recognised, without regard to case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TitleForm {
    /// The title begins with this text.
    StartsWith(String),
    /// The title has this text somewhere.
    Contains(String),
    /// The whole title matches this regular expression.
    Matches(Pattern),
}

/// A regular expression that is held against the whole value, in linear time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    written: String,
    regex: Regex,
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

impl ArnGlobs {
    /// Checks a list of ARN globs.
    ///
    /// # Errors
    /// The first one that does not begin with `arn:`, has fewer than six parts, or is too long.
    pub fn new(written: Vec<String>) -> Result<Self, PatternError> {
        for (index, text) in written.iter().enumerate() {
            let fail = |message: &str| PatternError { index, offset: None, message: message.to_owned() };
            if text.len() > LONGEST_PATTERN {
                return Err(fail("an ARN may have 1000 bytes at most"));
            }
            if !text.starts_with("arn:") || text.split(':').count() < 6 {
                return Err(fail(
                    "not an ARN such as arn:aws:iam::111122223333:user/alice or arn:aws:sts::*:assumed-role/Role/*",
                ));
            }
        }
        Ok(Self { written })
    }

    /// As written.
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Both lists, each entry once.
    pub fn plus(mut self, more: &Self) -> Self {
        for glob in &more.written {
            if !self.written.contains(glob) {
                self.written.push(glob.clone());
            }
        }
        self
    }

    /// The glob that `arn` matches as a whole, if any.
    pub fn find(&self, arn: &str) -> Option<&str> {
        self.written.iter().map(String::as_str).find(|glob| arn_matches(glob.as_bytes(), arn.as_bytes()))
    }
}

/// `*` stands for any run of characters but `:` and `/`. Linear: only the last `*` is ever tried again.
fn arn_matches(glob: &[u8], arn: &[u8]) -> bool {
    let (mut g, mut a) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while a < arn.len() {
        if g < glob.len() && glob[g] == b'*' {
            last_star = Some((g, a));
            g += 1;
        } else if g < glob.len() && glob[g] == arn[a] {
            g += 1;
            a += 1;
        } else if let Some((star, from)) = last_star
            && arn[from] != b':'
            && arn[from] != b'/'
        {
            last_star = Some((star, from + 1));
            g = star + 1;
            a = from + 1;
        } else {
            return false;
        }
    }
    glob[g..].iter().all(|b| *b == b'*')
}

/// Who an ARN stands for: the user's or the session's name. Two ARNs with the same name are one person.
pub fn person(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

impl Pattern {
    /// Compiles a regular expression.
    ///
    /// # Errors
    /// When it is too long, too large once compiled, or uses look-around or back-references, which need more than linear time.
    pub fn new(written: impl Into<String>) -> Result<Self, PatternError> {
        let written = written.into();
        let fail = |message: String| PatternError { index: 0, offset: None, message };
        if written.len() > LONGEST_PATTERN {
            return Err(fail(format!(
                "a regular expression may have {LONGEST_PATTERN} bytes at most, this one has {}",
                written.len()
            )));
        }
        let regex = RegexBuilder::new(&format!(r"\A(?:{written})\z"))
            .case_insensitive(true)
            .size_limit(1 << 20)
            .dfa_size_limit(1 << 20)
            .nest_limit(50)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => {
                    fail("this regular expression grows too large when it is compiled".to_owned())
                }
                _ => fail(
                    "not a regular expression of the linear-time kind (no look-around, no back-references)".to_owned(),
                ),
            })?;
        // `a)(b` compiles inside our brackets and not by itself.
        if Regex::new(&written).is_err() {
            return Err(fail("not a regular expression: unbalanced brackets".to_owned()));
        }
        Ok(Self { written, regex })
    }

    /// As written.
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

impl TryFrom<String> for Pattern {
    type Error = PatternError;
    fn try_from(written: String) -> Result<Self, PatternError> {
        Self::new(written)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.written
    }
}

impl PartialEq for TitleForm {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::StartsWith(a), Self::StartsWith(b)) | (Self::Contains(a), Self::Contains(b)) => a == b,
            (Self::Matches(a), Self::Matches(b)) => a == b,
            (Self::StartsWith(_) | Self::Contains(_) | Self::Matches(_), _) => false,
        }
    }
}

impl Eq for TitleForm {}

impl TitleForm {
    /// Whether the title has this form, after both are normalised.
    pub fn matches(&self, title: &str) -> bool {
        match self {
            Self::StartsWith(text) => fold(title).starts_with(&fold(text)),
            Self::Contains(text) => fold(title).contains(&fold(text)),
            Self::Matches(pattern) => pattern.regex.is_match(&normalise(title)),
        }
    }

    /// The same form, with its text as titles are compared.
    pub(crate) fn folded(&self) -> Self {
        match self {
            Self::StartsWith(text) => Self::StartsWith(fold(text)),
            Self::Contains(text) => Self::Contains(fold(text)),
            Self::Matches(pattern) => Self::Matches(pattern.clone()),
        }
    }

    /// Whether every title of this folded form has the other folded form too, as far as their texts tell.
    pub(crate) fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::StartsWith(text), Self::StartsWith(wide)) => text.starts_with(wide),
            (Self::StartsWith(text) | Self::Contains(text), Self::Contains(wide)) => text.contains(wide),
            (Self::Matches(pattern), Self::Matches(wide)) => pattern == wide,
            (Self::StartsWith(_) | Self::Contains(_) | Self::Matches(_), _) => false,
        }
    }
}

/// A title, or a text that it may have, without regard to case.
fn fold(text: &str) -> String {
    normalise(text).to_lowercase()
}

/// A title as it is compared: NFKC, without control and bidirectional formatting characters.
pub fn normalise(title: &str) -> String {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{061C}' | '\u{FEFF}')
    };
    title.nfkc().filter(|c| !invisible(*c)).collect()
}

#[cfg(test)]
mod tests;
