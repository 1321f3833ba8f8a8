//! Versions of state machines, which never change, and the aliases that share executions out among them. It starts none.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::machines::{Machine, find, find_in};
use super::names::{check_name, machine_arn, machine_of, page, qualified};
use crate::clock::{epoch_seconds, now_ms};
use crate::fields::Fields;
use crate::world::{Shared, World};
use crate::{AwsError, Store, StoreError, Transaction};

/// Versions by `MACHINE:NUMBER`, the number with eight digits.
const VERSIONS: &str = "state_machine_versions";
/// Aliases by `MACHINE:NAME`.
const ALIASES: &str = "state_machine_aliases";

/// A state machine as it was when it was published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) revision: String,
    pub(super) role_arn: String,
    pub(super) description: Option<String>,
    pub(super) created_ms: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Alias {
    name: String,
    description: Option<String>,
    /// One version or two, and the share of each in percent.
    routes: Vec<(u64, u64)>,
    created_ms: u64,
    updated_ms: u64,
}

/// What an ARN with or without qualifier stands for when an execution starts.
pub(super) struct Chosen {
    pub(super) machine: String,
    pub(super) revision: String,
    pub(super) role_arn: String,
    pub(super) version: Option<u64>,
    pub(super) alias: Option<String>,
}

/// Whether every record of a version or alias can be read.
pub(super) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<Version>(VERSIONS)?;
    store.check::<Alias>(ALIASES)
}

/// `PublishStateMachineVersion`: the same revision is published once (*documented*).
pub(super) fn publish(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("PublishStateMachineVersion", input)?;
    let name = machine_of(world, &fields.required_str("stateMachineArn", "InvalidArn")?)?;
    let (revision, description) = (fields.str("revisionId")?, fields.str("description")?);
    fields.finish()?;
    let version = world.store.transact(|tx| {
        let machine = find_in(world, tx, &name)?;
        if revision.as_ref().is_some_and(|revision| *revision != machine.revision) {
            let text = "the state machine has another revision by now";
            return Err(AwsError::client("ConflictException", text).with_status(409));
        }
        Ok(put(tx, &machine, description))
    })?;
    let arn = version_arn(world, &name, version.number);
    Ok(json!({ "stateMachineVersionArn": arn, "creationDate": epoch_seconds(version.created_ms) }))
}

/// Publishes a state machine as it is.
pub(super) fn put(tx: &mut Transaction<'_>, machine: &Machine, description: Option<String>) -> Version {
    let known = tx.scan::<Version>(VERSIONS, &format!("{}:", machine.name));
    if let Some((_, last)) = known.into_iter().last()
        && last.revision == machine.revision
        && last.role_arn == machine.role_arn
    {
        return last;
    }
    let version = Version {
        number: tx.next(&format!("versions of {}", machine.name)), // *documented*: a number is given once
        revision: machine.revision.clone(),
        role_arn: machine.role_arn.clone(),
        description,
        created_ms: now_ms(),
    };
    tx.put(VERSIONS, &version_key(&machine.name, version.number), &version);
    version
}

/// `ListStateMachineVersions`, the latest first (*documented*).
pub(super) fn list(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let (name, size, token) = listing(world, "ListStateMachineVersions", input)?;
    let versions = world.store.scan::<Version>(VERSIONS, &format!("{name}:"));
    let shapes = versions.into_iter().rev().map(|(_, version)| {
        let arn = version_arn(world, &name, version.number);
        json!({ "stateMachineVersionArn": arn, "creationDate": epoch_seconds(version.created_ms) })
    });
    page("stateMachineVersions", shapes.collect(), size, token)
}

/// `DeleteStateMachineVersion`: not while an alias leads to it (*documented*).
pub(super) fn delete(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DeleteStateMachineVersion", input)?;
    let arn = fields.required_str("stateMachineVersionArn", "ValidationException")?;
    fields.finish()?;
    let (name, number) = version_of(world, &arn)?;
    world.store.transact(|tx| {
        let aliases = tx.scan::<Alias>(ALIASES, &format!("{name}:"));
        let leads = |alias: &Alias| alias.routes.iter().any(|(to, _)| *to == number);
        if let Some((_, alias)) = aliases.iter().find(|(_, alias)| leads(alias)) {
            let text = format!("the alias {} leads to the version {arn}", alias.name);
            return Err(AwsError::client("ConflictException", text).with_status(409));
        }
        tx.delete(VERSIONS, &version_key(&name, number));
        Ok(json!({}))
    })
}

