//! Approval rules of one pull request.

use serde_json::{Value, json};

use super::history::{self, What};
use super::inputs;
use super::model::{PullRequest, Rule, sha256};
use super::pool::{Content, invalid};
use super::{notices, pulls};
use crate::AwsError;
use crate::clock::now_ms;
use crate::fields::Fields;
use crate::world::{Caller, Shared};

/// `CreatePullRequestApprovalRule`
pub(super) fn create(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let name = name(&mut f)?;
    let content = content(&mut f, "approvalRuleContent")?;
    f.finish()?;
    world.store.transact(|tx| {
        let mut pull = pulls::open_in(tx, number)?;
        if pull.rules.iter().any(|rule| rule.name == name) {
            let text = format!("the pull request has an approval rule named {name} already");
            return Err(AwsError::client("ApprovalRuleNameAlreadyExistsException", text));
        }
        if pull.rules.len() >= 30 {
            return Err(AwsError::client("NumberOfRulesExceededException", "a pull request has at most 30 rules"));
        }
        let now = now_ms();
        let rule = Rule {
            id: uuid::Uuid::new_v4().to_string(),
            name,
            content,
            created_ms: now,
            modified_ms: now,
            modified_by: caller.arn.clone(),
            template: None,
        };
        pull.rules.push(rule.clone());
        pull.active_ms = now;
        tx.put("pull_requests", &PullRequest::key(number), &pull);
        history::add(tx, &pull, &caller.arn, &What::RuleCreated(rule.clone()));
        let more = notices::rule(&rule);
        world.emit(tx, notices::pull_request(world, &pull, &caller.arn, "pullRequestApprovalRuleCreated", &more));
        Ok(json!({ "approvalRule": rule.show() }))
    })
}

/// `UpdatePullRequestApprovalRuleContent`
pub(super) fn update(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let name = name(&mut f)?;
    let before = f.str("existingRuleContentSha256")?;
    let content = content(&mut f, "newRuleContent")?;
    f.finish()?;
    world.store.transact(|tx| {
        let mut pull = pulls::open_in(tx, number)?;
        let rule = pull.rules.iter_mut().find(|rule| rule.name == name).ok_or_else(|| {
            AwsError::client("ApprovalRuleDoesNotExistException", format!("there is no approval rule named {name}"))
        })?;
        if rule.template.is_some() {
            let text = "An approval rule that a template made cannot be modified.";
            return Err(AwsError::client("CannotModifyApprovalRuleFromTemplateException", text));
        }
        if before.is_some_and(|before| before != sha256(&rule.content)) {
            let text = "existingRuleContentSha256 does not match the rule's content";
            return Err(AwsError::client("InvalidRuleContentSha256Exception", text));
        }
        rule.content = content;
        rule.modified_ms = now_ms();
        rule.modified_by.clone_from(&caller.arn);
        let rule = rule.clone();
        pull.active_ms = now_ms();
        tx.put("pull_requests", &PullRequest::key(number), &pull);
        history::add(tx, &pull, &caller.arn, &What::RuleUpdated(rule.clone()));
        let more = notices::rule(&rule);
        world.emit(tx, notices::pull_request(world, &pull, &caller.arn, "pullRequestApprovalRuleUpdated", &more));
        Ok(json!({ "approvalRule": rule.show() }))
    })
}

/// `DeletePullRequestApprovalRule`; a missing rule is answered with its name's absence (*assumed*: the model lists no
/// error for it).
pub(super) fn delete(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let number = inputs::pull_request_number(&mut f)?;
    let name = name(&mut f)?;
    f.finish()?;
    world.store.transact(|tx| {
        let mut pull = pulls::open_in(tx, number)?;
        let Some(at) = pull.rules.iter().position(|rule| rule.name == name) else {
            return Ok(json!({ "approvalRuleId": "" }));
        };
        if pull.rules[at].template.is_some() {
            let text = "An approval rule that a template made cannot be deleted.";
            return Err(AwsError::client("CannotDeleteApprovalRuleFromTemplateException", text));
        }
        let rule = pull.rules.remove(at);
        pull.active_ms = now_ms();
        tx.put("pull_requests", &PullRequest::key(number), &pull);
        history::add(tx, &pull, &caller.arn, &What::RuleDeleted(rule.clone()));
        let more = notices::rule(&rule);
        world.emit(tx, notices::pull_request(world, &pull, &caller.arn, "pullRequestApprovalRuleDeleted", &more));
        Ok(json!({ "approvalRuleId": rule.id }))
    })
}

fn name(f: &mut Fields) -> Result<String, AwsError> {
    let name = f.required_str("approvalRuleName", "ApprovalRuleNameRequiredException")?;
    if name.chars().count() > 100 {
        return Err(AwsError::client("InvalidApprovalRuleNameException", "a rule's name has at most 100 characters"));
    }
    Ok(name)
}

fn content(f: &mut Fields, field: &str) -> Result<String, AwsError> {
    let content = f.required_str(field, "ApprovalRuleContentRequiredException")?;
    Content::read(&content, false).map_err(|what| invalid("InvalidApprovalRuleContentException", what))?;
    Ok(content)
}
