//! One word from all findings: the first of fail, error, waiting, pass that applies. Advisory requirements are shown and
//! never decide.

use super::Finding;
use crate::show;
use crate::verdict::{FailureClass, State, Verdict, VerdictKind};

pub(super) fn verdict(findings: Vec<Finding>) -> Verdict {
    let required = || findings.iter().filter(|finding| finding.requirement.required);
    let first = |state: State| required().find(|finding| finding.requirement.state == state);
    // Something that was kept from running without anything to blame could not be found out.
    let unknown = first(State::Error).or_else(|| first(State::NotRun));
    let (kind, headline, class) = if let Some(failed) = first(State::Failed) {
        (
            VerdictKind::Fail,
            told(failed, required().filter(|it| it.requirement.state == State::Failed)),
            blame(&findings),
        )
    } else if let Some(error) = unknown {
        let unclear = |it: &&Finding| matches!(it.requirement.state, State::Error | State::NotRun);
        (VerdictKind::Error, told(error, required().filter(unclear)), error.class.or(Some(FailureClass::Report)))
    } else if let Some(waiting) = first(State::Waiting) {
        (VerdictKind::Waiting, waiting.requirement.reason.clone(), None)
    } else if required().any(|finding| finding.requirement.state == State::Passed && finding.runs)
        || required().any(|finding| finding.requirement.id == "policy")
    {
        (VerdictKind::Pass, passed(&findings), None)
    } else {
        (VerdictKind::Error, "nothing required ran".to_owned(), Some(FailureClass::Policy))
    };
    let requirements = findings.into_iter().map(|finding| finding.requirement).collect();
    Verdict { kind, headline, class, requirements }
}

/// Time is to blame only where nothing else is.
fn blame(findings: &[Finding]) -> Option<FailureClass> {
    let failed = |finding: &&Finding| finding.requirement.required && finding.requirement.state == State::Failed;
    let mut classes = findings.iter().filter(failed).map(|finding| finding.class.unwrap_or(FailureClass::Code));
    let first = classes.next()?;
    Some(
        classes
            .find(|class| *class != FailureClass::Timeout)
            .filter(|_| first == FailureClass::Timeout)
            .unwrap_or(first),
    )
}

fn told<'a>(first: &Finding, all: impl Iterator<Item = &'a Finding>) -> String {
    let others = all.count().saturating_sub(1);
    let more = if others == 0 { String::new() } else { format!(" (and {others} more)") };
    format!("{}: {}{more}", first.requirement.name, first.requirement.reason)
}

fn passed(findings: &[Finding]) -> String {
    let count = |required: bool, state: State| {
        findings.iter().filter(|it| it.requirement.required == required && it.requirement.state == state).count()
    };
    let mut text = format!("{} met", show::count(count(true, State::Passed), "requirement"));
    let skipped = count(true, State::Skipped);
    if skipped > 0 {
        text.push_str(&format!(", {skipped} skipped by a rule"));
    }
    let flaky = findings.iter().filter(|it| it.requirement.flaky).count();
    if flaky > 0 {
        text.push_str(&format!(", {flaky} flaky"));
    }
    let advisory = count(false, State::Failed) + count(false, State::Error);
    if advisory > 0 {
        text.push_str(&format!(", {advisory} advisory not met"));
    }
    text
}
