//! The policies as they were read, line by line, with what each line decided. Which keys a requirement comes from is told by
//! its id; where they stand is told by the reader's places.

use std::collections::BTreeMap;

use gated_core::decision::{LayerName, SkipState};
use gated_core::report::{PolicyText, Report};
use serde::Serialize;

use super::tone::{self, BAD, Tone};
use crate::markdown::line;
use crate::{demand, words};

/// Most lines of one policy.
const LINES: usize = 2_000;
/// Longest line, in characters.
const WIDTH: usize = 400;

/// A policy with its lines.
#[derive(Serialize)]
pub(super) struct Policy {
    layer: &'static str,
    path: String,
    commit: Option<String>,
    lines: Vec<Line>,
    left_out: usize,
}

#[derive(Serialize)]
struct Line {
    number: usize,
    anchor: String,
    text: String,
    notes: Vec<Note>,
}

/// What a line decided.
#[derive(Serialize)]
struct Note {
    tone: Tone,
    sign: &'static str,
    text: String,
}

/// Every policy that was read; one that is the same on both sides is shown once.
pub(super) fn policies(report: &Report) -> Vec<Policy> {
    demand::told(report).map(|text| policy(text, report)).collect()
}

fn policy(text: &PolicyText, report: &Report) -> Policy {
    let notes = notes(text, report);
    let all = text.text.lines().count();
    let lines = text.text.lines().zip(1..).take(LINES).map(|(words, number)| Line {
        number,
        anchor: anchor(text.layer, number),
        text: words.chars().take(WIDTH).collect(),
        notes: notes.get(&number).into_iter().flatten().map(Note::copied).collect(),
    });
    Policy {
        layer: demand::layer(text.layer),
        path: line(&text.path, 200),
        commit: text.commit.as_ref().map(|commit| commit.as_str()[..12].to_owned()),
        lines: lines.collect(),
        left_out: all.saturating_sub(LINES),
    }
}

impl Note {
    fn copied(&self) -> Self {
        Self { tone: self.tone, sign: self.sign, text: self.text.clone() }
    }
}

/// By line: what it decided.
fn notes(text: &PolicyText, report: &Report) -> BTreeMap<usize, Vec<Note>> {
    let mut notes: BTreeMap<usize, Vec<Note>> = BTreeMap::new();
    for it in &report.record.verdict.requirements {
        let Some(number) = demand::line_of(&it.id, text) else { continue };
        let (tone, sign) = tone::state(it.state);
        let state = words::state(it.state);
        let words = match words::after_state(it.state, &it.reason) {
            rest if rest.len() < it.reason.len() => format!("{}: {state} {}", line(&it.name, 200), line(rest, 300)),
            reason => format!("{}: {state}, {}", line(&it.name, 200), line(reason, 300)),
        };
        notes.entry(number).or_default().push(Note { tone, sign, text: words });
    }
    for skip in report.record.decision.skips.iter().filter(|skip| skip.state != SkipState::NotApplicable) {
        let Some(number) = demand::first(text, &format!("skip.{}", skip.rule)) else { continue };
        let words = format!("rule {} {}: {}", skip.rule, words::skip(skip.state), line(&skip.reason, 300));
        notes.entry(number).or_default().push(Note { tone: tone::WAIT, sign: "↷", text: words });
    }
    let own = report.record.decision.problems.iter();
    for problem in own.filter(|problem| problem.path == text.path && text.layer == LayerName::Source) {
        let number = usize::try_from(problem.line).unwrap_or(0).max(1);
        notes.entry(number).or_default().push(Note { tone: BAD, sign: "✗", text: line(&problem.message, 300) });
    }
    notes
}

/// Where a line of a policy is on the page.
pub(super) fn anchor(layer: LayerName, number: usize) -> String {
    format!("{}-{number}", demand::layer(layer))
}
