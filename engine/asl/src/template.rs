//! Payload templates: JSON in which a member named `"x.$"` is computed and becomes `x`.
//! Never leaves a `.$` name in what it makes.

use serde_json::{Map, Value};

use crate::fault::{Faults, member};
use crate::intrinsic::Expression;
use crate::scope::{Chance, Problem, Scope};

/// A payload template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Template {
    /// Nothing inside is computed.
    Literal(Value),
    Array(Vec<Template>),
    Object(Vec<(String, Template)>),
    /// The field's name as written, for errors, and what computes it.
    Computed(String, Expression),
}

impl Template {
    /// Reads a template; faults are added under `pointer`.
    pub(crate) fn load(value: &Value, pointer: &str, faults: &Faults) -> Self {
        match value {
            Value::Object(members) => object(members, pointer, faults),
            Value::Array(items) => {
                let items: Vec<Template> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| Template::load(item, &format!("{pointer}/{index}"), faults))
                    .collect();
                match items.iter().all(|item| matches!(item, Template::Literal(_))) {
                    true => Template::Literal(value.clone()),
                    false => Template::Array(items),
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Template::Literal(value.clone()),
        }
    }

    /// The JSON that the template makes.
    pub(crate) fn evaluate(&self, scope: &Scope<'_>, chance: Chance<'_>) -> Result<Value, Problem> {
        match self {
            Template::Literal(value) => Ok(value.clone()),
            Template::Array(items) => {
                items.iter().map(|item| item.evaluate(scope, chance)).collect::<Result<_, _>>().map(Value::Array)
            }
            Template::Object(members) => members
                .iter()
                .map(|(name, template)| Ok((name.clone(), template.evaluate(scope, chance)?)))
                .collect::<Result<Map<_, _>, _>>()
                .map(Value::Object),
            Template::Computed(field, expression) => expression.evaluate(field, scope, chance),
        }
    }
}

fn object(members: &Map<String, Value>, pointer: &str, faults: &Faults) -> Template {
    let mut made = Vec::with_capacity(members.len());
    let mut literal = true;
    for (name, value) in members {
        let place = member(pointer, name);
        let Some(target) = name.strip_suffix(".$") else {
            let template = Template::load(value, &place, faults);
            literal &= matches!(template, Template::Literal(_));
            made.push((name.clone(), template));
            continue;
        };
        literal = false;
        if members.contains_key(target) {
            faults.add(&place, format!("both {target:?} and {name:?} are written, so the result is not defined"));
        }
        match value.as_str().map(Expression::parse) {
            Some(Ok(expression)) => made.push((target.to_owned(), Template::Computed(name.clone(), expression))),
            Some(Err(what)) => faults.add(&place, what),
            None => faults.add(&place, "a field whose name ends in .$ holds a string: a path or an intrinsic function"),
        }
    }
    if literal { Template::Literal(Value::Object(members.clone())) } else { Template::Object(made) }
}
