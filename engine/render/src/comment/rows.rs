//! The rows of the comment's lists and tables, each made from one thing of the record. Words are ours, values are the
//! record's, and nothing is compared here.

use gated_core::decision::{Delta, PlannedSkip, Side, SkipState};
use gated_core::judge::held::held;
use gated_core::layers;
use gated_core::measured::StageOutput;
use gated_core::policy::Mode;
use gated_core::report::{Report, Summary};
use gated_core::verdict::{Record, Requirement};
use serde::Serialize;

use super::caps::{Caps, Rows};
use crate::markdown::{columns_kept, line};
use crate::{demand, words};

/// A fault of a policy, at its place.
#[derive(Serialize)]
pub(crate) struct Problem {
    place: String,
    message: String,
}

impl Problem {
    pub(crate) fn of(problem: &layers::Problem, caps: &Caps) -> Self {
        let layers::Problem { path, line: row, column, message } = problem;
        let path = line(path, 200);
        let place = if *row == 0 { path } else { format!("{path}:{row}:{column}") };
        Self { place, message: line(message, caps.text) }
    }
}

/// A requirement that blocks, and how to mend it.
#[derive(Serialize)]
pub(crate) struct Blocker {
    name: String,
    state: &'static str,
    reason: String,
    details: Rows<String>,
    /// The key of the policy that demands it.
    key: Option<String>,
    /// Where that stands: `.gated.yml:12 of the destination`.
    places: Vec<Place>,
    command: Option<String>,
    commands_key: Option<String>,
    output: Option<Output>,
}

/// How the output of what failed ended.
#[derive(Serialize)]
pub(crate) struct Output {
    lines: Vec<String>,
    /// What stands before and behind them in Markdown: longer than any run of backticks in them.
    fence: String,
    above: u64,
}

impl Output {
    /// Of a requirement; `None` where a report says more, or nothing is kept.
    pub(crate) fn of(id: &str, record: &Record, most: usize) -> Option<Self> {
        let stage = id.strip_prefix("stage/").unwrap_or(id);
        let StageOutput { lines, left_out, .. } =
            record.evidence.as_ref()?.outputs.iter().find(|output| output.stage == stage)?;
        let skipped = lines.len().saturating_sub(most);
        let lines: Vec<String> = lines[skipped..].iter().map(|text| columns_kept(text, 200)).collect();
        let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
        let above = left_out + u64::try_from(skipped).unwrap_or(0);
        (!lines.is_empty()).then(|| Self { lines, fence: "`".repeat((longest + 1).max(3)), above })
    }
}

impl Blocker {
    pub(crate) fn of(requirement: &Requirement, report: &Report, caps: &Caps) -> Self {
        let Requirement { id, name, required: _, state, flaky: _, reason, details } = requirement;
        let decision = &report.record.decision;
        // The findings of a scan have a table of their own.
        let details = if id == "container/scan" && was_scanned(&report.record) { &[][..] } else { details };
        let stage = decision.stages.iter().find(|stage| id.strip_prefix("stage/") == Some(stage.name.as_str()));
        let command = stage.and_then(|stage| pasted(&stage.run, caps.text.min(200)));
        Self {
            name: line(name, caps.text),
            state: words::state(*state),
            reason: line(reason, caps.text),
            details: Rows::new(details, caps.details, |detail| item(detail, caps.text)),
            key: demand::key(id).map(|key| line(&key, caps.text)),
            places: demand::places(id, report).iter().map(Place::of).collect(),
            commands_key: stage.filter(|_| command.is_none()).map(|stage| format!("stages.{}.run", stage.name)),
            command,
            output: Output::of(id, &report.record, caps.output),
        }
    }
}

fn was_scanned(record: &Record) -> bool {
    record.evidence.as_ref().is_some_and(|evidence| held(&record.decision, evidence).is_some())
}

/// A line of a policy.
#[derive(Serialize)]
pub(crate) struct Place {
    at: String,
    layer: &'static str,
}

impl Place {
    fn of(place: &demand::Place<'_>) -> Self {
        Self { at: format!("{}:{}", line(place.path, 200), place.line), layer: demand::layer(place.layer) }
    }
}

