//! The Parameter Store of Systems Manager, as text parameters. It encrypts nothing: a `SecureString` is refused.

mod list;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::{epoch_seconds, now_ms};
use crate::fields::Fields;
use crate::world::{Caller, Shared};
use crate::{AwsError, Store, StoreError};

/// A parameter's record, by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Parameter {
    value: String,
    kind: String,
    version: u64,
    description: Option<String>,
    modified_ms: u64,
    modified_by: String,
}

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &[
    "GetParameter",
    "GetParameters",
    "GetParametersByPath",
    "DescribeParameters",
    "PutParameter",
    "DeleteParameter",
    "DeleteParameters",
];

/// Answers one operation.
pub(crate) async fn call(world: &Shared, caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    let fields = Fields::new(operation, input)?;
    match operation {
        "GetParameter" => get_parameter(world, fields),
        "GetParameters" => get_parameters(world, fields),
        "GetParametersByPath" => list::get_parameters_by_path(world, fields),
        "DescribeParameters" => list::describe_parameters(world, fields),
        "PutParameter" => put_parameter(world, caller, fields),
        "DeleteParameter" => delete_parameter(world, fields),
        "DeleteParameters" => delete_parameters(world, fields),
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of SSM"))),
    }
}

/// Whether every record of this service can be read.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<Parameter>("parameters")
}

/// Writes the installation's parameters; one that already has the value keeps its version.
///
/// # Errors
/// When the state cannot be written.
pub(crate) fn start(world: &Shared) -> Result<(), AwsError> {
    for (name, value) in &world.installation.parameters {
        world.store.transact(|tx| -> Result<(), AwsError> {
            let before = tx.get::<Parameter>("parameters", name);
            if before.as_ref().is_none_or(|before| before.value != *value) {
                let parameter = Parameter {
                    value: value.clone(),
                    kind: "String".to_owned(),
                    version: before.map_or(0, |before| before.version) + 1,
                    description: None,
                    modified_ms: now_ms(),
                    modified_by: format!("arn:aws:iam::{}:root", world.account),
                };
                tx.put("parameters", name, &parameter);
            }
            Ok(())
        })?;
    }
    Ok(())
}

const VALIDATION: &str = "ValidationException";

fn get_parameter(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("Name", VALIDATION)?;
    let _ = fields.bool("WithDecryption")?; // nothing is encrypted
    fields.finish()?;
    find(world, &name).map(|parameter| json!({ "Parameter": parameter }))
}

fn get_parameters(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let names = names(&mut fields)?;
    let _ = fields.bool("WithDecryption")?; // nothing is encrypted
    fields.finish()?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match find(world, &name) {
            Ok(parameter) => found.push(parameter),
            Err(_) => missing.push(name), // *documented*: a missing name is no error here
        }
    }
    Ok(json!({ "Parameters": found, "InvalidParameters": missing }))
}

fn put_parameter(world: &Shared, caller: &Caller, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("Name", VALIDATION)?;
    let value = fields.required_str("Value", VALIDATION)?;
    let kind = fields.str("Type")?;
    let description = fields.str("Description")?;
    let overwrite = fields.bool("Overwrite")?.unwrap_or(false);
    let tier = fields.str("Tier")?.unwrap_or_else(|| "Standard".to_owned());
    let data_type = fields.str("DataType")?.unwrap_or_else(|| "text".to_owned());
    let tags = fields.list("Tags")?.unwrap_or_default();
    fields.finish()?;
    check_name(&name)?;
    if tier == "Intelligent-Tiering" || data_type != "text" || !tags.is_empty() {
        return Err(AwsError::not_emulated(
            "PutParameter with Tags, Intelligent-Tiering or a DataType other than text",
        ));
    }
    let most = if tier == "Advanced" { 8192 } else { 4096 };
    if value.len() > most {
        let text = format!("{tier} tier parameters support a maximum parameter value of {most} characters.");
        return Err(AwsError::client(VALIDATION, text));
    }
    if value.contains("{{") {
        // *Documented*: PutParameter, "you can't nest parameters".
        return Err(AwsError::client(VALIDATION, "Parameter value can't nest another parameter: {{"));
    }
    let version = world.store.transact(|tx| {
        let before = tx.get::<Parameter>("parameters", &name);
        if before.is_some() && !overwrite {
            let text = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
            return Err(AwsError::client("ParameterAlreadyExists", text));
        }
        let kind = match kind.or_else(|| before.as_ref().map(|before| before.kind.clone())) {
            Some(kind) if kind == "String" || kind == "StringList" => kind,
            Some(kind) if kind == "SecureString" => {
                return Err(AwsError::not_emulated("parameters of Type SecureString: the sandbox encrypts nothing"));
            }
            Some(kind) => return Err(AwsError::client("UnsupportedParameterType", format!("unsupported type {kind}"))),
            None => {
                return Err(AwsError::client(VALIDATION, "A parameter type is required when you create a parameter."));
            }
        };
        let version = before.as_ref().map_or(0, |before| before.version) + 1;
        let description = description.or_else(|| before.and_then(|before| before.description));
        let modified_by = caller.arn.clone();
        let parameter = Parameter { value, kind, version, description, modified_ms: now_ms(), modified_by };
        tx.put("parameters", &name, &parameter);
        Ok(version)
    })?;
    Ok(json!({ "Version": version, "Tier": tier }))
}

