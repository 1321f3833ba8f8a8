//! Where transitions lead. Never looks inside branches: each machine is checked on its own, since a transition cannot
//! leave it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::fields::Fields;
use crate::fault::{Faults, member};
use crate::model::{Kind, State, Then};

/// Reports transitions to nowhere, states that nothing leads to and states that no end can be reached from.
pub(super) fn check(
    start_at: &str,
    written: &Map<String, Value>,
    states: &BTreeMap<String, State>,
    fields: &Fields<'_>,
) {
    let place = |state: &str| member(&fields.place("States"), state);
    if fields.has("StartAt") && !written.contains_key(start_at) {
        fields.fault("StartAt", format!("there is no state {start_at:?} here"));
    }
    for (name, state) in states {
        for (field, target) in transitions(state) {
            if !written.contains_key(target) {
                fields.faults.add(&format!("{}{field}", place(name)), format!("there is no state {target:?} here"));
            }
        }
    }
    // With a transition missing from the model, reachability would blame the states it leads to.
    if !states.contains_key(start_at) || fields.faults.any_below(&fields.place("States")) {
        return;
    }
    let reached = closure(BTreeSet::from([start_at]), |from, found| {
        found.extend(states.get(from).into_iter().flat_map(transitions).map(|(_, target)| target));
    });
    for name in states.keys().filter(|name| !reached.contains(name.as_str())) {
        fields.faults.add(&place(name), "no transition leads to this state");
    }
    let ends = states.iter().filter(|(_, state)| is_end(state)).map(|(name, _)| name.as_str()).collect();
    let ending = closure(ends, |to, found| {
        let leads = |state: &State| transitions(state).iter().any(|(_, target)| *target == to);
        found.extend(states.iter().filter(|(_, state)| leads(state)).map(|(name, _)| name.as_str()));
    });
    for name in states.keys().filter(|name| reached.contains(name.as_str()) && !ending.contains(name.as_str())) {
        fields.faults.add(&place(name), "no path from this state leads to an end");
    }
}

/// State names are unique in the whole definition (specification, "States").
pub(super) fn names_are_unique(value: &Value, faults: &Faults) {
    fn walk<'a>(value: &'a Value, pointer: &str, seen: &mut BTreeMap<&'a str, String>, faults: &Faults) {
        let Some(states) = value.get("States").and_then(Value::as_object) else { return };
        for (name, state) in states {
            let place = member(&format!("{pointer}/States"), name);
            if let Some(first) = seen.insert(name, place.clone()) {
                faults.add(&place, format!("the name {name:?} is already used at {first}"));
            }
            let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten().enumerate();
            for (index, branch) in branches {
                walk(branch, &format!("{place}/Branches/{index}"), seen, faults);
            }
            if let Some(processor) = state.get("ItemProcessor") {
                walk(processor, &format!("{place}/ItemProcessor"), seen, faults);
            }
        }
    }
    walk(value, "", &mut BTreeMap::new(), faults);
}

fn closure<'a>(start: BTreeSet<&'a str>, mut grow: impl FnMut(&str, &mut Vec<&'a str>)) -> BTreeSet<&'a str> {
    let mut frontier: Vec<&str> = start.iter().copied().collect();
    let mut seen = start;
    while let Some(name) = frontier.pop() {
        let mut found = Vec::new();
        grow(name, &mut found);
        frontier.extend(found.into_iter().filter(|name| seen.insert(name)));
    }
    seen
}

/// Every transition of a state: the field's pointer below the state, and the target.
fn transitions(state: &State) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    match (&state.kind, &state.then) {
        (Kind::Choice(choice), _) => {
            let rules = choice.rules.iter().enumerate();
            found.extend(rules.map(|(index, (_, next))| (format!("/Choices/{index}/Next"), next.as_str())));
            found.extend(choice.default.iter().map(|default| ("/Default".to_owned(), default.as_str())));
        }
        (_, Then::Next(next)) => found.push(("/Next".to_owned(), next.as_str())),
        (_, Then::End) => {}
    }
    let catchers = state.catch.iter().enumerate();
    found.extend(catchers.map(|(index, catcher)| (format!("/Catch/{index}/Next"), catcher.next.as_str())));
    found
}

fn is_end(state: &State) -> bool {
    match &state.kind {
        Kind::Choice(_) => false,
        Kind::Succeed | Kind::Fail(_) => true,
        Kind::Task(_) | Kind::Wait(_) | Kind::Pass(_) | Kind::Parallel(_) | Kind::Map(_) => state.then == Then::End,
    }
}