/// A stage's commands as one line that does the same when it is pasted; `None` when no line of this length does.
fn pasted(run: &[String], limit: usize) -> Option<String> {
    let lone = run.iter().map(|entry| entry.trim_end()).all(|entry| !entry.contains(['\n', '#']));
    let shown = line(&run.iter().map(|entry| entry.trim_end()).collect::<Vec<_>>().join(" && "), limit);
    (lone && !shown.ends_with('…')).then_some(shown)
}

/// A text that makes a list's item alone. An empty item would make Markdown read the line above it as a heading.
fn item(text: &str, limit: usize) -> String {
    let text = line(text, limit);
    if text.is_empty() { "…".to_owned() } else { text }
}

/// A requirement in a table.
#[derive(Serialize)]
pub(super) struct Row {
    name: String,
    advisory: bool,
    state: &'static str,
    time: String,
    reason: String,
}

impl Row {
    pub(crate) fn of(requirement: &Requirement, record: &Record, caps: &Caps) -> Self {
        // What is flaky says so in its reason.
        let Requirement { id, name, required, state, flaky: _, reason, details: _ } = requirement;
        Self {
            name: line(name, caps.text.min(200)),
            advisory: !required,
            state: words::state(*state),
            time: time(record, id.strip_prefix("stage/").unwrap_or(id)),
            // How long it took stands beside it.
            reason: match reason.strip_prefix("passed in ") {
                Some(time) if !time.contains(',') => String::new(),
                Some(_) | None => line(reason, caps.text.min(200)),
            },
        }
    }
}

/// An earlier gate run of the pull request.
#[derive(Serialize)]
pub(crate) struct Past {
    sign: &'static str,
    words: &'static str,
    headline: String,
    commit: String,
    attempt: u32,
    when: String,
}

impl Past {
    pub(crate) fn of(run: &Summary, mode: Mode, caps: &Caps) -> Self {
        let (sign, words) = words::verdict(run.verdict, mode);
        Self {
            sign,
            words,
            headline: line(&run.headline, caps.text.min(120)),
            commit: run.commit.as_str().chars().take(12).collect(),
            attempt: run.attempt,
            when: words::moment(&run.written_at),
        }
    }
}

/// How long the build, the setup, a stage or the container took; empty for what takes no time or was not run.
fn time(record: &Record, name: &str) -> String {
    let Some(evidence) = &record.evidence else { return String::new() };
    if name == "build" {
        return evidence.outcome.duration_ms.map_or_else(String::new, words::time);
    }
    let mut runs = evidence.record.iter().flat_map(|record| record.setup.iter().chain(&record.stages));
    match runs.find(|run| run.name == name) {
        None => String::new(),
        Some(run) => match run.attempts {
            0 => String::new(),
            1 => words::time(run.milliseconds),
            tries => format!("{} ({tries} tries)", words::time(run.milliseconds)),
        },
    }
}

/// A skip rule that was granted, or waits.
#[derive(Serialize)]
pub(crate) struct Skip {
    rule: String,
    state: &'static str,
    reason: String,
    asked_by: String,
    granted_by: String,
    effect: &'static str,
    stages: String,
}

impl Skip {
    pub(crate) fn of(skip: &PlannedSkip, caps: &Caps) -> Self {
        let stages: Vec<&str> = skip.stages.iter().map(|stage| stage.as_str()).collect();
        Self {
            rule: skip.rule.to_string(),
            state: words::skip(skip.state),
            reason: line(&skip.reason, caps.text),
            asked_by: line(&skip.asked_by, caps.text),
            granted_by: line(&skip.granted_by.join(", "), caps.text),
            effect: match skip.state {
                SkipState::Granted => "left out:",
                SkipState::WaitingForApproval | SkipState::NotApplicable => "would leave out:",
            },
            stages: line(&stages.join(", "), caps.text),
        }
    }
}

/// A key of the policy that the pull request changes.
#[derive(Serialize)]
pub(crate) struct Change {
    path: String,
    destination: String,
    source: String,
    kind: &'static str,
}

impl Change {
    pub(crate) fn of(delta: &Delta, caps: &Caps) -> Self {
        let side = |side: &Option<Side>| match side {
            None => "–".to_owned(),
            Some(Side { value, line: _ }) => line(value, caps.text.min(80)),
        };
        Self {
            path: line(&delta.path, caps.text.min(120)),
            destination: side(&delta.destination),
            source: side(&delta.source),
            kind: words::delta(delta.kind),
        }
    }
}
