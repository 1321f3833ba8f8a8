//! One case's expectations against the decision: what differs, at the place of the expectation, with the decision's own
//! reason.

use gated_core::decision::{Decision, PlannedStage, StageAction};
use gated_core::judge;
use gated_core::measured::StageOutcome;
use gated_core::supposed::{Supposed, SupposedFile, supposed_evidence};
use gated_core::verdict::VerdictKind;
use serde::Serialize;
use serde_json::Value;

use super::check::Failure;
use super::written::{Expect, FileRates, StageDemand, WrittenCase};
use crate::guess::{listed, nearest};
use crate::span::Span;
use crate::tree::Key;
use crate::written::At;

/// How the decision differs from what the case expects.
pub(super) fn failures(case: &WrittenCase, decision: &Decision) -> Vec<Failure> {
    let mut found = Found { decision, failures: Vec::new() };
    let Some(At { value: expect, span: _ }) = &case.expect else { return found.failures };
    let Expect { action, stages, container, coverage, skips, delta, weakens, verdict } = expect;
    if let Some(At { value, span }) = action {
        found.same(*span, "the gate's action", &value.0, &decision.action, &first_reason(decision));
    }
    for (key, demand) in stages.iter().flat_map(|all| &all.value.entries) {
        found.stage(key, &demand.value.0);
    }
    if let Some(At { value, span }) = container {
        match &decision.container {
            Some(planned) => found.same(*span, "the container", &value.0, &planned.action, &planned.reason),
            None => found.fail(*span, "no policy has a `container`".to_owned()),
        }
    }
    if let Some(At { value, span }) = coverage {
        match &decision.coverage {
            Some(planned) => found.same(*span, "coverage", &value.0, &planned.action, &planned.reason),
            None => found.fail(*span, "no policy demands coverage".to_owned()),
        }
    }
    for (key, state) in skips.iter().flat_map(|all| &all.value.entries) {
        match decision.skips.iter().find(|skip| skip.rule.as_str() == key.text) {
            Some(skip) => {
                found.same(state.span, &format!("rule `{}`", key.text), &state.value.0, &skip.state, &skip.reason);
            }
            None => {
                found.unknown(key, "skip rule", decision.skips.iter().map(|skip| skip.rule.as_str()).collect());
            }
        }
    }
    for (key, kind) in delta.iter().flat_map(|all| &all.value.entries) {
        match decision.delta.iter().find(|row| row.path == key.text) {
            Some(row) => found.same(kind.span, &format!("`{}`", key.text), &kind.value.0, &row.kind, ""),
            None => found.unknown(key, "difference at", decision.delta.iter().map(|row| row.path.as_str()).collect()),
        }
    }
    if let Some(At { value, span }) = weakens {
        let why = decision.delta.iter().map(|row| format!("{} is {}", row.path, word(&row.kind)));
        let why: Vec<String> = why.collect();
        found.same(*span, "whether the proposal weakens", &value.0, &decision.weakens(), &why.join(", "));
    }
    if let Some(At { value, span }) = verdict {
        found.verdict(case, value.0, *span);
    }
    found.failures
}

struct Found<'a> {
    decision: &'a Decision,
    failures: Vec<Failure>,
}

