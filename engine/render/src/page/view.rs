//! What the page's template shows, picked from a report. It decides nothing; the report says it all.

use gated_core::decision::{Decision, SkipState};
use gated_core::report::Report;
use gated_core::verdict::{Record, VerdictKind};
use serde::Serialize;

use super::coverage::Coverage;
use super::facts::Fact;
use super::machine::Machine;
use super::policies::Policy;
use super::reasons::Node;
use super::tests::Tests;
use super::timeline::Timeline;
use super::tone::{self, Tone};
use super::trend::{Row, Trend};
use super::{coverage, facts, machine, policies, reasons, tests, timeline, trend};
use crate::comment::{Blocker, Caps, Change, Note, Problem, Rows, Skip, blockers, notes};
use crate::markdown::line;
use crate::scan::{Room, Scan};
use crate::words;

#[derive(Serialize)]
pub(super) struct View {
    tone: Tone,
    sign: &'static str,
    words: &'static str,
    headline: String,
    head: Head,
    facts: Vec<Fact>,
    notes: Vec<Note>,
    problems: Rows<Problem>,
    blockers: Rows<Blocker>,
    reasons: Vec<Node>,
    timeline: Option<Timeline>,
    tests: Vec<Tests>,
    coverage: Option<Coverage>,
    scan: Option<Scan>,
    skips: Rows<Skip>,
    delta: Rows<Change>,
    policies: Vec<Policy>,
    machine: Option<Machine>,
    trend: Option<Trend>,
    history: Vec<Row>,
    about: Vec<(&'static str, String)>,
}

/// Which pull request, and where more is to be seen.
#[derive(Serialize)]
struct Head {
    repository: String,
    /// `pull request 7`
    what: String,
    /// The command that does it again.
    again: String,
    title: String,
    source: String,
    destination: String,
    author: String,
    revision: String,
    commit: String,
    when: String,
    log: Option<String>,
    execution: Option<String>,
}

impl View {
    pub(super) fn of(report: &Report) -> Self {
        let Record { decision, verdict, .. } = &report.record;
        let mut caps = Caps::of_page();
        // Many blockers share the room for details.
        caps.details = (1_000 / blockers(&report.record).count().max(1)).clamp(1, caps.details);
        let (tone, sign) = tone::verdict(verdict.kind);
        let applies = decision.skips.iter().filter(|skip| skip.state != SkipState::NotApplicable);
        Self {
            tone,
            sign,
            words: words::verdict(verdict.kind, decision.mode).1,
            headline: line(&verdict.headline, 500),
            head: head(report),
            facts: facts::facts(report),
            notes: notes(decision, &caps),
            problems: Rows::new(&decision.problems, caps.problems, |problem| Problem::of(problem, &caps)),
            blockers: Rows::new(blockers(&report.record), caps.blockers, |it| Blocker::of(it, report, &caps)),
            reasons: reasons::tree(report),
            timeline: timeline::timeline(report),
            tests: tests::tests(report),
            coverage: coverage::coverage(report),
            scan: Scan::of(&report.record, &Room { findings: caps.findings, accepted: 0, text: 1_000, all: true }),
            skips: Rows::new(applies, caps.skips, |skip| Skip::of(skip, &caps)),
            delta: Rows::new(&decision.delta, caps.delta, |delta| Change::of(delta, &caps)),
            policies: policies::policies(report),
            machine: machine::machine(report),
            trend: trend::trend(report),
            history: report.history.iter().take(30).map(|run| trend::row(run, decision.mode, false)).collect(),
            about: about(report),
        }
    }
}

impl View {
    /// The same, of a run that has no vote.
    pub(super) fn rehearsed(mut self, kind: VerdictKind, left_out: &[String]) -> Self {
        (_, self.words) = words::rehearsal(kind, !left_out.is_empty());
        if !left_out.is_empty() {
            (self.tone, self.sign) = tone::part(kind);
            self.headline = line(&format!("{}; not run: {}", self.headline, left_out.join(", ")), 500);
        }
        self.head.what = format!("a local run of {}", self.head.source);
        self.head.again = "gated run".to_owned();
        self
    }
}

fn head(report: &Report) -> Head {
    let Decision { change, title, author, .. } = &report.record.decision;
    Head {
        repository: change.repository.to_string(),
        what: format!("pull request {}", change.pull_request),
        again: format!("gated rerun {}", change.pull_request),
        title: line(title, 300),
        source: line(change.source_branch(), 200),
        destination: line(change.destination_branch(), 200),
        author: line(words::person(author), 200),
        revision: change.revision.as_str().chars().take(12).collect(),
        commit: change.source_commit.as_str().chars().take(12).collect(),
        when: words::moment(&report.record.written_at),
        log: report.links.log.clone(),
        execution: report.links.execution.clone(),
    }
}

/// What is known of the run itself, in full.
fn about(report: &Report) -> Vec<(&'static str, String)> {
    let Record { decision, evidence, attempt, requested_by, built_under, .. } = &report.record;
    let build = evidence.as_ref().and_then(|evidence| evidence.outcome.id.clone());
    let approvals = decision.approvals.iter().map(|who| words::person(who)).collect::<Vec<_>>().join(", ");
    let facts = [
        ("Revision", Some(decision.change.revision.to_string())),
        ("Commit", Some(decision.change.source_commit.to_string())),
        ("Destination at", Some(decision.change.destination_commit.to_string())),
        ("Merge base", Some(decision.change.merge_base.to_string())),
        ("Author", Some(decision.author.clone())),
        ("Approved by", Some(approvals).filter(|who| !who.is_empty())),
        ("Rules set aside by", decision.overridden_by.clone()),
        ("Build", build),
        ("Image", evidence.is_some().then(|| decision.environment.image.clone())),
        ("Attempt", Some(attempt.to_string())),
        ("Asked for by, as they say", requested_by.clone()),
        ("Decision", Some(decision.hash.clone())),
        ("Built under", built_under.clone().filter(|hash| *hash != decision.hash)),
        ("Gate", Some(format!("gated {}", decision.gate))),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, line(&value?, 300)))).collect()
}
