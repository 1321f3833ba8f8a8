//! The build itself: how CodeBuild says that it ended, and whether the driver's record is this build's and whole. A pass
//! needs both: status SUCCEEDED, and a record without a gap.

use super::Finding;
use crate::decision::{Decision, StageAction};
use crate::measured::{BuildOutcome, BuildStatus, PhaseFailure, StageOutcome, StageRecord, StageRun};
use crate::verdict::{Evidence, FailureClass, State};

/// Phases in which CodeBuild works for us and nothing of the pull request runs (CodeBuild user guide, build phases).
const PHASES_BEFORE_THE_CODE: [&str; 4] = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"];
/// Phases after the code.
const PHASES_AFTER_THE_CODE: [&str; 3] = ["UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"];

/// Codes with which DOWNLOAD_SOURCE ends when a variable from the Parameter Store or from Secrets Manager has no value
/// (seen in published build logs, with the answer of that service as the message).
const VARIABLES: [&str; 2] = ["Decrypted Variables Error", "Secrets Manager Error"];
/// What is said of a value that is not there, or that the build's role may not read: the same at every try, other than
/// throttling or a fault of the service.
const WITHOUT_A_VALUE: [&str; 5] =
    ["does not exist", "NotFoundException", "AccessDenied", "not authorized", "ValidationException"];

/// Code and words with which PROVISIONING ends when the image of the build cannot be pulled (seen in published build logs).
const PULL: [&str; 3] =
    ["BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE", "Unable to pull customer's container image", "CannotPullContainerError"];
/// What a registry says of an image that is not there, is no image's name, or may not be read: the same at every try.
const NO_SUCH_IMAGE: [&str; 9] = [
    "manifest unknown",
    "not found",
    "does not exist",
    "no such host",
    "invalid reference format",
    "pull access denied",
    "requested access to the resource is denied",
    "unauthorized",
    "no basic auth credentials",
];
/// What it says when it has no answer now.
const NOT_NOW: [&str; 5] = ["toomanyrequests", "rate exceeded", "timeout", "timed out", "connection re"];
/// How hosts end that are there whatever a policy says (ECR with its layers in S3, and Docker Hub): who finds none of that name
/// has no name server that answers.
const REGISTRIES: [&str; 5] = [".amazonaws.com", ".amazonaws.com.cn", "public.ecr.aws", ".docker.io", ".docker.com"];

/// What UPLOAD_ARTIFACTS says when the build left no file that it could upload (seen in published build logs).
const NOTHING_TO_UPLOAD: &str = "no matching ";

/// The record, when it is of a version that is known, of this build, and names every running stage exactly once.
pub(super) fn checked_record<'a>(decision: &Decision, evidence: &'a Evidence) -> Result<&'a StageRecord, String> {
    let record = evidence.record.as_ref().map_err(|why| format!("there is no record of the stages: {why}"))?;
    if !(1..=StageRecord::VERSION).contains(&record.version) {
        let newest = StageRecord::VERSION;
        return Err(format!("the record of the stages has version {}, not 1 to {newest}", record.version));
    }
    if evidence.outcome.id.as_deref() != Some(record.build.as_str()) {
        return Err(format!("the record of the stages is of another build ({})", record.build));
    }
    for name in expected(decision) {
        match record.stages.iter().filter(|run| run.name == name).count() {
            1 => {}
            0 => return Err(format!("the record of the stages does not name {name}")),
            times => return Err(format!("the record of the stages names {name} {times} times")),
        }
    }
    if record.setup.is_some() == decision.setup.is_empty() {
        return Err("the record of the stages and the plan do not agree on a setup".to_owned());
    }
    Ok(record)
}

fn expected(decision: &Decision) -> Vec<&str> {
    let image = decision.container.as_ref().filter(|container| container.action == StageAction::Run);
    decision.running().map(|stage| stage.name.as_str()).chain(image.map(|_| "container")).collect()
}

/// The requirement `build`.
pub(super) fn finding(decision: &Decision, evidence: &Evidence, record: &Result<&StageRecord, String>) -> Finding {
    let outcome = &evidence.outcome;
    let build = |state, reason: String| Finding::of("build", "build", state, reason);
    let error = |reason: String, class| build(State::Error, reason).class(class);
    let said = said(outcome);
    match outcome.status {
        BuildStatus::Succeeded => match record {
            Ok(_) => build(State::Passed, "the build ended SUCCEEDED".to_owned()),
            Err(why) => error(format!("the build ended SUCCEEDED, but {why}"), FailureClass::Report),
        },
        BuildStatus::Failed => failed(decision, outcome, record, &said),
        BuildStatus::Fault => error(format!("CodeBuild itself failed{said}"), FailureClass::Infrastructure),
        BuildStatus::TimedOut if in_phase(outcome, &PHASES_BEFORE_THE_CODE) => {
            error(format!("the build waited too long to begin{said}"), FailureClass::Infrastructure)
        }
        BuildStatus::TimedOut => build(
            State::Failed,
            format!("the build took longer than its time-out of {}{said}", decision.environment.timeout),
        )
        .class(FailureClass::Timeout),
        BuildStatus::Stopped => {
            error(format!("somebody stopped the build{}{said}", reached(record)), FailureClass::Interrupted)
        }
        BuildStatus::InProgress => error("the build has not ended".to_owned(), FailureClass::Infrastructure),
        // What cannot be rendered is the same at every try.
        BuildStatus::NotStarted if in_phase(outcome, &["RENDER"]) => {
            error(format!("no build can be made of the policy{said}"), FailureClass::Policy)
        }
        BuildStatus::NotStarted => error(format!("no build could be started{said}"), FailureClass::Infrastructure),
    }
}

