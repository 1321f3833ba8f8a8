//! Listing parameters: by path, and their descriptions.

use serde_json::{Value, json};

use super::{Parameter, VALIDATION, show};
use crate::AwsError;
use crate::clock::epoch_seconds;
use crate::fields::Fields;
use crate::paging::{Page, with_token};
use crate::world::Shared;

const BAD_TOKEN: &str = "InvalidNextToken";

/// *Documented*: without `Recursive`, only parameters directly below the path.
pub(super) fn get_parameters_by_path(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let path = fields.required_str("Path", VALIDATION)?;
    let recursive = fields.bool("Recursive")?.unwrap_or(false);
    let _ = fields.bool("WithDecryption")?; // nothing is encrypted
    let page = Page::read(&mut fields, "NextToken", "MaxResults", 10, 10, BAD_TOKEN, VALIDATION)?;
    fields.finish()?;
    if !path.starts_with('/') {
        let text = "The parameter path must be a fully qualified name, starting with a forward slash (/).";
        return Err(AwsError::client(VALIDATION, text));
    }
    let folder = format!("{}/", path.trim_end_matches('/'));
    let mut found: Vec<(String, Parameter)> = world.store.scan("parameters", &folder);
    found.retain(|(name, _)| recursive || !name[folder.len()..].contains('/'));
    let (found, next) = page.cut(found);
    let shown: Vec<Value> = found.iter().map(|(name, parameter)| show(world, name, parameter)).collect();
    Ok(with_token(json!({ "Parameters": shown }), "NextToken", next))
}

/// `ParameterFilters` by `Name` with `Equals` or `BeginsWith`, and by `Path` with `Recursive` or `OneLevel`.
pub(super) fn describe_parameters(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let filters = fields.list("ParameterFilters")?.unwrap_or_default();
    let page = Page::read(&mut fields, "NextToken", "MaxResults", 50, 50, BAD_TOKEN, VALIDATION)?;
    fields.finish()?;
    let mut found: Vec<(String, Parameter)> = world.store.scan("parameters", "");
    for filter in filters {
        let values: Vec<&str> = filter["Values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let below = |name: &str, path: &str| {
            let folder = format!("{}/", path.trim_end_matches('/'));
            name.strip_prefix(&folder).map(str::to_owned)
        };
        match (filter["Key"].as_str(), filter["Option"].as_str()) {
            (Some("Name"), None | Some("Equals")) => found.retain(|(name, _)| values.contains(&name.as_str())),
            (Some("Name"), Some("BeginsWith")) => found.retain(|(name, _)| values.iter().any(|v| name.starts_with(v))),
            (Some("Path"), Some("Recursive")) => {
                found.retain(|(name, _)| values.iter().any(|v| below(name, v).is_some()))
            }
            (Some("Path"), None | Some("OneLevel")) => {
                found.retain(|(name, _)| values.iter().any(|v| below(name, v).is_some_and(|rest| !rest.contains('/'))));
            }
            (Some("Type"), None | Some("Equals")) => found.retain(|(_, p)| values.contains(&p.kind.as_str())),
            (key, option) => {
                let text = format!("the filter {} with option {}", key.unwrap_or("?"), option.unwrap_or("none"));
                return Err(AwsError::not_emulated(text));
            }
        }
    }
    let (found, next) = page.cut(found);
    let described: Vec<Value> = found.iter().map(|(name, parameter)| describe(world, name, parameter)).collect();
    Ok(with_token(json!({ "Parameters": described }), "NextToken", next))
}

fn describe(world: &Shared, name: &str, parameter: &Parameter) -> Value {
    let mut described = json!({
        "Name": name,
        "ARN": world.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/'))),
        "Type": parameter.kind,
        "LastModifiedDate": epoch_seconds(parameter.modified_ms),
        "LastModifiedUser": parameter.modified_by,
        "Version": parameter.version,
        "Tier": "Standard",
        "Policies": [],
        "DataType": "text",
    });
    if let Some(text) = &parameter.description {
        described["Description"] = json!(text);
    }
    described
}
