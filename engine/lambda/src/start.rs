//! Starts the execution for a decision. The input is deterministic, so that a repeated event finds the name taken.

use gated_aws::{Aws, ExecutionState, PullRequest, Started};
use gated_core::decision::{Action, Decision};
use gated_core::names::{PullRequestId, badges, execution_name, project_name, sha256_hex};
use gated_core::verdict::Again;
use serde_json::{Value, json};

use crate::again::{again, announce};
use crate::gather::gather;
use crate::log::Log;
use crate::records::{self, Found, Stored};
use crate::{Fault, Settings};

/// Most attempts at one decision, whoever asks for them.
pub(crate) const MOST_ATTEMPTS: u32 = 50;

/// An execution that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// Its name.
    pub(crate) execution: String,
    /// Which try it is.
    pub(crate) attempt: u32,
    /// Whether it is new.
    pub(crate) started: Started,
}

/// What an earlier build of the same revision left for a decision.
#[derive(Debug)]
pub(crate) enum Earlier {
    /// Nothing: no build of this revision has ended.
    Nothing,
    /// Measurements or none, which do not count: the revision is built again, and that build's judge will answer.
    Runs,
    /// Measurements that say nothing of what is demanded now: only another build can tell.
    Unfit,
    /// Measurements that the decision can be judged from.
    Fit(Box<Stored>),
}

/// Looks at what an earlier build of the decision's revision left. What cannot be read says nothing.
pub(crate) async fn earlier(aws: &Aws, settings: &Settings, log: &Log, decision: &Decision) -> Result<Earlier, Fault> {
    let change = &decision.change;
    let found: Option<Found<Stored>> = records::look(aws, settings, log, &records::evidence_key(change)).await?;
    let any = found.is_some();
    let stored = found.and_then(|found| found.value);
    Ok(match (again(aws, settings, change, stored.as_ref()).await?, stored) {
        (Again::Runs, _) => Earlier::Runs,
        (Again::Lost, _) => Earlier::Unfit,
        (_, Some(stored)) if decision.can_judge_from(&stored.planned, &stored.evidence) => {
            Earlier::Fit(Box::new(stored))
        }
        (_, None) if !any => Earlier::Nothing,
        (_, Some(_) | None) => Earlier::Unfit,
    })
}

/// What is asked of an execution.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish<'a> {
    /// Whether a build is wanted; a decision that needs none never gets one.
    pub(crate) build: bool,
    /// Id of the event of a person's vote. Votes come and go, so that the same decision may have to be judged again: each
    /// vote has an execution of its own, and the same event twice still has one.
    pub(crate) vote: Option<&'a str>,
    /// Who asked for a new attempt.
    pub(crate) requested_by: Option<&'a str>,
    /// The execution that asks, and will not answer itself.
    pub(crate) in_place_of: Option<&'a str>,
    /// Whether the revision was answered before: that answer does not hold while it is built again.
    pub(crate) again: bool,
}

/// Keeps the plan and starts its execution.
pub(crate) async fn start(
    aws: &Aws,
    settings: &Settings,
    decision: &Decision,
    attempt: u32,
    wish: Wish<'_>,
) -> Result<Begun, Fault> {
    let (action, rendered) = match settings.buildspec(decision) {
        Ok(buildspec) if wish.build && decision.action == Action::Build => {
            let seconds = (gated_render::QUEUE_MINUTES + 10) * 60 + decision.environment.timeout.0;
            let rendered = json!({
                "project": gated_render::project(&settings.service, decision, &settings.build_role(&decision.change.repository)),
                "buildspec": buildspec,
                "variables": variables(settings, decision),
                "buildTimeoutSeconds": seconds,
            });
            ("build", rendered)
        }
        // What cannot be rendered is told by the judge, which renders it again.
        Ok(_) | Err(_) => ("answer", json!({})),
    };
    let plan = records::keep_plan(aws, settings, decision).await?;
    let change = &decision.change;
    let mut input = subject(
        settings,
        change.repository.as_str(),
        &change.pull_request,
        action,
        &project_name(&settings.service, &change.repository, &change.pull_request),
    );
    let more = json!({
        "revisionId": change.revision,
        "sourceCommit": change.source_commit,
        "decisionHash": decision.hash,
        "plan": plan,
        "attempt": attempt,
        "requestedBy": wish.requested_by,
        "again": wish.again,
        "scans": {"count": 0},
        "build": null,
        "error": null,
    });
    extend(&mut input, more);
    extend(&mut input, rendered);
    let mut execution = execution_name(&change.pull_request, &change.revision, &decision.hash, attempt);
    if let Some(event) = wish.vote {
        execution = format!("{execution}-{}", &sha256_hex(event.as_bytes())[..8]);
    }
    if wish.again && action == "build" {
        announce(aws, settings, change, &execution).await?;
    }
    let started = aws.start_execution(&settings.state_machine_arn, &execution, &input).await?;
    Ok(Begun { execution, attempt, started })
}

