//! The tree of reasons: the verdict's requirements, each below the one that it belongs to, with the values seen and the
//! lines of the policies that demand it. It compares nothing.

use gated_core::report::Report;
use gated_core::verdict::Requirement;
use serde::Serialize;

use super::policies;
use super::tone::{self, Tone};
use crate::comment::Rows;
use crate::markdown::line;
use crate::{demand, words};

/// Most details of one requirement, and of all together, of which each has its share.
const DETAILS: usize = 200;
const ALL_DETAILS: usize = 2_000;
/// Longest text of one, in characters.
const TEXT: usize = 1_000;

/// A requirement, and what belongs to it.
#[derive(Serialize)]
pub(super) struct Node {
    tone: Tone,
    sign: &'static str,
    name: String,
    state: &'static str,
    reason: String,
    advisory: bool,
    details: Rows<String>,
    places: Vec<Place>,
    below: Vec<Node>,
}

/// A line of a policy, to go to.
#[derive(Serialize)]
struct Place {
    label: String,
    anchor: String,
}

impl Place {
    fn of(place: &demand::Place<'_>) -> Self {
        let demand::Place { path, layer, line: number } = place;
        let label = format!("{}:{number} ({})", line(path, 200), demand::layer(*layer));
        Self { label, anchor: policies::anchor(*layer, *number) }
    }
}

impl Node {
    fn of(requirement: &Requirement, report: &Report, share: usize, below: Vec<Self>) -> Self {
        // What is flaky says so in its reason.
        let Requirement { id, name, required, state, flaky: _, reason, details } = requirement;
        let (tone, sign) = tone::state(*state);
        Self {
            tone,
            sign,
            name: line(name, 200),
            state: words::state(*state),
            reason: line(words::after_state(*state, reason), TEXT),
            advisory: !required,
            details: Rows::new(details, share, |detail| line(detail, TEXT)),
            places: demand::places(id, report).iter().map(Place::of).collect(),
            below,
        }
    }
}

/// The requirements in their order, reports below their stage and the scan below its image.
pub(super) fn tree(report: &Report) -> Vec<Node> {
    let all = &report.record.verdict.requirements;
    let share = (ALL_DETAILS / all.len().max(1)).clamp(1, DETAILS);
    let has = |id: &str| all.iter().any(|it| it.id == id);
    let node = |it: &Requirement| {
        let below = all.iter().filter(|child| parent(&child.id).is_some_and(|parent| parent == it.id));
        Node::of(it, report, share, below.map(|child| Node::of(child, report, share, Vec::new())).collect())
    };
    all.iter().filter(|it| parent(&it.id).is_none_or(|parent| !has(&parent))).map(node).collect()
}

/// `stage/test` of `tests/test/0`.
fn parent(id: &str) -> Option<String> {
    match id.split('/').collect::<Vec<_>>()[..] {
        ["tests" | "report", stage, _] => Some(format!("stage/{stage}")),
        ["container", _] => Some("container".to_owned()),
        _ => None,
    }
}
