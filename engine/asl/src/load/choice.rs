//! The rules of a Choice state. Never accepts a rule with two operators, or with none.

use serde_json::Value;

use super::fields::Fields;
use crate::fault::Faults;
use crate::model::Choice;
use crate::path::Path;
use crate::rule::{Check, Family, Operand, Relation, Rule, What};
use crate::timestamp::nanoseconds;

const FAMILIES: [(&str, Family); 4] = [
    ("String", Family::String),
    ("Numeric", Family::Numeric),
    ("Boolean", Family::Boolean),
    ("Timestamp", Family::Timestamp),
];

const RELATIONS: [(&str, Relation); 5] = [
    ("Equals", Relation::Equals),
    ("LessThan", Relation::LessThan),
    ("GreaterThan", Relation::GreaterThan),
    ("LessThanEquals", Relation::LessThanEquals),
    ("GreaterThanEquals", Relation::GreaterThanEquals),
];

const TYPES: [(&str, What); 6] = [
    ("IsPresent", What::Present),
    ("IsNull", What::Null),
    ("IsString", What::String),
    ("IsNumeric", What::Numeric),
    ("IsBoolean", What::Boolean),
    ("IsTimestamp", What::Timestamp),
];

pub(super) fn load(fields: &Fields<'_>) -> Choice {
    fields.require("Choices");
    let entries = fields.array("Choices").unwrap_or_default();
    if entries.is_empty() && fields.has("Choices") {
        fields.fault("Choices", "must hold at least one rule");
    }
    let mut rules = Vec::new();
    for (index, value) in entries.iter().enumerate() {
        let place = format!("{}/{index}", fields.place("Choices"));
        let next = value.get("Next").and_then(Value::as_str);
        if next.is_none() {
            fields.faults.add(&place, "a rule of Choices needs a Next");
        }
        if let (Some(rule), Some(next)) = (rule(value, &place, fields.faults, true), next) {
            rules.push((rule, next.to_owned()));
        }
    }
    Choice { rules, default: fields.text("Default").map(str::to_owned) }
}

/// A rule; only those of `Choices` itself have a `Next`.
fn rule(value: &Value, place: &str, faults: &Faults, top: bool) -> Option<Rule> {
    let Some(object) = value.as_object() else {
        faults.add(place, "a rule is an object");
        return None;
    };
    let operators: Vec<(&String, &Value)> = object
        .iter()
        .filter(|(name, _)| match name.as_str() {
            "Variable" | "Comment" => false,
            "Next" => !top,
            _ => true,
        })
        .collect();
    let [(name, operand)] = operators.as_slice() else {
        let names: Vec<&str> = operators.iter().map(|(name, _)| name.as_str()).collect();
        let unless_next = if names.contains(&"Next") { ", and no Next inside And, Or and Not" } else { "" };
        faults.add(place, format!("a rule has exactly one operator{unless_next}; here are [{}]", names.join(", ")));
        return None;
    };
    let inside = format!("{place}/{name}");
    let combined = match name.as_str() {
        "And" => Some(parts(operand, &inside, faults).map(Rule::And)),
        "Or" => Some(parts(operand, &inside, faults).map(Rule::Or)),
        "Not" => Some(rule(operand, &inside, faults, false).map(|part| Rule::Not(Box::new(part)))),
        _ => None,
    };
    match combined {
        Some(_) if object.contains_key("Variable") => {
            faults.add(&format!("{place}/Variable"), format!("{name} takes no Variable"));
            None
        }
        Some(combined) => combined,
        None => test(name, operand, object.get("Variable"), place, faults),
    }
}

fn parts(value: &Value, place: &str, faults: &Faults) -> Option<Vec<Rule>> {
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        faults.add(place, "must be an array with at least one rule");
        return None;
    };
    let parts: Vec<Option<Rule>> =
        items.iter().enumerate().map(|(index, item)| rule(item, &format!("{place}/{index}"), faults, false)).collect();
    parts.into_iter().collect()
}

fn test(name: &str, operand: &Value, variable: Option<&Value>, place: &str, faults: &Faults) -> Option<Rule> {
    let fault = |at: &str, what: String| faults.add(&format!("{place}/{at}"), what);
    let check = check(name, operand).map_err(|what| fault(name, what)).ok();
    let variable = match variable.map(|variable| variable.as_str().map(Path::parse)) {
        Some(Some(Ok(path))) => Some(path),
        Some(Some(Err(what))) => {
            fault("Variable", what);
            None
        }
        Some(None) => {
            fault("Variable", "must be a string".to_owned());
            None
        }
        None => {
            faults.add(place, format!("{name} needs a Variable"));
            None
        }
    };
    variable.zip(check).map(|(variable, check)| Rule::Test { variable, check })
}

fn check(name: &str, operand: &Value) -> Result<Check, String> {
    if name == "StringMatches" {
        let pattern = operand.as_str().ok_or("must be a string")?;
        return Ok(Check::Matches(pattern.to_owned()));
    }
    if let Some((_, what)) = TYPES.into_iter().find(|(operator, _)| *operator == name) {
        let expected = operand.as_bool().ok_or("must be true or false")?;
        return Ok(Check::Is { what, expected });
    }
    let (base, by_path) = name.strip_suffix("Path").map_or((name, false), |base| (base, true));
    let (family, relation) = comparison(base).ok_or_else(|| format!("{name:?} is no comparison operator"))?;
    let with = match by_path {
        true => Operand::Path(Path::parse(operand.as_str().ok_or("must be a string that holds a path")?)?),
        false => {
            literal_fits(family, operand)?;
            Operand::Literal(operand.clone())
        }
    };
    Ok(Check::Compare { family, relation, with })
}

fn comparison(name: &str) -> Option<(Family, Relation)> {
    FAMILIES.into_iter().find_map(|(prefix, family)| {
        let suffix = name.strip_prefix(prefix)?;
        let (_, relation) = RELATIONS.into_iter().find(|(operator, _)| *operator == suffix)?;
        (family != Family::Boolean || relation == Relation::Equals).then_some((family, relation))
    })
}

fn literal_fits(family: Family, literal: &Value) -> Result<(), &'static str> {
    let (fits, wanted) = match family {
        Family::String => (literal.is_string(), "must be a string"),
        Family::Numeric => (literal.is_number(), "must be a number"),
        Family::Boolean => (literal.is_boolean(), "must be true or false"),
        Family::Timestamp => {
            let fits = literal.as_str().and_then(nanoseconds).is_some();
            (fits, "must be an RFC 3339 time such as 2026-01-31T12:00:00Z")
        }
    };
    if fits { Ok(()) } else { Err(wanted) }
}
