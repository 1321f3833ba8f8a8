//! Whether events reach the gate: rules that are on, match all of a pull request's events and hand them to intake whole, moves
//! of branches to the sweeper, and a schedule that wakes it. It sends no event.

use std::collections::BTreeMap;

use gated_aws::{EventRule, EventTarget};
use gated_core::names::RepositoryName;
use gated_lambda::Function;
use gated_sandbox::EventPattern;
use serde_json::{Value, json};

use super::check::Check;
use super::deployment::{DEPLOY, Deployment};
use super::permission;
use crate::install;

const ID: &str = "event-rules";
/// How executions end, and their rule is told.
const ENDS: [&str; 4] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

pub(super) async fn check(deployment: &Deployment<'_>, repositories: &[RepositoryName], checks: &mut Vec<Check>) {
    let rules = match deployment.aws.event_rules(&deployment.service).await {
        Ok(rules) => rules,
        Err(fault) => return checks.push(Check::fault(ID, &fault)),
    };
    // The alias, which an upgrade moves: a rule that calls the function itself, or a version, would miss it.
    let [intake, sweeper] = [Function::Intake, Function::Sweeper].map(|function| deployment.live(function));
    let calling = |arn: &str| -> Vec<(&EventRule, &EventTarget)> {
        let target = |rule: &'_ EventRule| rule.targets.iter().position(|target| target.arn == arn);
        rules.iter().filter_map(|rule| Some((rule, &rule.targets[target(rule)?]))).collect()
    };
    let (to_intake, to_sweeper) = (calling(&intake), calling(&sweeper));
    let mut open: Vec<Check> = Vec::new();
    for (rule, target) in to_intake.iter().chain(&to_sweeper) {
        open.extend(changed(rule, target));
    }
    let with_pattern = || to_intake.iter().chain(&to_sweeper).filter(|(rule, _)| rule.pattern.is_some());
    let off: Vec<&str> = with_pattern().filter(|(rule, _)| !rule.enabled).map(|(rule, _)| rule.name.as_str()).collect();
    if !off.is_empty() {
        open.push(Check::failed(ID, format!("{} is off", off.join(", ")), enable(&off)));
    }
    let heard = |rules: &[(&EventRule, &EventTarget)]| -> Vec<String> {
        rules.iter().filter_map(|(rule, _)| rule.pattern.clone()).collect()
    };
    let names = names(deployment, repositories);
    let missed = [
        ("intake", &intake, missed(deployment, &heard(&to_intake), &names)),
        ("the sweeper", &sweeper, unmoved(deployment, &heard(&to_sweeper), &names)),
    ];
    for (function, arn, missed) in missed.into_iter().filter(|(.., missed)| !missed.is_empty()) {
        let mend = format!("{DEPLOY}: the rules whose names begin with {}- must call {arn}", deployment.service);
        open.push(Check::failed(ID, format!("no rule hands {} to {function}", missed.join("; nor ")), mend));
    }
    if open.is_empty() {
        let found = "every event of a pull request, the template and executions reaches intake, every move of a branch the sweeper";
        open.push(Check::ok(ID, found));
    }
    checks.append(&mut open);
    checks.push(schedule(deployment, &to_sweeper));
    for (function, rules) in [(Function::Intake, to_intake), (Function::Sweeper, to_sweeper)] {
        let rules: Vec<&EventRule> = rules.into_iter().map(|(rule, _)| rule).collect();
        if !rules.is_empty() {
            checks.push(permission::check(deployment, function, &rules).await);
        }
    }
}

/// Functions take events as they are: what a rule hands over instead is no event.
fn changed(rule: &EventRule, target: &EventTarget) -> Option<Check> {
    let (instead, name) = (target.instead?, &rule.name);
    let mend = format!("aws events put-targets --rule {name} --targets '[{}]'", target.plain);
    Some(Check::failed(ID, format!("{name} hands over its {instead} instead of the event"), mend))
}

fn enable(rules: &[&str]) -> String {
    let lines: Vec<String> = rules.iter().map(|name| format!("aws events enable-rule --name {name}")).collect();
    lines.join(" && ")
}

fn schedule(deployment: &Deployment<'_>, to_sweeper: &[(&EventRule, &EventTarget)]) -> Check {
    const ID: &str = "sweeper";
    let scheduled: Vec<&EventRule> =
        to_sweeper.iter().map(|(rule, _)| *rule).filter(|rule| rule.schedule.is_some()).collect();
    let rule = format!("{}-sweep", deployment.service);
    let Some(first) = scheduled.first() else {
        return Check::failed(ID, "no rule wakes it on a schedule", format!("{DEPLOY}: the rule {rule} must call it"));
    };
    let kept: Vec<_> = scheduled.iter().filter(|rule| rule.schedule.as_deref() == Some(install::SWEEP)).collect();
    if kept.is_empty() {
        let found =
            format!("its schedule is {}, not {}", first.schedule.as_deref().unwrap_or_default(), install::SWEEP);
        let mend = format!("aws events put-rule --name {} --schedule-expression '{}'", first.name, install::SWEEP);
        return Check::failed(ID, found, mend);
    }
    match kept.iter().any(|rule| rule.enabled) {
        true => Check::ok(ID, format!("a schedule wakes it, {}", install::SWEEP)),
        false => Check::failed(ID, "its schedule is off", enable(&[&kept[0].name])),
    }
}

