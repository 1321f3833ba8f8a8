//! Lambda's operations. It holds no functions.

use gated_asl::{DEPTH_LIMIT, nests_deeper};
use serde_json::{Value, json};

use super::invoke::{bare_name, find, invoke, qualified_name};
use super::queue::{enqueue, run_queued};
use crate::AwsError;
use crate::fields::Fields;
use crate::world::Shared;

const INVALID: &str = "InvalidParameterValueException";

/// `Invoke`: waits for the answer (`RequestResponse`), accepts (`Event`), or checks only (`DryRun`).
pub(crate) async fn invoke_operation(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("Invoke", input)?;
    let name = function(&mut fields)?;
    let payload = fields.value("Payload").unwrap_or_else(|| json!({}));
    let kind = fields.str("InvocationType")?.unwrap_or_else(|| "RequestResponse".to_owned());
    if let Some(other) = fields.str("LogType")?.filter(|kind| kind != "None") {
        return Err(AwsError::not_emulated(format!("the LogType {other} of Invoke")));
    }
    fields.finish()?;
    find(world, &name)?;
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
        "Event" if nests_deeper(&payload, DEPTH_LIMIT) => {
            let text = format!("the payload of an Event nests deeper than {DEPTH_LIMIT} levels and could not be kept");
            Err(AwsError::client("InvalidRequestContentException", text))
        }
        "Event" => {
            let key = world.store.transact(|tx| Ok::<_, AwsError>(enqueue(tx, &name, payload)))?;
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
    let name = function(&mut fields)?;
    fields.finish()?;
    find(world, &name)?;
    Ok(configuration(world, bare_name(&name)))
}

/// `ListFunctions`, in one page.
pub(crate) fn list_functions(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListFunctions", input)?;
    fields.str("MaxItems")?; // as many as there are fit into one page
    fields.str("FunctionVersion")?; // each is told as its latest version alone
    fields.finish()?;
    let names = world.installation.functions.keys().filter(|name| !name.contains(':'));
    let functions: Vec<Value> = names.map(|name| configuration(world, name)).collect();
    Ok(json!({ "Functions": functions }))
}

/// Which function is meant: by `FunctionName`, which may end in a version or alias, or by that and `Qualifier`
/// (*documented*). *Assumed*: one that says both has to say the same.
fn function(fields: &mut Fields) -> Result<String, AwsError> {
    let given = fields.required_str("FunctionName", INVALID)?;
    let name = qualified_name(&given);
    match fields.str("Qualifier")?.filter(|qualifier| qualifier != "$LATEST") {
        None => Ok(name.to_owned()),
        Some(qualifier) if name.split_once(':').is_none_or(|(_, said)| said == qualifier) => {
            Ok(format!("{}:{qualifier}", bare_name(name)))
        }
        Some(qualifier) => {
            let message = format!(
                "The derived qualifier from the function name does not match the specified qualifier {qualifier}."
            );
            Err(AwsError::client(INVALID, message))
        }
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
