//! The intrinsic functions by name, and what each demands of its arguments. Source of names, arguments and limits:
//! developer guide, "Intrinsic functions for JSONPath states in Step Functions". Never reads anything but its arguments
//! and the chance it is given.

use serde_json::Value;

use super::{Argument, array, text};
use crate::scope::Chance;

/// An intrinsic function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Array,
    ArrayContains,
    ArrayGetItem,
    ArrayLength,
    ArrayPartition,
    ArrayRange,
    ArrayUnique,
    Base64Decode,
    Base64Encode,
    Format,
    Hash,
    JsonMerge,
    JsonToString,
    MathAdd,
    MathRandom,
    StringSplit,
    StringToJson,
    Uuid,
}

const ALL: [Function; 18] = [
    Function::Array,
    Function::ArrayContains,
    Function::ArrayGetItem,
    Function::ArrayLength,
    Function::ArrayPartition,
    Function::ArrayRange,
    Function::ArrayUnique,
    Function::Base64Decode,
    Function::Base64Encode,
    Function::Format,
    Function::Hash,
    Function::JsonMerge,
    Function::JsonToString,
    Function::MathAdd,
    Function::MathRandom,
    Function::StringSplit,
    Function::StringToJson,
    Function::Uuid,
];

impl Function {
    pub(crate) fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|function| function.name() == name)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Function::Array => "States.Array",
            Function::ArrayContains => "States.ArrayContains",
            Function::ArrayGetItem => "States.ArrayGetItem",
            Function::ArrayLength => "States.ArrayLength",
            Function::ArrayPartition => "States.ArrayPartition",
            Function::ArrayRange => "States.ArrayRange",
            Function::ArrayUnique => "States.ArrayUnique",
            Function::Base64Decode => "States.Base64Decode",
            Function::Base64Encode => "States.Base64Encode",
            Function::Format => "States.Format",
            Function::Hash => "States.Hash",
            Function::JsonMerge => "States.JsonMerge",
            Function::JsonToString => "States.JsonToString",
            Function::MathAdd => "States.MathAdd",
            Function::MathRandom => "States.MathRandom",
            Function::StringSplit => "States.StringSplit",
            Function::StringToJson => "States.StringToJson",
            Function::Uuid => "States.UUID",
        }
    }

    /// Fewest and most arguments.
    const fn arity(self) -> (usize, usize) {
        match self {
            Function::Array => (0, usize::MAX),
            Function::Format => (1, usize::MAX),
            Function::Uuid => (0, 0),
            Function::ArrayLength
            | Function::ArrayUnique
            | Function::Base64Decode
            | Function::Base64Encode
            | Function::JsonToString
            | Function::StringToJson => (1, 1),
            Function::ArrayContains
            | Function::ArrayGetItem
            | Function::ArrayPartition
            | Function::Hash
            | Function::MathAdd
            | Function::StringSplit => (2, 2),
            Function::MathRandom => (2, 3),
            Function::ArrayRange | Function::JsonMerge => (3, 3),
        }
    }

    /// What can be known to fail before the execution: the number of arguments, and literal ones.
    pub(super) fn check(self, arguments: &[Argument]) -> Result<(), String> {
        let (fewest, most) = self.arity();
        let given = arguments.len();
        if given < fewest || given > most {
            let wanted = match (fewest, most) {
                (fewest, usize::MAX) => format!("at least {fewest}"),
                (fewest, most) if fewest == most => fewest.to_string(),
                (fewest, most) => format!("{fewest} to {most}"),
            };
            return Err(format!("{} takes {wanted} arguments, not {given}", self.name()));
        }
        if let (Function::Format, Some(Argument::Literal(template))) = (self, arguments.first()) {
            let template = template.as_str().ok_or("the first argument of States.Format must be a string")?;
            let slots = text::slots(template);
            if slots != given - 1 {
                return Err(format!("States.Format has {slots} {{}} for {} values", given - 1));
            }
        }
        let literals: Option<Vec<Value>> = arguments
            .iter()
            .map(|argument| match argument {
                Argument::Literal(value) => Some(value.clone()),
                Argument::Path(_) | Argument::Call(_) => None,
            })
            .collect();
        match literals {
            // With nothing but literals the outcome is known now.
            Some(values) => {
                self.apply(&values, &mut || 0.0).map(drop).map_err(|what| format!("{}: {what}", self.name()))
            }
            None => Ok(()),
        }
    }

    /// Calls the function; the error text follows its name.
    pub(super) fn apply(self, values: &[Value], chance: Chance<'_>) -> Result<Value, String> {
        match (self, values) {
            (Function::Array, items) => Ok(Value::Array(items.to_vec())),
            (Function::ArrayContains, [items, wanted]) => array::contains(items, wanted),
            (Function::ArrayGetItem, [items, index]) => array::get_item(items, index),
            (Function::ArrayLength, [items]) => array::length(items),
            (Function::ArrayPartition, [items, size]) => array::partition(items, size),
            (Function::ArrayRange, [first, last, step]) => array::range(first, last, step),
            (Function::ArrayUnique, [items]) => array::unique(items),
            (Function::Base64Decode, [data]) => text::base64_decode(data),
            (Function::Base64Encode, [data]) => text::base64_encode(data),
            (Function::Format, [template, values @ ..]) => text::format(template, values),
            (Function::Hash, [data, algorithm]) => text::hash(data, algorithm),
            (Function::JsonMerge, [first, second, deep]) => text::json_merge(first, second, deep),
            (Function::JsonToString, [value]) => Ok(Value::String(value.to_string())),
            (Function::MathAdd, [a, b]) => array::math_add(a, b),
            (Function::MathRandom, [start, end]) => array::math_random(start, end, chance()),
            (Function::MathRandom, [start, end, seed]) => array::math_random(start, end, array::seeded(seed)?),
            (Function::StringSplit, [data, separators]) => text::split(data, separators),
            (Function::StringToJson, [data]) => text::string_to_json(data),
            (Function::Uuid, []) => Ok(Value::String(text::uuid(chance))),
            (function, values) => Err(format!("{} does not take {} arguments", function.name(), values.len())),
        }
    }
}
