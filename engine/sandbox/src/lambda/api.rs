//! Lambda's operations. It holds no functions.

use serde_json::{Value, json};

use super::invoke::{bare_name, find, invoke};
use super::queue::{enqueue, run_queued};
use crate::AwsError;
use crate::fields::Fields;
use crate::world::Shared;

const INVALID: &str = "InvalidParameterValueException";

/// `Invoke`: waits for the answer (`RequestResponse`), accepts (`Event`), or checks only (`DryRun`).
pub(crate) async fn invoke_operation(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("Invoke", input)?;
    let name = fields.required_str("FunctionName", INVALID)?;
    let payload = fields.value("Payload").unwrap_or_else(|| json!({}));
    let kind = fields.str("InvocationType")?.unwrap_or_else(|| "RequestResponse".to_owned());
    qualifier(&mut fields)?;
    if let Some(other) = fields.str("LogType")?.filter(|kind| kind != "None") {
        return Err(AwsError::not_emulated(format!("the LogType {other} of Invoke")));
    }
    fields.finish()?;
    find(world, bare_name(&name))?;
    match kind.as_str() {
        "RequestResponse" => match invoke(world, &name, payload).await? {
            Ok(answer) => Ok(json!({ "StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": answer })),
            Err(error) => Ok(json!({
                "StatusCode": 200,
                "ExecutedVersion": "$LATEST",
                "FunctionError": "Unhandled",
                "Payload": { "errorType": error.error_type, "errorMessage": error.error_message },
            })),
        },
        "Event" => {
            let key = world.store.transact(|tx| Ok::<_, AwsError>(enqueue(tx, bare_name(&name), payload)))?;
            run_queued(world, key);
            Ok(json!({ "StatusCode": 202 }))
        }
        "DryRun" => Ok(json!({ "StatusCode": 204 })),
        other => Err(AwsError::client(INVALID, format!("{other} is not an InvocationType"))),
    }
}

/// `GetFunction`: the configuration, and a location without code, since the function is part of this program.
pub(crate) fn get_function(world: &Shared, input: Value) -> Result<Value, AwsError> {
    Ok(json!({ "Configuration": described(world, Fields::new("GetFunction", input)?)? }))
}

/// `GetFunctionConfiguration`
pub(crate) fn get_function_configuration(world: &Shared, input: Value) -> Result<Value, AwsError> {
    described(world, Fields::new("GetFunctionConfiguration", input)?)
}

fn described(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("FunctionName", INVALID)?;
    qualifier(&mut fields)?;
    fields.finish()?;
    let name = bare_name(&name);
    find(world, name)?;
    Ok(configuration(world, name))
}

/// `ListFunctions`, in one page.
pub(crate) fn list_functions(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListFunctions", input)?;
    fields.str("MaxItems")?; // as many as there are fit into one page
    fields.str("FunctionVersion")?; // each has its latest version alone
    fields.finish()?;
    let functions: Vec<Value> = world.installation.functions.keys().map(|name| configuration(world, name)).collect();
    Ok(json!({ "Functions": functions }))
}

/// Only the latest version exists.
fn qualifier(fields: &mut Fields) -> Result<(), AwsError> {
    match fields.str("Qualifier")?.as_deref() {
        None | Some("$LATEST") => Ok(()),
        Some(other) => Err(AwsError::not_emulated(format!("the Qualifier {other} of a function"))),
    }
}

fn configuration(world: &Shared, name: &str) -> Value {
    json!({
        "FunctionName": name,
        "FunctionArn": world.arn("lambda", &format!("function:{name}")),
        "Runtime": "provided.al2023",
        "Role": format!("arn:aws:iam::{}:role/{name}", world.account),
        "Handler": "bootstrap",
        "Version": "$LATEST",
        "State": "Active",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
    })
}
