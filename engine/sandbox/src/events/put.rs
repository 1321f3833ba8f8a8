//! Events that callers put, and the trial of a pattern. It delivers nothing itself.

use gated_asl::{DEPTH_LIMIT, nests_deeper};
use serde_json::{Value, json};

use super::pattern::Pattern;
use super::rules::{check_bus, invalid_pattern};
use crate::AwsError;
use crate::clock::iso_seconds;
use crate::fields::Fields;
use crate::world::Shared;

const VALIDATION: &str = "ValidationException";

/// `PutEvents`: each entry succeeds or fails on its own.
pub(super) fn put_events(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("PutEvents", input)?;
    let entries = fields.list("Entries")?.unwrap_or_default();
    fields.finish()?;
    if !(1..=10).contains(&entries.len()) {
        return Err(AwsError::client(VALIDATION, "Entries must have 1 to 10 members"));
    }
    let mut failed = 0;
    let mut answers = Vec::new();
    for entry in entries {
        match event(world, entry)? {
            Ok(event) => {
                answers.push(json!({ "EventId": event["id"] }));
                world.store.transact(|tx| -> Result<(), AwsError> {
                    world.emit(tx, event);
                    Ok(())
                })?;
            }
            Err((code, message)) => {
                failed += 1;
                answers.push(json!({ "ErrorCode": code, "ErrorMessage": message }));
            }
        }
    }
    Ok(json!({ "FailedEntryCount": failed, "Entries": answers }))
}

/// `TestEventPattern`
pub(super) fn test_event_pattern(input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("TestEventPattern", input)?;
    let pattern = fields.required_str("EventPattern", VALIDATION)?;
    let event = fields.required_str("Event", VALIDATION)?;
    fields.finish()?;
    let pattern = Pattern::parse(&pattern).map_err(invalid_pattern)?;
    let event: Value = serde_json::from_str(&event)
        .map_err(|error| AwsError::client(VALIDATION, format!("Parameter Event is not valid JSON: {error}")))?;
    for name in ["id", "detail-type", "source", "account", "time", "region", "resources"] {
        if event.get(name).is_none() {
            // *Documented*: these are mandatory in the event of this operation.
            return Err(AwsError::client(VALIDATION, format!("Parameter Event is not valid: {name} is missing")));
        }
    }
    Ok(json!({ "Result": pattern.matches(&event) }))
}

type Refused = (&'static str, String);

/// The event of an entry. A fault of the entry is the inner error (*documented*: PutEventsResultEntry).
fn event(world: &Shared, entry: Value) -> Result<Result<Value, Refused>, AwsError> {
    let mut fields = Fields::new("PutEvents.Entries", entry)?;
    let source = fields.str("Source")?.unwrap_or_default();
    let detail_type = fields.str("DetailType")?.unwrap_or_default();
    let detail = fields.str("Detail")?.unwrap_or_default();
    let resources = fields.strings("Resources")?.unwrap_or_default();
    let time = fields.value("Time");
    check_bus(fields.str("EventBusName")?.as_deref())?;
    fields.finish()?;
    for (name, value) in [("Source", &source), ("DetailType", &detail_type), ("Detail", &detail)] {
        if value.is_empty() {
            let message = format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
            return Ok(Err(("InvalidArgument", message)));
        }
    }
    if source.starts_with("aws.") {
        return Ok(Err(("NotAuthorizedForSourceException", "Not authorized for the source.".to_owned())));
    }
    // *Assumed*: the depth. An event is wrapped on its way to a function, and must be readable to the end.
    let legal = |detail: &Value| detail.is_object() && !nests_deeper(detail, DEPTH_LIMIT);
    let Some(detail) = serde_json::from_str::<Value>(&detail).ok().filter(legal) else {
        return Ok(Err(("MalformedDetail", "Detail is malformed.".to_owned())));
    };
    let mut event = world.event(&source, &detail_type, &resources, detail);
    if let Some(seconds) = time.as_ref().and_then(Value::as_f64) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a moment before 1970 becomes 1970
        let ms = (seconds * 1000.0) as u64;
        event["time"] = json!(iso_seconds(ms));
    }
    Ok(Ok(event))
}