/// `CreateStateMachineAlias`: the same again answers what is there (*documented*).
pub(super) fn create_alias(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("CreateStateMachineAlias", input)?;
    let name = fields.required_str("name", "InvalidName")?;
    let description = fields.str("description")?;
    let routes = fields.list("routingConfiguration")?;
    fields.finish()?;
    check_name(&name)?;
    let now = now_ms();
    world.store.transact(|tx| {
        let (machine, routes) = read_routes(world, tx, routes.unwrap_or_default())?;
        let alias = Alias { name, description, routes, created_ms: now, updated_ms: now };
        let arn = alias_arn(world, &machine, &alias.name);
        let key = format!("{machine}:{}", alias.name);
        let created_ms = match tx.get::<Alias>(ALIASES, &key) {
            Some(known) if (&known.description, &known.routes) == (&alias.description, &alias.routes) => {
                known.created_ms
            }
            Some(_) => {
                let text = format!("the alias {arn} exists already, and leads elsewhere");
                return Err(AwsError::client("ConflictException", text).with_status(409));
            }
            None => {
                tx.put(ALIASES, &key, &alias);
                now
            }
        };
        Ok(json!({ "stateMachineAliasArn": arn, "creationDate": epoch_seconds(created_ms) }))
    })
}

/// `UpdateStateMachineAlias`
pub(super) fn update_alias(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("UpdateStateMachineAlias", input)?;
    let arn = fields.required_str("stateMachineAliasArn", "InvalidArn")?;
    let (description, routes) = (fields.str("description")?, fields.list("routingConfiguration")?);
    fields.finish()?;
    world.store.transact(|tx| {
        let (machine, mut alias) = alias_in(world, tx, &arn)?;
        if let Some(routes) = routes {
            alias.routes = read_routes(world, tx, routes)?.1;
        }
        alias.description = description.or(alias.description);
        alias.updated_ms = now_ms();
        tx.put(ALIASES, &format!("{machine}:{}", alias.name), &alias);
        Ok(json!({ "updateDate": epoch_seconds(alias.updated_ms) }))
    })
}

/// `DescribeStateMachineAlias`
pub(super) fn describe_alias(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DescribeStateMachineAlias", input)?;
    let arn = fields.required_str("stateMachineAliasArn", "InvalidArn")?;
    fields.finish()?;
    let (machine, alias) = find_alias(world, &arn)?;
    let route = |(number, weight): &(u64, u64)| json!({ "stateMachineVersionArn": version_arn(world, &machine, *number), "weight": weight });
    Ok(json!({
        "stateMachineAliasArn": arn,
        "name": alias.name,
        "description": alias.description,
        "routingConfiguration": alias.routes.iter().map(route).collect::<Vec<_>>(),
        "creationDate": epoch_seconds(alias.created_ms),
        "updateDate": epoch_seconds(alias.updated_ms),
    }))
}

/// `ListStateMachineAliases`
pub(super) fn list_aliases(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let (name, size, token) = listing(world, "ListStateMachineAliases", input)?;
    let shapes = world.store.scan::<Alias>(ALIASES, &format!("{name}:")).into_iter().map(|(_, alias)| {
        let arn = alias_arn(world, &name, &alias.name);
        json!({ "stateMachineAliasArn": arn, "creationDate": epoch_seconds(alias.created_ms) })
    });
    page("stateMachineAliases", shapes.collect(), size, token)
}

/// `DeleteStateMachineAlias`
pub(super) fn delete_alias(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("DeleteStateMachineAlias", input)?;
    let arn = fields.required_str("stateMachineAliasArn", "InvalidArn")?;
    fields.finish()?;
    let (machine, alias) = find_alias(world, &arn)?;
    world.store.transact(|tx| {
        tx.delete(ALIASES, &format!("{machine}:{}", alias.name));
        Ok(json!({}))
    })
}

/// Versions and aliases go with their state machine (*documented*).
pub(super) fn forget(tx: &mut Transaction<'_>, machine: &str) {
    let prefix = format!("{machine}:");
    for (key, _) in tx.scan::<Version>(VERSIONS, &prefix) {
        tx.delete(VERSIONS, &key);
    }
    for (key, _) in tx.scan::<Alias>(ALIASES, &prefix) {
        tx.delete(ALIASES, &key);
    }
}

