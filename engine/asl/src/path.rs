//! Paths: `$.a.b[0]['c d']` into the input, `$$.` into the context object. Refuses wildcards, filters, slices and
//! functions, so that every path names at most one value and every implementation agrees on which.

use serde_json::{Map, Value};

/// A path that names at most one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// As it was written.
    pub(crate) text: String,
    pub(crate) root: Root,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// `$`
    Input,
    /// `$$`
    Context,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

impl Path {
    /// The path `$`: everything.
    pub(crate) fn whole() -> Self {
        Self { text: "$".to_owned(), root: Root::Input, steps: Vec::new() }
    }

    /// Whether this is `$`.
    pub(crate) fn is_whole(&self) -> bool {
        self.root == Root::Input && self.steps.is_empty()
    }

    /// Reads a path; the error says what is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.strip_prefix('$').ok_or_else(|| format!("path {text:?} does not begin with $"))?;
        let root = match rest.strip_prefix('$') {
            Some(after) => {
                rest = after;
                Root::Context
            }
            None => Root::Input,
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest).map_err(|what| format!("path {text:?}: {what}"))?;
            steps.push(step);
            rest = after;
        }
        Ok(Self { text: text.to_owned(), root, steps })
    }

    /// The value below `from`, the input or the context object, whichever the path starts in.
    pub(crate) fn find<'a>(&self, from: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(from, |value, step| match step {
            Step::Name(name) => value.as_object()?.get(name),
            Step::Index(index) => value.as_array()?.get(*index),
        })
    }

    /// Puts `result` at this path of `input`, as `ResultPath` does: missing members are made, array items must be
    /// there already (States Language specification, "Reference Paths").
    pub(crate) fn put(&self, mut input: Value, result: Value) -> Result<Value, String> {
        let mut slot = &mut input;
        for (depth, step) in self.steps.iter().enumerate() {
            slot = match (step, slot) {
                (Step::Name(name), Value::Object(members)) => {
                    members.entry(name.as_str()).or_insert_with(|| self.scaffold(depth + 1))
                }
                (Step::Index(index), Value::Array(items)) => items
                    .get_mut(*index)
                    .ok_or_else(|| format!("{} names item {index}, which is not there", self.text))?,
                (Step::Name(name), _) => {
                    return Err(format!("{} names member {name:?} of what is no object", self.text));
                }
                (Step::Index(index), _) => return Err(format!("{} names item {index} of what is no array", self.text)),
            };
        }
        *slot = result;
        Ok(input)
    }

    /// What a missing member starts as: an object when the path goes on by name.
    fn scaffold(&self, depth: usize) -> Value {
        match self.steps.get(depth) {
            Some(Step::Name(_)) => Value::Object(Map::new()),
            Some(Step::Index(_)) | None => Value::Null,
        }
    }
}

fn step(rest: &str) -> Result<(Step, &str), String> {
    if let Some(after) = rest.strip_prefix('.') {
        let end = after.find(['.', '[']).unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        return plain_name(name).map(|()| (Step::Name(name.to_owned()), after));
    }
    let Some(inside) = rest.strip_prefix('[') else {
        return Err(format!("{rest:?} is neither .name nor [..]"));
    };
    match inside.chars().next() {
        Some(quote @ ('\'' | '"')) => {
            let inside = &inside[1..];
            let end = inside.find(quote).ok_or("a quoted name does not end")?;
            let name = &inside[..end];
            if name.is_empty() || name.contains('\\') {
                return Err(format!(
                    "the quoted name {name:?} is empty or has a backslash, which this interpreter refuses"
                ));
            }
            let after = inside[end + 1..].strip_prefix(']').ok_or("a quoted name is not followed by ]")?;
            Ok((Step::Name(name.to_owned()), after))
        }
        _ => {
            let end = inside.find(']').ok_or("[ without ]")?;
            let digits = &inside[..end];
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(format!(
                    "[{digits}] is not one item; wildcards, filters, slices and negative indexes are refused"
                ));
            }
            let index = digits.parse().map_err(|_| format!("[{digits}] is too large"))?;
            Ok((Step::Index(index), &inside[end + 1..]))
        }
    }
}

fn plain_name(name: &str) -> Result<(), String> {
    let starts_well = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if starts_well && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    if name.is_empty() || name.contains(['*', '(', ')', '?', '@']) {
        return Err(format!("{name:?} is no member name; wildcards, filters and functions are refused"));
    }
    Err(format!("implementations disagree about the name {name:?} after a dot, write ['{name}']"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn finds_members_and_items() {
        let input = json!({"a": {"b": [{"c d": 1}]}});
        let found = |text: &str| Path::parse(text).unwrap().find(&input).cloned();
        assert_eq!(found("$"), Some(input.clone()));
        assert_eq!(found("$.a.b[0]['c d']"), Some(json!(1)));
        assert_eq!(found("$['a'][\"b\"]"), Some(json!([{"c d": 1}])));
        assert_eq!(found("$.a.b[1]"), None);
        assert_eq!(found("$.a[0]"), None);
        assert_eq!(Path::parse("$$.Execution.Name").unwrap().root, Root::Context);
    }

    #[test]
    fn refuses_what_could_name_more_than_one_value() {
        for text in [
            "a",
            "",
            "$.",
            "$..a",
            "$.*",
            "$.a[*]",
            "$.a[?(@.b)]",
            "$.a[0:1]",
            "$.a[-1]",
            "$.a.length()",
            "$.a-b",
            "$[",
            "$['a",
            "$x",
        ] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn puts_a_result_where_the_path_says() {
        let put = |path: &str, input: Value| Path::parse(path).unwrap().put(input, json!(7));
        assert_eq!(put("$", json!({"a": 1})), Ok(json!(7)));
        assert_eq!(put("$.b.c", json!({"a": 1})), Ok(json!({"a": 1, "b": {"c": 7}})));
        assert_eq!(put("$.a[1]", json!({"a": [1, 2]})), Ok(json!({"a": [1, 7]})));
        assert!(put("$.a[2]", json!({"a": [1, 2]})).is_err());
        assert!(put("$.a.b", json!({"a": "text"})).is_err());
        assert!(put("$.a", json!([])).is_err());
        assert!(put("$.a[0]", json!({})).is_err());
    }
}
