//! CloudWatch Logs' operations on groups and streams, and writing.

use serde_json::{Value, json};

use super::{Event, Made, append, events, path, read, record};
use crate::AwsError;
use crate::clock::now_ms;
use crate::fields::Fields;
use crate::world::{Caller, Shared};

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &[
    "DescribeLogGroups",
    "DescribeLogStreams",
    "GetLogEvents",
    "FilterLogEvents",
    "CreateLogGroup",
    "CreateLogStream",
    "PutLogEvents",
    "DeleteLogGroup",
];

/// Answers one operation.
pub(crate) async fn call(world: &Shared, _caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    let fields = Fields::new(operation, input)?;
    match operation {
        "DescribeLogGroups" => describe_groups(world, fields),
        "DescribeLogStreams" => describe_streams(world, fields),
        "GetLogEvents" => read::get_log_events(world, fields),
        "FilterLogEvents" => read::filter_log_events(world, fields),
        "CreateLogGroup" => create_group(world, fields),
        "CreateLogStream" => create_stream(world, fields),
        "PutLogEvents" => put_events(world, fields),
        "DeleteLogGroup" => delete_group(world, fields),
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of CloudWatch Logs"))),
    }
}

pub(super) const INVALID: &str = "InvalidParameterException";

/// The group that a call names, by name or by ARN.
pub(super) fn group_of(world: &Shared, fields: &mut Fields) -> Result<String, AwsError> {
    let name = fields.str("logGroupName")?;
    let identifier = fields.str("logGroupIdentifier")?;
    let name = match (name, identifier) {
        (Some(name), None) => name,
        (None, Some(text)) => match text.split_once(":log-group:") {
            Some((_, name)) => name.trim_end_matches(":*").to_owned(),
            None => text,
        },
        _ => return Err(AwsError::client(INVALID, "name either logGroupName or logGroupIdentifier")),
    };
    match world.store.get::<Made>("log_groups", &name) {
        Some(_) => Ok(name),
        None => Err(AwsError::client("ResourceNotFoundException", "The specified log group does not exist.")),
    }
}

fn describe_groups(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let prefix = fields.str("logGroupNamePrefix")?.unwrap_or_default();
    let pattern = fields.str("logGroupNamePattern")?.unwrap_or_default();
    let page = crate::paging::Page::read(&mut fields, "nextToken", "limit", 50, 50, INVALID, INVALID)?;
    fields.finish()?;
    let mut found: Vec<(String, Made)> = world.store.scan("log_groups", &prefix);
    found.retain(|(name, _)| name.contains(&pattern));
    let (found, next) = page.cut(found);
    let groups: Vec<Value> = found
        .into_iter()
        .map(|(name, made)| {
            let arn = world.arn("logs", &format!("log-group:{name}"));
            json!({
                "logGroupName": name,
                "creationTime": made.created_ms,
                "metricFilterCount": 0,
                "arn": format!("{arn}:*"),
                "storedBytes": 0, // *documented*: no longer kept up to date
                "logGroupClass": "STANDARD",
                "logGroupArn": arn,
            })
        })
        .collect();
    Ok(crate::paging::with_token(json!({ "logGroups": groups }), "nextToken", next))
}

