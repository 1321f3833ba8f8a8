//! What the comment's template shows, picked from a record. It decides nothing; the record says it all.

use gated_core::decision::{Action, Adoption, Decision, Holds, SkipState};
use gated_core::policy::Mode;
use gated_core::report::Report;
use gated_core::verdict::{Evidence, Record, Requirement, State};
use serde::Serialize;

use super::caps::{Caps, Rows};
use super::rows::{Blocker, Change, Past, Problem, Row, Skip};
use crate::markdown::line;
use crate::scan::{Room, Scan};
use crate::words;

#[derive(Serialize)]
pub(super) struct View {
    sign: &'static str,
    words: &'static str,
    headline: String,
    notes: Vec<Note>,
    problems: Rows<Problem>,
    blockers: Rows<Blocker>,
    not_run: Rows<String>,
    stages: Rows<Row>,
    coverage: Rows<Row>,
    scan: Option<Scan>,
    skips: Rows<Skip>,
    delta: Rows<Change>,
    coverage_change: Option<String>,
    history: Rows<Past>,
    badge: String,
    page: Option<String>,
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
pub(crate) struct Note {
    ours: &'static str,
    theirs: String,
}

impl View {
    pub(super) fn of(report: &Report, caps: &Caps) -> Self {
        let Report { record, links, .. } = report;
        let Record { decision, verdict, evidence, attempt, requested_by, .. } = record;
        let (sign, words) = words::verdict(verdict.kind, decision.mode);
        let outcome = evidence.as_ref().map(|evidence| &evidence.outcome);
        let requirements = || verdict.requirements.iter();
        let is_coverage = |r: &&Requirement| r.id.starts_with("coverage/");
        let in_stages = |r: &&Requirement| !is_coverage(r) && r.id != "policy";
        let applies = decision.skips.iter().filter(|skip| skip.state != SkipState::NotApplicable);
        let row = |r| Row::of(r, record, caps);
        Self {
            sign,
            words,
            headline: line(&verdict.headline, caps.text),
            notes: notes(decision, caps),
            problems: Rows::new(&decision.problems, caps.problems, |problem| Problem::of(problem, caps)),
            blockers: Rows::new(self::blockers(record), caps.blockers, |r| Blocker::of(r, report, caps)),
            not_run: Rows::new(requirements().filter(|r| r.required && r.state == State::NotRun), caps.not_run, |r| {
                line(&r.name, caps.text)
            }),
            stages: Rows::new(requirements().filter(in_stages), caps.stages, row),
            coverage: Rows::new(requirements().filter(is_coverage), caps.coverage, row),
            scan: Scan::of(record, &room(caps)),
            skips: Rows::new(applies, caps.skips, |skip| Skip::of(skip, caps)),
            delta: Rows::new(&decision.delta, caps.delta, |delta| Change::of(delta, caps)),
            number: decision.change.pull_request.to_string(),
            title: line(&decision.title, caps.text.min(200)),
            revision: short(decision.change.revision.as_str()),
            commit: short(decision.change.source_commit.as_str()),
            build: outcome.and_then(|outcome| outcome.id.as_deref()).map(|id| line(id, 250)),
            coverage_change: record.evidence.as_ref().and_then(coverage_change),
            history: Rows::new(&report.history, caps.history, |run| Past::of(run, decision.mode, caps)),
            badge: words.to_lowercase(),
            page: links.page.as_deref().and_then(link),
            log_url: links.log.as_deref().and_then(link),
            console: links.execution.as_deref().and_then(link),
            attempt: *attempt,
            requested_by: requested_by.as_deref().map(|who| line(who, 200)),
        }
    }
}

fn room(caps: &Caps) -> Room {
    Room { findings: caps.findings, accepted: caps.accepted, text: caps.text.min(200), all: false }
}

/// What blocks, in order.
pub(crate) fn blockers(record: &Record) -> impl Iterator<Item = &Requirement> {
    record.verdict.requirements.iter().filter(|it| blocks(it, &record.decision))
}

fn blocks(requirement: &Requirement, decision: &Decision) -> bool {
    // The policy's faults are told one by one, at their places.
    let told = requirement.id == "policy" && !decision.problems.is_empty();
    let blocks = match requirement.state {
        State::Failed | State::Error | State::Waiting => true,
        State::Passed | State::NotApplicable | State::NotRun | State::Skipped => false,
    };
    requirement.required && blocks && !told
}

/// How coverage changed since what was measured for the destination: `lines +0.52 points since pull request 41`.
fn coverage_change(evidence: &Evidence) -> Option<String> {
    let coverage = evidence.measured.coverage.as_ref()?;
    let before = coverage.before.as_ref()?;
    let lines = format!("lines {}", words::change(before.lines, coverage.lines()));
    let branches = before.branches.zip(coverage.branches());
    let branches = branches.map(|(then, now)| format!(", branches {}", words::change(then, now)));
    Some(format!("{lines}{}, since pull request {}", branches.unwrap_or_default(), before.pull_request))
}

/// A link that is short enough to show.
fn link(url: &str) -> Option<String> {
    (url.len() <= 1_000).then(|| url.to_owned())
}

fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

/// What must be known before anything else: a weakened policy, and a gate that only watches.
pub(crate) fn notes(decision: &Decision, caps: &Caps) -> Vec<Note> {
    let note = |ours, theirs: &str| Note { ours, theirs: line(theirs, caps.text) };
    let policy = match (&decision.owners, decision.adoption) {
        (Some(owners), _) => Some(match &owners.granted_by {
            Some(owner) => note("The policy is weakened here, and an owner approved it:", owner),
            None => note(
                "The policy is weakened here, which waits for an approval of this revision by one of its owners:",
                &owners.owners.written().join(", "),
            ),
        }),
        (None, Some(Adoption::First)) => {
            Some(note("The destination has no policy yet: this pull request brings the first one.", ""))
        }
        (None, Some(Adoption::Repair)) => {
            Some(note("The destination's policy cannot be read: this pull request repairs it.", ""))
        }
        (None, None) => unowned(decision).map(|(ours, keys)| note(ours, &keys)),
    };
    let build = match decision.action {
        Action::Pass => Some(note("No build was needed:", &decision.reasons.join("; "))),
        Action::Build | Action::Refuse => None,
    };
    let mode = match decision.mode {
        Mode::Observe => Some(note("The gate only observes: it does not vote.", "")),
        Mode::Enforce => None,
    };
    policy.into_iter().chain(build).chain(mode).collect()
}

/// What a weakening that nobody has to approve means for this pull request, and its keys.
fn unowned(decision: &Decision) -> Option<(&'static str, String)> {
    let keys = |when| decision.weakened(when).join(", ");
    let (later, now) = (keys(Holds::Merged), keys(Holds::Now));
    match (later.is_empty(), now.is_empty()) {
        (false, true) => Some((
            "The policy is weakened here. This pull request is judged by the old one; the change binds from the next \
             pull request on:",
            later,
        )),
        (false, false) => Some((
            "The policy is weakened here. What is demanded of this pull request is as before, and changes from the next \
             one on; how it is built is its own at once:",
            format!("{later}; at once: {now}"),
        )),
        (true, false) => Some(("The policy changes here. This pull request is already built as it proposes:", now)),
        (true, true) => {
            let never = keys(Holds::Never);
            (!never.is_empty()).then_some(("The policy changes here, where the organisation's floor is final:", never))
        }
    }
}
