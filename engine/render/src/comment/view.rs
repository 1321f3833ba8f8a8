//! What the comment's template shows, picked from a record: words for states, rows cut to their number. It compares and
//! decides nothing; the record says it all.

use gated_core::decision::{Adoption, Decision, Delta, PlannedSkip, Side, SkipState, StageAction};
use gated_core::policy::Mode;
use gated_core::verdict::{Record, Requirement, State};
use serde::Serialize;

use super::Links;
use crate::markdown::{cut, fold};
use crate::words;

/// How many rows of each kind are shown, and how long a text may be.
pub(super) struct Caps {
    problems: usize,
    blockers: usize,
    details: usize,
    not_run: usize,
    stages: usize,
    coverage: usize,
    skips: usize,
    delta: usize,
    text: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            problems: 30,
            blockers: 30,
            details: 20,
            not_run: 20,
            stages: 60,
            coverage: 40,
            skips: 20,
            delta: 40,
            text: 400,
        }
    }
}

impl Caps {
    /// Leaves out more, the least important first. `false` when nothing is left to leave out.
    pub(super) fn tighten(&mut self) -> bool {
        let steps: [(&mut usize, usize); 9] = [
            (&mut self.delta, 5),
            (&mut self.skips, 3),
            (&mut self.coverage, 5),
            (&mut self.stages, 5),
            (&mut self.details, 3),
            (&mut self.text, 120),
            (&mut self.not_run, 5),
            (&mut self.blockers, 5),
            (&mut self.problems, 5),
        ];
        if steps.into_iter().any(halve) {
            return true;
        }
        let last: [(&mut usize, usize); 9] = [
            (&mut self.delta, 0),
            (&mut self.skips, 0),
            (&mut self.coverage, 0),
            (&mut self.stages, 0),
            (&mut self.details, 1),
            (&mut self.text, 60),
            (&mut self.not_run, 0),
            (&mut self.blockers, 1),
            (&mut self.problems, 1),
        ];
        last.into_iter().any(halve)
    }
}

/// Halves a number that is above its floor.
fn halve((cap, floor): (&mut usize, usize)) -> bool {
    let above = *cap > floor;
    if above {
        *cap = (*cap / 2).max(floor);
    }
    above
}

/// Rows that are shown, and how many are not.
#[derive(Serialize)]
struct Rows<T> {
    shown: Vec<T>,
    left_out: usize,
}

impl<T> Rows<T> {
    fn new(rows: impl IntoIterator<Item = T>, cap: usize) -> Self {
        let mut rows = rows.into_iter();
        let shown: Vec<T> = rows.by_ref().take(cap).collect();
        Self { shown, left_out: rows.count() }
    }
}

#[derive(Serialize)]
pub(super) struct View {
    sign: &'static str,
    words: &'static str,
    headline: String,
    notes: Vec<Note>,
    problems: Rows<Problem>,
    blockers: Rows<Blocker>,
    not_run: Rows<String>,
    stages: Rows<StageRow>,
    coverage: Rows<StageRow>,
    skips: Rows<SkipRow>,
    delta: Rows<DeltaRow>,
    number: String,
    title: String,
    revision: String,
    commit: String,
    build: Option<String>,
    log_url: Option<String>,
    console: Option<String>,
    attempt: u32,
    requested_by: Option<String>,
}

/// A sentence of ours, and what it speaks of.
#[derive(Serialize)]
struct Note {
    ours: &'static str,
    theirs: String,
}

#[derive(Serialize)]
struct Problem {
    place: String,
    message: String,
}

#[derive(Serialize)]
struct Blocker {
    name: String,
    state: &'static str,
    reason: String,
    details: Rows<String>,
    policy_key: Option<String>,
    command: Option<String>,
}

#[derive(Serialize)]
struct StageRow {
    name: String,
    advisory: bool,
    state: &'static str,
    time: String,
    reason: String,
}

#[derive(Serialize)]
struct SkipRow {
    rule: String,
    state: &'static str,
    reason: String,
    asked_by: String,
    granted_by: String,
    effect: &'static str,
    stages: String,
}

#[derive(Serialize)]
struct DeltaRow {
    path: String,
    destination: String,
    source: String,
    kind: &'static str,
}

