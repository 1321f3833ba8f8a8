//! What is counted: what people do to the gate's rules, how executions end, and merges without a pass. Metrics follow from it
//! and nothing else: no verdict and no vote ever does.

use gated_aws::{Aws, PullRequest};
use gated_core::policy::Mode;
use serde_json::{Value, json};

use crate::gather::mode;
use crate::intake::is_gated;
use crate::log::Log;
use crate::metrics::Metric;
use crate::{Fault, Settings};

/// Counts an event; `Some` is the function's answer to one that is there to be counted alone.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub(crate) async fn count(aws: &Aws, settings: &Settings, log: &Log, event: &Value) -> Result<Option<Value>, Fault> {
    let detail = &event["detail"];
    match event["detail-type"].as_str() {
        Some("Step Functions Execution Status Change") => return execution_ended(aws, settings, log, detail).await,
        Some("CodeCommit Approval Rule Template Change") => return Ok(Some(template_changed(settings, log, detail))),
        _ => {}
    }
    match detail["event"].as_str() {
        Some("pullRequestApprovalRuleUpdated" | "pullRequestApprovalRuleDeleted") => {
            Ok(Some(rule_changed(settings, log, detail)))
        }
        Some("pullRequestApprovalRuleCreated") => Ok(Some(nothing("a rule more than the gate's takes nothing away"))),
        _ => Ok(None),
    }
}

/// Counts that somebody set the rules of a pull request aside, where one of them is the gate's.
pub(crate) fn count_override(settings: &Settings, log: &Log, detail: &Value, live: &PullRequest) {
    let used = detail["event"] == "pullRequestApprovalRuleOverridden" && detail["overrideStatus"] == "OVERRIDE";
    if used && is_gated(settings, live) && settings.mode(&live.change.repository) != Mode::Observe {
        log.measure(Metric::OverrideUsed, 1);
        log.info("the approval rules were set aside", json!({ "by": detail["callerUserArn"] }));
    }
}

/// Counts a merge without the gate's approval of the revision that was merged. A deletion that is tried again, or runs twice
/// since a build of the pull request ended after it, counts it again: rather that than not at all.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub(crate) async fn count_merge(aws: &Aws, settings: &Settings, log: &Log, ended: &PullRequest) -> Result<(), Fault> {
    let change = &ended.change;
    if !ended.merged || !is_gated(settings, ended) || mode(settings, ended) == Mode::Observe {
        return Ok(());
    }
    if !aws.approvals(&change.pull_request, &change.revision).await?.contains(&settings.voter_arn) {
        log.measure(Metric::MergedWithoutPass, 1);
        log.info("merged without the gate's approval", json!({ "by": ended.merged_by }));
    }
    Ok(())
}

/// A rule of a pull request was changed. Only the gate's own counts: its name is the template's.
fn rule_changed(settings: &Settings, log: &Log, detail: &Value) -> Value {
    if detail["approvalRuleName"] != settings.rule_template.as_str() {
        return nothing("the rule is not the gate's");
    }
    log.measure(Metric::RuleEdited, 1);
    log.info("the gate's rule was changed", json!({ "by": detail["callerUserArn"], "event": detail["event"] }));
    json!({ "did": "count", "metric": Metric::RuleEdited.name() })
}

/// The gate's template was changed, or taken away from a repository. A deployment that does so counts too: session names
/// can be chosen, so that nobody is left out by a name.
fn template_changed(settings: &Settings, log: &Log, detail: &Value) -> Value {
    let harmless = matches!(
        detail["event"].as_str(),
        Some("approvalRuleTemplateCreated")
            | Some("approvalRuleTemplateAssociatedWithRepository")
            | Some("approvalRuleTemplateBatchAssociatedWithRepositories")
    );
    if harmless || detail["approvalRuleTemplateName"] != settings.rule_template.as_str() {
        return nothing("the gate's template stays as it is");
    }
    log.measure(Metric::RuleEdited, 1);
    log.info("the gate's template was changed", json!({ "by": detail["callerUserArn"], "event": detail["event"] }));
    json!({ "did": "count", "metric": Metric::RuleEdited.name() })
}

async fn execution_ended(aws: &Aws, settings: &Settings, log: &Log, detail: &Value) -> Result<Option<Value>, Fault> {
    let (status, name) = (detail["status"].as_str().unwrap_or_default(), detail["name"].as_str().unwrap_or_default());
    if detail["stateMachineArn"] != gated_aws::state_machine(&settings.state_machine_arn) || status == "RUNNING" {
        return Ok(Some(nothing("no end of an execution of the gate")));
    }
    if status != "SUCCEEDED" {
        log.measure(Metric::GateError, 1);
        log.error("an execution did not end as it should", json!({ "status": status }));
    }
    let between = detail["stopDate"].as_u64().zip(detail["startDate"].as_u64());
    if let Some(took) = between.and_then(|(stop, start)| stop.checked_sub(start))
        && !name.contains("-close")
    {
        log.measure(Metric::TimeToVerdict, took);
    }
    let transitions = aws.transitions(&settings.state_machine_arn, name).await?;
    log.measure(Metric::Transitions, transitions);
    Ok(Some(json!({ "did": "count", "transitions": transitions })))
}

fn nothing(why: &str) -> Value {
    json!({ "did": "nothing", "why": why })
}
