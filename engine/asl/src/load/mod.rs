//! From text to a [`Definition`], or to everything that is wrong with it.
//! Never guesses: what is not understood is a fault, so that a definition which loads is one which runs.

mod choice;
mod fields;
mod graph;
mod handling;
mod state;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fault::{Fault, Faults, member};
use crate::json::parse_strictly;
use crate::model::{Definition, Machine};
use fields::Fields;

/// Largest definition in bytes (developer guide, "Step Functions service quotas": 1 MB).
const DEFINITION_LIMIT: usize = 1_048_576;

impl Definition {
    /// Reads a state machine in the Amazon States Language with the JSONPath query language.
    ///
    /// # Errors
    /// Every fault of the text, by place: JSON that cannot be read, unknown or missing fields, JSONata, paths and
    /// intrinsic functions that are not understood, transitions to states that do not exist, states that nothing leads
    /// to or that lead to no end.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let definition = load(text, &faults);
        let faults = faults.into_sorted();
        match definition {
            Some(definition) if faults.is_empty() => Ok(definition),
            Some(_) | None => Err(faults),
        }
    }
}

fn load(text: &str, faults: &Faults) -> Option<Definition> {
    if text.len() > DEFINITION_LIMIT {
        faults.add("", format!("the definition has {} bytes, more than {DEFINITION_LIMIT}", text.len()));
        return None;
    }
    let value =
        parse_strictly(text).map_err(|error| faults.add("", format!("the definition is not JSON: {error}"))).ok()?;
    let fields = Fields::open(&value, "", faults)?;
    let comment = fields.text("Comment").map(str::to_owned);
    if fields.text("Version").is_some_and(|version| version != "1.0") {
        fields.fault("Version", "the only version is \"1.0\"");
    }
    query_language(&fields);
    let timeout_seconds = fields.integer("TimeoutSeconds", 1);
    let machine = machine(&fields);
    fields.close("a state machine");
    graph::names_are_unique(&value, faults);
    Some(Definition { comment, timeout_seconds, machine })
}

/// `StartAt` and `States` of a machine, a branch or an item processor.
fn machine(fields: &Fields<'_>) -> Machine {
    let start_at = fields.required_text("StartAt").unwrap_or_default().to_owned();
    fields.require("States");
    let mut states = BTreeMap::new();
    match fields.raw("States") {
        Some(Value::Object(members)) => {
            for (name, value) in members {
                let place = member(&fields.place("States"), name);
                if name.is_empty() || name.chars().count() > 80 {
                    fields.faults.add(&place, "a state's name has 1 to 80 characters");
                }
                if let Some(state) = state::load(value, &place, fields.faults) {
                    states.insert(name.clone(), state);
                }
            }
            graph::check(&start_at, members, &states, fields);
        }
        Some(_) => fields.fault("States", "must be an object"),
        None => {}
    }
    Machine { start_at, states }
}

fn query_language(fields: &Fields<'_>) {
    if fields.text("QueryLanguage").is_some_and(|language| language != "JSONPath") {
        fields.fault("QueryLanguage", "only \"JSONPath\" is emulated");
    }
}