impl View {
    pub(super) fn of(record: &Record, links: &Links, caps: &Caps) -> Self {
        let Record { decision, verdict, evidence, .. } = record;
        let text = |text: &str| cut(&fold(text), caps.text);
        let (sign, words) = words::verdict(verdict.kind);
        let blocks = |r: &&Requirement| r.required && matches!(r.state, State::Failed | State::Error | State::Waiting);
        let not_run = |r: &&Requirement| r.required && r.state == State::NotRun;
        let is_coverage = |r: &&Requirement| r.id.starts_with("coverage/");
        let outcome = evidence.as_ref().map(|evidence| &evidence.outcome);
        Self {
            sign,
            words,
            headline: text(&verdict.headline),
            notes: notes(decision, caps),
            problems: Rows::new(
                decision.problems.iter().map(|problem| Problem {
                    place: if problem.line == 0 {
                        problem.path.clone()
                    } else {
                        format!("{}:{}:{}", problem.path, problem.line, problem.column)
                    },
                    message: text(&problem.message),
                }),
                caps.problems,
            ),
            blockers: Rows::new(
                verdict.requirements.iter().filter(blocks).map(|r| Blocker::of(r, decision, caps)),
                caps.blockers,
            ),
            not_run: Rows::new(verdict.requirements.iter().filter(not_run).map(|r| text(&r.name)), caps.not_run),
            stages: Rows::new(stage_rows(record, caps), caps.stages),
            coverage: Rows::new(
                verdict.requirements.iter().filter(is_coverage).map(|r| StageRow::of(r, String::new(), caps)),
                caps.coverage,
            ),
            skips: Rows::new(
                decision
                    .skips
                    .iter()
                    .filter(|skip| skip.state != SkipState::NotApplicable)
                    .map(|skip| SkipRow::of(skip, caps)),
                caps.skips,
            ),
            delta: Rows::new(decision.delta.iter().map(|delta| DeltaRow::of(delta, caps)), caps.delta),
            number: decision.change.pull_request.to_string(),
            title: cut(&fold(&decision.title), caps.text.min(200)),
            revision: short(decision.change.revision.as_str()),
            commit: short(decision.change.source_commit.as_str()),
            build: outcome.and_then(|outcome| outcome.id.as_deref()).map(|id| cut(&fold(id), 250)),
            log_url: links
                .log_url
                .clone()
                .or_else(|| outcome.and_then(|outcome| outcome.log_url.clone()))
                .and_then(link),
            console: links.console.clone().and_then(link),
            attempt: record.attempt,
            requested_by: record.requested_by.as_deref().map(|who| cut(&fold(who), 200)),
        }
    }
}

/// A link that is short enough to show.
fn link(url: String) -> Option<String> {
    (url.len() <= 1_000).then_some(url)
}

fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

/// What must be known before anything else: a weakened policy, and a gate that only watches.
fn notes(decision: &Decision, caps: &Caps) -> Vec<Note> {
    let keys = || {
        let weaker = decision.delta.iter().filter(|d| is_weakening(d)).map(|d| d.path.as_str());
        cut(&fold(&weaker.collect::<Vec<_>>().join(", ")), caps.text)
    };
    let mut notes = Vec::new();
    let weakens = decision.weakens();
    match (&decision.owners, decision.adoption) {
        (Some(owners), _) => notes.push(match &owners.granted_by {
            Some(owner) => Note { ours: "The policy is weakened here, and an owner approved it:", theirs: cut(&fold(owner), caps.text) },
            None => Note {
                ours: "The policy is weakened here, which waits for an approval of this revision by one of its owners:",
                theirs: cut(&fold(&owners.owners.written().join(", ")), caps.text),
            },
        }),
        (None, Some(Adoption::First)) => {
            notes.push(Note { ours: "The destination has no policy yet: this pull request brings the first one.", theirs: String::new() });
        }
        (None, Some(Adoption::Repair)) => {
            notes.push(Note { ours: "The destination's policy cannot be read: this pull request repairs it.", theirs: String::new() });
        }
        (None, None) if weakens => notes.push(Note {
            ours: "The policy is weakened here. This pull request is judged by the old one; the change binds from the next pull request on:",
            theirs: keys(),
        }),
        (None, None) => {}
    }
    match decision.mode {
        Mode::Observe => notes.push(Note { ours: "The gate only observes: it does not vote.", theirs: String::new() }),
        Mode::Enforce => {}
    }
    notes
}

