//! Stages, joined: the union, each with every layer's demand. A stage whose name is reserved is the floor's alone.

use super::{Parties, environment};
use crate::decision::LayerName;
use crate::defaults;
use crate::names::PolicyName;
use crate::policy::{Condition, Report, ReportKind, Stage};
use crate::trio::{Trio, keys};
use crate::units::Seconds;

/// A stage as all layers together demand it.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectiveStage {
    /// Its name.
    pub name: PolicyName,
    /// What each layer that has it demands; never empty. It runs when any demand's condition holds.
    pub demands: Vec<Demand>,
    /// Its commands; empty when no layer that may give them does.
    pub run: Vec<String>,
    /// Whether only the source has commands for it, and the floor lets none come from there.
    pub withheld: bool,
    /// Working directory.
    pub dir: String,
    /// Its own time-out.
    pub timeout: Option<Seconds>,
    /// Tries after a failure: 0 or 1.
    pub retry: u8,
    /// A green run shorter than this is an error.
    pub min_duration: Option<Seconds>,
    /// The reports it must write.
    pub reports: Vec<Report>,
}

/// One layer's demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Whose.
    pub layer: LayerName,
    /// Whether it blocks.
    pub required: bool,
    /// When; `None` is always.
    pub when: Option<Condition>,
}

/// The union of the stages: injected ones first, then the source's order, then what only destination or floor has.
pub(super) fn join(layers: Trio<&Vec<Stage>>, parties: &Parties<'_>) -> Vec<EffectiveStage> {
    let injected = layers.floor.into_iter().flatten().filter(|stage| stage.name.is_reserved());
    let ordered = layers.source.into_iter().chain(layers.destination).chain(layers.floor).flatten();
    let mut names: Vec<&PolicyName> = injected.map(|stage| &stage.name).collect();
    for stage in ordered.filter(|stage| !stage.name.is_reserved()) {
        if !names.contains(&&stage.name) {
            names.push(&stage.name);
        }
    }
    names.into_iter().map(|name| one(name, layers.key(|list| find(list, name)), parties)).collect()
}

/// The commands before the stages.
pub(super) fn setup(parties: &Parties<'_>) -> Vec<String> {
    let setup = parties.layers().key(|policy| policy.setup.as_ref());
    trusted_commands(setup, parties, parties.trusted.and_then(|policy| policy.setup.as_ref()))
        .cloned()
        .unwrap_or_default()
}

fn one(wanted: &PolicyName, layers: Trio<&Stage>, parties: &Parties<'_>) -> EffectiveStage {
    let reserved = wanted.is_reserved();
    let layers = if reserved { Trio { destination: None, source: None, ..layers } } else { layers };
    keys!(layers => Stage { run, dir, reports, when, timeout, required, retry, min_duration } { name });
    // `when` and `required` of one layer belong together: see `demand`.
    let _ = (name, when, required, retry);
    let trusted = parties.trusted.and_then(|policy| find(&policy.stages, wanted)).filter(|_| !reserved);
    let commands = trusted_commands(run, parties, trusted.and_then(|stage| stage.run.as_ref()));
    let directory = trusted_commands(dir, parties, trusted.and_then(|stage| stage.dir.as_ref()));
    EffectiveStage {
        name: wanted.clone(),
        demands: layers.said().map(|(layer, stage)| demand(layer, stage)).collect(),
        withheld: commands.is_none() && run.newest().is_some(),
        run: commands.cloned().unwrap_or_default(),
        dir: directory.cloned().unwrap_or_else(|| defaults::DIRECTORY.to_owned()),
        timeout: environment::stage_timeout(timeout),
        // A layer that has the stage and no `retry` demands that the first try counts.
        retry: layers.values().map(|stage| stage.retry.unwrap_or(0)).min().unwrap_or(0),
        min_duration: min_duration.highest(),
        reports: join_reports(reports),
    }
}

fn find<'a>(stages: &'a [Stage], name: &PolicyName) -> Option<&'a Stage> {
    stages.iter().find(|stage| &stage.name == name)
}

fn demand(layer: LayerName, stage: &Stage) -> Demand {
    Demand { layer, required: stage.required.unwrap_or(true), when: stage.when.clone() }
}

/// The newest, or, where the floor says `commands: destination`, the destination's, else the floor's.
fn trusted_commands<'a, T>(said: Trio<&'a T>, parties: &Parties<'a>, trusted: Option<&'a T>) -> Option<&'a T> {
    if parties.floor.is_some_and(|floor| floor.commands_from_destination) {
        trusted.or(said.floor)
    } else {
        said.newest()
    }
}

/// The source's reports, and the older ones of each kind that destination or floor demands and the source dropped.
fn join_reports(layers: Trio<&Vec<Report>>) -> Vec<Report> {
    let mut reports = layers.source.cloned().unwrap_or_default();
    for kind in [ReportKind::Tests, ReportKind::Coverage] {
        let has = |list: &[Report]| list.iter().any(|report| report.format.kind() == kind);
        if has(&reports) {
            continue;
        }
        let older = layers.destination.filter(|list| has(list)).or(layers.floor.filter(|list| has(list)));
        let of_kind = older.into_iter().flatten().filter(|report| report.format.kind() == kind);
        reports.extend(of_kind.cloned());
    }
    reports
}
