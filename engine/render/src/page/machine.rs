//! The state machine with the path that the execution took. The states are those of the deployed definition; the path is
//! what Step Functions told.

use std::collections::BTreeMap;

use gated_core::report::{Report, Step};
use serde::Serialize;
use serde_json::Value;

use crate::markdown::line;
use crate::words;

/// The definition, as it is deployed.
const DEFINITION: &str = include_str!("../../../../infra/gate.asl.json");
/// The parts, and the state that each begins with.
const PARTS: [(&str, &str); 3] =
    [("Create environment", "Route"), ("Build and test", "StartBuild"), ("Delete environment", "ListBuildsToEnd")];
/// What follows the state in which the page is written.
const AFTER: [&str; 2] = ["Comment", "Vote"];

/// The machine, part by part.
#[derive(Serialize)]
pub(super) struct Machine {
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    name: &'static str,
    taken: usize,
    states: Vec<State>,
}

#[derive(Serialize)]
struct State {
    name: String,
    comment: String,
    /// `taken`, `next`, or nothing.
    class: &'static str,
    /// Which steps of the path it is, from 1.
    steps: Vec<usize>,
    /// When it was entered first, after the beginning.
    after: String,
}

/// `None` when no path is known.
pub(super) fn machine(report: &Report) -> Option<Machine> {
    let begin = report.path.first()?.entered_ms;
    let definition: Value = serde_json::from_str(DEFINITION).ok()?;
    let states = definition["States"].as_object()?;
    let mut steps: BTreeMap<&str, Vec<(usize, &Step)>> = BTreeMap::new();
    for (number, step) in (1..).zip(&report.path) {
        steps.entry(step.state.as_str()).or_default().push((number, step));
    }
    let mut parts: Vec<Part> = Vec::new();
    for (name, state) in states {
        if let Some((part, _)) = PARTS.iter().find(|(_, first)| first == name) {
            parts.push(Part { name: part, taken: 0, states: Vec::new() });
        }
        let taken = steps.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let Some(part) = parts.last_mut() else { continue };
        part.taken += usize::from(!taken.is_empty());
        part.states.push(State {
            name: line(name, 80),
            comment: line(state["Comment"].as_str().unwrap_or_default(), 400),
            class: match taken {
                [] if AFTER.contains(&name.as_str()) => "next",
                [] => "",
                [..] => "taken",
            },
            steps: taken.iter().map(|(number, _)| *number).collect(),
            after: taken.first().map_or_else(String::new, |(_, step)| {
                format!("+{}", words::time(step.entered_ms.saturating_sub(begin)))
            }),
        });
    }
    Some(Machine { parts })
}
