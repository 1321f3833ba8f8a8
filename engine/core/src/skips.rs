//! What becomes of each skip rule: granted only when every layer that has a say grants it, and never so that nothing
//! required is left.

use crate::conditions::{Truth, evaluate};
use crate::decision::{PlannedSkip, PlannedStage, SkipState, StageAction};
use crate::effective::{Effective, EffectiveSkip};
use crate::facts::Facts;
use crate::matching::person;
use crate::names::PolicyName;
use crate::policy::{Approval, SkipRule};

/// Decides every rule. `stages` are the planned stages before any rule was applied.
pub(crate) fn decide(effective: &Effective, stages: &[PlannedStage], facts: &Facts) -> Vec<PlannedSkip> {
    let mut skips: Vec<PlannedSkip> = effective.skip.iter().map(|rule| one(rule, effective, stages, facts)).collect();
    if leaves_nothing(&skips, stages) {
        for skip in skips.iter_mut().filter(|skip| skip.state == SkipState::Granted) {
            skip.state = SkipState::NotApplicable;
            skip.reason =
                "the rules together would leave out every required stage, so none of them is granted".to_owned();
        }
    }
    skips
}

fn leaves_nothing(skips: &[PlannedSkip], stages: &[PlannedStage]) -> bool {
    let granted =
        |name: &PolicyName| skips.iter().any(|skip| skip.state == SkipState::Granted && skip.stages.contains(name));
    let mut required = stages.iter().filter(|stage| stage.required && stage.action == StageAction::Run).peekable();
    required.peek().is_some() && required.all(|stage| granted(&stage.name))
}

fn one(rule: &EffectiveSkip, effective: &Effective, stages: &[PlannedStage], facts: &Facts) -> PlannedSkip {
    let mut skip = PlannedSkip {
        rule: rule.name.clone(),
        state: SkipState::NotApplicable,
        reason: String::new(),
        stages: left_out(rule, effective, stages),
        asked_by: facts.author.clone(),
        granted_by: Vec::new(),
        approval: rule.grants.iter().find_map(|grant| grant.approval.clone()),
    };
    match conditions(rule, &skip, facts) {
        Err(reason) => skip.reason = reason,
        Ok(reason) => {
            let (state, approval, granted_by) = approvals(rule, facts);
            skip.reason = match (&state, &approval) {
                (SkipState::WaitingForApproval, Some(missing)) => {
                    format!("{reason}; it waits for an approval by {missing}, and until then its stages run")
                }
                (SkipState::WaitingForApproval | SkipState::Granted | SkipState::NotApplicable, _) => reason,
            };
            skip.approval = approval.or(skip.approval);
            skip.state = state;
            skip.granted_by = granted_by;
        }
    }
    skip
}

/// The stages that every grant names, without those that no rule may leave out or that nobody has.
fn left_out(rule: &EffectiveSkip, effective: &Effective, stages: &[PlannedStage]) -> Vec<PolicyName> {
    let Some((first, others)) = rule.grants.split_first() else { return Vec::new() };
    let exists = |name: &PolicyName| {
        stages.iter().any(|stage| &stage.name == name)
            || (name.as_str() == "container" && effective.container.is_some())
    };
    let may = |name: &&PolicyName| {
        others.iter().all(|other| other.stages.contains(name))
            && !effective.unskippable.contains(name)
            && !name.is_reserved()
            && exists(name)
    };
    first.stages.iter().filter(may).cloned().collect()
}

/// The evidence that the rule applies, or why it does not.
fn conditions(rule: &EffectiveSkip, skip: &PlannedSkip, facts: &Facts) -> Result<String, String> {
    if rule.dropped_by_source {
        return Err("the policy at the source commit does not have this rule".to_owned());
    }
    let mut seen: Vec<String> = Vec::new();
    for SkipRule { name: _, when, stages: _, by, approval: _ } in &rule.grants {
        if let Some(condition) = when {
            let finding = evaluate(condition, facts);
            if finding.truth != Truth::Yes {
                return Err(finding.seen);
            }
            if !seen.contains(&finding.seen) {
                seen.push(finding.seen);
            }
        }
        if let Some(by) = by
            && by.find(&facts.author).is_none()
        {
            return Err(format!("{} may not ask for it, only {by}", facts.author));
        }
    }
    if skip.stages.is_empty() {
        return Err("it names no stage that every layer lets it leave out".to_owned());
    }
    Ok(if seen.is_empty() { "it has no condition".to_owned() } else { seen.join(", and ") })
}

/// The state, the approval that is missing, and who granted.
fn approvals(rule: &EffectiveSkip, facts: &Facts) -> (SkipState, Option<Approval>, Vec<String>) {
    let mut granted_by: Vec<String> = Vec::new();
    for approval in rule.grants.iter().filter_map(|grant| grant.approval.as_ref()) {
        let approvers = approvers(approval, facts);
        for arn in &approvers {
            if !granted_by.contains(arn) {
                granted_by.push(arn.clone());
            }
        }
        if (approvers.len() as u64) < u64::from(approval.count.max(1)) {
            return (SkipState::WaitingForApproval, Some(approval.clone()), granted_by);
        }
    }
    (SkipState::Granted, None, granted_by)
}

/// Those who approve, may, and are not the author; each person once.
pub(crate) fn approvers(approval: &Approval, facts: &Facts) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for arn in &facts.approvals {
        let known = person(arn) == person(&facts.author) || found.iter().any(|other| person(other) == person(arn));
        if !known && approval.from.find(arn).is_some() {
            found.push(arn.clone());
        }
    }
    found
}
