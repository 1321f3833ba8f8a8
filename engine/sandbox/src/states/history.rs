//! `GetExecutionHistory`: made anew from the steps, so that no event is kept twice.

use serde_json::Value;

use super::executions::get as record;
use super::names::{execution_of, page};
use super::record::Run;
use crate::AwsError;
use crate::fields::Fields;
use crate::world::Shared;

/// `GetExecutionHistory`
pub(super) fn get(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("GetExecutionHistory", input)?;
    let key = execution_of(world, &fields.required_str("executionArn", "InvalidArn")?)?;
    let reverse = fields.bool("reverseOrder")?.unwrap_or(false);
    let with_data = fields.bool("includeExecutionData")?.unwrap_or(true);
    let (size, token) = (fields.u64("maxResults")?, fields.str("nextToken")?);
    fields.finish()?;
    let (run, _) = Run::replay(world, &record(world, &key)?)?;
    let events = run.execution().history().iter().map(|event| event.to_api(with_data));
    let events: Vec<Value> = if reverse { events.rev().collect() } else { events.collect() };
    page("events", events, size, token)
}
