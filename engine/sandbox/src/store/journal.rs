//! The journal: one line for each transaction, replayed at the start and rewritten when most of it was replaced since. It
//! decides nothing about a record.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::{Inner, Pending, StoreError, Tables, apply};

/// Version of the data directory's layout. Another version is refused, never guessed at.
pub(super) const VERSION: u64 = 1;

/// Bytes by which the journal may grow before it is rewritten without what later lines replaced.
pub(super) const SLACK: u64 = 16 << 20;

impl Inner {
    /// Rewrites the journal once it has grown by as much as it held, and [`SLACK`] at least.
    pub(super) fn compact(&mut self) {
        if self.length < self.limit {
            return;
        }
        // When the disk refuses, the journal that is there goes on.
        if let Ok((journal, length)) = rewrite(&self.path, &self.tables) {
            (self.journal, self.length) = (journal, length);
        }
        self.limit = self.length + self.length.max(SLACK);
    }

    /// Writes one line. When the disk refuses, what was half written is cut off again, so that the next line does not
    /// continue it.
    pub(super) fn append(&mut self, writes: &[Pending]) -> Result<(), StoreError> {
        if self.lock.is_none() {
            return Err(StoreError::Closed { path: self.path.clone() });
        }
        let line = format!(
            "{}\n",
            Value::from_iter(writes.iter().map(|(table, key, value)| record(table, key, value.as_ref())))
        );
        match self.journal.write_all(line.as_bytes()) {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(source) => {
                let cut =
                    self.journal.set_len(self.length).and_then(|()| self.journal.seek(SeekFrom::Start(self.length)));
                Err(StoreError::Io { path: self.path.clone(), source: cut.err().unwrap_or(source) })
            }
        }
    }
}

/// Writes a journal of these tables in the place of the one that is there, as a whole or not at all; gives the file to go
/// on with, and its length.
pub(super) fn rewrite(path: &Path, tables: &Tables) -> Result<(File, u64), StoreError> {
    let fresh = path.with_extension("jsonl.new");
    let failed = |source| StoreError::Io { path: fresh.clone(), source };
    let mut text = format!("{}\n", json!({ "version": VERSION }));
    for (table, records) in tables {
        for (key, value) in records {
            text.push_str(&format!("{}\n", json!([record(table, key, Some(value))])));
        }
    }
    let mut journal = File::create(&fresh).map_err(failed)?;
    journal.write_all(text.as_bytes()).and_then(|()| journal.sync_all()).map_err(failed)?;
    std::fs::rename(&fresh, path).map_err(failed)?;
    Ok((journal, text.len() as u64))
}

pub(super) fn replay(path: &Path) -> Result<Tables, StoreError> {
    let io = |source| StoreError::Io { path: path.to_owned(), source };
    let mut reader = BufReader::new(File::open(path).map_err(io)?);
    let mut tables = Tables::new();
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(io)? == 0 {
            break;
        }
        line += 1;
        if bytes.last() != Some(&b'\n') && line > 1 {
            break; // cut short by a kill: never acknowledged
        }
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|_| StoreError::Damaged { path: path.to_owned(), line })?;
        if line == 1 {
            let found = &value["version"];
            if found.as_u64() != Some(VERSION) {
                return Err(StoreError::Version { path: path.to_owned(), found: found.to_string() });
            }
            continue;
        }
        let records: Vec<Vec<Value>> =
            serde_json::from_value(value).map_err(|_| StoreError::Damaged { path: path.to_owned(), line })?;
        for record in records {
            match <[Value; 3]>::try_from(record) {
                Ok([Value::String(table), Value::String(key), value]) => apply(&mut tables, table, key, Some(value)),
                Err(record) => match &record[..] {
                    [Value::String(table), Value::String(key)] => apply(&mut tables, table.clone(), key.clone(), None),
                    _ => return Err(StoreError::Damaged { path: path.to_owned(), line }),
                },
                Ok(_) => return Err(StoreError::Damaged { path: path.to_owned(), line }),
            }
        }
    }
    Ok(tables)
}

/// A write as the journal holds it: three parts put a record, two remove it.
fn record(table: &str, key: &str, value: Option<&Value>) -> Value {
    match value {
        Some(value) => json!([table, key, value]),
        None => json!([table, key]),
    }
}
