//! The data directory as others look at it: whether a sandbox runs on it, where it answers, how to empty it.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use crate::store::{StoreError, try_lock};

/// What a data directory says about its sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// No sandbox has used the directory, or it is not there.
    Absent,
    /// There is state, and no sandbox is running on it.
    Stopped,
    /// A sandbox is running.
    Running {
        /// `http://127.0.0.1:PORT`
        endpoint_url: String,
    },
}

/// Looks at a data directory.
///
/// # Errors
/// When it cannot be read.
pub fn status(data: &Path) -> Result<Status, StoreError> {
    if !data.join("journal.jsonl").exists() {
        return Ok(Status::Absent);
    }
    let lock = data.join("lock");
    let Ok(file) = OpenOptions::new().write(true).open(&lock) else { return Ok(Status::Stopped) };
    if try_lock(&file) {
        return Ok(Status::Stopped);
    }
    match fs::read_to_string(data.join("endpoint")) {
        Ok(text) => Ok(Status::Running { endpoint_url: text.trim().to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Status::Stopped), // still starting, or just ending
        Err(source) => Err(StoreError::Io { path: data.join("endpoint"), source }),
    }
}

/// Removes everything that a sandbox keeps in a data directory, and nothing else: what is not a sandbox's stays, and a
/// directory without a journal is left alone.
///
/// # Errors
/// [`StoreError::InUse`] while a sandbox runs on it; [`StoreError::NotASandbox`] when it holds no sandbox's state but
/// other files.
pub fn reset(data: &Path) -> Result<(), StoreError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| StoreError::Io { path, source }
    };
    if !data.exists() {
        return Ok(());
    }
    if !data.join("journal.jsonl").exists() {
        let empty = fs::read_dir(data).map_err(io(data))?.next().is_none();
        return if empty { Ok(()) } else { Err(StoreError::NotASandbox { path: data.to_owned() }) };
    }
    let lock = data.join("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&lock).map_err(io(&lock))?;
    if !try_lock(&file) {
        return Err(StoreError::InUse { path: data.to_owned() });
    }
    // The journal goes last: until then a reset that was cut short can be repeated.
    for name in [
        "repositories",
        "s3",
        "logs",
        "builds",
        "codebuild",
        "ecr",
        "endpoint",
        crate::faults::LOG_FILE,
        "journal.jsonl.new",
        "journal.jsonl",
    ] {
        let path = data.join(name);
        let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match gone {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(&path)(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Writes down where the running sandbox answers. The journal never holds it.
pub(crate) fn record_endpoint(data: &Path, endpoint_url: &str) -> Result<(), StoreError> {
    let fresh = data.join("endpoint.new");
    let failed = |source| StoreError::Io { path: fresh.clone(), source };
    fs::write(&fresh, format!("{endpoint_url}\n")).map_err(failed)?;
    fs::rename(&fresh, data.join("endpoint")).map_err(failed)
}

/// Takes that back. A file that stays behind misleads nobody: the lock tells whether a sandbox runs.
pub(crate) fn forget_endpoint(data: &Path) {
    let _ = fs::remove_file(data.join("endpoint"));
}
