//! Setup, stages and the container image: what the record says of each, and whether that can be true under the plan.

use super::{Finding, Told};
use crate::decision::{Decision, PlannedStage, StageAction};
use crate::measured::{StageOutcome, StageRun};
use crate::units::Seconds;
use crate::verdict::{FailureClass, State};

pub(super) fn setup(decision: &Decision, told: &Told<'_>) -> Option<Finding> {
    if decision.setup.is_empty() {
        return None;
    }
    let finding = |state, reason| Finding::of("setup", "setup", state, reason);
    Some(match told.record.and_then(|record| record.setup.as_ref()) {
        None => finding(State::NotRun, unreached()),
        Some(run) => {
            ended(finding, run, 0).unwrap_or_else(|against| finding(State::Error, against).class(FailureClass::Report))
        }
    })
}

pub(super) fn stage(decision: &Decision, stage: &PlannedStage, told: &Told<'_>) -> Finding {
    let name = format!("stage {}", stage.name);
    let finding = |state, reason| Finding::of(format!("stage/{}", stage.name), name.as_str(), state, reason);
    let judged = match stage.action {
        StageAction::Skip => finding(State::Skipped, stage.reason.clone()),
        StageAction::NotApplicable => finding(State::NotApplicable, stage.reason.clone()),
        StageAction::Run => match told.run(stage.name.as_str()) {
            None => finding(State::NotRun, unreached()),
            Some(run) => run_finding(decision, run, told, stage.retry, stage.min_duration, finding).runs(),
        },
    };
    judged.required(stage.required)
}

/// The image is the stage named `container` of the record. Its scan is not part of the record.
pub(super) fn container(decision: &Decision, told: &Told<'_>) -> Option<Finding> {
    let container = decision.container.as_ref()?;
    let finding = |state, reason| Finding::of("container", "container image", state, reason);
    Some(match container.action {
        StageAction::Skip => finding(State::Skipped, container.reason.clone()),
        StageAction::NotApplicable => finding(State::NotApplicable, container.reason.clone()),
        StageAction::Run => match told.run("container") {
            None => finding(State::NotRun, unreached()),
            Some(run) => run_finding(decision, run, told, 0, None, finding).runs(),
        },
    })
}

fn run_finding(
    decision: &Decision,
    run: &StageRun,
    told: &Told<'_>,
    retry: u8,
    min_duration: Option<Seconds>,
    finding: impl Fn(State, String) -> Finding + Copy,
) -> Finding {
    let error = |reason| finding(State::Error, reason).class(FailureClass::Report);
    if run.outcome == StageOutcome::NotRun {
        return match not_run(decision, run, told) {
            Ok(reason) => finding(State::NotRun, reason),
            Err(against) => error(against),
        };
    }
    if told.setup_failed {
        return error("the record says that it ran, though setup had failed".to_owned());
    }
    let judged = match ended(finding, run, retry) {
        Ok(judged) => judged,
        Err(against) => return error(against),
    };
    match min_duration {
        // An earlier try that failed slowly does not make a green one believable that did nothing.
        Some(least) if run.outcome == StageOutcome::Passed && run.last_try() < least.0.saturating_mul(1000) => {
            error(format!("it was green after {}, sooner than its min-duration of {least}", duration(run.last_try())))
        }
        Some(_) | None => judged,
    }
}

/// Why it did not run, or that nothing explains it.
fn not_run(decision: &Decision, run: &StageRun, told: &Told<'_>) -> Result<String, String> {
    if run.attempts > 0 {
        return Err(format!("the record says both that it was not run and that it was tried {} times", run.attempts));
    }
    if told.ended {
        return Ok("the build was ended before it".to_owned());
    }
    if told.setup_failed {
        return Ok("setup failed".to_owned());
    }
    let stops = |stage: &&PlannedStage| {
        (decision.fail_fast || stage.name.is_reserved())
            && stage.required
            && matches!(told.outcome(stage), Some(StageOutcome::Failed | StageOutcome::TimedOut))
    };
    match decision.running().find(stops) {
        Some(stage) => Ok(format!("stage {} failed before it", stage.name)),
        None => Err("the record says that it was not run, and nothing that failed explains that".to_owned()),
    }
}

/// A run's end as a finding, or how the record contradicts itself or the plan.
fn ended(finding: impl Fn(State, String) -> Finding, run: &StageRun, retry: u8) -> Result<Finding, String> {
    let tries = u32::from(retry) + 1;
    if run.outcome != StageOutcome::NotRun && !(1..=tries).contains(&run.attempts) {
        return Err(format!(
            "the record says that it was tried {} times, where the plan has at most {tries}",
            run.attempts
        ));
    }
    let again = if run.attempts > 1 { format!(", in try {}", run.attempts) } else { String::new() };
    let took = duration(run.milliseconds);
    match (run.outcome, run.exit) {
        (StageOutcome::Passed, 0) if run.attempts > 1 => {
            let reason = format!("flaky: failed at first, and passed in try {} after {took}", run.attempts);
            Ok(finding(State::Passed, reason).flaky(true))
        }
        (StageOutcome::Passed, 0) => Ok(finding(State::Passed, format!("passed in {took}"))),
        (StageOutcome::Passed, exit) => Err(format!("the record says passed beside exit code {exit}")),
        (StageOutcome::Failed, 0) => Err("the record says failed beside exit code 0".to_owned()),
        (StageOutcome::Failed, exit) => {
            Ok(finding(State::Failed, format!("exit code {exit} after {took}{again}")).class(FailureClass::Code))
        }
        (StageOutcome::TimedOut, _) => {
            Ok(finding(State::Failed, format!("ran out of time after {took}{again}")).class(FailureClass::Timeout))
        }
        (StageOutcome::NotRun, _) => Err("the record says that it was not run".to_owned()),
        (StageOutcome::Interrupted, 0) => Err("the record says interrupted beside exit code 0".to_owned()),
        (StageOutcome::Interrupted, _) => {
            let reason = format!("interrupted: it had run for {took} when the build was asked to end{again}");
            Ok(finding(State::Error, reason).class(FailureClass::Interrupted))
        }
    }
}

fn unreached() -> String {
    "the build left no word of it".to_owned()
}

fn duration(milliseconds: u64) -> String {
    if milliseconds < 1_000 {
        format!("{milliseconds} ms")
    } else if milliseconds < 10_000 {
        format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
    } else {
        Seconds(milliseconds / 1000).to_string()
    }
}
