//! Whether events reach the gate: rules that are on, match a pull request's events and call intake, and a schedule that wakes
//! the sweeper.

use gated_aws::EventRule;
use gated_lambda::Function;
use serde_json::{Value, json};

use super::check::Check;
use super::deployment::{DEPLOY, Deployment};
use crate::install;

pub(super) async fn check(deployment: &Deployment<'_>, checks: &mut Vec<Check>) {
    let rules = match deployment.aws.event_rules(&deployment.service).await {
        Ok(rules) => rules,
        Err(fault) => return checks.push(Check::fault("event-rules", &fault)),
    };
    let calls = |rule: &EventRule, function: Function| {
        // The alias, which an upgrade moves: a rule that calls the function itself, or a version, would miss it.
        let name = format!(":function:{}", function.live_name(&deployment.service));
        rule.targets.iter().any(|arn| arn.ends_with(&name))
    };
    let to_intake = || rules.iter().filter(|rule| calls(rule, Function::Intake));
    let off: Vec<String> = to_intake().filter(|rule| !rule.enabled).map(|rule| rule.name.clone()).collect();
    if !off.is_empty() {
        let mend: Vec<String> = off.iter().map(|name| format!("aws events enable-rule --name {name}")).collect();
        checks.push(Check::failed("event-rules", format!("{} is off", off.join(", ")), mend.join(" && ")));
        return;
    }
    let mut missed: Vec<&str> = Vec::new();
    for kind in install::PULL_REQUEST_EVENTS {
        let mut caught = false;
        for rule in to_intake() {
            let Some(pattern) = &rule.pattern else { continue };
            match deployment.aws.matches(pattern, &sample_event(deployment, kind)).await {
                Ok(matches) => caught |= matches,
                Err(fault) => return checks.push(Check::fault("event-rules", &fault)),
            }
        }
        if !caught {
            missed.push(kind);
        }
    }
    checks.push(if missed.is_empty() {
        Check::ok("event-rules", "every event of a pull request reaches intake")
    } else {
        let mend = format!("{DEPLOY}: the rules whose names begin with {}- must call intake", deployment.service);
        Check::failed("event-rules", format!("no rule hands {} to intake", missed.join(", ")), mend)
    });
    let scheduled = rules.iter().filter(|rule| rule.schedule.is_some() && calls(rule, Function::Sweeper));
    checks.push(match scheduled.map(|rule| rule.enabled).max() {
        Some(true) => Check::ok("sweeper", "a schedule wakes it"),
        Some(false) => Check::failed(
            "sweeper",
            "its schedule is off",
            format!("aws events enable-rule --name {}-sweep", deployment.service),
        ),
        None => {
            let rule = format!("{}-sweep", deployment.service);
            Check::failed(
                "sweeper",
                "no rule wakes it on a schedule",
                format!("{DEPLOY}: the rule {rule} must call it"),
            )
        }
    });
}

fn sample_event(deployment: &Deployment<'_>, kind: &str) -> Value {
    let repository =
        deployment.repositories.first().map_or("repository".to_owned(), |glob| glob.replace(['*', '?'], "x"));
    let arn = format!("{}:codecommit:{}:{}:{repository}", deployment.partition, deployment.region, deployment.account);
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": "CodeCommit Pull Request State Change",
        "source": "aws.codecommit",
        "account": deployment.account,
        "time": "2026-01-15T10:20:30Z",
        "region": deployment.region,
        "resources": [arn],
        "detail": {"event": kind, "pullRequestId": "1", "repositoryNames": [repository]},
    })
}