impl Found<'_> {
    fn fail(&mut self, span: Span, message: String) {
        self.failures.push(Failure { line: span.line, column: span.column, message });
    }

    fn same<T: PartialEq + Serialize>(&mut self, span: Span, what: &str, expected: &T, is: &T, why: &str) {
        if expected == is {
            return;
        }
        let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
        self.fail(span, format!("{what}: expected {}, and it is {}{why}", word(expected), word(is)));
    }

    /// A name that nothing has. A decision that refuses has no names at all, so its reason is told.
    fn unknown(&mut self, key: &Key, what: &str, known: Vec<&str>) {
        let help = match nearest(&key.text, known.iter().copied()) {
            Some(guess) => format!("did you mean `{guess}`?"),
            None if known.is_empty() => {
                let reason = first_reason(self.decision);
                if reason.is_empty() { "there is none".to_owned() } else { format!("there is none: {reason}") }
            }
            None => format!("there is {}", listed(known)),
        };
        self.fail(key.span, format!("there is no {what} `{}`: {help}", key.text));
    }

    fn stage(&mut self, key: &Key, demand: &StageDemand) {
        let Some(stage) = self.decision.stages.iter().find(|stage| stage.name.as_str() == key.text) else {
            return self.unknown(key, "stage", self.decision.stages.iter().map(|stage| stage.name.as_str()).collect());
        };
        let StageDemand { action, required } = demand;
        let PlannedStage { action: is, required: blocks, reason, .. } = stage;
        let what = format!("stage `{}`", key.text);
        if let Some(action) = action {
            self.same(action.span, &what, &action.value.0, is, reason);
        }
        if let Some(required) = required {
            self.same(required.span, &format!("whether {what} is required"), &required.value.0, blocks, "");
        }
    }

    /// The verdict over a build that ends as the case says.
    fn verdict(&mut self, case: &WrittenCase, expected: VerdictKind, span: Span) {
        let decision = self.decision;
        let mut supposed = Supposed::default();
        for (key, ending) in case.outcomes.iter().flat_map(|all| &all.value.entries) {
            let image = decision.container.as_ref().filter(|it| it.action == StageAction::Run).map(|_| "container");
            let running: Vec<&str> = decision.running().map(|stage| stage.name.as_str()).chain(image).collect();
            if !running.contains(&key.text.as_str()) {
                self.unknown(key, "running stage", running);
            }
            let outcome: StageOutcome = ending.value.0;
            supposed.stages.push((key.text.clone(), outcome));
        }
        if let Some(At { value, span }) = &case.coverage {
            let rates = &value.0;
            let rate = |at: &Option<At<crate::written::choices::Rate>>| at.as_ref().map(|at| at.value.0);
            (supposed.line, supposed.branch, supposed.patch) =
                (rate(&rates.line), rate(&rates.branch), rate(&rates.patch));
            for (key, file) in rates.files.iter().flat_map(|all| &all.value.entries) {
                let FileRates { line, branch } = &file.value.0;
                supposed.files.push(SupposedFile { path: key.text.clone(), line: rate(line), branch: rate(branch) });
                self.counts(key);
            }
            let judged = decision.coverage.as_ref().is_some_and(|coverage| coverage.action == StageAction::Run);
            if !judged {
                self.fail(*span, "coverage is not judged in this case, so what it is makes no difference".to_owned());
            }
        }
        let verdict = judge(decision, Some(&supposed_evidence(decision, &supposed)));
        self.same(span, "the verdict", &expected, &verdict.kind, &verdict.headline);
    }

    /// A file for which there is no target says nothing that `line` and `branch` do not.
    fn counts(&mut self, file: &Key) {
        let Some(coverage) = &self.decision.coverage else { return };
        let targets = || coverage.paths.iter().map(|target| target.files.to_string());
        if coverage.excludes(&file.text) {
            self.fail(file.span, format!("`{}` is excluded from coverage, so it makes no difference", file.text));
        } else if !coverage.paths.iter().any(|target| target.files.matches(&file.text)) {
            let targets = targets().collect::<Vec<_>>().join(", ");
            let targets = if targets.is_empty() { "there is none".to_owned() } else { targets };
            self.fail(file.span, format!("no target of `coverage.paths` is about `{}` ({targets})", file.text));
        }
    }
}

fn first_reason(decision: &Decision) -> String {
    decision.reasons.first().cloned().unwrap_or_default()
}

/// A value as files write it.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => format!("`{word}`"),
        Ok(other) => format!("`{other}`"),
        Err(_) => String::new(),
    }
}
