//! The decision of one pull request at one revision: three layers and the facts in, everything that happens next out. A
//! pure function, and the only one that makes a [`Decision`].

use crate::decision::{Action, Decision, LayerName, LayerRecord, LayerState, PlannedEnvironment, StageAction, VERSION};
use crate::defaults;
use crate::effective::{Effective, Parties, effective};
use crate::facts::Facts;
use crate::fingerprint::fingerprint;
use crate::layers::{Found, Layer, Layers, Problem};
use crate::plan;
use crate::policy::{Floor, Mode};
use crate::show;
use crate::skips;
use crate::standing::{Ground, Standing, standing};

/// Decides what happens with a pull request. `gate` is the gate's version.
pub fn decide(layers: &Layers, facts: &Facts, gate: &str) -> Decision {
    let decision = blank(layers, facts, gate);
    let mut decision = match standing(layers, facts) {
        Standing::Refuse(reason, problems) => Decision { reasons: vec![reason], problems, ..decision },
        Standing::Judge(ground) => judged(decision, *ground, facts, floor(layers)),
    };
    if let Some(arn) = &facts.overridden_by {
        decision
            .reasons
            .push(format!("{arn} set the approval rules of this revision aside; the gate judges it all the same"));
    }
    decision
}

/// A decision that refuses and plans nothing; everything else is filled in from here.
fn blank(layers: &Layers, facts: &Facts, gate: &str) -> Decision {
    Decision {
        version: VERSION,
        gate: gate.to_owned(),
        hash: fingerprint(layers, facts, gate),
        change: facts.change.clone(),
        title: facts.title.clone(),
        author: facts.author.clone(),
        approvals: facts.approvals.clone(),
        overridden_by: facts.overridden_by.clone(),
        mode: mode(layers, facts),
        action: Action::Refuse,
        reasons: Vec::new(),
        problems: Vec::<Problem>::new(),
        layers: vec![
            record(LayerName::Floor, &layers.floor),
            record(LayerName::Destination, &layers.destination),
            record(LayerName::Source, &layers.source),
        ],
        delta: Vec::new(),
        adoption: None,
        owners: None,
        environment: no_environment(),
        setup: Vec::new(),
        fail_fast: false,
        stages: Vec::new(),
        container: None,
        coverage: None,
        skips: Vec::new(),
    }
}

/// Whether the gate votes on this pull request. One that waits for its vote gets it, also when the floor has begun to observe
/// since: nobody else can let it merge.
pub(crate) fn mode(layers: &Layers, facts: &Facts) -> Mode {
    let said = floor(layers).map_or(Mode::default(), |floor| floor.mode.of(&facts.change.repository));
    if facts.bound { Mode::Enforce } else { said }
}

fn judged(mut decision: Decision, ground: Ground, facts: &Facts, floor: Option<&Floor>) -> Decision {
    let Ground { effective, adoption, delta, owners, reasons } = ground;
    let mut stages: Vec<_> = effective.stages.iter().map(|stage| plan::stage(stage, facts)).collect();
    let mut container = effective.container.as_ref().map(|container| plan::container(container, facts));
    let skips = skips::decide(&effective, &stages, facts);
    plan::apply_skips(&skips, &mut stages, &mut container);
    let builds_image = container.as_ref().is_some_and(|container| container.action == StageAction::Run);
    decision.adoption = adoption;
    decision.delta = delta;
    decision.owners = owners;
    decision.coverage = effective.coverage.as_ref().map(|coverage| plan::coverage(coverage, &stages));
    decision.environment = PlannedEnvironment {
        privileged: effective.environment.privileged || builds_image,
        ..effective.environment.clone()
    };
    decision.setup = effective.setup.clone();
    decision.fail_fast = effective.fail_fast;
    decision.stages = stages;
    decision.container = container;
    decision.skips = skips;
    decision.reasons = reasons;
    decision.reasons.extend(effective.notes.iter().cloned());
    if !facts.changed.complete {
        decision.reasons.push(
            "the list of changed files could not be read whole, so no `paths` condition leaves anything out".to_owned(),
        );
    }
    act(&mut decision, &effective, facts, floor);
    decision
}