fn describe_streams(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let group = group_of(world, &mut fields)?;
    let prefix = fields.str("logStreamNamePrefix")?.unwrap_or_default();
    let order = fields.str("orderBy")?.unwrap_or_else(|| "LogStreamName".to_owned());
    let descending = fields.bool("descending")?.unwrap_or(false);
    let page = crate::paging::Page::read(&mut fields, "nextToken", "limit", 50, 50, INVALID, INVALID)?;
    fields.finish()?;
    let mut streams = Vec::new();
    for (key, made) in world.store.scan::<Made>("log_streams", &record(&group, &prefix)) {
        let name = key[group.len() + 1..].to_owned();
        let events = events(world, &made)?;
        let (first, last) = (events.first().map(|e| e.timestamp), events.last().map(|e| e.timestamp));
        let arn = world.arn("logs", &format!("log-group:{group}:log-stream:{name}"));
        let mut stream =
            json!({ "logStreamName": name, "creationTime": made.created_ms, "arn": arn, "storedBytes": 0 });
        if let (Some(first), Some(last)) = (first, last) {
            stream["firstEventTimestamp"] = json!(first);
            stream["lastEventTimestamp"] = json!(last);
            stream["lastIngestionTime"] = json!(last);
        }
        streams.push((last.unwrap_or(0), stream));
    }
    match order.as_str() {
        "LogStreamName" => {}
        "LastEventTime" if prefix.is_empty() => streams.sort_by_key(|(last, _)| *last),
        _ => return Err(AwsError::client(INVALID, "orderBy is LogStreamName, or LastEventTime without a prefix")),
    }
    if descending {
        streams.reverse();
    }
    let (streams, next) = page.cut(streams);
    let streams: Vec<Value> = streams.into_iter().map(|(_, stream)| stream).collect();
    Ok(crate::paging::with_token(json!({ "logStreams": streams }), "nextToken", next))
}

fn create_group(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let name = fields.required_str("logGroupName", INVALID)?;
    fields.finish()?;
    let legal = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
    if name.len() > 512 || !name.chars().all(legal) {
        return Err(AwsError::client(INVALID, format!("{name:?} does not match [\\.\\-_/#A-Za-z0-9]+")));
    }
    world.store.transact(|tx| {
        if tx.get::<Made>("log_groups", &name).is_some() {
            return Err(AwsError::client("ResourceAlreadyExistsException", "The specified log group already exists"));
        }
        tx.put("log_groups", &name, &Made { created_ms: now_ms(), file: None });
        Ok(Value::Null)
    })
}

fn create_stream(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let group = group_of(world, &mut fields)?;
    let stream = stream_name(&mut fields)?;
    fields.finish()?;
    if world.store.get::<Made>("log_streams", &record(&group, &stream)).is_some() {
        return Err(AwsError::client("ResourceAlreadyExistsException", "The specified log stream already exists"));
    }
    append(world, &group, &stream, &[])?;
    Ok(Value::Null)
}

fn put_events(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let group = group_of(world, &mut fields)?;
    let stream = stream_name(&mut fields)?;
    let _ = fields.str("sequenceToken")?; // *documented*: ignored since 2023
    let listed = fields.list("logEvents")?.unwrap_or_default();
    fields.finish()?;
    if world.store.get::<Made>("log_streams", &record(&group, &stream)).is_none() {
        return Err(AwsError::client("ResourceNotFoundException", "The specified log stream does not exist."));
    }
    let event = |value: &Value| {
        Some(Event { timestamp: value["timestamp"].as_u64()?, message: value["message"].as_str()?.to_owned() })
    };
    let events: Option<Vec<Event>> = listed.iter().map(event).collect();
    let events = events.ok_or_else(|| AwsError::client(INVALID, "each log event has a timestamp and a message"))?;
    append(world, &group, &stream, &events)?;
    Ok(json!({ "nextSequenceToken": "0" }))
}

fn delete_group(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let group = group_of(world, &mut fields)?;
    fields.finish()?;
    let streams = world.store.transact(|tx| -> Result<_, AwsError> {
        let streams = tx.scan::<Made>("log_streams", &record(&group, ""));
        streams.iter().for_each(|(key, _)| tx.delete("log_streams", key));
        tx.delete("log_groups", &group);
        Ok(streams)
    })?;
    for (_, made) in streams {
        let _ = std::fs::remove_file(path(world, &made)); // no record names it any more
    }
    Ok(Value::Null)
}

pub(super) fn stream_name(fields: &mut Fields) -> Result<String, AwsError> {
    let name = fields.required_str("logStreamName", INVALID)?;
    if name.len() > 512 || name.contains([':', '*']) {
        return Err(AwsError::client(INVALID, format!("{name:?} does not match [^:*]*")));
    }
    Ok(name)
}
