//! Which stages run: all, some by name, from one on. A decision with stages left out is never judged as a whole.

use gated_core::decision::{Decision, PlannedStage, StageAction};
use gated_core::policy::ReportKind;

use crate::exit::WrongUse;

/// What was asked for.
pub(super) enum Choice {
    /// Everything that the gate would run.
    All,
    /// These, whatever the plan says of them.
    Named(Vec<String>),
}

/// A decision of what runs here.
pub(super) struct Chosen {
    pub(super) decision: Decision,
    /// What the gate would run and this run does not; empty when it is whole.
    pub(super) left_out: Vec<String>,
}

impl Choice {
    pub(super) fn of(named: &[String], from: Option<&str>, whole: &Decision) -> Result<Self, WrongUse> {
        let Some(from) = from else {
            return Ok(if named.is_empty() { Self::All } else { Self::Named(named.to_vec()) });
        };
        known(from, whole)?;
        let later = whole.stages.iter().skip_while(|stage| stage.name.as_str() != from);
        // The stage that is named runs in any case, the later ones as planned.
        let runs = later.filter(|stage| stage.action == StageAction::Run || stage.name.as_str() == from);
        Ok(Self::Named(runs.map(|stage| stage.name.to_string()).collect()))
    }
}

/// The decision with what was not asked for left out. An image is never built here.
pub(super) fn derive(whole: &Decision, choice: &Choice) -> Result<Chosen, WrongUse> {
    let mut decision = whole.clone();
    let mut left_out = Vec::new();
    if let Choice::Named(names) = choice {
        for name in names {
            known(name, whole)?;
        }
        for stage in &mut decision.stages {
            let is_named = names.iter().any(|name| name == stage.name.as_str());
            match (is_named, stage.action) {
                (true, StageAction::Run) => {}
                (true, StageAction::Skip | StageAction::NotApplicable) => {
                    (stage.action, stage.reason) = (StageAction::Run, "it was asked for by name".to_owned());
                }
                (false, StageAction::Run) => {
                    left_out.push(format!("stage {}", stage.name));
                    (stage.action, stage.reason) = (StageAction::NotApplicable, "it was not asked for".to_owned());
                }
                (false, StageAction::Skip | StageAction::NotApplicable) => {}
            }
        }
        let left_out_coverage = whole
            .running()
            .filter(|stage| measures(stage))
            .any(|stage| !names.iter().any(|name| name == stage.name.as_str()));
        if let Some(coverage) = decision.coverage.as_mut().filter(|_| left_out_coverage) {
            coverage.action = StageAction::NotApplicable;
            "not every stage that reports coverage was asked for".clone_into(&mut coverage.reason);
        }
    }
    if let Some(container) = decision.container.as_mut().filter(|container| container.action == StageAction::Run) {
        left_out.push("the container image and its scan".to_owned());
        container.action = StageAction::NotApplicable;
        "the image is built and scanned by the gate, not here".clone_into(&mut container.reason);
    }
    Ok(Chosen { decision, left_out })
}

/// Whether a stage has a coverage report.
pub(super) fn measures(stage: &PlannedStage) -> bool {
    stage.reports.iter().any(|report| report.format.kind() == ReportKind::Coverage)
}

fn known(name: &str, whole: &Decision) -> Result<(), WrongUse> {
    if whole.stages.iter().any(|stage| stage.name.as_str() == name) {
        return Ok(());
    }
    let names: Vec<&str> = whole.stages.iter().map(|stage| stage.name.as_str()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(WrongUse(format!("there is no stage {name:?}; the policy has: {names}")))
}
