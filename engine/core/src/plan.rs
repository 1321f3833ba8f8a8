//! What happens with each stage, the container and coverage, and why: the effective policy held against the facts.

use crate::conditions::{Truth, evaluate};
use crate::decision::{
    LayerName, PlannedContainer, PlannedCoverage, PlannedSkip, PlannedStage, SkipState, StageAction,
};
use crate::effective::{Demand, EffectiveContainer, EffectiveCoverage, EffectiveStage};
use crate::facts::Facts;
use crate::names::PolicyName;
use crate::policy::{ReportKind, Scan};

/// A stage, before any skip rule is applied.
pub(crate) fn stage(stage: &EffectiveStage, facts: &Facts) -> PlannedStage {
    let mut ruling = rule(&stage.demands, facts);
    if stage.withheld {
        ruling.action = StageAction::NotApplicable;
        ruling.reason =
            "the floor takes commands from the destination only, which has none for this stage; it runs once \
                         it is merged"
                .to_owned();
    }
    PlannedStage {
        name: stage.name.clone(),
        action: ruling.action,
        required: ruling.required,
        reason: ruling.reason,
        run: stage.run.clone(),
        dir: stage.dir.clone(),
        timeout: stage.timeout,
        retry: stage.retry,
        min_duration: stage.min_duration,
        reports: stage.reports.clone(),
    }
}

/// The container, before any skip rule is applied.
pub(crate) fn container(container: &EffectiveContainer, facts: &Facts) -> PlannedContainer {
    let ruling = rule(&container.demands, facts);
    PlannedContainer {
        action: ruling.action,
        reason: ruling.reason,
        dockerfile: container.dockerfile.clone(),
        context: container.context.clone(),
        fail_on: container.fail_on,
        scan: Scan {
            fail_on: Some(container.fail_on),
            unscannable: Some(container.unscannable),
            accept: Some(container.accept.clone()),
        },
    }
}

/// Leaves out what the granted rules leave out.
pub(crate) fn apply_skips(
    skips: &[PlannedSkip],
    stages: &mut [PlannedStage],
    container: &mut Option<PlannedContainer>,
) {
    for stage in stages.iter_mut().filter(|stage| stage.action == StageAction::Run) {
        if let Some(reason) = granted(skips, stage.name.as_str()) {
            (stage.action, stage.reason) = (StageAction::Skip, reason);
        }
    }
    if let Some(container) = container.as_mut().filter(|container| container.action == StageAction::Run)
        && let Some(reason) = granted(skips, "container")
    {
        (container.action, container.reason) = (StageAction::Skip, reason);
    }
}

/// Coverage, once it is known which stages run.
pub(crate) fn coverage(coverage: &EffectiveCoverage, stages: &[PlannedStage]) -> PlannedCoverage {
    let (action, reason) = coverage_action(stages);
    PlannedCoverage {
        action,
        reason,
        line: coverage.line,
        branch: coverage.branch,
        patch: coverage.patch,
        min_patch_lines: coverage.min_patch_lines,
        exclude: coverage.exclude.clone(),
        paths: coverage.paths.clone(),
    }
}

/// The stages that write a coverage report.
pub(crate) fn carriers(stages: &[PlannedStage]) -> impl Iterator<Item = &PlannedStage> {
    let carries =
        |stage: &&PlannedStage| stage.reports.iter().any(|report| report.format.kind() == ReportKind::Coverage);
    stages.iter().filter(carries)
}

struct Ruling {
    action: StageAction,
    required: bool,
    reason: String,
}

/// It runs when any demand's condition holds or is not known; it is required when such a demand is.
fn rule(demands: &[Demand], facts: &Facts) -> Ruling {
    let mut holding: Vec<(&Demand, String)> = Vec::new();
    let mut against: Vec<String> = Vec::new();
    for demand in demands {
        let Some(condition) = &demand.when else {
            holding.push((demand, "always".to_owned()));
            continue;
        };
        let finding = evaluate(condition, facts);
        match finding.truth {
            Truth::Yes | Truth::Unknown => holding.push((demand, finding.seen)),
            Truth::No if against.contains(&finding.seen) => {}
            Truth::No => against.push(finding.seen),
        }
    }
    let deciding = holding.iter().find(|(demand, _)| demand.required).or(holding.first());
    match deciding {
        Some((demand, seen)) => Ruling {
            action: StageAction::Run,
            required: demand.required,
            reason: format!("{} demands it: {seen}", layer(demand.layer)),
        },
        None => Ruling {
            action: StageAction::NotApplicable,
            required: demands.iter().any(|demand| demand.required),
            reason: if against.is_empty() { "no layer demands it".to_owned() } else { against.join(", and ") },
        },
    }
}

fn layer(layer: LayerName) -> &'static str {
    match layer {
        LayerName::Floor => "the floor",
        LayerName::Destination => "the destination's policy",
        LayerName::Source => "the source's policy",
    }
}

fn granted(skips: &[PlannedSkip], name: &str) -> Option<String> {
    let leaves_out = |skip: &&PlannedSkip| {
        skip.state == SkipState::Granted && skip.stages.iter().map(PolicyName::as_str).any(|stage| stage == name)
    };
    let skip = skips.iter().find(leaves_out)?;
    let granter = match skip.granted_by.as_slice() {
        [] => String::new(),
        granters => format!(", granted by {}", granters.join(" and ")),
    };
    Some(format!("rule {} leaves it out: {}; asked by {}{granter}", skip.rule, skip.reason, skip.asked_by))
}

fn coverage_action(stages: &[PlannedStage]) -> (StageAction, String) {
    let of = |action| carriers(stages).find(|stage| stage.action == action);
    let told = |stage: &PlannedStage| format!("stage {}: {}", stage.name, stage.reason);
    if let Some(stage) = of(StageAction::Run) {
        (StageAction::Run, format!("stage {} reports it", stage.name))
    } else if let Some(stage) = of(StageAction::Skip) {
        (StageAction::Skip, told(stage))
    } else if let Some(stage) = of(StageAction::NotApplicable) {
        (StageAction::NotApplicable, told(stage))
    } else {
        (StageAction::Run, "no stage reports coverage".to_owned())
    }
}