/// How far a build came that was stopped, where its record tells.
fn reached(record: &Result<&StageRecord, String>) -> String {
    let named = |wanted: StageOutcome| {
        let runs = record.iter().flat_map(|record| record.setup.iter().chain(&record.stages));
        let names: Vec<&str> = runs.filter(|run| run.outcome == wanted).map(|run| run.name.as_str()).collect();
        names.join(", ")
    };
    let ran = named(StageOutcome::Interrupted);
    let ran = if ran.is_empty() { ran } else { format!(" while {ran} ran") };
    let not_run = named(StageOutcome::NotRun);
    if not_run.is_empty() { ran } else { format!("{ran}, before {not_run}") }
}

fn failed(decision: &Decision, outcome: &BuildOutcome, record: &Result<&StageRecord, String>, said: &str) -> Finding {
    let build = |state, reason: String| Finding::of("build", "build", state, reason);
    if outcome.failure.as_ref().is_some_and(|failure| failure.code == "YAML_FILE_ERROR") {
        // The gate renders the buildspec from the policy: a runtime that does not exist ends here.
        return build(State::Error, format!("CodeBuild refused the buildspec{said}")).class(FailureClass::Policy);
    }
    if outcome.failure.as_ref().is_some_and(is_without_a_value) {
        return build(
            State::Error,
            format!(
                "a parameter or secret that the policy names is not there, or the build's role may not read it: mend \
                 its name, create it, or allow it{said}"
            ),
        )
        .class(FailureClass::Policy);
    }
    if outcome.failure.as_ref().is_some_and(is_without_an_image) {
        let image = &decision.environment.image;
        return build(
            State::Error,
            format!(
                "the build's image {image} cannot be pulled: mend environment.image, or allow the build's role to pull \
                 it{said}"
            ),
        )
        .class(FailureClass::Policy);
    }
    if in_phase(outcome, &PHASES_BEFORE_THE_CODE) {
        return build(State::Error, format!("the build failed before it ran anything{said}"))
            .class(FailureClass::Infrastructure);
    }
    match record {
        Ok(record) if record.setup.iter().chain(&record.stages).any(|run| explains(decision, run)) => {
            build(State::Passed, "the build ran to its end, and ended FAILED for what did not pass in it".to_owned())
        }
        Ok(_) if in_phase(outcome, &PHASES_AFTER_THE_CODE) => {
            build(State::Error, format!("the build failed after the stages{said}")).class(FailureClass::Infrastructure)
        }
        Ok(_) => build(State::Error, format!("the build ended FAILED, and none of its required stages did{said}"))
            .class(FailureClass::Report),
        // What the build left did not arrive, and nobody can tell what it was.
        Err(_) if is_lost(outcome) => build(State::Error, format!("what the build left could not be uploaded{said}"))
            .class(FailureClass::Infrastructure),
        Err(why) => build(State::Error, format!("the build ended FAILED, and {why}{said}")).class(FailureClass::Report),
    }
}

/// Whether this run made the driver end with a failure.
fn explains(decision: &Decision, run: &StageRun) -> bool {
    let blocks = match run.name.as_str() {
        "setup" | "container" => true,
        name => decision.running().any(|stage| stage.required && stage.name.as_str() == name),
    };
    blocks && matches!(run.outcome, StageOutcome::Failed | StageOutcome::TimedOut)
}

fn is_without_a_value(failure: &PhaseFailure) -> bool {
    VARIABLES.contains(&failure.code.as_str()) && WITHOUT_A_VALUE.iter().any(|words| failure.message.contains(words))
}

fn is_without_an_image(failure: &PhaseFailure) -> bool {
    let says = |words: &[&str]| words.iter().any(|words| failure.message.to_lowercase().contains(words));
    let of_pulling = PULL.iter().any(|words| failure.code == *words || failure.message.contains(words));
    of_pulling && says(&NO_SUCH_IMAGE) && !says(&NOT_NOW) && !is_unresolved(&failure.message)
}

/// Whether the name of a registry that there is could not be resolved (`lookup HOST: no such host`, as Go says it).
fn is_unresolved(message: &str) -> bool {
    let host = message.split_once("lookup ").and_then(|(_, rest)| rest.split([' ', ':']).next());
    let is_known = host.is_some_and(|host| REGISTRIES.iter().any(|end| host.ends_with(end)));
    is_known && message.contains("no such host")
}

/// Whether there were files to upload, and they were not.
fn is_lost(outcome: &BuildOutcome) -> bool {
    in_phase(outcome, &["UPLOAD_ARTIFACTS"])
        && !outcome.failure.as_ref().is_some_and(|failure| failure.message.contains(NOTHING_TO_UPLOAD))
}

fn in_phase(outcome: &BuildOutcome, phases: &[&str]) -> bool {
    outcome.failure.as_ref().is_some_and(|failure| phases.contains(&failure.phase.as_str()))
}

fn said(outcome: &BuildOutcome) -> String {
    match &outcome.failure {
        Some(PhaseFailure { phase, code, message }) => format!(" ({phase}, {code}: {message})"),
        None => String::new(),
    }
}
