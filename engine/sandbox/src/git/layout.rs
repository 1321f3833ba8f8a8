//! The files of a bare repository: made without a process, read without a process (format: gitrepository-layout(5)).
//! It never writes a reference.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Repository, is_object_id};

/// What every repository is configured with: any commit can be fetched by its id (CodeCommit's unreferenced merge
/// commits need that), nothing is ever collected, and no hook runs.
const CONFIG: &str = "[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\thooksPath = /dev/null
\tlogAllRefUpdates = false
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[receive]
\tautogc = false
\tadvertisePushOptions = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
";

/// Makes an empty bare repository. Where one was half made, it is completed.
///
/// # Errors
/// What the system says.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        fs::create_dir_all(path.join(folder))?;
    }
    fs::write(path.join("config"), CONFIG)?;
    fs::write(path.join("HEAD"), "ref: refs/heads/main\n")
}

/// All references, by full name, as the files hold them now. Loose ones are read before packed ones, as git itself
/// does, since a deletion goes the other way round.
///
/// # Errors
/// What the system says.
pub(crate) fn read_refs(repository: &Repository) -> io::Result<BTreeMap<String, String>> {
    let mut loose = BTreeMap::new();
    read_loose(&repository.path.join("refs"), "refs", &mut loose)?;
    let mut refs = BTreeMap::new();
    match fs::read_to_string(repository.path.join("packed-refs")) {
        Ok(text) => {
            for line in text.lines() {
                if let Some((id, name)) = line.split_once(' ')
                    && is_object_id(id)
                {
                    refs.insert(name.to_owned(), id.to_owned());
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    refs.extend(loose);
    Ok(refs)
}

fn read_loose(folder: &Path, name: &str, refs: &mut BTreeMap<String, String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()), // removed while we looked
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Ok(file) = entry.file_name().into_string() else { continue };
        let full = format!("{name}/{file}");
        if entry.file_type()?.is_dir() {
            read_loose(&entry.path(), &full, refs)?;
        } else if !file.ends_with(".lock") {
            match fs::read_to_string(entry.path()) {
                Ok(text) if is_object_id(text.trim()) => drop(refs.insert(full, text.trim().to_owned())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// A file that a pushing git holds locked for as long as it lives, even after this process was killed: it is that
/// git's standard error, so the lock travels with it.
///
/// # Errors
/// What the system says.
pub(super) fn push_log(repository: &Repository) -> io::Result<(PathBuf, File)> {
    let path = repository.path.join(format!("push-{}.log", uuid::Uuid::new_v4()));
    let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&path)?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
    Ok((path, file))
}

/// Waits, for at most `patience`, until no git that an earlier, killed sandbox left behind is still writing to this
/// repository, and removes what killed ones left.
///
/// # Errors
/// What the system says.
pub(crate) async fn wait_for_orphan(repository: &Repository, patience: Duration) -> io::Result<()> {
    let deadline = tokio::time::Instant::now() + patience;
    for entry in fs::read_dir(&repository.path)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if !(name.starts_with("push-") && path.extension().is_some_and(|e| e == "log")) {
            continue;
        }
        let file = File::open(&path)?;
        while rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err()
            && tokio::time::Instant::now() < deadline
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        fs::remove_file(&path)?;
    }
    remove_stale_locks(&repository.path.join("refs"))?;
    for name in ["HEAD.lock", "packed-refs.lock", "config.lock"] {
        match fs::remove_file(repository.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A git that was killed leaves `NAME.lock`, which would refuse every later update of that reference. Nothing writes
/// now, so each such file is stale; a reference's own name cannot end that way.
fn remove_stale_locks(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_stale_locks(&entry.path())?;
        } else if entry.path().extension().is_some_and(|e| e == "lock") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
