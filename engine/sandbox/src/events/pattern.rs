//! Event patterns: what they are once read, and whether an event matches. It knows nothing of rules.
//!
//! *Documented* throughout (EventBridge user guide, event patterns and content filtering). *Assumed*: several fields
//! inside one list of objects must match within the same object.

use serde_json::{Map, Value};

/// A pattern that was read without fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(pub(super) Fields);

/// Conditions on the fields of one object: all of `fields`, and one alternative of each `$or`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Fields {
    pub(super) fields: Vec<(String, Condition)>,
    pub(super) alternatives: Vec<Vec<Fields>>,
}

/// A condition on one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    /// It is an object, whose fields match.
    Object(Fields),
    /// One of its values matches one of these.
    Leaf(Vec<Matcher>),
}

/// A condition on one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matcher {
    /// The same text, number, boolean or null. Numbers are compared as they are written: 300 is not 300.0.
    Equals(Value),
    /// A text that begins so.
    Prefix(String, Case),
    /// A text that ends so.
    Suffix(String, Case),
    /// The same text in any case.
    IgnoreCase(String),
    /// A text of this form, where `*` stands for any characters.
    Wildcard(String),
    /// A value that none of these matches. The field must be there.
    AnythingBut(Vec<Matcher>),
    /// A number within all of these bounds.
    Numeric(Vec<(Comparison, f64)>),
    /// The field is there, or is not.
    Exists(bool),
}

/// Whether case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Counts,
    Ignored,
}

/// How a number is compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Pattern {
    /// Whether the event, with its envelope, matches.
    pub fn matches(&self, event: &Value) -> bool {
        event.as_object().is_some_and(|event| self.0.match_object(event))
    }
}

impl Fields {
    fn match_object(&self, object: &Map<String, Value>) -> bool {
        self.fields.iter().all(|(name, condition)| condition.holds(object.get(name)))
            && self.alternatives.iter().all(|one_of| one_of.iter().any(|fields| fields.match_object(object)))
    }

    /// Without the object, only conditions that ask for absence can hold.
    fn match_absent(&self) -> bool {
        self.match_object(&Map::new())
    }

    fn match_value(&self, value: &Value) -> bool {
        match value {
            Value::Object(object) => self.match_object(object),
            Value::Array(items) => items.iter().any(|item| self.match_value(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
}

impl Condition {
    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Object(fields), Some(value)) => fields.match_value(value),
            (Self::Object(fields), None) => fields.match_absent(),
            (Self::Leaf(matchers), value) => matchers.iter().any(|matcher| matcher.holds(value)),
        }
    }
}

impl Matcher {
    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            // Only leaves can be asked for: an object is none.
            (Self::Exists(wanted), value) => *wanted == value.is_some_and(|value| !value.is_object()),
            (_, Some(Value::Array(items))) => items.iter().any(|item| self.matches(item)),
            (_, Some(value)) => self.matches(value),
            (_, None) => false,
        }
    }

    fn matches(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Equals(wanted) => wanted == value,
            Self::Prefix(start, Case::Counts) => text.is_some_and(|text| text.starts_with(start)),
            Self::Prefix(start, Case::Ignored) => text.is_some_and(|text| folded(text).starts_with(&folded(start))),
            Self::Suffix(end, Case::Counts) => text.is_some_and(|text| text.ends_with(end)),
            Self::Suffix(end, Case::Ignored) => text.is_some_and(|text| folded(text).ends_with(&folded(end))),
            Self::IgnoreCase(wanted) => text.is_some_and(|text| folded(text) == folded(wanted)),
            Self::Wildcard(form) => text.is_some_and(|text| wildcard(form, text)),
            Self::AnythingBut(none_of) => !value.is_object() && !none_of.iter().any(|matcher| matcher.matches(value)),
            Self::Numeric(bounds) => value.as_f64().is_some_and(|number| {
                bounds.iter().all(|(comparison, bound)| match comparison {
                    // Bounds are written, not computed, so that equality is meant exactly.
                    Comparison::Equal => number.total_cmp(bound).is_eq(),
                    Comparison::Less => number < *bound,
                    Comparison::LessOrEqual => number <= *bound,
                    Comparison::Greater => number > *bound,
                    Comparison::GreaterOrEqual => number >= *bound,
                })
            }),
            Self::Exists(wanted) => *wanted,
        }
    }
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Whether `text` has the form, where `*` stands for any characters and `\` takes the next one as it is. Linear but
/// for the last `*`, to which alone it goes back.
pub(crate) fn wildcard(form: &str, text: &str) -> bool {
    let form = pieces(form);
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match form.get(at) {
            Some(None) => {
                star = Some((at, read));
                at += 1;
            }
            Some(Some(wanted)) if *wanted == text[read] => {
                at += 1;
                read += 1;
            }
            Some(Some(_)) | None => {
                let Some((star_at, star_read)) = star else { return false };
                star = Some((star_at, star_read + 1));
                at = star_at + 1;
                read = star_read + 1;
            }
        }
    }
    form[at..].iter().all(Option::is_none)
}

/// The characters of a form; `None` is a `*`.
fn pieces(form: &str) -> Vec<Option<char>> {
    let mut pieces = Vec::new();
    let mut characters = form.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => pieces.push(None),
            '\\' => pieces.push(Some(characters.next().unwrap_or('\\'))),
            other => pieces.push(Some(other)),
        }
    }
    pieces
}

#[cfg(test)]
mod tests;
