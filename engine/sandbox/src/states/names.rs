//! Names and ARNs of state machines and executions, and the pages of their lists. It looks nothing up.

use serde_json::{Value, json};

use crate::AwsError;
use crate::world::World;

/// *Documented* (StartExecution, name): 1 to 80 characters, none of these, no white space, no control characters.
const FORBIDDEN: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";

/// A legal name of a state machine or an execution.
pub(super) fn check_name(name: &str) -> Result<(), AwsError> {
    let legal = |c: char| !c.is_whitespace() && !c.is_control() && !FORBIDDEN.contains(c);
    match (1..=80).contains(&name.chars().count()) && name.chars().all(legal) {
        true => Ok(()),
        false => Err(AwsError::client("InvalidName", format!("Invalid Name: '{name}'"))),
    }
}

/// `arn:aws:states:us-east-1:111122223333:stateMachine:NAME`
pub(super) fn machine_arn(world: &World, name: &str) -> String {
    world.arn("states", &format!("stateMachine:{name}"))
}

/// `arn:aws:states:us-east-1:111122223333:execution:MACHINE:NAME`, from an execution's key.
pub(super) fn execution_arn(world: &World, key: &str) -> String {
    world.arn("states", &format!("execution:{key}"))
}

/// The name in a state machine's ARN, which has no qualifier.
pub(super) fn machine_of(world: &World, arn: &str) -> Result<String, AwsError> {
    match qualified(world, arn)? {
        (name, None) => Ok(name),
        (_, Some(_)) => Err(invalid_arn(arn)),
    }
}

/// The name in a state machine's ARN, and its qualifier: a version's number or an alias's name.
pub(super) fn qualified(world: &World, arn: &str) -> Result<(String, Option<String>), AwsError> {
    let rest = arn.strip_prefix(&world.arn("states", "stateMachine:")).unwrap_or_default();
    let parts: Vec<&str> = rest.split(':').collect();
    match parts.as_slice() {
        [name] if !name.is_empty() => Ok(((*name).to_owned(), None)),
        [name, qualifier] if !name.is_empty() && !qualifier.is_empty() => {
            Ok(((*name).to_owned(), Some((*qualifier).to_owned())))
        }
        _ => Err(invalid_arn(arn)),
    }
}

/// The key in an execution's ARN: `MACHINE:NAME`.
pub(super) fn execution_of(world: &World, arn: &str) -> Result<String, AwsError> {
    match arn.strip_prefix(&world.arn("states", "execution:")) {
        Some(key) if key.split(':').filter(|part| !part.is_empty()).count() == 2 => Ok(key.to_owned()),
        Some(_) | None => Err(invalid_arn(arn)),
    }
}

/// The name of a role, without its path.
pub(super) fn role_name(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// One page of `items` under `field`. A token is the place where the next page begins.
pub(super) fn page(
    field: &str,
    items: Vec<Value>,
    size: Option<u64>,
    token: Option<String>,
) -> Result<Value, AwsError> {
    let invalid = |token: &str| AwsError::client("InvalidToken", format!("Invalid Token: '{token}'"));
    let start = match token {
        None => 0,
        Some(token) => token.parse::<usize>().map_err(|_| invalid(&token))?,
    };
    // *Documented*: 0 stands for the default of 100, and 1000 is the most.
    let size = match usize::try_from(size.unwrap_or(0)).unwrap_or(usize::MAX) {
        0 => 100,
        size if size <= 1000 => size,
        size => {
            let message = format!("maxResults must be at most 1000, not {size}");
            return Err(AwsError::client("ValidationException", message));
        }
    };
    let next = start.saturating_add(size);
    let more = items.len() > next;
    let page: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    let mut answer = json!({ field: page });
    if more {
        answer["nextToken"] = json!(next.to_string());
    }
    Ok(answer)
}

fn invalid_arn(arn: &str) -> AwsError {
    AwsError::client("InvalidArn", format!("Invalid Arn: '{arn}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_sign_that_step_functions_forbids() {
        assert!(check_name("pr-42-454d377459df3a19-1a2b3c4d-1").is_ok());
        assert!(check_name("pr.42_ä").is_ok());
        for name in ["", "a b", "a:b", "a/b", "a\u{7f}", "a*", &"x".repeat(81)] {
            assert_eq!(check_name(name).unwrap_err().code, "InvalidName", "{name:?}");
        }
    }

    #[test]
    fn pages_follow_each_other_without_gap() {
        let items: Vec<Value> = (0..5).map(|n| json!(n)).collect();
        let first = page("all", items.clone(), Some(3), None).unwrap();
        assert_eq!(first, json!({ "all": [0, 1, 2], "nextToken": "3" }));
        let second = page("all", items.clone(), Some(3), Some("3".to_owned())).unwrap();
        assert_eq!(second, json!({ "all": [3, 4] }));
        assert_eq!(page("all", items, None, Some("x".to_owned())).unwrap_err().code, "InvalidToken");
    }
}