fn delete_parameter(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("Name", VALIDATION)?;
    fields.finish()?;
    if remove(world, &name)? { Ok(json!({})) } else { Err(not_found(&name)) }
}

fn delete_parameters(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let names = names(&mut fields)?;
    fields.finish()?;
    let (mut deleted, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        if remove(world, &name)? { deleted.push(name) } else { missing.push(name) }
    }
    Ok(json!({ "DeletedParameters": deleted, "InvalidParameters": missing }))
}

fn remove(world: &Shared, name: &str) -> Result<bool, AwsError> {
    world.store.transact(|tx| {
        let there = tx.get::<Parameter>("parameters", name).is_some();
        if there {
            tx.delete("parameters", name);
        }
        Ok(there)
    })
}

/// A parameter by name, by ARN, or by `name:version`; only the newest version is kept.
fn find(world: &Shared, asked: &str) -> Result<Value, AwsError> {
    let plain = asked.strip_prefix(&world.arn("ssm", "parameter")).unwrap_or(asked);
    let (name, selector) = match plain.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (plain, None),
    };
    let parameter: Parameter = world.store.get("parameters", name).ok_or_else(|| not_found(asked))?;
    if selector.is_some_and(|selector| selector != parameter.version.to_string()) {
        return Err(AwsError::client("ParameterVersionNotFound", format!("no such version or label: {asked}")));
    }
    let mut shown = show(world, name, &parameter);
    if let Some(selector) = selector {
        shown["Selector"] = json!(format!(":{selector}"));
    }
    Ok(shown)
}

fn show(world: &Shared, name: &str, parameter: &Parameter) -> Value {
    json!({
        "Name": name,
        "Type": parameter.kind,
        "Value": parameter.value,
        "Version": parameter.version,
        "LastModifiedDate": epoch_seconds(parameter.modified_ms),
        "ARN": world.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/'))),
        "DataType": "text",
    })
}

fn names(fields: &mut Fields) -> Result<Vec<String>, AwsError> {
    let names = fields.strings("Names")?.unwrap_or_default();
    if !(1..=10).contains(&names.len()) {
        return Err(AwsError::client(VALIDATION, "Names holds 1 to 10 names"));
    }
    Ok(names)
}

/// *Documented*: PutParameter's constraints on names.
fn check_name(name: &str) -> Result<(), AwsError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if !name.chars().all(legal) || name.len() > 1011 || name.ends_with('/') || name.contains("//") {
        return Err(AwsError::client(VALIDATION, format!("{name:?} is not a legal parameter name")));
    }
    let first = name.trim_start_matches('/').split('/').next().unwrap_or_default().to_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return Err(AwsError::client(
            VALIDATION,
            format!("Parameter name {name}: can't be prefixed with \"aws\" or \"ssm\""),
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(AwsError::client(VALIDATION, "Parameter name must be a fully qualified name."));
    }
    if name.matches('/').count() > 15 {
        return Err(AwsError::client("HierarchyLevelLimitExceededException", "a hierarchy has at most 15 levels"));
    }
    Ok(())
}

fn not_found(name: &str) -> AwsError {
    AwsError::client("ParameterNotFound", format!("Parameter {name} not found."))
}