/// What an execution that is started by this ARN runs. `draw` is a number below 100, which chooses between the versions
/// of an alias.
///
/// # Errors
/// `StateMachineDoesNotExist`, `InvalidArn`
pub(super) fn choose(world: &World, arn: &str, draw: u64) -> Result<Chosen, AwsError> {
    let (machine, qualifier) = qualified(world, arn)?;
    let found = find(world, &machine)?;
    let chosen =
        |revision, role_arn, version, alias| Chosen { machine: found.name.clone(), revision, role_arn, version, alias };
    match qualifier {
        None => Ok(chosen(found.revision.clone(), found.role_arn.clone(), None, None)),
        Some(number) if is_number(&number) => {
            let version = find_version(world, arn)?;
            Ok(chosen(version.revision, version.role_arn, Some(version.number), None))
        }
        Some(_) => {
            let (_, alias) = find_alias(world, arn)?;
            let [(first, share), rest @ ..] = alias.routes.as_slice() else { return Err(missing(arn)) };
            let number = rest.first().filter(|_| draw >= *share).map_or(*first, |(second, _)| *second);
            let version = find_version(world, &version_arn(world, &machine, number))?;
            Ok(chosen(version.revision, version.role_arn, Some(number), Some(alias.name)))
        }
    }
}

/// The version that an ARN names.
///
/// # Errors
/// `StateMachineDoesNotExist`, `InvalidArn`
pub(super) fn find_version(world: &World, arn: &str) -> Result<Version, AwsError> {
    world.store.transact(|tx| version_in(world, tx, arn))
}

fn version_in(world: &World, tx: &Transaction<'_>, arn: &str) -> Result<Version, AwsError> {
    let (machine, number) = version_of(world, arn)?;
    tx.get(VERSIONS, &version_key(&machine, number)).ok_or_else(|| missing(arn))
}

/// `…:stateMachine:NAME:3`
pub(super) fn version_arn(world: &World, machine: &str, number: u64) -> String {
    format!("{}:{number}", machine_arn(world, machine))
}

/// `…:stateMachine:NAME:ALIAS`
pub(super) fn alias_arn(world: &World, machine: &str, alias: &str) -> String {
    format!("{}:{alias}", machine_arn(world, machine))
}

fn find_alias(world: &World, arn: &str) -> Result<(String, Alias), AwsError> {
    world.store.transact(|tx| alias_in(world, tx, arn))
}

fn alias_in(world: &World, tx: &Transaction<'_>, arn: &str) -> Result<(String, Alias), AwsError> {
    let (machine, alias) = qualified(world, arn)?;
    let key = format!("{machine}:{}", alias.unwrap_or_default());
    let found = tx.get(ALIASES, &key).ok_or_else(|| {
        AwsError::client("ResourceNotFound", format!("Request references a resource that does not exist: '{arn}'"))
    })?;
    Ok((machine, found))
}

fn version_of(world: &World, arn: &str) -> Result<(String, u64), AwsError> {
    let (machine, number) = qualified(world, arn)?;
    let number = number.and_then(|number| number.parse().ok());
    number
        .map(|number| (machine, number))
        .ok_or_else(|| AwsError::client("InvalidArn", format!("Invalid Arn: '{arn}'")))
}

fn version_key(machine: &str, number: u64) -> String {
    format!("{machine}:{number:08}")
}

/// *Documented*: an alias's name is no number.
fn is_number(qualifier: &str) -> bool {
    qualifier.bytes().all(|byte| byte.is_ascii_digit())
}

/// *Documented*: one or two versions of one state machine, whose weights are 100 together.
fn read_routes(world: &World, tx: &Transaction<'_>, routes: Vec<Value>) -> Result<(String, Vec<(u64, u64)>), AwsError> {
    let invalid = |text: &str| AwsError::client("ValidationException", text);
    let (mut machines, mut read) = (Vec::new(), Vec::new());
    for route in routes {
        let mut fields = Fields::new("routingConfiguration", route)?;
        let arn = fields.required_str("stateMachineVersionArn", "ValidationException")?;
        let weight = fields.u64("weight")?.unwrap_or_default();
        fields.finish()?;
        read.push((version_in(world, tx, &arn)?.number, weight));
        machines.push(version_of(world, &arn)?.0);
    }
    machines.dedup();
    match (machines.pop(), machines.is_empty(), read.len(), read.iter().map(|(_, weight)| weight).sum::<u64>()) {
        (Some(machine), true, 1 | 2, 100) => Ok((machine, read)),
        _ => Err(invalid(
            "routingConfiguration has one or two versions of one state machine, with weights of 100 together",
        )),
    }
}

fn listing(world: &World, operation: &str, input: Value) -> Result<(String, Option<u64>, Option<String>), AwsError> {
    let mut fields = Fields::new(operation, input)?;
    let name = machine_of(world, &fields.required_str("stateMachineArn", "InvalidArn")?)?;
    let (size, token) = (fields.u64("maxResults")?, fields.str("nextToken")?);
    fields.finish()?;
    find(world, &name)?;
    Ok((name, size, token))
}

fn missing(arn: &str) -> AwsError {
    AwsError::client("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
}
