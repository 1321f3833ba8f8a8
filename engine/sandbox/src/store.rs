//! The durable state: tables of JSON records in memory, behind one append-only journal. A transaction is one line of
//! the journal; it is written before it is visible, so that whatever was acknowledged survives a SIGKILL at any
//! moment (the page cache outlives the process). A database was considered: every embedded one either syncs the disk
//! on each commit or promises nothing after a kill.

mod journal;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use journal::{SLACK, VERSION, replay, rewrite};

/// How long another sandbox may hold the directory before it counts as running: one that was just killed takes a moment
/// to be gone.
const PATIENCE: Duration = Duration::from_millis(300);

/// The reader of the journal stops at 128 levels of nesting, and a line adds two to its record.
const DEEPEST: usize = 125;

type Tables = BTreeMap<String, BTreeMap<String, Value>>;

/// Table, key and new value; none removes the record.
type Pending = (String, String, Option<Value>);

/// Why the state could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory was made by another version.
    #[error(
        "{path}: made by layout version {found}, this program reads version {VERSION}; start with another --data directory, or move this one away"
    )]
    Version {
        /// The journal.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// Another process has it open.
    #[error("{path}: in use by another sandbox; stop that one, or choose another --data directory")]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The directory holds other things than a sandbox's state.
    #[error("{path}: not a sandbox's data directory; nothing was removed")]
    NotASandbox {
        /// The directory.
        path: PathBuf,
    },
    /// The sandbox has ended.
    #[error("{path}: the sandbox has ended")]
    Closed {
        /// The journal.
        path: PathBuf,
    },
    /// A line in the middle of the journal is not readable.
    #[error("{path}:{line}: damaged record in the journal; the file is left as it is")]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
    },
    /// A record is not what this program keeps in that table.
    #[error(
        "the record {key} of {table} cannot be read: {reason}; nothing was removed. Start the sandbox that wrote it, or choose another --data directory"
    )]
    Unreadable {
        /// The table.
        table: String,
        /// The record's key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What a caller sent nests so deep that the next start could not read it.
    #[error("the record {key} of {table} would nest deeper than {DEEPEST} levels and was not kept; send flatter JSON")]
    TooDeep {
        /// The table.
        table: String,
        /// The record's key.
        key: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Tables of JSON records, by table and key.
#[derive(Debug)]
pub(crate) struct Store {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    tables: Tables,
    journal: File,
    length: u64,
    /// The length at which the journal is rewritten.
    limit: u64,
    path: PathBuf,
    /// Held until the end; none afterwards.
    lock: Option<File>,
}

/// Reads and pending writes of one atomic change. Its own writes are visible to it.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    tables: &'a Tables,
    writes: Vec<Pending>,
}

impl Store {
    /// Opens the state in `directory`, made when missing. A half-written last line was never acknowledged and is
    /// dropped; the journal is rewritten without what later lines replaced.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Io { path, source }
        };
        std::fs::create_dir_all(directory).map_err(io(directory))?;
        let lock_path = directory.join("lock");
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path).map_err(io(&lock_path))?;
        let deadline = Instant::now() + PATIENCE;
        while !try_lock(&lock) {
            if Instant::now() > deadline {
                return Err(StoreError::InUse { path: directory.to_owned() });
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let path = directory.join("journal.jsonl");
        let tables = if path.exists() { replay(&path)? } else { Tables::new() };
        let (journal, length) = rewrite(&path, &tables)?;
        let limit = length + SLACK;
        Ok(Self { inner: Mutex::new(Inner { tables, journal, length, limit, path, lock: Some(lock) }) })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic while the lock was held cannot have left a half change: tables change after the journal did.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all writing and gives the directory free.
    pub(crate) fn close(&self) {
        if let Some(lock) = self.lock().lock.take() {
            // Closing the file alone would not do: a process that is just being started has a copy of it for a moment.
            let _ = rustix::fs::flock(&lock, rustix::fs::FlockOperation::Unlock);
        }
    }

    /// Holds every record of a table against what is kept there. Each service asks before any of them starts: a record
    /// that counted as absent would have its data removed.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`], for the first such record.
    pub(crate) fn check<T: DeserializeOwned>(&self, table: &str) -> Result<(), StoreError> {
        let inner = self.lock();
        let records = inner.tables.get(table).into_iter().flatten();
        for (key, value) in records {
            if let Err(reason) = T::deserialize(value) {
                let (table, key, reason) = (table.to_owned(), key.clone(), reason.to_string());
                return Err(StoreError::Unreadable { table, key, reason });
            }
        }
        Ok(())
    }

    /// One record.
    pub(crate) fn get<T: DeserializeOwned>(&self, table: &str, key: &str) -> Option<T> {
        let inner = self.lock();
        decode(inner.tables.get(table)?.get(key)?)
    }

    /// All records of a table whose key starts with `prefix`, by key.
    pub(crate) fn scan<T: DeserializeOwned>(&self, table: &str, prefix: &str) -> Vec<(String, T)> {
        let inner = self.lock();
        scan(&inner.tables, table, prefix)
    }

    /// Runs one atomic change. When `change` answers `Err`, nothing is written. It must not wait for anything.
    ///
    /// # Errors
    /// What `change` answers, or a [`StoreError`] when the journal cannot be written, or could not be read again.
    pub(crate) fn transact<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut inner = self.lock();
        let mut transaction = Transaction { tables: &inner.tables, writes: Vec::new() };
        let answer = change(&mut transaction)?;
        let writes = transaction.writes;
        let too_deep = |value: &Value| gated_asl::nests_deeper(value, DEEPEST);
        if let Some((table, key, _)) = writes.iter().find(|(_, _, value)| value.as_ref().is_some_and(too_deep)) {
            return Err(StoreError::TooDeep { table: table.clone(), key: key.clone() }.into());
        }
        if !writes.is_empty() {
            inner.append(&writes)?;
            for (table, key, value) in writes {
                apply(&mut inner.tables, table, key, value);
            }
            inner.compact();
        }
        Ok(answer)
    }
}