/// Chooses the action; what speaks for it goes first among the reasons.
fn act(decision: &mut Decision, effective: &Effective, facts: &Facts, floor: Option<&Floor>) {
    if let Some(reason) = everything_ignored(effective, facts) {
        decision.action = Action::Pass;
        decision.reasons.insert(0, reason);
        return;
    }
    let refusals = refusals(decision, effective, floor);
    decision.action = if refusals.is_empty() { Action::Build } else { Action::Refuse };
    decision.reasons.splice(0..0, refusals);
}

fn everything_ignored(effective: &Effective, facts: &Facts) -> Option<String> {
    let files = &facts.changed.files;
    let all = facts.changed.complete && !files.is_empty() && files.iter().all(|file| effective.ignores(&file.path));
    let lists: Vec<String> = effective.ignore.iter().map(ToString::to_string).collect();
    all.then(|| {
        format!(
            "{} changed, all of them ignored (gate.ignore {})",
            show::count(files.len(), "file"),
            lists.join(" and ")
        )
    })
}

/// Why this plan cannot lead to a pass, whatever the build says.
fn refusals(decision: &Decision, effective: &Effective, floor: Option<&Floor>) -> Vec<String> {
    let mut reasons = Vec::new();
    for stage in decision.running().filter(|stage| stage.run.is_empty()) {
        reasons.push(format!(
            "stage {} is demanded, and no layer says what it runs: give it `run` in the policy",
            stage.name
        ));
    }
    let builds_image = decision.container.as_ref().is_some_and(|container| container.action == StageAction::Run);
    if builds_image && effective.docker_forbidden {
        reasons.push(
            "the container is to be built, and the floor or its build profile says `docker: false`: one of them must change".to_owned(),
        );
    }
    if decision.coverage.is_some() && plan::carriers(&decision.stages).next().is_none() {
        reasons.push(
            "coverage is demanded, and no stage writes a coverage report: add one to a stage's `reports`".to_owned(),
        );
    }
    if !builds_image && !decision.running().any(|stage| stage.required) {
        let why: Vec<String> =
            decision.stages.iter().map(|stage| format!("{}: {}", stage.name, stage.reason)).collect();
        let why = if why.is_empty() { "the policy has no stages".to_owned() } else { why.join("; ") };
        reasons.push(format!("nothing required would run, and that is no pass ({why})"));
    }
    reasons.extend(floor.and_then(|floor| forbidden_secret(floor, &decision.environment)));
    reasons
}

/// The build could not read it anyway; told here, it names the rule.
fn forbidden_secret(floor: &Floor, environment: &PlannedEnvironment) -> Option<String> {
    let mut all = environment.secrets.iter().chain(&environment.parameters);
    let (variable, name) = all.find(|(_, name)| !floor.allows_secret(name))?;
    let allowed = show::list(&floor.secrets_allowed);
    Some(format!("{variable} reads {name}, which the floor's secrets-allowed does not cover ({allowed})"))
}

fn floor(layers: &Layers) -> Option<&Floor> {
    match &layers.floor.found {
        Found::Valid(floor, _) => Some(floor),
        Found::Absent | Found::Invalid(_) => None,
    }
}

fn record<T>(layer: LayerName, read: &Layer<T>) -> LayerRecord {
    let state = match &read.found {
        Found::Absent => LayerState::Absent,
        Found::Invalid(_) => LayerState::Invalid,
        Found::Valid(..) => LayerState::Valid,
    };
    LayerRecord { layer, origin: read.origin.clone(), state }
}

fn no_environment() -> PlannedEnvironment {
    let nothing = effective(&Parties::new(None, None, None)).environment;
    PlannedEnvironment { image: defaults::IMAGE.to_owned(), ..nothing }
}
