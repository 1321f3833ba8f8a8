//! CloudWatch Logs: groups and streams; a stream's lines lie in a file of their own. It keeps everything until the
//! group is deleted.

mod call;
mod read;

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use call::{OPERATIONS, call};

use crate::clock::now_ms;
use crate::world::Shared;
use crate::{AwsError, Store, StoreError};

/// A group's or stream's record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Made {
    /// Milliseconds since 1970.
    created_ms: u64,
    /// A stream's file; groups have none.
    file: Option<String>,
}

/// One line with its moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Milliseconds since 1970.
    pub(crate) timestamp: u64,
    /// The text.
    pub(crate) message: String,
}

/// Whether every record of this service can be read.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<Made>("log_groups")?;
    store.check::<Made>("log_streams")
}

/// Appends lines to a stream; group and stream are made when missing. Each line becomes one event of this moment;
/// lines have no line ends.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn put_lines(world: &Shared, group: &str, stream: &str, lines: &[String]) -> Result<(), AwsError> {
    let timestamp = now_ms();
    let events: Vec<Event> = lines.iter().map(|line| Event { timestamp, message: line.clone() }).collect();
    append(world, group, stream, &events)
}

fn append(world: &Shared, group: &str, stream: &str, events: &[Event]) -> Result<(), AwsError> {
    let key = record(group, stream);
    let made = match world.store.get::<Made>("log_streams", &key) {
        Some(made) => made,
        None => world.store.transact(|tx| -> Result<Made, AwsError> {
            if tx.get::<Made>("log_groups", group).is_none() {
                tx.put("log_groups", group, &Made { created_ms: now_ms(), file: None });
            }
            let file = Some(uuid::Uuid::new_v4().simple().to_string());
            let made = tx.get("log_streams", &key).unwrap_or(Made { created_ms: now_ms(), file });
            tx.put("log_streams", &key, &made);
            Ok(made)
        })?,
    };
    if events.is_empty() {
        return Ok(());
    }
    let mut text = String::new();
    for event in events {
        text.push_str(&format!("{}\n", json!([event.timestamp, event.message])));
    }
    let path = path(world, &made);
    let failed = |e: std::io::Error| AwsError::internal(format!("{}: {e}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(&path).map_err(failed)?;
    if cut_short(&mut file).map_err(failed)? {
        text.insert(0, '\n'); // so that a line which a kill cut short does not swallow this one
    }
    file.write_all(text.as_bytes()).map_err(failed)
}

/// What a stream holds, as text; `None` when there is no such stream.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn lines(world: &Shared, group: &str, stream: &str) -> Result<Option<String>, AwsError> {
    let Some(made) = world.store.get::<Made>("log_streams", &record(group, stream)) else { return Ok(None) };
    Ok(Some(events(world, &made)?.into_iter().map(|event| event.message + "\n").collect()))
}

/// All events of a stream, in the order of writing.
fn events(world: &Shared, made: &Made) -> Result<Vec<Event>, AwsError> {
    let path = path(world, made);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AwsError::internal(format!("{}: {error}", path.display()))),
    };
    let parse = |line: &str| {
        let value: Value = serde_json::from_str(line).ok()?;
        Some(Event { timestamp: value[0].as_u64()?, message: value[1].as_str()?.to_owned() })
    };
    Ok(text.lines().filter_map(parse).collect())
}

fn cut_short(file: &mut std::fs::File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last[0] != b'\n')
}

/// Neither name may hold a colon (*documented*: the service's model), so that no two streams share a record.
fn record(group: &str, stream: &str) -> String {
    format!("{group}:{stream}")
}

fn path(world: &Shared, made: &Made) -> PathBuf {
    world.data.join("logs").join(made.file.as_deref().unwrap_or("none"))
}
