//! One function for each type of state. Never reads a field that the type does not have.

use serde_json::Value;

use super::fields::Fields;
use super::{choice, handling, machine, query_language};
use crate::fault::Faults;
use crate::intrinsic::Expression;
use crate::model::{
    Concurrency, Fail, Kind, Machine, Map, ResultPath, Seconds, Selection, State, Task, Then, Wait, Wording,
};
use crate::path::Path;
use crate::resource::Resource;
use crate::timestamp::Timestamp;

/// Reads one state; `None` when its type is not known.
pub(super) fn load(value: &Value, pointer: &str, faults: &Faults) -> Option<State> {
    let fields = Fields::open(value, pointer, faults)?;
    let kind = fields.required_text("Type")?;
    fields.text("Comment");
    query_language(&fields);
    let (state, owner) = match kind {
        "Task" => (task(&fields), "a Task state"),
        "Choice" => (choice(&fields), "a Choice state"),
        "Wait" => (wait(&fields), "a Wait state"),
        "Pass" => (pass(&fields), "a Pass state"),
        "Succeed" => (plain(&fields, Kind::Succeed, Then::End), "a Succeed state"),
        "Fail" => (fail(&fields), "a Fail state"),
        "Parallel" => (parallel(&fields), "a Parallel state"),
        "Map" => (map(&fields), "a Map state"),
        other => {
            fields.fault("Type", format!("{other:?} is no type of state"));
            return None;
        }
    };
    fields.close(owner);
    Some(state)
}

fn task(fields: &Fields<'_>) -> State {
    let resource = fields
        .required_text("Resource")
        .and_then(|arn| Resource::parse(arn).map_err(|what| fields.fault("Resource", what)).ok())
        .unwrap_or(Resource::Function { arn: String::new() });
    let timeout = seconds(fields, "TimeoutSeconds", "TimeoutSecondsPath", 1);
    let heartbeat = seconds(fields, "HeartbeatSeconds", "HeartbeatSecondsPath", 1);
    if let (Some(Seconds::Fixed(timeout)), Some(Seconds::Fixed(heartbeat))) = (&timeout, &heartbeat)
        && heartbeat >= timeout
    {
        fields.fault("HeartbeatSeconds", "must be smaller than TimeoutSeconds");
    }
    let mut state = working(fields, Kind::Task(Task { resource, timeout, heartbeat }));
    state.parameters = fields.template("Parameters");
    state
}

fn choice(fields: &Fields<'_>) -> State {
    let choice = choice::load(fields);
    plain(fields, Kind::Choice(choice), Then::End)
}

fn wait(fields: &Fields<'_>) -> State {
    let written: Vec<&str> =
        ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"].into_iter().filter(|name| fields.has(name)).collect();
    if written.len() != 1 {
        fields
            .faults
            .add(fields.pointer, "a Wait state has exactly one of Seconds, SecondsPath, Timestamp, TimestampPath");
    }
    let seconds = seconds(fields, "Seconds", "SecondsPath", 0).map(Wait::For);
    let until = fields.text("Timestamp").and_then(|text| {
        let instant = Timestamp::parse_rfc3339(text);
        if instant.is_none() {
            fields.fault("Timestamp", format!("{text:?} is no RFC 3339 time such as 2026-01-31T12:00:00Z"));
        }
        instant.map(Wait::Until)
    });
    let until_path = fields.path("TimestampPath").map(Wait::UntilPath);
    let wait = seconds.or(until).or(until_path).unwrap_or(Wait::For(Seconds::Fixed(0)));
    plain(fields, Kind::Wait(wait), then(fields))
}

fn pass(fields: &Fields<'_>) -> State {
    let mut state = plain(fields, Kind::Pass(fields.raw("Result").cloned()), then(fields));
    state.parameters = fields.template("Parameters");
    state.result_path = result_path(fields);
    state
}

fn fail(fields: &Fields<'_>) -> State {
    let fail = Fail { error: wording(fields, "Error", "ErrorPath"), cause: wording(fields, "Cause", "CausePath") };
    bare(Kind::Fail(fail), Then::End)
}

fn parallel(fields: &Fields<'_>) -> State {
    fields.require("Branches");
    let branches = fields.array("Branches").unwrap_or_default();
    if branches.is_empty() && fields.has("Branches") {
        fields.fault("Branches", "must hold at least one branch");
    }
    let machines = branches
        .iter()
        .enumerate()
        .map(|(index, branch)| {
            let place = format!("{}/{index}", fields.place("Branches"));
            Fields::open(branch, &place, fields.faults).map_or_else(Machine::default, |inner| {
                inner.text("Comment");
                let machine = machine(&inner);
                inner.close("a branch");
                machine
            })
        })
        .collect();
    let mut state = working(fields, Kind::Parallel(machines));
    state.parameters = fields.template("Parameters");
    state
}

