//! Lists in pages of 100, as CodeBuild cuts them. A token is the place where the next page begins; it means nothing
//! else, so that things which come and go meanwhile shift the pages, as they do there.

use serde_json::{Value, json};

use super::shape::invalid;
use crate::AwsError;

const SIZE: usize = 100;

/// Whether a list is asked for from its end.
pub(super) fn descending(order: Option<String>, default: bool) -> Result<bool, AwsError> {
    match order.as_deref() {
        None => Ok(default),
        Some("ASCENDING") => Ok(false),
        Some("DESCENDING") => Ok(true),
        Some(other) => Err(invalid(format!("sortOrder must be ASCENDING or DESCENDING, not {other}"))),
    }
}

/// One page of `items`, which are in ascending order.
pub(super) fn answer(
    field: &str,
    mut items: Vec<String>,
    descending: bool,
    token: Option<String>,
) -> Result<Value, AwsError> {
    let start = match token {
        None => 0,
        Some(token) => token.parse::<usize>().map_err(|_| invalid(format!("Invalid nextToken: {token}")))?,
    };
    if descending {
        items.reverse();
    }
    let page: Vec<&String> = items.iter().skip(start).take(SIZE).collect();
    let mut answer = json!({ field: page });
    if items.len() > start.saturating_add(SIZE) {
        answer["nextToken"] = json!((start + SIZE).to_string());
    }
    Ok(answer)
}
