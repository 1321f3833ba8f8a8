//! The door from a pattern's JSON to a [`Pattern`]. It refuses what EventBridge refuses, and names the place.

use serde_json::{Map, Value};

use super::pattern::{Case, Comparison, Condition, Fields, Matcher, Pattern};

/// Why a pattern is not valid, for a person.
pub(crate) type Reason = String;

impl Pattern {
    /// Reads a pattern's JSON text.
    ///
    /// # Errors
    /// A sentence with the field that is wrong.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        Self::read(&value)
    }

    /// Reads a pattern.
    ///
    /// # Errors
    /// A sentence with the field that is wrong.
    pub(crate) fn read(value: &Value) -> Result<Self, Reason> {
        match value {
            Value::Object(object) if !object.is_empty() => Ok(Self(fields(object, "")?)),
            Value::Object(_) => Err("the pattern is empty".to_owned()),
            _ => Err("the pattern is not an object".to_owned()),
        }
    }
}

fn fields(object: &Map<String, Value>, place: &str) -> Result<Fields, Reason> {
    let mut read = Fields::default();
    for (name, value) in object {
        let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        match value {
            // Only a list of objects makes an alternative; otherwise `$or` is a field like others.
            Value::Array(items) if name == "$or" && items.len() >= 2 && items.iter().all(Value::is_object) => {
                let one_of: Result<Vec<Fields>, Reason> =
                    items.iter().filter_map(Value::as_object).map(|item| fields(item, &place)).collect();
                read.alternatives.push(one_of?);
            }
            Value::Object(inner) if inner.is_empty() => return Err(format!("{place}: empty objects are not allowed")),
            Value::Object(inner) => read.fields.push((name.clone(), Condition::Object(fields(inner, &place)?))),
            Value::Array(items) if items.is_empty() => return Err(format!("{place}: empty arrays are not allowed")),
            Value::Array(items) => {
                let matchers: Result<Vec<Matcher>, Reason> = items.iter().map(|item| matcher(item, &place)).collect();
                read.fields.push((name.clone(), Condition::Leaf(matchers?)));
            }
            _ => return Err(format!("{place}: must be an object or an array")),
        }
    }
    Ok(read)
}

fn matcher(value: &Value, place: &str) -> Result<Matcher, Reason> {
    match value {
        Value::Object(filter) => content_filter(filter, place),
        Value::Array(_) => Err(format!("{place}: an array inside an array is not a match value")),
        plain => Ok(Matcher::Equals(plain.clone())),
    }
}

fn content_filter(filter: &Map<String, Value>, place: &str) -> Result<Matcher, Reason> {
    let Some((kind, wanted)) = filter.iter().next().filter(|_| filter.len() == 1) else {
        return Err(format!("{place}: a filter has exactly one key"));
    };
    match kind.as_str() {
        "prefix" => affix(wanted, kind, place).map(|(text, case)| Matcher::Prefix(text, case)),
        "suffix" => affix(wanted, kind, place).map(|(text, case)| Matcher::Suffix(text, case)),
        "equals-ignore-case" => text(wanted, kind, place).map(Matcher::IgnoreCase),
        "wildcard" => form(wanted, place),
        "anything-but" => anything_but(wanted, place).map(Matcher::AnythingBut),
        "numeric" => numeric(wanted, place).map(Matcher::Numeric),
        "exists" => match wanted {
            Value::Bool(wanted) => Ok(Matcher::Exists(*wanted)),
            _ => Err(format!("{place}: exists must be true or false")),
        },
        other => Err(format!("{place}: unrecognized match type {other}")),
    }
}

/// `"text"` or `{"equals-ignore-case": "text"}`.
fn affix(wanted: &Value, kind: &str, place: &str) -> Result<(String, Case), Reason> {
    match wanted {
        Value::Object(inner) if inner.len() == 1 && inner.contains_key("equals-ignore-case") => {
            Ok((text(&inner["equals-ignore-case"], kind, place)?, Case::Ignored))
        }
        plain => Ok((text(plain, kind, place)?, Case::Counts)),
    }
}

fn form(wanted: &Value, place: &str) -> Result<Matcher, Reason> {
    let form = text(wanted, "wildcard", place)?;
    match form.contains("**") {
        true => Err(format!("{place}: consecutive wildcard characters are not allowed")),
        false => Ok(Matcher::Wildcard(form)),
    }
}

/// One value, several, or a filter with one text or several.
fn anything_but(wanted: &Value, place: &str) -> Result<Vec<Matcher>, Reason> {
    let plain = |value: &Value| match value {
        Value::String(_) | Value::Number(_) => Ok(Matcher::Equals(value.clone())),
        _ => Err(format!("{place}: anything-but takes strings, numbers or one filter")),
    };
    match wanted {
        Value::Array(items) if items.is_empty() => Err(format!("{place}: anything-but must not be empty")),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(filter) => {
            let Some((kind, wanted)) = filter.iter().next().filter(|_| filter.len() == 1) else {
                return Err(format!("{place}: anything-but takes exactly one filter"));
            };
            if !["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&kind.as_str()) {
                return Err(format!("{place}: anything-but does not take {kind}"));
            }
            let several = match wanted {
                Value::Array(items) => items.clone(),
                one => vec![one.clone()],
            };
            several.into_iter().map(|one| content_filter(&Map::from_iter([(kind.clone(), one)]), place)).collect()
        }
        value => Ok(vec![plain(value)?]),
    }
}

/// `[">", 0, "<=", 5]`
fn numeric(wanted: &Value, place: &str) -> Result<Vec<(Comparison, f64)>, Reason> {
    let wrong = || format!("{place}: numeric takes one or two comparisons, each followed by a number");
    let items = wanted.as_array().ok_or_else(wrong)?;
    if ![2, 4].contains(&items.len()) {
        return Err(wrong());
    }
    let bound = |pair: &[Value]| {
        let comparison = match pair[0].as_str().ok_or_else(wrong)? {
            "=" => Comparison::Equal,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return Err(wrong()),
        };
        Ok((comparison, pair[1].as_f64().ok_or_else(wrong)?))
    };
    items.chunks_exact(2).map(bound).collect()
}

fn text(wanted: &Value, kind: &str, place: &str) -> Result<String, Reason> {
    wanted.as_str().map(str::to_owned).ok_or_else(|| format!("{place}: {kind} takes a string"))
}
