//! `Retry` and `Catch`. Never accepts a wildcard in a place where it would hide what follows.

use serde_json::Value;

use super::fields::Fields;
use super::state::result_path;
use crate::fault::Faults;
use crate::model::{Catcher, Retrier};
use crate::names::{ALL, RESERVED};

pub(super) fn retriers(fields: &Fields<'_>) -> Vec<Retrier> {
    each(fields, "Retry", |entry, errors| {
        let backoff_rate = number_from_one(entry, "BackoffRate").unwrap_or(2.0);
        let jitter = entry.text("JitterStrategy").unwrap_or("NONE");
        if !["FULL", "NONE"].contains(&jitter) {
            entry.fault("JitterStrategy", format!("{jitter:?} is neither \"FULL\" nor \"NONE\""));
        }
        let interval_seconds = entry.integer("IntervalSeconds", 1).unwrap_or(1);
        let max_delay_seconds = entry.integer("MaxDelaySeconds", 1);
        if max_delay_seconds.is_some_and(|most| most <= interval_seconds || most >= 31_622_400) {
            entry.fault("MaxDelaySeconds", "must be greater than IntervalSeconds and less than 31622400");
        }
        let max_attempts = entry.integer("MaxAttempts", 0).unwrap_or(3);
        Retrier {
            errors,
            interval_seconds,
            max_attempts,
            backoff_rate,
            max_delay_seconds,
            full_jitter: jitter == "FULL",
        }
    })
}

pub(super) fn catchers(fields: &Fields<'_>) -> Vec<Catcher> {
    each(fields, "Catch", |entry, errors| {
        let next = entry.required_text("Next").unwrap_or_default().to_owned();
        Catcher { errors, next, result_path: result_path(entry) }
    })
}

fn each<T>(fields: &Fields<'_>, name: &'static str, read: impl Fn(&Fields<'_>, Vec<String>) -> T) -> Vec<T> {
    let entries = fields.array(name).unwrap_or_default();
    let mut made = Vec::new();
    for (index, value) in entries.iter().enumerate() {
        let place = format!("{}/{index}", fields.place(name));
        let Some(entry) = Fields::open(value, &place, fields.faults) else { continue };
        entry.text("Comment");
        entry.require("ErrorEquals");
        let errors = error_names(entry.array("ErrorEquals"), &entry.place("ErrorEquals"), fields.faults);
        if errors.iter().any(|error| error == ALL) && index + 1 != entries.len() {
            entry.fault(
                "ErrorEquals",
                format!("States.ALL must be in the last entry of {name}: it hides those after it"),
            );
        }
        made.push(read(&entry, errors));
        entry.close(if name == "Retry" { "a retrier" } else { "a catcher" });
    }
    made
}

fn error_names(values: Option<&[Value]>, place: &str, faults: &Faults) -> Vec<String> {
    let Some(values) = values else { return Vec::new() };
    if values.is_empty() {
        faults.add(place, "must name at least one error");
    }
    let mut names = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let place = format!("{place}/{index}");
        match value.as_str() {
            Some(name) if name.starts_with("States.") && !RESERVED.contains(&name) => {
                faults.add(&place, format!("{name:?} is no error of the States Language, and States. is its prefix"));
            }
            Some(name) => names.push(name.to_owned()),
            None => faults.add(&place, "must be a string"),
        }
    }
    if values.len() > 1 && names.iter().any(|name| name == ALL) {
        faults.add(place, "States.ALL must stand alone");
    }
    names
}

fn number_from_one(fields: &Fields<'_>, name: &'static str) -> Option<f64> {
    let number = fields.raw(name)?.as_f64().filter(|number| *number >= 1.0);
    if number.is_none() {
        fields.fault(name, "must be a number from 1.0 on");
    }
    number
}
