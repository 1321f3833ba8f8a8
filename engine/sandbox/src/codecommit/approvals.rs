//! Approvals: who approved which revision, and whether that is enough.

use serde_json::{Value, json};

use super::history::{self, What};
use super::inputs;
use super::model::PullRequest;
use super::pool::Content;
use super::{notices, pulls};
use crate::fields::Fields;
use crate::world::{Caller, Shared, World};
use crate::{AwsError, Transaction};

/// `UpdatePullRequestApprovalState`. An approval belongs to one identity and one revision (*assumed*: so that a new
/// revision starts with none); `REVOKE` takes one's own back.
pub(super) fn update_state(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let revision = inputs::revision(&mut f)?;
    let state = f.required_str("approvalState", "ApprovalStateRequiredException")?;
    f.finish()?;
    if state != "APPROVE" && state != "REVOKE" {
        let text = format!("{state:?} is not an approval state: APPROVE, REVOKE");
        return Err(AwsError::client("InvalidApprovalStateException", text));
    }
    world.store.transact(|tx| {
        let pull = pulls::open_in(tx, number)?;
        current(&pull, &revision)?;
        if pull.author == caller.arn {
            let text = "The author of a pull request cannot approve it.";
            return Err(AwsError::client("PullRequestCannotBeApprovedByAuthorException", text));
        }
        let key = format!("{}{}", prefix(number, &revision), caller.arn);
        if tx.get::<String>("approvals", &key).is_none() && approvals_in(tx, number, &revision).len() >= 200 {
            let text = "a pull request has at most 200 approvals";
            return Err(AwsError::client("MaximumNumberOfApprovalsExceededException", text));
        }
        tx.put("approvals", &key, &state);
        let what = What::Approval { revision: revision.clone(), state: state.clone() };
        history::add(tx, &pull, &caller.arn, &what);
        let more = [("approvalStatus", json!(state))];
        world.emit(tx, notices::pull_request(world, &pull, &caller.arn, "pullRequestApprovalStateChanged", &more));
        Ok(Value::Null)
    })
}

/// `GetPullRequestApprovalStates`: of any revision, also an older one.
pub(super) fn get_states(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let revision = inputs::revision(&mut f)?;
    f.finish()?;
    inputs::find_pull_request(world, number)?;
    let prefix = prefix(number, &revision);
    let found = world.store.scan::<String>("approvals", &prefix);
    let shown: Vec<Value> =
        found.iter().map(|(key, state)| json!({ "userArn": &key[prefix.len()..], "approvalState": state })).collect();
    Ok(json!({ "approvals": shown }))
}

/// `EvaluatePullRequestApprovalRules`
pub(super) fn evaluate(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let revision = inputs::revision(&mut f)?;
    f.finish()?;
    world.store.transact(|tx| {
        let pull = pulls::find_in(tx, number)?;
        current(&pull, &revision)?;
        let found = evaluation(world, tx, &pull);
        Ok(json!({ "evaluation": {
            "approved": found.approved,
            "overridden": found.overridden,
            "approvalRulesSatisfied": found.satisfied,
            "approvalRulesNotSatisfied": found.not_satisfied,
        } }))
    })
}

/// `OverridePullRequestApprovalRules`
pub(super) fn override_rules(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let revision = inputs::revision(&mut f)?;
    let status = f.required_str("overrideStatus", "OverrideStatusRequiredException")?;
    f.finish()?;
    if status != "OVERRIDE" && status != "REVOKE" {
        let text = format!("{status:?} is not an override status: OVERRIDE, REVOKE");
        return Err(AwsError::client("InvalidOverrideStatusException", text));
    }
    world.store.transact(|tx| {
        let pull = pulls::open_in(tx, number)?;
        current(&pull, &revision)?;
        let key = prefix(number, &revision);
        let set = tx.get::<String>("overrides", &key).is_some();
        match (status.as_str(), set) {
            ("OVERRIDE", true) => {
                let text = "The approval rules of this pull request are overridden already.";
                return Err(AwsError::client("OverrideAlreadySetException", text));
            }
            ("OVERRIDE", false) => tx.put("overrides", &key, &caller.arn),
            _ => tx.delete("overrides", &key),
        }
        let what = What::Overridden { revision: revision.clone(), status: status.clone() };
        history::add(tx, &pull, &caller.arn, &what);
        let more = [("overrideStatus", json!(status))];
        world.emit(tx, notices::pull_request(world, &pull, &caller.arn, "pullRequestApprovalRuleOverridden", &more));
        Ok(Value::Null)
    })
}

/// `GetPullRequestOverrideState`
pub(super) fn get_override(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let revision = inputs::revision(&mut f)?;
    f.finish()?;
    inputs::find_pull_request(world, number)?;
    let overrider = world.store.get::<String>("overrides", &prefix(number, &revision));
    let mut shown = json!({ "overridden": overrider.is_some() });
    super::model::add(&mut shown, "overrider", overrider.as_deref());
    Ok(shown)
}

/// Whether a pull request may be merged, and why.
pub(super) struct Evaluation {
    /// Every rule is satisfied. True without any rule.
    pub(super) approved: bool,
    /// The rules are set aside.
    pub(super) overridden: bool,
    /// Names of rules.
    pub(super) satisfied: Vec<String>,
    /// Names of rules.
    pub(super) not_satisfied: Vec<String>,
}

/// Holds the rules of a pull request against the approvals of its current revision.
pub(super) fn evaluation(world: &World, tx: &Transaction<'_>, pull: &PullRequest) -> Evaluation {
    let approvers = approvals_in(tx, pull.number, &pull.revision);
    let (mut satisfied, mut not_satisfied) = (Vec::new(), Vec::new());
    for rule in &pull.rules {
        let enough = Content::read(&rule.content, false).is_ok_and(|c| c.satisfied_by(&approvers, &world.account));
        if enough { satisfied.push(rule.name.clone()) } else { not_satisfied.push(rule.name.clone()) }
    }
    let overridden = tx.get::<String>("overrides", &prefix(pull.number, &pull.revision)).is_some();
    Evaluation { approved: not_satisfied.is_empty(), overridden, satisfied, not_satisfied }
}

fn approvals_in(tx: &Transaction<'_>, number: u64, revision: &str) -> Vec<String> {
    let prefix = prefix(number, revision);
    let found = tx.scan::<String>("approvals", &prefix);
    found.into_iter().filter(|(_, state)| state == "APPROVE").map(|(key, _)| key[prefix.len()..].to_owned()).collect()
}

fn prefix(number: u64, revision: &str) -> String {
    format!("{}/{revision}/", PullRequest::key(number))
}

fn current(pull: &PullRequest, revision: &str) -> Result<(), AwsError> {
    if pull.revision == revision {
        return Ok(());
    }
    let text = "The revision ID does not match the current revision ID of the pull request.";
    Err(AwsError::client("RevisionNotCurrentException", text))
}
