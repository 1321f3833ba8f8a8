//! Rules of the default bus: made, changed, listed, removed. It delivers nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::pattern::Pattern;
use super::schedule;
use crate::fields::Fields;
use crate::paging::{Page, with_token};
use crate::world::{Shared, World};
use crate::{AwsError, Trigger};

pub(super) const RULES: &str = "rules";
const VALIDATION: &str = "ValidationException";

/// A rule, by name in the table `rules`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) pattern: Option<String>,
    #[serde(default)]
    pub(super) schedule: Option<String>,
    pub(super) enabled: bool,
    pub(super) description: Option<String>,
    pub(super) targets: Vec<Target>,
}

/// Where a matching event goes: a function.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) id: String,
    pub(super) arn: String,
}

/// Writes the installation's rules over those of the same name.
pub(super) fn install(world: &Shared) -> Result<(), AwsError> {
    for rule in &world.installation.rules {
        let (pattern, schedule) = match &rule.trigger {
            Trigger::Pattern(pattern) => (Some(pattern.to_string()), None),
            Trigger::Schedule(schedule) => (None, Some(schedule.clone())),
        };
        check(pattern.as_deref(), schedule.as_deref())?;
        let targets = vec![Target { id: "function".to_owned(), arn: function_arn(world, &rule.function) }];
        let record = Rule { name: rule.name.clone(), pattern, schedule, enabled: true, description: None, targets };
        write(world, &record)?;
    }
    Ok(())
}

/// `PutRule`: makes or changes a rule; its targets stay (*documented*).
pub(super) fn put_rule(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = open("PutRule", input)?;
    let name = fields.required_str("Name", VALIDATION)?;
    let (pattern, schedule) = (fields.str("EventPattern")?, fields.str("ScheduleExpression")?);
    let enabled = match fields.str("State")?.as_deref() {
        None | Some("ENABLED") => true,
        Some("DISABLED") => false,
        Some(other) => return Err(AwsError::not_emulated(format!("the State {other} of a rule"))),
    };
    let description = fields.str("Description")?;
    fields.finish()?;
    let legal = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    if name.len() > 64 || !name.chars().all(legal) {
        return Err(AwsError::client(
            VALIDATION,
            format!("the rule name {name} does not match [.-_A-Za-z0-9]{{1,64}}"),
        ));
    }
    check(pattern.as_deref(), schedule.as_deref())?;
    world.store.transact(|tx| -> Result<(), AwsError> {
        let targets = tx.get::<Rule>(RULES, &name).map_or_else(Vec::new, |rule| rule.targets);
        tx.put(RULES, &name, &Rule { name: name.clone(), pattern, schedule, enabled, description, targets });
        Ok(())
    })?;
    world.running.events.changed.notify_one();
    Ok(json!({ "RuleArn": arn(world, &name) }))
}

/// `DescribeRule`
pub(super) fn describe_rule(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = open("DescribeRule", input)?;
    let name = fields.required_str("Name", VALIDATION)?;
    fields.finish()?;
    Ok(shape(world, &find(world, &name)?))
}

/// `ListRules`
pub(super) fn list_rules(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = open("ListRules", input)?;
    let prefix = fields.str("NamePrefix")?.unwrap_or_default();
    let page = page(&mut fields)?;
    fields.finish()?;
    let (rules, next) = page.cut(world.store.scan::<Rule>(RULES, &prefix));
    let rules: Vec<Value> = rules.iter().map(|(_, rule)| shape(world, rule)).collect();
    Ok(with_token(json!({ "Rules": rules }), "NextToken", next))
}

/// `EnableRule`, `DisableRule`
pub(super) fn set_state(world: &Shared, operation: &str, input: Value, state: &str) -> Result<Value, AwsError> {
    let mut fields = open(operation, input)?;
    let name = fields.required_str("Name", VALIDATION)?;
    fields.finish()?;
    change(world, &name, |rule| {
        rule.enabled = state == "ENABLED";
        Ok(())
    })?;
    Ok(json!({}))
}

