//! One repository: is it bound, and are its open pull requests?

use std::collections::BTreeMap;

use gated_aws::Fault;
use gated_core::matching::Globs;
use gated_core::names::RepositoryName;
use gated_core::verdict::VerdictKind;
use serde_json::{Value, json};

use super::check::Check;
use super::deployment::Deployment;

/// Whether the gate's rule is on what it should be on. Where it cannot be told whether the gate votes, it should.
pub(super) async fn check(
    deployment: &Deployment<'_>,
    repository: &RepositoryName,
    observed: Result<bool, &Fault>,
    checks: &mut Vec<Check>,
) {
    let mut found: Vec<Check> = Vec::new();
    let named = Globs::new(deployment.repositories.clone()).is_ok_and(|globs| globs.matches(repository.as_str()));
    found.push(if named && deployment.repositories.iter().any(|listed| listed == repository.as_str()) {
        Check::ok("deployment", "the deployment gates it by its name")
    } else if named {
        let found = "the deployment gates it by a pattern: its builds share a role with those of the pattern's other repositories";
        Check::ok("deployment", found)
    } else {
        let mend = "deploy again with -c repositories=… or -c repositoryPattern=… that names it";
        Check::failed("deployment", format!("the deployment gates {:?}, not this one", deployment.repositories), mend)
    });
    found.push(match observed {
        Ok(true) => {
            let mend = "when you have seen enough, write `mode: enforce` into the floor and deploy again";
            Check::failed("mode", "the gate observes: it comments and does not vote", mend)
        }
        Ok(false) => Check::ok("mode", "the gate votes"),
        Err(fault) => Check::fault("mode", fault),
    });
    let observed = matches!(observed, Ok(true));
    let associate = format!(
        "aws codecommit associate-approval-rule-template-with-repository --approval-rule-template-name {} --repository-name {repository}",
        deployment.template
    );
    match deployment.aws.templates_of_repository(repository).await {
        Err(fault) if fault.is("RepositoryDoesNotExistException") => {
            let mend = "give the name of a repository of this account and region";
            found.push(Check::failed("associated", "there is no such repository", mend));
        }
        Err(fault) => found.push(Check::fault("associated", &fault)),
        Ok(names) => found.push(if names.contains(&deployment.template) {
            Check::ok("associated", "the gate's template is")
        } else if observed {
            Check::failed("associated", "the gate's template is not, since the repository is only observed", "see mode")
        } else {
            Check::failed("associated", "the gate's template is not", associate)
        }),
    }
    if !observed {
        found.push(open(deployment, repository).await);
    }
    checks.extend(found.into_iter().map(|check| check.of(repository.as_str())));
}

/// A template's rule comes only upon pull requests that are opened after it.
async fn open(deployment: &Deployment<'_>, repository: &RepositoryName) -> Check {
    const ID: &str = "open-pull-requests";
    let ids = match deployment.aws.open_pull_requests(repository).await {
        Err(fault) => return Check::fault(ID, &fault),
        Ok(ids) => ids.unwrap_or_default(),
    };
    let globs = Globs::new(deployment.destinations()).ok().filter(|globs| !globs.written().is_empty());
    let mut unbound = Vec::new();
    for id in &ids {
        let live = match deployment.aws.pull_request(id).await {
            Err(fault) => return Check::fault(ID, &fault),
            Ok(None) => continue,
            Ok(Some(live)) => live,
        };
        let gated = globs.as_ref().is_none_or(|globs| globs.matches(live.change.destination_branch()));
        if live.open && gated && !live.rules.iter().any(|rule| gated_core::demands_vote(rule, &deployment.voter)) {
            unbound.push(id.to_string());
        }
    }
    if unbound.is_empty() {
        let found = if ids.is_empty() { "there is none" } else { "the rule is on all that are gated" };
        return Check::ok(ID, found);
    }
    let sweeper = gated_lambda::Function::Sweeper.live_name(&deployment.service);
    let mend = format!("aws lambda invoke --function-name {sweeper} /dev/stdout");
    Check::failed(ID, format!("without the gate's rule: {}", unbound.join(", ")), mend)
}

/// How many of the repository's pull requests the gate's last word stopped, or would have in enforce mode.
pub(super) async fn verdicts(deployment: &Deployment<'_>, repository: &RepositoryName) -> anyhow::Result<Value> {
    let objects = deployment.aws.list_objects(&deployment.bucket, &format!("decisions/{repository}/pr-")).await?;
    let mut newest: BTreeMap<String, gated_aws::StoredObject> = BTreeMap::new();
    for object in objects.into_iter().filter(|object| gated_lambda::is_record(&object.key)) {
        let pull_request = object.key.split('/').nth(2).unwrap_or_default().to_owned();
        if newest.get(&pull_request).is_none_or(|known| *known < object) {
            newest.insert(pull_request, object);
        }
    }
    let (mut stopped, mut observed) = (Vec::new(), false);
    for (pull_request, object) in &newest {
        let record = gated_lambda::record_at(deployment.aws, &deployment.bucket, &object.key).await?;
        observed |= record.decision.mode == gated_core::policy::Mode::Observe;
        if record.verdict.kind != VerdictKind::Pass {
            stopped.push(pull_request.trim_start_matches("pr-").to_owned());
        }
    }
    Ok(json!({
        "repository": repository,
        "observed": observed,
        "pullRequests": newest.len(),
        "stopped": stopped.len(),
        "stoppedPullRequests": stopped,
    }))
}
