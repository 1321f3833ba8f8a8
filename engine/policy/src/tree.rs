//! A YAML document as it was written: every key and value with its place and style. Nothing here knows the language of
//! policies.

use serde_json::{Map, Number, Value};

use crate::span::Span;

/// A document and its comments.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The one value.
    pub root: Node,
    /// Comments, in order.
    pub comments: Vec<Comment>,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// What follows `#`.
    pub text: String,
    /// From `#` to the end of the line.
    pub span: Span,
}

/// A value at its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Text, a number, a boolean or nothing.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in order; no key is there twice.
    Map(Vec<Entry>),
    /// Something that was already told to be a fault; nothing more is said about it.
    Fault,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
}

/// A key at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A scalar as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text after quotes and folding are resolved.
    pub text: String,
    /// How it was written.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|` or `>`
    Block,
}

/// What a scalar means in YAML's core schema (spec 1.2.2, section 10.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meaning {
    /// Nothing: empty, `~`, `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// Anything else.
    Text,
}

impl Node {
    /// The value of a key, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, when this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key.text == key),
            Kind::Scalar(_) | Kind::List(_) | Kind::Fault => None,
        }
    }

    /// The same value as any YAML 1.2 reader hands it on: what a JSON Schema validator sees.
    pub fn json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.json(),
            Kind::List(items) => Value::Array(items.iter().map(Self::json).collect()),
            Kind::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.text.clone(), entry.value.json()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
            Kind::Fault => Value::Null,
        }
    }

    /// What kind of thing it is, for a sentence.
    pub(crate) fn described(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(scalar) => match scalar.meaning() {
                Meaning::Null => "nothing",
                Meaning::Bool(_) => "a boolean",
                Meaning::Number(_) => "a number",
                Meaning::Text => "text",
            },
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Fault => "a fault",
        }
    }
}

impl Scalar {
    /// What it means. Only a scalar without quotes is anything but text.
    pub fn meaning(&self) -> Meaning {
        if self.style != Style::Plain {
            return Meaning::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
            "true" | "True" | "TRUE" => Meaning::Bool(true),
            "false" | "False" | "FALSE" => Meaning::Bool(false),
            text => number(text).map_or(Meaning::Text, Meaning::Number),
        }
    }

    fn json(&self) -> Value {
        match self.meaning() {
            Meaning::Null => Value::Null,
            Meaning::Bool(value) => Value::Bool(value),
            Meaning::Text => Value::String(self.text.clone()),
            Meaning::Number(value) => {
                let exact = self.text.parse::<i64>().ok().map(Number::from);
                let number = exact.or_else(|| Number::from_f64(value));
                number.map_or_else(|| Value::String(self.text.clone()), Value::Number)
            }
        }
    }
}

/// A number of the core schema: decimal with an optional exponent, `0o17`, `0x1F`. `.inf` and `.nan` are no numbers that
/// JSON has, and stay text.
fn number(text: &str) -> Option<f64> {
    let whole = |digits: &str, radix: u32| u64::from_str_radix(digits, radix).ok();
    if let Some(digits) = text.strip_prefix("0x").filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())) {
        return whole(digits, 16).map(|n| n as f64);
    }
    if let Some(digits) = text.strip_prefix("0o").filter(|d| d.bytes().all(|b| (b'0'..=b'7').contains(&b))) {
        return whole(digits, 8).map(|n| n as f64);
    }
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if !numeric || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Meaning {
        Scalar { text: text.to_owned(), style: Style::Plain }.meaning()
    }

    #[test]
    fn only_the_core_schema_makes_scalars_anything_but_text() {
        assert_eq!(plain("3.10"), Meaning::Number(3.1));
        assert_eq!(plain("0x1F"), Meaning::Number(31.0));
        assert_eq!(plain("1e3"), Meaning::Number(1000.0));
        for text in ["yes", "no", "on", "off", "1:30", ".inf", "1_000", "2027-01-31", "-", ".", "0x", "e5", "1e999"] {
            assert_eq!(plain(text), Meaning::Text, "{text}");
        }
        let quoted = Scalar { text: "true".to_owned(), style: Style::Double };
        assert_eq!(quoted.meaning(), Meaning::Text);
    }
}
