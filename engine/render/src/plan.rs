//! A decision for `gated plan`, as plain text: first what the gate will do, then why, stage by stage, then how the policy
//! changes. It shows a decision and computes none.

use std::fmt::Write as _;

use gated_core::decision::{Action, Decision, PlannedStage, Side, StageAction};
use gated_core::units::Seconds;

use crate::markdown::fold;
use crate::terminal::columns;
use crate::words;

/// What the gate will do with this pull request and why, for a terminal. Ends with a newline.
pub fn plan_text(decision: &Decision) -> String {
    let mut out = headline(decision);
    out.push('\n');
    for reason in &decision.reasons {
        let _ = writeln!(out, "  {}", fold(reason));
    }
    for problem in &decision.problems {
        let _ = writeln!(out, "  {}", fold(&problem.to_string()));
    }
    section(&mut out, "Stages", stage_rows(decision));
    section(&mut out, "Coverage", coverage_rows(decision));
    section(&mut out, "Skip rules", skip_rows(decision));
    section(&mut out, "Changes of the policy in this pull request", delta_rows(decision));
    if let Some(owners) = &decision.owners {
        let _ = match &owners.granted_by {
            Some(owner) => writeln!(out, "\nThe weakened policy was approved by {}.", fold(owner)),
            None => writeln!(
                out,
                "\nThe weakened policy waits for an approval by one of: {}",
                fold(&owners.owners.written().join(", "))
            ),
        };
    }
    out
}

/// The first line: what the gate will do.
fn headline(decision: &Decision) -> String {
    let running: Vec<&str> = decision.running().map(|stage| stage.name.as_str()).collect();
    match decision.action {
        Action::Pass => "The gate passes this pull request without a build.".to_owned(),
        Action::Refuse => "The gate refuses this pull request without a build.".to_owned(),
        Action::Build => {
            let left_out = decision.stages.len() - running.len();
            let image = decision.container.as_ref().is_some_and(|container| container.action == StageAction::Run);
            let mut line = format!("The gate runs {} of {} stages", running.len(), decision.stages.len());
            if !running.is_empty() {
                let _ = write!(line, " ({})", running.join(", "));
            }
            line.push_str(if image { " and builds the container image" } else { "" });
            if left_out > 0 {
                let _ = write!(line, "; {left_out} left out");
            }
            line.push('.');
            line
        }
    }
}

/// A heading and rows in columns; nothing when there are no rows.
fn section(out: &mut String, heading: &str, rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{heading}");
    for line in columns(&rows) {
        let _ = writeln!(out, "  {line}");
    }
}

fn stage_rows(decision: &Decision) -> Vec<Vec<String>> {
    let row = |name: &str, action: StageAction, required: bool, limits: String, reason: &str| {
        let block = if required { "required" } else { "advisory" };
        vec![name.to_owned(), words::action(action).to_owned(), block.to_owned(), limits, fold(reason)]
    };
    let mut rows: Vec<_> = decision
        .stages
        .iter()
        .map(|stage| row(stage.name.as_str(), stage.action, stage.required, limits(stage), &stage.reason))
        .collect();
    if let Some(container) = &decision.container {
        rows.push(row("container", container.action, true, String::new(), &container.reason));
    }
    rows
}

fn limits(stage: &PlannedStage) -> String {
    let timeout = stage.timeout.map(|Seconds(s)| format!("at most {}", Seconds(s)));
    let retry = (stage.retry > 0).then(|| "one retry".to_owned());
    [timeout, retry].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn coverage_rows(decision: &Decision) -> Vec<Vec<String>> {
    let Some(coverage) = &decision.coverage else { return Vec::new() };
    let mut rows = vec![vec![words::action(coverage.action).to_owned(), String::new(), fold(&coverage.reason)]];
    let demands = [("line", coverage.line), ("branch", coverage.branch), ("patch", coverage.patch)];
    for (name, demand) in demands {
        rows.extend(demand.map(|percent| vec![name.to_owned(), format!("{percent} %"), String::new()]));
    }
    for target in &coverage.paths {
        let files = fold(&target.files.written().join(", "));
        rows.extend(target.line.map(|percent| vec!["line".to_owned(), format!("{percent} %"), files.clone()]));
        rows.extend(target.branch.map(|percent| vec!["branch".to_owned(), format!("{percent} %"), files.clone()]));
    }
    rows
}

fn skip_rows(decision: &Decision) -> Vec<Vec<String>> {
    let names = |skip: &gated_core::decision::PlannedSkip| {
        skip.stages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    decision
        .skips
        .iter()
        .map(|skip| vec![skip.rule.to_string(), words::skip(skip.state).to_owned(), names(skip), fold(&skip.reason)])
        .collect()
}

fn delta_rows(decision: &Decision) -> Vec<Vec<String>> {
    let side = |side: &Option<Side>| match side {
        None => "–".to_owned(),
        Some(Side { value, line: None }) => fold(value),
        Some(Side { value, line: Some(line) }) => format!("{} (line {line})", fold(value)),
    };
    let waits = decision.owners.as_ref().is_some_and(|owners| owners.granted_by.is_none());
    decision
        .delta
        .iter()
        .map(|d| {
            vec![
                words::delta(d.kind).to_owned(),
                fold(&d.path),
                format!("{} → {}", side(&d.destination), side(&d.source)),
                words::holds(d.holds, waits).to_owned(),
            ]
        })
        .collect()
}
