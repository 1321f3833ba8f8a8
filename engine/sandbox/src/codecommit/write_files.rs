//! `PutFile`, `DeleteFile`, `CreateCommit`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::files::{MAX_FILE, mode_name, path};
use super::merging::Words;
use super::write::Target;
use crate::AwsError;
use crate::fields::Fields;
use crate::git::{self, Entry, Objects, TreeChange};
use crate::world::{Caller, Shared};

/// `PutFile`
pub(super) async fn put_file(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let content = f.str("fileContent")?;
    let content = content.ok_or_else(|| AwsError::client("FileContentRequiredException", "fileContent is required"))?;
    let bytes = decode(&content)?;
    let path = path(f.required_str("filePath", "PathRequiredException")?)?;
    let mode = mode(f.str("fileMode")?.as_deref())?;
    let words = Words::read(&mut f, caller, "name")?;
    let target = Target::read(world, &mut f).await?;
    f.finish()?;
    let (tree, mut objects) = target.tree(world).await?;
    in_the_way(&mut objects, tree.as_deref(), &path).await?;
    let blob = git::write_blob(&target.repository.git(world), &bytes)?;
    let changes = BTreeMap::from([(path.clone(), TreeChange::Put { mode: mode.to_owned(), id: blob.clone() })]);
    let same = AwsError::client("SameFileContentException", "the file has this content already");
    let message = format!("Added {path}\n"); // *assumed*
    let written = target.commit(world, caller, &words, &changes, &message, same).await?;
    Ok(json!({ "commitId": written.commit, "blobId": blob, "treeId": written.tree }))
}

/// `DeleteFile`
pub(super) async fn delete_file(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let path = path(f.required_str("filePath", "PathRequiredException")?)?;
    let _ = f.bool("keepEmptyFolders")?; // git keeps none
    let words = Words::read(&mut f, caller, "name")?;
    let target = Target::read(world, &mut f).await?;
    f.finish()?;
    let (tree, mut objects) = target.tree(world).await?;
    let entry = existing(&mut objects, tree.as_deref(), &path).await?;
    let changes = BTreeMap::from([(path.clone(), TreeChange::Delete)]);
    let message = format!("Deleted {path}\n"); // *assumed*
    let written = target.commit(world, caller, &words, &changes, &message, no_change()).await?;
    Ok(json!({ "commitId": written.commit, "blobId": entry.id, "treeId": written.tree, "filePath": path }))
}

