//! The rules of a Choice state. Never compares values of different types: such a test is false.

use serde_json::Value;

use crate::path::Path;
use crate::scope::{Problem, Scope};
use crate::timestamp::nanoseconds;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    And(Vec<Rule>),
    Or(Vec<Rule>),
    Not(Box<Rule>),
    Test { variable: Path, check: Check },
}

/// What a variable is held against.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Check {
    Compare {
        family: Family,
        relation: Relation,
        with: Operand,
    },
    /// A pattern in which `*` stands for any characters and `\*` for a star.
    Matches(String),
    Is {
        what: What,
        expected: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    String,
    Numeric,
    Boolean,
    Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Literal(Value),
    Path(Path),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Present,
    Null,
    String,
    Numeric,
    Boolean,
    Timestamp,
}

impl Rule {
    /// Whether the condition holds. `And` and `Or` stop at the first part that decides, so a test for presence
    /// protects those after it.
    pub(crate) fn holds(&self, scope: &Scope<'_>) -> Result<bool, Problem> {
        match self {
            Rule::And(parts) => {
                for part in parts {
                    if !part.holds(scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Rule::Or(parts) => {
                for part in parts {
                    if part.holds(scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Rule::Not(part) => part.holds(scope).map(|holds| !holds),
            Rule::Test { variable, check } => check.holds(variable, scope),
        }
    }
}

impl Check {
    fn holds(&self, variable: &Path, scope: &Scope<'_>) -> Result<bool, Problem> {
        let found = scope.find(variable);
        if let Check::Is { what: What::Present, expected } = self {
            return Ok(found.is_some() == *expected);
        }
        let value = found.ok_or_else(|| missing(variable))?;
        Ok(match self {
            Check::Compare { family, relation, with } => {
                let with = match with {
                    Operand::Literal(literal) => literal,
                    Operand::Path(path) => scope.find(path).ok_or_else(|| missing(path))?,
                };
                relation.holds(*family, value, with)
            }
            Check::Matches(pattern) => value.as_str().is_some_and(|text| matches_pattern(pattern, text)),
            Check::Is { what, expected } => what.is(value) == *expected,
        })
    }
}

/// documented: a variable that is not there ends the execution, unless `IsPresent` asks for it.
fn missing(path: &Path) -> Problem {
    Problem::Runtime(format!(
        "Invalid path '{}': The choice state's condition path references an invalid value.",
        path.text
    ))
}

impl Relation {
    fn holds(self, family: Family, a: &Value, b: &Value) -> bool {
        let ordering = match family {
            Family::String => a.as_str().zip(b.as_str()).map(|(a, b)| a.cmp(b)),
            Family::Boolean => a.as_bool().zip(b.as_bool()).map(|(a, b)| a.cmp(&b)),
            Family::Numeric => match (a.as_i64(), b.as_i64()) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)),
            },
            Family::Timestamp => {
                let instant = |value: &Value| value.as_str().and_then(nanoseconds);
                instant(a).zip(instant(b)).map(|(a, b)| a.cmp(&b))
            }
        };
        ordering.is_some_and(|ordering| match self {
            Relation::Equals => ordering.is_eq(),
            Relation::LessThan => ordering.is_lt(),
            Relation::GreaterThan => ordering.is_gt(),
            Relation::LessThanEquals => ordering.is_le(),
            Relation::GreaterThanEquals => ordering.is_ge(),
        })
    }
}

impl What {
    fn is(self, value: &Value) -> bool {
        match self {
            What::Present => true,
            What::Null => value.is_null(),
            What::String => value.is_string(),
            What::Numeric => value.is_number(),
            What::Boolean => value.is_boolean(),
            What::Timestamp => value.as_str().and_then(nanoseconds).is_some(),
        }
    }
}

/// Whether `text` fits `pattern`. Linear but for the usual one-star backtracking.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let pattern = tokens(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut last_star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Token::Star) => {
                last_star = Some((p, t));
                p += 1;
            }
            Some(Token::Char(c)) if *c == text[t] => {
                p += 1;
                t += 1;
            }
            Some(Token::Char(_)) | None => match last_star {
                // Let the last star take one character more and try again from there.
                Some((star, taken)) => {
                    last_star = Some((star, taken + 1));
                    p = star + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|token| matches!(token, Token::Star))
}

enum Token {
    Star,
    Char(char),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match (c, chars.peek()) {
            ('*', _) => Token::Star,
            ('\\', Some(&escaped @ ('*' | '\\'))) => {
                chars.next();
                Token::Char(escaped)
            }
            (c, _) => Token::Char(c),
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_and_can_be_escaped() {
        assert!(matches_pattern("foo*.log", "foo23.log") && matches_pattern("foo*.log", "foo.log"));
        assert!(matches_pattern("*.log", "zebra.log") && matches_pattern("foo*.*", "foobar.zebra"));
        assert!(!matches_pattern("foo*.log", "foo.log.gz") && !matches_pattern("foo", "foobar"));
        assert!(matches_pattern("a\\*b", "a*b") && !matches_pattern("a\\*b", "axb"));
        assert!(matches_pattern("*a*a*a*", "aaa") && !matches_pattern("*a*a*a*b", "aaaa"));
        assert!(matches_pattern("", "") && matches_pattern("*", "") && !matches_pattern("", "a"));
    }
}