fn map(fields: &Fields<'_>) -> State {
    fields.require("ItemProcessor");
    let place = fields.place("ItemProcessor");
    let processor = fields
        .raw("ItemProcessor")
        .and_then(|value| Fields::open(value, &place, fields.faults))
        .map(|inner| {
            inner.text("Comment");
            let config = inner.place("ProcessorConfig");
            if let Some(config) =
                inner.raw("ProcessorConfig").and_then(|value| Fields::open(value, &config, inner.faults))
            {
                if config.text("Mode").is_some_and(|mode| mode != "INLINE") {
                    config.fault("Mode", "only \"INLINE\" is emulated");
                }
                config.close("a ProcessorConfig");
            }
            let machine = machine(&inner);
            inner.close("an ItemProcessor");
            machine
        })
        .unwrap_or_default();
    fields.exclusive("MaxConcurrency", "MaxConcurrencyPath");
    let fixed = fields.integer("MaxConcurrency", 0).map(Concurrency::Fixed);
    let by_path = fields.path("MaxConcurrencyPath").map(Concurrency::Path);
    working(
        fields,
        Kind::Map(Map {
            items_path: fields.path("ItemsPath").unwrap_or_else(Path::whole),
            item_selector: fields.template("ItemSelector"),
            processor,
            max_concurrency: fixed.or(by_path).unwrap_or(Concurrency::Fixed(0)),
        }),
    )
}

/// What Task, Parallel and Map states share.
fn working(fields: &Fields<'_>, kind: Kind) -> State {
    let mut state = plain(fields, kind, then(fields));
    state.result_selector = fields.template("ResultSelector");
    state.result_path = result_path(fields);
    state.retry = handling::retriers(fields);
    state.catch = handling::catchers(fields);
    state
}

/// What all states but Fail share.
fn plain(fields: &Fields<'_>, kind: Kind, then: Then) -> State {
    let mut state = bare(kind, then);
    state.input_path = selection(fields, "InputPath");
    state.output_path = selection(fields, "OutputPath");
    state
}

fn bare(kind: Kind, then: Then) -> State {
    State {
        kind,
        input_path: Selection::Path(Path::whole()),
        parameters: None,
        result_selector: None,
        result_path: ResultPath::Into(Path::whole()),
        output_path: Selection::Path(Path::whole()),
        retry: Vec::new(),
        catch: Vec::new(),
        then,
    }
}

fn then(fields: &Fields<'_>) -> Then {
    let next = fields.text("Next");
    let end = fields.raw("End").map(|end| {
        if !end.is_boolean() {
            fields.fault("End", "must be true");
        }
        end == &Value::Bool(true)
    });
    match (next, end) {
        (Some(next), None | Some(false)) => return Then::Next(next.to_owned()),
        (None, Some(true)) => {}
        (Some(_), Some(true)) => fields.fault("End", "Next and End exclude each other"),
        (None, None | Some(false)) if fields.has("Next") => {}
        (None, None | Some(false)) => fields.faults.add(fields.pointer, "neither Next nor \"End\": true is written"),
    }
    Then::End
}

fn selection(fields: &Fields<'_>, name: &'static str) -> Selection {
    match fields.raw(name) {
        Some(Value::Null) => Selection::Nothing,
        Some(_) | None => Selection::Path(fields.path(name).unwrap_or_else(Path::whole)),
    }
}

pub(super) fn result_path(fields: &Fields<'_>) -> ResultPath {
    match fields.raw("ResultPath") {
        Some(Value::Null) => ResultPath::Discard,
        Some(_) | None => ResultPath::Into(fields.input_path("ResultPath").unwrap_or_else(Path::whole)),
    }
}

fn seconds(fields: &Fields<'_>, fixed: &'static str, by_path: &'static str, least: u64) -> Option<Seconds> {
    fields.exclusive(fixed, by_path);
    let number = fields.integer(fixed, least).map(Seconds::Fixed);
    number.or(fields.path(by_path).map(Seconds::Path))
}

fn wording(fields: &Fields<'_>, fixed: &'static str, by_path: &'static str) -> Option<Wording> {
    fields.exclusive(fixed, by_path);
    let text = fields.text(fixed).map(|text| Wording::Fixed(text.to_owned()));
    let computed = fields.text(by_path).and_then(|text| {
        Expression::parse(text).map_err(|what| fields.fault(by_path, what)).ok().map(Wording::Computed)
    });
    text.or(computed)
}
