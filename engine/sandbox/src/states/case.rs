//! Between the names that a state machine writes and those of a service: `PullRequestId` and `pullRequestId`. It never
//! changes values.
//!
//! *Documented* (Step Functions, AWS SDK integrations): parameters and results are in PascalCase even where the
//! service's API is in camelCase.

use serde_json::{Map, Value};

/// Objects under these names are maps whose keys are data, not fields.
const MAPS: &[&str] = &["Tags", "StatusCounts", "ReactionCounts"];

/// Two inputs of CodeCommit that are capitalised in the API itself (`GetDifferences`).
const KEPT: &[&str] = &["MaxResults", "NextToken"];

/// Parameters as the service writes them.
///
/// # Errors
/// The first name that is not in PascalCase: Step Functions does not know it.
pub(super) fn to_service(operation: &str, parameters: &Value) -> Result<Value, String> {
    let keep = |name: &str| operation == "GetDifferences" && KEPT.contains(&name);
    convert(parameters, &|name| match name.chars().next() {
        Some(first) if first.is_lowercase() => Err(name.to_owned()),
        Some(_) if keep(name) => Ok(name.to_owned()),
        Some(_) | None => Ok(with_first(name, char::to_ascii_lowercase)),
    })
}

/// Parameters of a service whose API is in PascalCase itself.
///
/// # Errors
/// As for [`to_service`].
pub(super) fn as_they_are(parameters: &Value) -> Result<Value, String> {
    let small =
        parameters.as_object().into_iter().flat_map(Map::keys).find(|name| name.starts_with(char::is_lowercase));
    small.map_or_else(|| Ok(parameters.clone()), |name| Err(name.clone()))
}

/// A result as the state machine sees it.
pub(super) fn to_machine(result: &Value) -> Value {
    convert(result, &|name| Ok(with_first(name, char::to_ascii_uppercase))).unwrap_or_else(|_: String| result.clone())
}

fn convert(value: &Value, rename: &impl Fn(&str) -> Result<String, String>) -> Result<Value, String> {
    match value {
        Value::Array(items) => items.iter().map(|item| convert(item, rename)).collect(),
        Value::Object(object) => {
            let mut converted = Map::new();
            for (name, value) in object {
                let renamed = rename(name)?;
                let is_map = value.is_object() && MAPS.contains(&with_first(name, char::to_ascii_uppercase).as_str());
                let value = if is_map { value.clone() } else { convert(value, rename)? };
                converted.insert(renamed, value);
            }
            Ok(Value::Object(converted))
        }
        plain => Ok(plain.clone()),
    }
}

fn with_first(name: &str, change: fn(&char) -> char) -> String {
    let mut characters = name.chars();
    characters.next().iter().map(change).chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_change_at_every_depth_and_values_never() {
        let parameters = json!({ "Targets": [{ "RepositoryName": "Demo" }], "Title": "Add It" });
        assert_eq!(
            to_service("CreatePullRequest", &parameters).unwrap(),
            json!({ "targets": [{ "repositoryName": "Demo" }], "title": "Add It" })
        );
        assert_eq!(
            to_machine(&json!({ "pullRequest": { "approvalRules": [{ "approvalRuleId": "x" }] } })),
            json!({ "PullRequest": { "ApprovalRules": [{ "ApprovalRuleId": "x" }] } })
        );
    }

    #[test]
    fn keys_of_maps_are_data() {
        let parameters = json!({ "RepositoryName": "demo", "Tags": { "Team": "a", "cost": "b" } });
        assert_eq!(
            to_service("CreateRepository", &parameters).unwrap(),
            json!({ "repositoryName": "demo", "tags": { "Team": "a", "cost": "b" } })
        );
        assert_eq!(to_machine(&json!({ "tags": { "team": "a" } })), json!({ "Tags": { "team": "a" } }));
    }

    #[test]
    fn refuses_a_name_that_step_functions_does_not_know() {
        assert_eq!(to_service("GetPullRequest", &json!({ "pullRequestId": "1" })).unwrap_err(), "pullRequestId");
        assert_eq!(as_they_are(&json!({ "name": "/x" })).unwrap_err(), "name");
    }

    #[test]
    fn two_names_of_get_differences_are_capitalised_in_the_api() {
        let parameters = json!({ "RepositoryName": "demo", "MaxResults": 5 });
        let expected = json!({ "repositoryName": "demo", "MaxResults": 5 });
        assert_eq!(to_service("GetDifferences", &parameters).unwrap(), expected);
    }
}