/// `DeleteRule`: a missing rule is no error; one with targets is (*documented*).
pub(super) fn delete_rule(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = open("DeleteRule", input)?;
    let name = fields.required_str("Name", VALIDATION)?;
    fields.bool("Force")?;
    fields.finish()?;
    world.store.transact(|tx| -> Result<(), AwsError> {
        if tx.get::<Rule>(RULES, &name).is_some_and(|rule| !rule.targets.is_empty()) {
            return Err(AwsError::client(VALIDATION, "Rule can't be deleted since it has targets."));
        }
        tx.delete(RULES, &name);
        Ok(())
    })?;
    Ok(json!({}))
}

/// A reader of the input whose bus is the default one.
pub(super) fn open(operation: &str, input: Value) -> Result<Fields, AwsError> {
    let mut fields = Fields::new(operation, input)?;
    check_bus(fields.str("EventBusName")?.as_deref())?;
    Ok(fields)
}

/// *Documented*: `Limit` is 1 to 100. *Assumed*: 100 without it.
pub(super) fn page(fields: &mut Fields) -> Result<Page, AwsError> {
    Page::read(fields, "NextToken", "Limit", 100, 100, VALIDATION, VALIDATION)
}

/// There is one bus.
pub(super) fn check_bus(name: Option<&str>) -> Result<(), AwsError> {
    match name {
        Some(other) if other != "default" && !other.ends_with(":event-bus/default") => {
            Err(AwsError::client("ResourceNotFoundException", format!("Event bus {other} does not exist.")))
        }
        Some(_) | None => Ok(()),
    }
}

/// The rule of this name.
pub(super) fn find(world: &World, name: &str) -> Result<Rule, AwsError> {
    world.store.get(RULES, name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> AwsError {
    AwsError::client("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus default."))
}

/// Changes a rule as it is at that moment, so that nobody's change is lost.
pub(super) fn change(
    world: &World,
    name: &str,
    change: impl FnOnce(&mut Rule) -> Result<(), AwsError>,
) -> Result<(), AwsError> {
    world.store.transact(|tx| {
        let mut rule = tx.get::<Rule>(RULES, name).ok_or_else(|| missing(name))?;
        change(&mut rule)?;
        tx.put(RULES, name, &rule);
        Ok::<_, AwsError>(())
    })?;
    world.running.events.changed.notify_one();
    Ok(())
}

fn write(world: &World, rule: &Rule) -> Result<(), AwsError> {
    world.store.transact(|tx| -> Result<(), AwsError> {
        tx.put(RULES, &rule.name, rule);
        Ok(())
    })?;
    world.running.events.changed.notify_one();
    Ok(())
}

/// A rule waits for events, for the clock, or for both (*documented*: PutRule).
fn check(pattern: Option<&str>, schedule: Option<&str>) -> Result<(), AwsError> {
    if pattern.is_none() && schedule.is_none() {
        let message = "Parameter(s) EventPattern or ScheduleExpression must be specified.";
        return Err(AwsError::client(VALIDATION, message));
    }
    if let Some(text) = pattern {
        Pattern::parse(text).map_err(invalid_pattern)?;
    }
    schedule.map_or(Ok(()), |text| schedule::period(text).map(drop))
}

/// Worded as EventBridge does (*recorded*), with our own reason.
pub(super) fn invalid_pattern(reason: String) -> AwsError {
    AwsError::client("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {reason}"))
}

fn shape(world: &World, rule: &Rule) -> Value {
    let mut shape = json!({
        "Name": rule.name,
        "Arn": arn(world, &rule.name),
        "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
        "EventBusName": "default",
    });
    let texts =
        [("Description", &rule.description), ("EventPattern", &rule.pattern), ("ScheduleExpression", &rule.schedule)];
    for (name, text) in texts {
        if let Some(text) = text {
            shape[name] = json!(text);
        }
    }
    shape
}

pub(super) fn arn(world: &World, name: &str) -> String {
    world.arn("events", &format!("rule/{name}"))
}

fn function_arn(world: &World, name: &str) -> String {
    world.arn("lambda", &format!("function:{name}"))
}
