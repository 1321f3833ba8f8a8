//! Targets of rules: functions only. It invokes nothing.

use serde_json::{Value, json};

use super::rules::{Target, change, find, open, page};
use crate::AwsError;
use crate::fields::Fields;
use crate::paging::with_token;
use crate::world::Shared;

const VALIDATION: &str = "ValidationException";

/// `PutTargets`: adds targets, or changes those of the same id.
pub(super) fn put_targets(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = open("PutTargets", input)?;
    let name = fields.required_str("Rule", VALIDATION)?;
    let targets = fields.list("Targets")?.unwrap_or_default();
    fields.finish()?;
    change(world, &name, |rule| {
        for target in targets {
            let target = read(target)?;
            rule.targets.retain(|other| other.id != target.id);
            rule.targets.push(target);
        }
        if rule.targets.len() <= 5 {
            return Ok(());
        }
        let message = format!("The requested resource exceeds the maximum number allowed: 5 targets of rule {name}.");
        Err(AwsError::client("LimitExceededException", message)) // *documented*: five targets per rule
    })?;
    Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
}

/// `ListTargetsByRule`
pub(super) fn list_targets(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = open("ListTargetsByRule", input)?;
    let name = fields.required_str("Rule", VALIDATION)?;
    let page = page(&mut fields)?;
    fields.finish()?;
    let (targets, next) = page.cut(find(world, &name)?.targets);
    let targets: Vec<Value> = targets.iter().map(|target| json!({ "Id": target.id, "Arn": target.arn })).collect();
    Ok(with_token(json!({ "Targets": targets }), "NextToken", next))
}

/// `RemoveTargets`: an id that is not there is no error.
pub(super) fn remove_targets(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = open("RemoveTargets", input)?;
    let name = fields.required_str("Rule", VALIDATION)?;
    let ids = fields.strings("Ids")?.unwrap_or_default();
    fields.bool("Force")?;
    fields.finish()?;
    change(world, &name, |rule| {
        rule.targets.retain(|target| !ids.contains(&target.id));
        Ok(())
    })?;
    Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
}

fn read(target: Value) -> Result<Target, AwsError> {
    let mut fields = Fields::new("PutTargets.Targets", target)?;
    let id = fields.required_str("Id", VALIDATION)?;
    let arn = fields.required_str("Arn", VALIDATION)?;
    fields.finish()?;
    match arn.contains(":lambda:") && arn.contains(":function:") {
        true => Ok(Target { id, arn }),
        false => Err(AwsError::not_emulated(format!("the target {arn} of a rule: only functions are"))),
    }
}