/// The repositories that were asked about, else one that the deployment could gate.
fn names(deployment: &Deployment<'_>, repositories: &[RepositoryName]) -> Vec<String> {
    match repositories {
        [] => {
            vec![deployment.repositories.first().map_or("repository".to_owned(), |glob| glob.replace(['*', '?'], "x"))]
        }
        named => named.iter().map(ToString::to_string).collect(),
    }
}

/// Those of the patterns that can be told to hear all that the gate's own does.
fn readings(heard: &[String], ours: &Value) -> Vec<EventPattern> {
    heard.iter().filter_map(|text| reading(text, ours)).collect()
}

/// The repositories of whose branches' moves none of the patterns hears.
fn unmoved(deployment: &Deployment<'_>, heard: &[String], repositories: &[String]) -> Vec<String> {
    let patterns = readings(heard, &install::branches().1);
    let is_missed = |name: &&String| {
        let branch = json!({"event": "referenceUpdated", "referenceType": "branch", "repositoryName": name});
        let arn = deployment.arn("codecommit", name);
        let event = event(deployment, "CodeCommit Repository State Change", arn, branch);
        !patterns.iter().any(|pattern| pattern.matches(&event))
    };
    let missed: Vec<&str> = repositories.iter().filter(is_missed).map(String::as_str).collect();
    if missed.is_empty() { Vec::new() } else { vec![format!("moves of branches of {}", missed.join(", "))] }
}

/// What none of the patterns takes of the events that intake lives by.
fn missed(deployment: &Deployment<'_>, heard: &[String], repositories: &[String]) -> Vec<String> {
    let [pull_requests, templates, executions] =
        install::patterns(&deployment.template, &deployment.state_machine).map(|(_, ours)| readings(heard, &ours));
    let mut by_kinds: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for name in repositories {
        let is_missed = |kind: &&str| {
            let detail = json!({"event": kind, "pullRequestId": "1", "repositoryNames": [name]});
            let event =
                event(deployment, "CodeCommit Pull Request State Change", deployment.arn("codecommit", name), detail);
            !pull_requests.iter().any(|pattern| pattern.matches(&event))
        };
        let kinds: Vec<&str> = install::PULL_REQUEST_EVENTS.into_iter().filter(is_missed).collect();
        if !kinds.is_empty() {
            by_kinds.entry(kinds).or_default().push(name);
        }
    }
    let mut found: Vec<String> = Vec::new();
    for (kinds, names) in by_kinds {
        let every = kinds.len() == install::PULL_REQUEST_EVENTS.len();
        let kinds = if every { "any event of a pull request".to_owned() } else { kinds.join(", ") };
        found.push(format!("{kinds} of {}", names.join(", ")));
    }
    let detail = json!({"event": "approvalRuleTemplateUpdated", "approvalRuleTemplateName": deployment.template});
    let account = format!("{}:codecommit:{}:{}", deployment.partition, deployment.region, deployment.account);
    let event_of_template = event(deployment, "CodeCommit Approval Rule Template Change", account, detail);
    if !templates.iter().any(|pattern| pattern.matches(&event_of_template)) {
        found.push("changes of the template".to_owned());
    }
    let machine = gated_aws::state_machine(&deployment.state_machine);
    let is_missed = |status: &str| {
        let detail = json!({"status": status, "name": "pr-1", "stateMachineArn": machine});
        let arn = deployment.arn("states", "execution:pr-1");
        let event = event(deployment, "Step Functions Execution Status Change", arn, detail);
        !executions.iter().any(|pattern| pattern.matches(&event))
    };
    if ENDS.into_iter().any(is_missed) {
        found.push("ends of executions".to_owned());
    }
    found
}

/// A pattern that asks for nothing more than the gate's own does, but for which repositories: one that does may leave out what
/// no sample can show.
fn reading(text: &str, ours: &Value) -> Option<EventPattern> {
    fn asks_no_more(theirs: &Value, ours: &Value) -> bool {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => theirs
                .iter()
                .all(|(key, value)| key == "resources" || ours.get(key).is_some_and(|ours| asks_no_more(value, ours))),
            _ => true,
        }
    }
    let theirs: Value = serde_json::from_str(text).ok()?;
    if asks_no_more(&theirs, ours) { EventPattern::parse(text).ok() } else { None }
}

fn event(deployment: &Deployment<'_>, detail_type: &str, resource: String, detail: Value) -> Value {
    let source = if detail_type.starts_with("Step") { "aws.states" } else { "aws.codecommit" };
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": detail_type,
        "source": source,
        "account": deployment.account,
        "time": "2026-01-15T10:20:30Z",
        "region": deployment.region,
        "resources": [resource],
        "detail": detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_asks_for_more_than_the_gates_own_is_none_that_hears_everything() {
        let [(_, ours), ..] = install::patterns("gated", "arn:aws:states:us-east-1:111122223333:stateMachine:gated");
        let mut theirs = ours.clone();
        theirs["resources"] = json!(["arn:aws:codecommit:us-east-1:111122223333:demo"]);
        assert!(reading(&theirs.to_string(), &ours).is_some());
        theirs["detail"]["title"] = json!([{"exists": false}]);
        assert!(reading(&theirs.to_string(), &ours).is_none());
        assert!(reading(r#"{"source": [{"odd": "operator"}]}"#, &ours).is_none() && reading("{}", &ours).is_none());
    }
}
