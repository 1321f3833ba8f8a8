//! How titles are recognised: by a text or a regular expression, without regard to case and to what nobody sees. A pattern
//! takes linear time, whatever it is held against.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::{LONGEST_PATTERN, PatternError};

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
mod tests {
    use super::*;

    #[test]
    fn a_title_is_compared_without_case_after_invisible_characters_are_gone() {
        let hotfix = TitleForm::StartsWith("[hotfix]".to_owned());
        assert!(hotfix.matches("[HotFix] db"));
        assert!(hotfix.matches("\u{202E}[hot\u{200B}fix] db"));
        assert!(!hotfix.matches("re: [hotfix] db"));
    }

    #[test]
    fn a_regular_expression_matches_whole_titles_only() {
        let form = TitleForm::Matches(Pattern::new("fix|feat").unwrap());
        assert!(form.matches("FIX"));
        assert!(!form.matches("prefix"));
        assert!(Pattern::new("a)(b").is_err());
        assert!(Pattern::new("(?=a)").is_err());
    }
}