/// Starts the deletion of a closed pull request's environment.
pub(crate) async fn close(aws: &Aws, settings: &Settings, live: &PullRequest) -> Result<Begun, Fault> {
    let change = &live.change;
    let project = project_name(&settings.service, &change.repository, &change.pull_request);
    start_close(aws, settings, change.repository.as_str(), &change.pull_request, &project, 1).await
}

/// The name of the execution that deletes: `pr-<n>-close`, and for later tries `pr-<n>-close-<attempt>`.
pub(crate) fn close_name(id: &PullRequestId, attempt: u32) -> String {
    if attempt == 1 { format!("pr-{id}-close") } else { format!("pr-{id}-close-{attempt}") }
}

/// Starts a try to delete what there is of a pull request.
pub(crate) async fn start_close(
    aws: &Aws,
    settings: &Settings,
    repository: &str,
    id: &PullRequestId,
    project: &str,
    attempt: u32,
) -> Result<Begun, Fault> {
    let input = subject(settings, repository, id, "close", project);
    let execution = close_name(id, attempt);
    let started = aws.start_execution(&settings.state_machine_arn, &execution, &input).await?;
    Ok(Begun { execution, attempt, started })
}

/// Starts a new attempt at a pull request's live revision, in the name of who asked.
pub(crate) async fn rerun(
    aws: &Aws,
    settings: &Settings,
    id: &PullRequestId,
    requested_by: &str,
) -> Result<Begun, Fault> {
    let live =
        aws.pull_request(id).await?.ok_or_else(|| Fault::misconfigured(format!("there is no pull request {id}")))?;
    if !live.open {
        return Err(Fault::misconfigured(format!(
            "pull request {id} is closed: a closed pull request cannot be gated again"
        )));
    }
    let decision = gather(aws, settings, &live).await?.decision;
    match start_again(
        aws,
        settings,
        &decision,
        Wish { build: true, requested_by: Some(requested_by), ..Wish::default() },
    )
    .await?
    {
        Begun { started: Started::Already, execution, .. } => {
            Err(Fault::misconfigured(format!("execution {execution} still runs: wait for its verdict")))
        }
        begun => Ok(begun),
    }
}

/// Starts the next attempt at a decision, unless one runs.
pub(crate) async fn start_again(
    aws: &Aws,
    settings: &Settings,
    decision: &Decision,
    wish: Wish<'_>,
) -> Result<Begun, Fault> {
    let change = &decision.change;
    for attempt in 1..=MOST_ATTEMPTS {
        let execution = execution_name(&change.pull_request, &change.revision, &decision.hash, attempt);
        match aws.execution(&settings.state_machine_arn, &execution).await? {
            Some(ExecutionState::Running) if wish.in_place_of != Some(execution.as_str()) => {
                return Ok(Begun { execution, attempt, started: Started::Already });
            }
            Some(ExecutionState::Running | ExecutionState::Succeeded | ExecutionState::Failed) => {}
            None => return start(aws, settings, decision, attempt, Wish { again: true, ..wish }).await,
        }
    }
    Err(Fault::misconfigured(format!(
        "pull request {} was tried {MOST_ATTEMPTS} times at this revision: push a new one",
        change.pull_request
    )))
}

/// What the build is told: of its pull request, and where its image goes.
pub(crate) fn variables(settings: &Settings, decision: &Decision) -> Value {
    let mut variables = gated_render::variables(decision);
    if let (Some(list), Some(uri)) = (variables.as_array_mut(), &settings.image_repository) {
        list.push(json!({"Name": "GATED_IMAGE_REPOSITORY", "Value": uri, "Type": "PLAINTEXT"}));
    }
    variables
}

fn subject(settings: &Settings, repository: &str, pull_request: &PullRequestId, action: &str, project: &str) -> Value {
    json!({
        "action": action,
        "repositoryName": repository,
        "pullRequestId": pull_request,
        "projectName": project,
        "badgeParameter": format!("{}/{project}/badge-url", badges(&settings.service)),
    })
}

fn extend(input: &mut Value, more: Value) {
    if let (Value::Object(input), Value::Object(more)) = (input, more) {
        input.extend(more);
    }
}
