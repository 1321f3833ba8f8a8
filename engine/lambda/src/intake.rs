//! The function that takes events: it looks at the pull request as it is now, decides, and starts one execution. Events may
//! come twice, late, or in the wrong order: they only say where to look.

use gated_aws::{Aws, PullRequest};
use gated_core::decision::Action;
use gated_core::names::PullRequestId;
use serde_json::{Value, json};

use crate::counted::{count, count_override};
use crate::gather::{gather, gather_new, is_bound};
use crate::log::Log;
use crate::start::{Earlier, Wish, close, earlier, rerun, start, start_again};
use crate::{Fault, Settings};

/// Handles one EventBridge event of detail-type `CodeCommit Pull Request State Change`, or the wish for a new attempt.
///
/// # Errors
/// When the event names no pull request, or AWS refuses or cannot be reached.
pub async fn intake(aws: &Aws, settings: &Settings, log: &Log, event: Value) -> Result<Value, Fault> {
    if let Some(wish) = event.get("rerun") {
        return again(aws, settings, wish).await;
    }
    if let Some(counted) = count(aws, settings, log, &event).await? {
        return Ok(counted);
    }
    let detail = &event["detail"];
    let id = pull_request_id(detail)?;
    let kind = detail["event"].as_str().unwrap_or_default();
    let is_vote = matches!(kind, "pullRequestApprovalStateChanged" | "pullRequestApprovalRuleOverridden");
    if is_vote && detail["callerUserArn"].as_str() == Some(settings.voter_arn.as_str()) {
        return Ok(json!({"did": "nothing", "why": "the gate's own vote"}));
    }
    let Some(live) = aws.pull_request(&id).await? else {
        return Ok(json!({"did": "nothing", "why": format!("there is no pull request {id}")}));
    };
    count_override(settings, log, detail, &live);
    if !live.open {
        let begun = close(aws, settings, &live).await?;
        return Ok(json!({"did": "close", "execution": begun.execution}));
    }
    if !is_gated(settings, &live) {
        return Ok(json!({"did": "nothing", "why": format!("{} is not gated", live.change.destination_reference)}));
    }
    if is_vote {
        return vote(aws, settings, &event, &live).await;
    }
    // The event that tells of a revision finds it as it was made: without votes, and without a build.
    let new = matches!(kind, "pullRequestCreated" | "pullRequestSourceBranchUpdated")
        && detail["revisionId"].as_str() == Some(live.change.revision.as_str());
    let gathered = match new {
        true => gather_new(aws, settings, &live).await?,
        false => gather(aws, settings, &live).await?,
    };
    let mut decision = gathered.decision;
    let left = match decision.action {
        Action::Build if !new => earlier(aws, settings, log, &decision).await?,
        Action::Build | Action::Pass | Action::Refuse => Earlier::Nothing,
    };
    let build = match left {
        Earlier::Fit(_) => false,
        Earlier::Unfit | Earlier::Nothing => true,
        // A build that will be judged still runs.
        Earlier::Runs => return Ok(json!({"did": "nothing", "why": "this revision is built again"})),
    };
    if !new && matches!(left, Earlier::Nothing) {
        // The first build is planned without votes, whichever event asks for it: its name decides that there is one.
        decision = gather_new(aws, settings, &live).await?.decision;
    }
    let wish = Wish { build, ..Wish::default() };
    let begun = match left {
        Earlier::Unfit => start_again(aws, settings, &decision, wish).await?,
        Earlier::Fit(_) | Earlier::Nothing | Earlier::Runs => start(aws, settings, &decision, 1, wish).await?,
    };
    Ok(json!({"did": if build { "gate" } else { "answer" }, "execution": begun.execution}))
}

/// Has a revision judged again that somebody voted on. The judge sees who voted, and what was measured, when it answers: nothing
/// is asked of either here.
async fn vote(aws: &Aws, settings: &Settings, event: &Value, live: &PullRequest) -> Result<Value, Fault> {
    let decision = gather_new(aws, settings, live).await?.decision;
    let wish = Wish { vote: event["id"].as_str(), ..Wish::default() };
    let begun = start(aws, settings, &decision, 1, wish).await?;
    Ok(json!({"did": "answer", "execution": begun.execution}))
}

/// `{"rerun": {"pullRequestId": "3", "requestedBy": "arn:…"}}`, as `gated rerun` sends it.
async fn again(aws: &Aws, settings: &Settings, wish: &Value) -> Result<Value, Fault> {
    let id = pull_request_id(wish)?;
    let who = wish["requestedBy"].as_str().ok_or_else(|| Fault::misconfigured("the wish has no requestedBy"))?;
    let begun = rerun(aws, settings, &id, who).await?;
    Ok(json!({"did": "rerun", "execution": begun.execution, "attempt": begun.attempt}))
}

fn pull_request_id(of: &Value) -> Result<PullRequestId, Fault> {
    let id = of["pullRequestId"].as_str().ok_or_else(|| Fault::misconfigured("the event has no pullRequestId"))?;
    PullRequestId::new(id).map_err(|error| Fault::misconfigured(error.to_string()))
}

/// A pull request is gated when the deployment names its repository and the floor its branch, or when it bears the gate's rule,
/// whatever the floor says.
pub(crate) fn is_gated(settings: &Settings, live: &PullRequest) -> bool {
    let change = &live.change;
    let floor = settings.valid_floor();
    (settings.repositories.matches(change.repository.as_str())
        && gated_core::gates(floor.as_ref(), &change.destination_reference))
        || is_bound(settings, live)
}