/// `CreateCommit`. A file taken over from another one (`sourceFile`) is not emulated.
pub(super) async fn create_commit(world: &Shared, caller: &Caller, mut f: Fields) -> Result<Value, AwsError> {
    let puts = f.list("putFiles")?.unwrap_or_default();
    let deletes = f.list("deleteFiles")?.unwrap_or_default();
    let modes = f.list("setFileModes")?.unwrap_or_default();
    let _ = f.bool("keepEmptyFolders")?; // git keeps none
    let words = Words::read(&mut f, caller, "authorName")?;
    let target = Target::read(world, &mut f).await?;
    f.finish()?;
    match puts.len() + deletes.len() + modes.len() {
        0 => return Err(AwsError::client("FileEntryRequiredException", "a commit changes at least one file")),
        1..=100 => {}
        _ => return Err(AwsError::client("MaximumFileEntriesExceededException", "a commit changes at most 100 files")),
    }
    let git = target.repository.git(world);
    let (tree, mut objects) = target.tree(world).await?;
    let (mut added, mut updated, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
    let mut changes = BTreeMap::new();
    for put in puts {
        let mut p = Fields::new("CreateCommit.putFiles", put)?;
        let path = path(p.required_str("filePath", "PathRequiredException")?)?;
        let bytes = decode(&p.required_str("fileContent", "SourceFileOrContentRequiredException")?)?;
        let mode = mode(p.str("fileMode")?.as_deref())?;
        p.finish()?;
        in_the_way(&mut objects, tree.as_deref(), &path).await?;
        let id = git::write_blob(&git, &bytes)?;
        let known = find(&mut objects, tree.as_deref(), &path).await?.is_some();
        let shown = json!({ "absolutePath": path, "blobId": id, "fileMode": named(mode) });
        if known {
            updated.push(shown)
        } else {
            added.push(shown)
        }
        once(&mut changes, path, TreeChange::Put { mode: mode.to_owned(), id })?;
    }
    for delete in deletes {
        let mut d = Fields::new("CreateCommit.deleteFiles", delete)?;
        let path = path(d.required_str("filePath", "PathRequiredException")?)?;
        d.finish()?;
        let entry = existing(&mut objects, tree.as_deref(), &path).await?;
        deleted.push(json!({ "absolutePath": path, "blobId": entry.id, "fileMode": mode_name(&entry) }));
        once(&mut changes, path, TreeChange::Delete)?;
    }
    for set in modes {
        let mut s = Fields::new("CreateCommit.setFileModes", set)?;
        let path = path(s.required_str("filePath", "PathRequiredException")?)?;
        let mode = mode(Some(&s.required_str("fileMode", "FileModeRequiredException")?))?;
        s.finish()?;
        let entry = existing(&mut objects, tree.as_deref(), &path).await?;
        updated.push(json!({ "absolutePath": path, "blobId": entry.id, "fileMode": named(mode) }));
        once(&mut changes, path, TreeChange::Put { mode: mode.to_owned(), id: entry.id })?;
    }
    let written = target.commit(world, caller, &words, &changes, "Commit through the API\n", no_change()).await?;
    Ok(json!({
        "commitId": written.commit,
        "treeId": written.tree,
        "filesAdded": added,
        "filesUpdated": updated,
        "filesDeleted": deleted,
    }))
}

fn once(changes: &mut BTreeMap<String, TreeChange>, path: String, change: TreeChange) -> Result<(), AwsError> {
    if changes.contains_key(&path) {
        return Err(AwsError::client("SamePathRequestException", format!("the path {path} is named twice")));
    }
    changes.insert(path, change);
    Ok(())
}

async fn find(objects: &mut Objects, tree: Option<&str>, path: &str) -> Result<Option<Entry>, AwsError> {
    match tree {
        Some(tree) => objects.find(tree, path).await,
        None => Ok(None),
    }
}

async fn existing(objects: &mut Objects, tree: Option<&str>, path: &str) -> Result<Entry, AwsError> {
    let found = find(objects, tree, path).await?.filter(|entry| mode_name(entry).is_some());
    found.ok_or_else(|| AwsError::client("FileDoesNotExistException", format!("the file {path} does not exist")))
}

/// A file cannot stand where a folder is, nor below a file.
async fn in_the_way(objects: &mut Objects, tree: Option<&str>, path: &str) -> Result<(), AwsError> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    for end in ends {
        let Some(entry) = find(objects, tree, &path[..end]).await? else { return Ok(()) };
        let error = match (entry.mode.as_str(), end == path.len()) {
            ("40000", true) => "FileNameConflictsWithDirectoryNameException",
            ("160000", _) => "FilePathConflictsWithSubmodulePathException",
            ("40000", false) | (_, true) => continue,
            (_, false) => "DirectoryNameConflictsWithFileNameException",
        };
        return Err(AwsError::client(error, format!("{} is in the way of {path}", &path[..end])));
    }
    Ok(())
}

fn decode(text: &str) -> Result<Vec<u8>, AwsError> {
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| AwsError::client("SerializationException", "the content of a file is not base64"))?;
    if bytes.len() > MAX_FILE {
        return Err(AwsError::client("FileContentSizeLimitExceededException", "a file has at most 6 MB"));
    }
    Ok(bytes)
}

fn mode(name: Option<&str>) -> Result<&'static str, AwsError> {
    match name {
        None | Some("NORMAL") => Ok("100644"),
        Some("EXECUTABLE") => Ok("100755"),
        Some("SYMLINK") => Ok("120000"),
        Some(other) => Err(AwsError::client("InvalidFileModeException", format!("{other:?} is not a file mode"))),
    }
}

fn named(mode: &str) -> &'static str {
    match mode {
        "100755" => "EXECUTABLE",
        "120000" => "SYMLINK",
        _ => "NORMAL",
    }
}

fn no_change() -> AwsError {
    AwsError::client("NoChangeException", "the commit would change nothing")
}
