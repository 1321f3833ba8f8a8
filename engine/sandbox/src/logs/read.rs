//! Reading events of CloudWatch Logs. The order is that of writing.

use serde_json::{Value, json};

use super::call::{INVALID, group_of, stream_name};
use super::{Event, Made, events, record};
use crate::AwsError;
use crate::fields::Fields;
use crate::paging::{Page, with_token};
use crate::world::Shared;

/// *Documented*: `GetLogEvents` always answers both tokens; at the end it answers the token that it was given. Tokens
/// are `f/N` (from event N on) and `b/N` (what lies before event N).
pub(super) fn get_log_events(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let group = group_of(world, &mut fields)?;
    let stream = stream_name(&mut fields)?;
    let between = Between::read(&mut fields)?;
    let limit = limit(&mut fields)?;
    let token = fields.str("nextToken")?;
    let from_head = fields.bool("startFromHead")?.unwrap_or(false);
    fields.finish()?;
    let made: Made = world
        .store
        .get("log_streams", &record(&group, &stream))
        .ok_or_else(|| AwsError::client("ResourceNotFoundException", "The specified log stream does not exist."))?;
    let all: Vec<Event> = events(world, &made)?.into_iter().filter(|e| between.holds(e)).collect();
    let (start, end) = match token.as_deref() {
        None if from_head => (0, limit.min(all.len())),
        None => (all.len().saturating_sub(limit), all.len()),
        Some(token) => match (token.strip_prefix("f/"), token.strip_prefix("b/")) {
            (Some(number), _) => {
                let start = number_of(number)?.min(all.len());
                (start, all.len().min(start + limit))
            }
            (None, Some(number)) => {
                let end = number_of(number)?.min(all.len());
                (end.saturating_sub(limit), end)
            }
            (None, None) => return Err(wrong_token()),
        },
    };
    let found: Vec<Value> = all[start..end]
        .iter()
        .map(|e| json!({ "timestamp": e.timestamp, "message": e.message, "ingestionTime": e.timestamp }))
        .collect();
    Ok(json!({
        "events": found,
        "nextForwardToken": format!("f/{end:020}"),
        "nextBackwardToken": format!("b/{start:020}"),
    }))
}

/// *Documented*: events of all streams of the group by time. Patterns are plain words, all of which must occur; every
/// other form of the pattern language is refused.
pub(super) fn filter_log_events(world: &Shared, mut fields: Fields) -> Result<Value, AwsError> {
    let group = group_of(world, &mut fields)?;
    let names = fields.strings("logStreamNames")?;
    let prefix = fields.str("logStreamNamePrefix")?.unwrap_or_default();
    let between = Between::read(&mut fields)?;
    let pattern = fields.str("filterPattern")?.unwrap_or_default();
    let _ = fields.bool("interleaved")?; // *documented*: deprecated, always interleaved
    let page = Page::read(&mut fields, "nextToken", "limit", 10_000, 10_000, INVALID, INVALID)?;
    fields.finish()?;
    let words: Vec<&str> = pattern.split_whitespace().map(|word| word.trim_matches('"')).collect();
    if words.iter().any(|word| word.contains(['{', '[', '?', '%']) || word.starts_with('-')) {
        return Err(AwsError::not_emulated(format!("the filter pattern {pattern:?}; plain words work")));
    }
    let mut found = Vec::new();
    for (key, made) in world.store.scan::<Made>("log_streams", &record(&group, &prefix)) {
        let stream = &key[group.len() + 1..];
        if names.as_ref().is_some_and(|names| !names.iter().any(|name| name == stream)) {
            continue;
        }
        for (number, event) in events(world, &made)?.into_iter().enumerate() {
            if between.holds(&event) && words.iter().all(|word| event.message.contains(word)) {
                found.push((event.timestamp, stream.to_owned(), number, event.message));
            }
        }
    }
    found.sort_by_key(|(time, ..)| *time); // stable: within a stream the order of writing stays
    let (found, next) = page.cut(found);
    let found: Vec<Value> = found
        .into_iter()
        .map(|(time, stream, number, message)| {
            let id = format!("{stream}/{number}");
            json!({ "logStreamName": stream, "timestamp": time, "message": message, "ingestionTime": time, "eventId": id })
        })
        .collect();
    Ok(with_token(json!({ "events": found, "searchedLogStreams": [] }), "nextToken", next))
}

/// A span of time: start inclusive, end exclusive (*documented*).
struct Between {
    start: u64,
    end: u64,
}

impl Between {
    fn read(fields: &mut Fields) -> Result<Self, AwsError> {
        Ok(Self { start: fields.u64("startTime")?.unwrap_or(0), end: fields.u64("endTime")?.unwrap_or(u64::MAX) })
    }

    fn holds(&self, event: &Event) -> bool {
        self.start <= event.timestamp && event.timestamp < self.end
    }
}

fn limit(fields: &mut Fields) -> Result<usize, AwsError> {
    match fields.u64("limit")? {
        None => Ok(10_000),
        Some(limit @ 1..=10_000) => Ok(usize::try_from(limit).unwrap_or(10_000)),
        Some(limit) => Err(AwsError::client(INVALID, format!("limit {limit} is not between 1 and 10000"))),
    }
}

fn number_of(text: &str) -> Result<usize, AwsError> {
    text.parse().map_err(|_| wrong_token())
}

fn wrong_token() -> AwsError {
    AwsError::client(INVALID, "The specified nextToken is invalid.")
}
