//! Files, folders and blobs of a commit.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::model::Repository;
use super::{inputs, specifier};
use crate::AwsError;
use crate::fields::Fields;
use crate::git::{self, Entry, Kind, Objects, is_object_id, objects::header};
use crate::world::Shared;

/// *Documented*: user guide, "Quotas": 6 MB.
pub(super) const MAX_FILE: usize = 6 * 1024 * 1024;

/// `GetFile`
pub(super) async fn get_file(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let at = f.str("commitSpecifier")?.unwrap_or_else(|| "HEAD".to_owned());
    let path = path(f.required_str("filePath", "PathRequiredException")?)?;
    f.finish()?;
    let (commit, tree, mut objects) = open(world, &repository, &at).await?;
    let missing =
        || AwsError::client("FileDoesNotExistException", format!("the file {path} does not exist in {commit}"));
    let entry = objects.find(&tree, &path).await?.ok_or_else(missing)?;
    let mode = mode_name(&entry).ok_or_else(missing)?;
    let Some((Kind::Blob, bytes)) = objects.get(&entry.id).await? else { return Err(missing()) };
    too_large(bytes.len())?;
    Ok(json!({
        "commitId": commit,
        "blobId": entry.id,
        "filePath": path,
        "fileMode": mode,
        "fileSize": bytes.len(),
        "fileContent": STANDARD.encode(bytes),
    }))
}

/// `GetFolder`: one level, not paged (*documented*).
pub(super) async fn get_folder(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let at = f.str("commitSpecifier")?.unwrap_or_else(|| "HEAD".to_owned());
    let asked =
        f.str("folderPath")?.ok_or_else(|| AwsError::client("PathRequiredException", "folderPath is required"))?;
    f.finish()?;
    let folder = if asked.trim_matches('/').is_empty() { String::new() } else { path(asked)? };
    let (commit, tree, mut objects) = open(world, &repository, &at).await?;
    let missing = || AwsError::client("FolderDoesNotExistException", format!("the folder {folder} does not exist"));
    let found = objects.find(&tree, &folder).await?.filter(|e| e.mode == "40000").ok_or_else(missing)?;
    let entries = objects.tree(&found.id).await?.ok_or_else(missing)?;
    let (mut folders, mut files, mut links, mut modules) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let name = git::shown(&entry.name);
        let absolute = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let mut shown = json!({ "absolutePath": absolute, "relativePath": name });
        match (entry.mode.as_str(), mode_name(&entry)) {
            ("40000", _) => {
                shown["treeId"] = json!(entry.id);
                folders.push(shown);
            }
            ("160000", _) => {
                shown["commitId"] = json!(entry.id);
                modules.push(shown);
            }
            (_, mode) => {
                shown["blobId"] = json!(entry.id);
                shown["fileMode"] = json!(mode);
                if mode == Some("SYMLINK") { links.push(shown) } else { files.push(shown) }
            }
        }
    }
    Ok(json!({
        "commitId": commit,
        "folderPath": folder,
        "treeId": found.id,
        "subFolders": folders,
        "files": files,
        "symbolicLinks": links,
        "subModules": modules,
    }))
}

/// `GetBlob`
pub(super) async fn get_blob(world: &Shared, mut f: Fields) -> Result<Value, AwsError> {
    let repository = inputs::repository(world, &mut f)?;
    let id = f.required_str("blobId", "BlobIdRequiredException")?;
    f.finish()?;
    if !is_object_id(&id) {
        return Err(AwsError::client("InvalidBlobIdException", format!("{id:?} is not a blob ID")));
    }
    match Objects::open(&repository.git(world))?.get(&id).await? {
        Some((Kind::Blob, bytes)) => {
            too_large(bytes.len())?;
            Ok(json!({ "content": STANDARD.encode(bytes) }))
        }
        _ => Err(AwsError::client("BlobIdDoesNotExistException", format!("the blob {id} does not exist"))),
    }
}

/// A commit's id and tree, and a reader.
pub(super) async fn open(
    world: &Shared,
    repository: &Repository,
    at: &str,
) -> Result<(String, String, Objects), AwsError> {
    let mut objects = Objects::open(&repository.git(world))?;
    let (commit, bytes) = specifier::commit(world, repository, &mut objects, at).await?;
    let tree = header(&bytes, "tree").unwrap_or_default();
    Ok((commit, tree, objects))
}

/// A path without a leading or trailing `/`.
///
/// # Errors
/// `InvalidPathException`.
pub(super) fn path(text: String) -> Result<String, AwsError> {
    let plain = text.trim_matches('/');
    let odd = |part: &str| part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git");
    if plain.len() > 4096 || plain.contains('\0') || plain.split('/').any(odd) {
        return Err(AwsError::client("InvalidPathException", format!("{text:?} is not a valid path")));
    }
    Ok(plain.to_owned())
}

/// `EXECUTABLE`, `NORMAL`, `SYMLINK`; none for folders and submodules.
pub(super) fn mode_name(entry: &Entry) -> Option<&'static str> {
    match entry.mode.as_str() {
        "100755" => Some("EXECUTABLE"),
        "120000" => Some("SYMLINK"),
        "40000" | "160000" => None,
        _ => Some("NORMAL"),
    }
}

fn too_large(size: usize) -> Result<(), AwsError> {
    if size > MAX_FILE {
        return Err(AwsError::client("FileTooLargeException", format!("the file has {size} bytes, more than 6 MB")));
    }
    Ok(())
}
