//! Lists about pull requests.

use serde_json::{Value, json};

use super::history::{Happened, What};
use super::inputs;
use super::model::PullRequest;
use crate::AwsError;
use crate::fields::Fields;
use crate::paging::with_token;
use crate::world::Shared;

/// `ListPullRequests`: newest first (*assumed*).
pub(super) fn list(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let author = f.str("authorArn")?;
    let status = f.str("pullRequestStatus")?;
    let page = inputs::page(&mut f, 100, 500)?;
    f.finish()?;
    if status.as_ref().is_some_and(|status| status != "OPEN" && status != "CLOSED") {
        return Err(AwsError::client("InvalidPullRequestStatusException", "a pull request status is OPEN or CLOSED"));
    }
    if author.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
        return Err(AwsError::client("InvalidAuthorArnException", "authorArn is not an ARN"));
    }
    let wanted = |pull: &PullRequest| {
        pull.repository == repository.name
            && author.as_ref().is_none_or(|author| *author == pull.author)
            && status.as_ref().is_none_or(|status| (status == "OPEN") == pull.open)
    };
    let mut found: Vec<String> = match status.as_deref() {
        Some("OPEN") => super::moves::open_pull_requests(world, &repository),
        _ => world.store.scan("pull_requests", "").into_iter().map(|(_, pull)| pull).collect(),
    }
    .into_iter()
    .filter(wanted)
    .map(|pull| pull.number.to_string())
    .collect();
    found.reverse();
    let (found, next) = page.cut(found);
    Ok(with_token(json!({ "pullRequestIds": found }), "nextToken", next))
}

/// `DescribePullRequestEvents`: oldest first (*assumed*).
pub(super) fn describe_events(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let kind = f.str("pullRequestEventType")?;
    let actor = f.str("actorArn")?;
    let page = inputs::page(&mut f, 100, 500)?;
    f.finish()?;
    if kind.as_ref().is_some_and(|kind| !What::KINDS.contains(&kind.as_str())) {
        return Err(AwsError::client("InvalidPullRequestEventTypeException", "no such pull request event type"));
    }
    inputs::find_pull_request(world, number)?;
    let events = world.store.scan::<Happened>("pull_request_events", &format!("{}/", PullRequest::key(number)));
    let found = events.into_iter().map(|(_, event)| event);
    let found: Vec<Happened> = found.filter(|event| event.matches(kind.as_deref(), actor.as_deref())).collect();
    let (found, next) = page.cut(found);
    let shown: Vec<Value> = found.iter().map(|event| event.show(number)).collect();
    Ok(with_token(json!({ "pullRequestEvents": shown }), "nextToken", next))
}
