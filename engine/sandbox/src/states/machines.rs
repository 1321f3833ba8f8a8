//! State machines: made, changed, described, removed. A definition, once accepted, is kept for the executions that were
//! started with it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::names::{check_name, machine_arn, machine_of, page, qualified};
use super::validate::accept;
use super::versions::{self, version_arn};
use crate::clock::{epoch_seconds, now_ms};
use crate::fields::Fields;
use crate::world::{Shared, World};
use crate::{AwsError, Transaction};

pub(super) const MACHINES: &str = "state_machines";
/// Definitions by revision; never changed.
pub(super) const DEFINITIONS: &str = "definitions";

/// A state machine, by name in the table `state_machines`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Machine {
    pub(super) name: String,
    pub(super) role_arn: String,
    /// Key of its definition.
    pub(super) revision: String,
    pub(super) created_ms: u64,
    pub(super) updated_ms: u64,
}

/// Writes the installation's state machines over those of the same name.
pub(super) fn install(world: &Shared) -> Result<(), AwsError> {
    for machine in &world.installation.state_machines {
        let role_arn = format!("arn:aws:iam::{}:role/{}", world.account, machine.role);
        let text = machine.definition.as_str();
        check_name(&machine.name)?;
        accept(text)?;
        world.store.transact(|tx| -> Result<(), AwsError> {
            match tx.get::<Machine>(MACHINES, &machine.name) {
                Some(present) if tx.get::<String>(DEFINITIONS, &present.revision).as_deref() == Some(text) => {}
                Some(present) => drop(change(tx, present, Some(text), Some(role_arn))),
                None => drop(make(tx, &machine.name, text, role_arn)),
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// `CreateStateMachine`: the same again answers what is there (*documented*: idempotent by name, definition, type and
/// role).
pub(super) fn create(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("CreateStateMachine", input)?;
    let name = fields.required_str("name", "InvalidName")?;
    let text = fields.required_str("definition", "InvalidDefinition")?;
    let role_arn = role(&mut fields)?.ok_or_else(|| AwsError::client("InvalidArn", "Invalid Arn: 'null'"))?;
    standard(fields.str("type")?)?;
    let published = options(&mut fields)?;
    fields.finish()?;
    check_name(&name)?;
    accept(&text)?;
    world.store.transact(|tx| {
        let machine = match tx.get::<Machine>(MACHINES, &name) {
            Some(present)
                if present.role_arn == role_arn
                    && tx.get::<String>(DEFINITIONS, &present.revision).as_ref() == Some(&text) =>
            {
                present
            }
            Some(_) => {
                let message = format!("State Machine Already Exists: '{}'", machine_arn(world, &name));
                return Err(AwsError::client("StateMachineAlreadyExists", message));
            }
            None => make(tx, &name, &text, role_arn),
        };
        let answer = json!({
            "stateMachineArn": machine_arn(world, &machine.name),
            "creationDate": epoch_seconds(machine.created_ms),
        });
        Ok(publish(world, tx, &machine, published, answer))
    })
}

/// `UpdateStateMachine`: running executions keep what they were started with (*documented*).
pub(super) fn update(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("UpdateStateMachine", input)?;
    let name = machine_of(world, &fields.required_str("stateMachineArn", "InvalidArn")?)?;
    let text = fields.str("definition")?;
    let role_arn = role(&mut fields)?;
    let published = options(&mut fields)?;
    fields.finish()?;
    find(world, &name)?;
    if text.is_none() && role_arn.is_none() {
        let message = "Either the definition, the role ARN, or both must be specified";
        return Err(AwsError::client("MissingRequiredParameter", message));
    }
    if let Some(text) = &text {
        accept(text)?;
    }
    world.store.transact(|tx| {
        let present = find_in(world, tx, &name)?;
        let machine = change(tx, present, text.as_deref(), role_arn);
        let answer = json!({ "updateDate": epoch_seconds(machine.updated_ms), "revisionId": machine.revision });
        Ok(publish(world, tx, &machine, published, answer))
    })
}

/// `DescribeStateMachine`: as it is now, or as one of its versions has it. An alias is no state machine (*assumed*).
pub(super) fn describe(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DescribeStateMachine", input)?;
    let arn = fields.required_str("stateMachineArn", "InvalidArn")?;
    let with_definition = fields.str("includedData")?.as_deref() != Some("METADATA_ONLY");
    fields.finish()?;
    let (name, qualifier) = qualified(world, &arn)?;
    let mut machine = find(world, &name)?;
    let mut description = None;
    if qualifier.is_some() {
        let version = versions::find_version(world, &arn)?;
        (machine.revision, machine.role_arn) = (version.revision, version.role_arn);
        (machine.created_ms, description) = (version.created_ms, version.description);
    }
    let definition = if with_definition { definition_of(world, &machine.revision)? } else { String::new() };
    Ok(json!({
        "stateMachineArn": arn,
        "name": name,
        "status": "ACTIVE",
        "definition": definition,
        "description": description,
        "roleArn": machine.role_arn,
        "type": "STANDARD",
        "creationDate": epoch_seconds(machine.created_ms),
        "loggingConfiguration": { "level": "OFF", "includeExecutionData": false },
        "tracingConfiguration": { "enabled": false },
        "revisionId": machine.revision,
    }))
}

/// `ListStateMachines`
pub(super) fn list(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListStateMachines", input)?;
    let (size, token) = (fields.u64("maxResults")?, fields.str("nextToken")?);
    fields.finish()?;
    let machines = world.store.scan::<Machine>(MACHINES, "");
    let shapes = machines.iter().map(|(name, machine)| {
        json!({
            "stateMachineArn": machine_arn(world, name),
            "name": name,
            "type": "STANDARD",
            "creationDate": epoch_seconds(machine.created_ms),
        })
    });
    page("stateMachines", shapes.collect(), size, token)
}

/// `DeleteStateMachine`: running executions end on their own (*documented*); a missing one is no error.
pub(super) fn delete(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DeleteStateMachine", input)?;
    let name = machine_of(world, &fields.required_str("stateMachineArn", "InvalidArn")?)?;
    fields.finish()?;
    world.store.transact(|tx| -> Result<(), AwsError> {
        tx.delete(MACHINES, &name);
        versions::forget(tx, &name);
        Ok(())
    })?;
    Ok(json!({}))
}

/// The state machine of this name.
pub(super) fn find(world: &World, name: &str) -> Result<Machine, AwsError> {
    world.store.transact(|tx| find_in(world, tx, name))
}

/// The same inside a transaction.
pub(super) fn find_in(world: &World, tx: &Transaction<'_>, name: &str) -> Result<Machine, AwsError> {
    tx.get(MACHINES, name).ok_or_else(|| {
        let message = format!("State Machine Does Not Exist: '{}'", machine_arn(world, name));
        AwsError::client("StateMachineDoesNotExist", message)
    })
}

/// The text of a revision.
pub(super) fn definition_of(world: &World, revision: &str) -> Result<String, AwsError> {
    let text = world.store.get(DEFINITIONS, revision);
    text.ok_or_else(|| AwsError::internal(format!("the definition {revision} of a state machine is missing")))
}

/// Only standard state machines.
pub(super) fn standard(kind: Option<String>) -> Result<(), AwsError> {
    match kind.as_deref() {
        None | Some("STANDARD") => Ok(()),
        Some("EXPRESS") => Err(AwsError::not_emulated("state machines of the type EXPRESS")),
        Some(other) => Err(AwsError::client("ValidationException", format!("{other} is not a state machine type"))),
    }
}

fn make(tx: &mut Transaction<'_>, name: &str, text: &str, role_arn: String) -> Machine {
    let (now, revision) = (now_ms(), uuid::Uuid::new_v4().to_string());
    let machine = Machine { name: name.to_owned(), role_arn, revision, created_ms: now, updated_ms: now };
    tx.put(DEFINITIONS, &machine.revision, &text);
    tx.put(MACHINES, name, &machine);
    machine
}

fn change(tx: &mut Transaction<'_>, mut machine: Machine, text: Option<&str>, role_arn: Option<String>) -> Machine {
    if let Some(text) = text {
        machine.revision = uuid::Uuid::new_v4().to_string();
        tx.put(DEFINITIONS, &machine.revision, &text);
    }
    machine.role_arn = role_arn.unwrap_or(machine.role_arn);
    machine.updated_ms = now_ms();
    tx.put(MACHINES, &machine.name, &machine);
    machine
}

/// Adds the version that a call asked to publish: whether, and how it is described.
fn publish(
    world: &World,
    tx: &mut Transaction<'_>,
    machine: &Machine,
    (wanted, description): (bool, Option<String>),
    mut answer: Value,
) -> Value {
    if wanted {
        let version = versions::put(tx, machine, description);
        answer["stateMachineVersionArn"] = json!(version_arn(world, &machine.name, version.number));
    }
    answer
}

fn role(fields: &mut Fields) -> Result<Option<String>, AwsError> {
    match fields.str("roleArn")? {
        Some(arn) if arn.starts_with("arn:aws:iam::") && arn.contains(":role/") => Ok(Some(arn)),
        Some(arn) => Err(AwsError::client("InvalidArn", format!("Invalid Role Arn: '{arn}'"))),
        None => Ok(None),
    }
}

/// Whether the call publishes a version, and that version's description. Other options are accepted in their
/// switched-off form alone.
fn options(fields: &mut Fields) -> Result<(bool, Option<String>), AwsError> {
    let off = |value: &Value| value["level"] == "OFF" || value["enabled"] == false;
    for name in ["loggingConfiguration", "tracingConfiguration"] {
        if fields.value(name).is_some_and(|value| !off(&value)) {
            return Err(AwsError::not_emulated(format!("{name} of a state machine")));
        }
    }
    if fields.list("tags")?.is_some_and(|tags| !tags.is_empty()) {
        return Err(AwsError::not_emulated("tags of a state machine"));
    }
    match (fields.bool("publish")?.unwrap_or(false), fields.str("versionDescription")?) {
        (false, Some(_)) => {
            let text = "Version description can only be set when publish is true";
            Err(AwsError::client("ValidationException", text))
        }
        published => Ok(published),
    }
}
