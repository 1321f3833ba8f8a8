//! What the voter takes back: the answer on a revision that is built again, that on an earlier one as soon as a newer is built,
//! the approval of one at which the gate itself failed, and what was said of a build once the pull request has ended. Nothing
//! here can approve.

use gated_aws::{Aws, PullRequest};
use gated_core::decision::Decision;
use gated_core::policy::Mode;
use gated_core::report::Links;
use gated_render::Trouble;
use serde_json::{Value, json};

use super::{told, write};
use crate::console;
use crate::gate::{Gate, look};
use crate::gather::mode;
use crate::log::Log;
use crate::report;
use crate::sweeper::MOST_OWN_ATTEMPTS;
use crate::{ErrorName, Fault, Settings};

/// What was said of this revision, and the approval of it, do not hold any more.
pub(super) async fn reopen(aws: &Aws, settings: &Settings, planned: &Decision, attempt: u32) -> Result<Value, Fault> {
    let change = &planned.change;
    let live = look(aws, &change.pull_request).await?;
    if !live.open || live.change.revision != change.revision {
        return Ok(json!({"comment": "superseded"}));
    }
    let text = gated_render::running(planned, &Links::default(), attempt);
    take_back(aws, settings, &live, &text).await
}

/// The comment tells of an earlier revision: it says first that a newer one is built. Before its first verdict a pull request
/// has no comment, so that what people are notified of is a verdict.
pub(super) async fn announce(aws: &Aws, settings: &Settings, planned: &Decision, attempt: u32) -> Result<Value, Fault> {
    let change = &planned.change;
    let live = look(aws, &change.pull_request).await?;
    if !live.open || live.change.revision != change.revision {
        return Ok(json!({"comment": "superseded"}));
    }
    let comments = aws.comments(&change.pull_request).await?;
    let Some(own) = comments.into_iter().find(|comment| comment.author == settings.voter_arn) else {
        return Ok(json!({"comment": "none yet"}));
    };
    let text = gated_render::building(planned, &own.content, attempt);
    write(aws, settings, &live.change, &text).await
}

/// The gate itself failed at this revision.
pub(super) async fn trouble(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    execution: &str,
    gate: &Gate,
) -> Result<Value, Fault> {
    let live = look(aws, &gate.pull_request_id).await?;
    if !live.open {
        return end(aws, settings, log, &live).await;
    }
    if live.change.revision.as_str() != gate.revision_id {
        return Ok(json!({"comment": "superseded"}));
    }
    let (error, cause) = gate.failure(("Gated.Failed", "no cause was given"));
    let text = gated_render::trouble(&Trouble {
        pull_request: live.change.pull_request.to_string(),
        revision: live.change.revision.to_string(),
        commit: Some(live.change.source_commit.to_string()),
        what: format!("{error} in execution {execution}"),
        cause: cause.to_owned(),
        attempt: gate.attempt,
        attempts: MOST_OWN_ATTEMPTS,
        links: console::links(aws.endpoint_url(), &settings.state_machine_arn, execution),
    });
    take_back(aws, settings, &live, &text).await
}

/// The pull request has ended: where its comment says that something is built, it says that nothing is any more.
///
/// An execution that saw the pull request open may write after this that it builds. It then goes on to its judge, who sees that
/// the pull request has ended and sends it through the deletion, and so through here once more; or it fails, and `trouble` ends
/// the comment. So the last to write is always one who knows of the end.
pub(super) async fn end(aws: &Aws, settings: &Settings, log: &Log, live: &PullRequest) -> Result<Value, Fault> {
    let change = &live.change;
    let comments = aws.comments(&change.pull_request).await?;
    let own = comments.into_iter().find(|comment| comment.author == settings.voter_arn);
    if !own.is_some_and(|own| gated_render::is_under_way(&own.content)) {
        return Ok(json!({"comment": "stands"}));
    }
    let last = match report::newest(aws, &settings.artifact_bucket, change).await {
        Ok(last) => last,
        // Another version of the gate wrote it: without a word of it nothing stays wrong.
        Err(fault) if fault.name == ErrorName::Misconfigured => {
            log.error("the last verdict cannot be read, and is not told", json!({"cause": fault.message}));
            None
        }
        Err(fault) => return Err(fault),
    };
    let text = gated_render::ended(change, live.merged, last.as_ref().map(|last| &last.report));
    aws.write_comment(change, &settings.voter_arn, &text).await?;
    Ok(json!({"comment": "ended"}))
}

/// Revokes before it says so: a comment that cannot be written keeps no approval alive.
async fn take_back(aws: &Aws, settings: &Settings, live: &PullRequest, text: &str) -> Result<Value, Fault> {
    let vote = match mode(settings, live) {
        Mode::Observe => "observing",
        Mode::Enforce => told(aws.revoke(&live.change.pull_request, &live.change.revision).await?, "revoked"),
    };
    let mut done = write(aws, settings, &live.change, text).await?;
    done["vote"] = json!(vote);
    Ok(done)
}