impl Transaction<'_> {
    /// One record, with this transaction's own writes.
    pub(crate) fn get<T: DeserializeOwned>(&self, table: &str, key: &str) -> Option<T> {
        match self.writes.iter().rev().find(|(t, k, _)| t == table && k == key) {
            Some((_, _, value)) => decode(value.as_ref()?),
            None => decode(self.tables.get(table)?.get(key)?),
        }
    }

    /// All records whose key starts with `prefix`, with this transaction's own writes, by key.
    pub(crate) fn scan<T: DeserializeOwned>(&self, table: &str, prefix: &str) -> Vec<(String, T)> {
        let mut found: BTreeMap<String, T> = scan(self.tables, table, prefix).into_iter().collect();
        for (_, key, value) in self.writes.iter().filter(|(t, k, _)| t == table && k.starts_with(prefix)) {
            match value.as_ref().and_then(decode) {
                Some(value) => drop(found.insert(key.clone(), value)),
                None => drop(found.remove(key)),
            }
        }
        found.into_iter().collect()
    }

    /// Writes a record.
    pub(crate) fn put<T: Serialize>(&mut self, table: &str, key: &str, value: &T) {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.writes.push((table.to_owned(), key.to_owned(), Some(value)));
    }

    /// Removes a record; a missing one is no error.
    pub(crate) fn delete(&mut self, table: &str, key: &str) {
        self.writes.push((table.to_owned(), key.to_owned(), None));
    }

    /// The next number of a counter, from 1.
    pub(crate) fn next(&mut self, counter: &str) -> u64 {
        let next = self.get::<u64>("counters", counter).unwrap_or(0) + 1;
        self.put("counters", counter, &next);
        next
    }
}

/// Takes the lock of a data directory, unless another sandbox has it. The system frees it when its holder dies, so a
/// stale lock is no obstacle.
pub(crate) fn try_lock(file: &File) -> bool {
    rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok()
}

/// What was there at the start was checked, and what came since is this program's own: none is only a record's absence.
fn decode<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

fn scan<T: DeserializeOwned>(tables: &Tables, table: &str, prefix: &str) -> Vec<(String, T)> {
    let Some(records) = tables.get(table) else { return Vec::new() };
    records
        .range(prefix.to_owned()..)
        .take_while(|(key, _)| key.starts_with(prefix))
        .filter_map(|(key, value)| Some((key.clone(), decode(value)?)))
        .collect()
}

fn apply(tables: &mut Tables, table: String, key: String, value: Option<Value>) {
    let records = tables.entry(table).or_default();
    match value {
        Some(value) => records.insert(key, value),
        None => records.remove(&key),
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_journal_that_only_repeats_itself_stays_small_and_loses_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        store.lock().limit = 10_000;
        let put = |key: &str, value: &str| {
            store.transact(|tx| {
                tx.put("table", key, &value);
                Ok::<_, StoreError>(())
            })
        };
        put("kept", "from before").unwrap();
        for number in 0..1_000 {
            put("again", &format!("{number:0100}")).unwrap();
            if store.lock().limit > SLACK {
                break; // it was rewritten
            }
        }
        put("after", "the rewriting").unwrap();
        let length = std::fs::metadata(directory.path().join("journal.jsonl")).unwrap().len();
        assert!(length < 1_000 && length == store.lock().length, "{length} bytes");
        store.close();
        let store = Store::open(directory.path()).unwrap();
        let found: Vec<(String, String)> = store.scan("table", "");
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].0.as_str(), found[2].1.as_str()), ("after", "from before"));
    }

    #[test]
    fn a_record_is_as_deep_as_can_be_read_again_or_is_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let put = |levels: usize| {
            let value = (0..levels).fold(Value::Null, |inner, _| json!([inner]));
            store.transact(|tx| {
                tx.put("table", &levels.to_string(), &value);
                Ok::<_, StoreError>(())
            })
        };
        put(DEEPEST).unwrap();
        let refused = put(DEEPEST + 1).unwrap_err();
        assert!(matches!(&refused, StoreError::TooDeep { key, .. } if key == "126"), "{refused}");
        store.close();
        let found: Vec<(String, Value)> = Store::open(directory.path()).unwrap().scan("table", "");
        assert_eq!(found.len(), 1);
    }
}
