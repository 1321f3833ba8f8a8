//! Whether events reach the gate: rules that are on, match a pull request's events and call intake, and a schedule that wakes
//! the sweeper.

use gated_aws::EventRule;
use gated_core::names::RepositoryName;
use gated_lambda::Function;
use serde_json::{Value, json};

use super::check::Check;
use super::deployment::{DEPLOY, Deployment};
use crate::install;

pub(super) async fn check(deployment: &Deployment<'_>, repositories: &[RepositoryName], checks: &mut Vec<Check>) {
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
    let mut missed: Vec<String> = Vec::new();
    for (told, event) in samples(deployment, repositories) {
        let mut caught = false;
        for pattern in to_intake().filter_map(|rule| rule.pattern.as_ref()) {
            match deployment.aws.matches(pattern, &event).await {
                Ok(matches) => caught |= matches,
                Err(fault) => return checks.push(Check::fault("event-rules", &fault)),
            }
            if caught {
                break;
            }
        }
        if !caught {
            missed.push(told);
        }
    }
    checks.push(if missed.is_empty() {
        Check::ok("event-rules", "every event of a pull request, the template and executions reaches intake")
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

/// One event of each kind, and what to call it. Rules differ in the repositories they name, not in what they take of them: of
/// the first repository there is every kind, of the others the one that begins everything.
fn samples(deployment: &Deployment<'_>, repositories: &[RepositoryName]) -> Vec<(String, Value)> {
    let any = deployment.repositories.first().map_or("repository".to_owned(), |glob| glob.replace(['*', '?'], "x"));
    let names: Vec<String> = match repositories {
        [] => vec![any],
        named => named.iter().map(ToString::to_string).collect(),
    };
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let kinds = if index == 0 { &install::PULL_REQUEST_EVENTS[..] } else { &install::PULL_REQUEST_EVENTS[..1] };
        for kind in kinds {
            let detail = json!({"event": kind, "pullRequestId": "1", "repositoryNames": [name]});
            let resource = format!("codecommit:{}:{}:{name}", deployment.region, deployment.account);
            let event = sample(deployment, "CodeCommit Pull Request State Change", &resource, detail);
            found.push((format!("{kind} of {name}"), event));
        }
    }
    let detail = json!({
        "event": "approvalRuleTemplateUpdated", "approvalRuleTemplateName": deployment.template,
    });
    let template = format!("codecommit:{}:{}", deployment.region, deployment.account);
    let event = sample(deployment, "CodeCommit Approval Rule Template Change", &template, detail);
    found.push(("changes of the template".to_owned(), event));
    let machine = gated_aws::state_machine(&deployment.state_machine);
    let detail = json!({"status": "FAILED", "name": "pr-1", "stateMachineArn": machine});
    let event = sample(deployment, "Step Functions Execution Status Change", "states:::execution", detail);
    found.push(("ends of executions".to_owned(), event));
    found
}

fn sample(deployment: &Deployment<'_>, detail_type: &str, resource: &str, detail: Value) -> Value {
    let source = if detail_type.starts_with("Step") { "aws.states" } else { "aws.codecommit" };
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": detail_type,
        "source": source,
        "account": deployment.account,
        "time": "2026-01-15T10:20:30Z",
        "region": deployment.region,
        "resources": [format!("{}:{resource}", deployment.partition)],
        "detail": detail,
    })
}