fn is_weakening(delta: &Delta) -> bool {
    use gated_core::decision::DeltaKind;
    match delta.kind {
        DeltaKind::Weaker | DeltaKind::Changed => true,
        DeltaKind::Equal | DeltaKind::Stricter => false,
    }
}

impl Blocker {
    fn of(requirement: &Requirement, decision: &Decision, caps: &Caps) -> Self {
        let text = |text: &str| cut(&fold(text), caps.text);
        let stage = requirement.id.strip_prefix("stage/");
        let command = decision.stages.iter().find(|planned| stage == Some(planned.name.as_str()));
        Self {
            name: text(&requirement.name),
            state: words::state(requirement.state),
            reason: text(&requirement.reason),
            details: Rows::new(
                requirement.details.iter().map(|detail| text(detail)).filter(|detail| !detail.is_empty()),
                caps.details,
            ),
            policy_key: requirement
                .id
                .strip_prefix("coverage/")
                .map(|rest| format!("coverage.{}", text(rest).replacen('/', ".", 1))),
            command: command.map(|stage| cut(&fold(&stage.run.join(" && ")), caps.text.min(200))),
        }
    }
}

impl StageRow {
    fn of(requirement: &Requirement, time: String, caps: &Caps) -> Self {
        let text = |text: &str| cut(&fold(text), caps.text.min(200));
        Self {
            name: text(&requirement.name),
            advisory: !requirement.required,
            state: words::state(requirement.state),
            time,
            reason: text(&requirement.reason),
        }
    }
}

/// Every requirement but the coverage's, and every stage that no requirement speaks of, in the policy's order.
fn stage_rows(record: &Record, caps: &Caps) -> Vec<StageRow> {
    let times = record.evidence.as_ref().and_then(|evidence| evidence.record.as_ref().ok());
    let runs = || times.into_iter().flat_map(|record| record.setup.iter().chain(&record.stages));
    let time = |name: &str| {
        let run = runs().find(|run| run.name == name && run.attempts > 0);
        run.map_or(String::new(), |run| match run.attempts {
            0 | 1 => words::time(run.milliseconds),
            tries => format!("{} ({tries} tries)", words::time(run.milliseconds)),
        })
    };
    let requirements = &record.verdict.requirements;
    let mut rows: Vec<StageRow> = requirements
        .iter()
        .filter(|r| !r.id.starts_with("coverage/") && r.id != "policy")
        .map(|r| StageRow::of(r, time(r.id.strip_prefix("stage/").unwrap_or(&r.id)), caps))
        .collect();
    let told = |name: &str| requirements.iter().any(|r| r.id.strip_prefix("stage/") == Some(name));
    rows.extend(
        record
            .decision
            .stages
            .iter()
            .filter(|stage| stage.action != StageAction::Run && !told(stage.name.as_str()))
            .map(|stage| StageRow {
                name: format!("stage {}", stage.name),
                advisory: !stage.required,
                state: words::action(stage.action),
                time: String::new(),
                reason: cut(&fold(&stage.reason), caps.text.min(200)),
            }),
    );
    rows
}

impl SkipRow {
    fn of(skip: &PlannedSkip, caps: &Caps) -> Self {
        let text = |text: &str| cut(&fold(text), caps.text);
        Self {
            rule: skip.rule.to_string(),
            state: words::skip(skip.state),
            reason: text(&skip.reason),
            asked_by: text(&skip.asked_by),
            granted_by: text(&skip.granted_by.join(", ")),
            effect: match skip.state {
                SkipState::Granted => "left out:",
                SkipState::WaitingForApproval | SkipState::NotApplicable => "would leave out:",
            },
            stages: text(&skip.stages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        }
    }
}

impl DeltaRow {
    fn of(delta: &Delta, caps: &Caps) -> Self {
        let side = |side: &Option<Side>| {
            side.as_ref().map_or("–".to_owned(), |side| cut(&fold(&side.value), caps.text.min(80)))
        };
        Self {
            path: cut(&fold(&delta.path), caps.text.min(120)),
            destination: side(&delta.destination),
            source: side(&delta.source),
            kind: words::delta(delta.kind),
        }
    }
}
