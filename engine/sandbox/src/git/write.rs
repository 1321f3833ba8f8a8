//! Writing objects as loose files (format: gitformat-loose(5)), without a process each. An object appears whole or
//! not at all, and none is ever changed.

use std::collections::BTreeMap;
use std::io::Write;

use futures_util::future::BoxFuture;
use sha1::{Digest, Sha1};

use super::{Entry, Objects, Repository};
use crate::AwsError;

/// Who wrote a commit.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// A name; characters that git's format cannot hold are left out.
    pub(crate) name: String,
    /// An e-mail address, which may be empty.
    pub(crate) email: String,
}

/// What happens to one path of a tree.
#[derive(Debug, Clone)]
pub(crate) enum TreeChange {
    /// The file is there with this mode and blob.
    Put {
        /// `100644`, `100755`, `120000`, `160000`
        mode: String,
        /// The blob's id.
        id: String,
    },
    /// The file is gone.
    Delete,
}

/// Writes a file's bytes and answers the blob's id.
///
/// # Errors
/// When the object cannot be written.
pub(crate) fn write_blob(repository: &Repository, bytes: &[u8]) -> Result<String, AwsError> {
    write(repository, "blob", bytes)
}

/// Writes a commit and answers its id. The moment is UTC.
///
/// # Errors
/// When the object cannot be written.
pub(crate) fn write_commit(
    repository: &Repository,
    tree: &str,
    parents: &[&str],
    author: &Identity,
    seconds: u64,
    message: &str,
) -> Result<String, AwsError> {
    let clean = |text: &str| text.replace(['<', '>', '\n', '\0'], "").trim().to_owned();
    let (name, email) = (clean(&author.name), clean(&author.email));
    let name = if name.is_empty() { "unknown".to_owned() } else { name };
    let mut text = format!("tree {tree}\n");
    for parent in parents {
        text.push_str(&format!("parent {parent}\n"));
    }
    text.push_str(&format!("author {name} <{email}> {seconds} +0000\ncommitter {name} <{email}> {seconds} +0000\n\n"));
    text.push_str(&message.replace('\0', ""));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    write(repository, "commit", text.as_bytes())
}

/// Writes the tree that comes of `base` (none is the empty one) after `changes` by path, and answers its id. Folders
/// without files disappear. A path whose parent was a file replaces that file.
///
/// # Errors
/// When an object cannot be read or written.
pub(crate) async fn write_tree<'a>(
    repository: &Repository,
    objects: &mut Objects,
    base: Option<&str>,
    changes: impl IntoIterator<Item = (&'a [u8], &'a TreeChange)>,
) -> Result<String, AwsError> {
    match rewrite(repository, objects, base, changes.into_iter().collect()).await? {
        Some(id) => Ok(id),
        None => write(repository, "tree", b""),
    }
}

/// None when nothing is left.
fn rewrite<'a>(
    repository: &'a Repository,
    objects: &'a mut Objects,
    base: Option<&'a str>,
    changes: Vec<(&'a [u8], &'a TreeChange)>,
) -> BoxFuture<'a, Result<Option<String>, AwsError>> {
    Box::pin(async move {
        let entries = match base {
            Some(id) => objects.tree(id).await?.unwrap_or_default(),
            None => Vec::new(),
        };
        let mut entries: BTreeMap<Vec<u8>, Entry> = entries.into_iter().map(|e| (e.name.clone(), e)).collect();
        let mut below: BTreeMap<&[u8], Vec<(&[u8], &TreeChange)>> = BTreeMap::new();
        for (path, change) in changes {
            match path.iter().position(|byte| *byte == b'/') {
                Some(end) => below.entry(&path[..end]).or_default().push((&path[end + 1..], change)),
                None => match change {
                    TreeChange::Delete => drop(entries.remove(path)),
                    TreeChange::Put { mode, id } => {
                        let entry = Entry { mode: mode.clone(), name: path.to_owned(), id: id.clone() };
                        entries.insert(path.to_owned(), entry);
                    }
                },
            }
        }
        for (folder, changes) in below {
            let inside = entries.get(folder).filter(|e| e.mode == "40000").map(|e| e.id.clone());
            match rewrite(repository, objects, inside.as_deref(), changes).await? {
                Some(id) => {
                    let entry = Entry { mode: "40000".to_owned(), name: folder.to_owned(), id };
                    entries.insert(folder.to_owned(), entry);
                }
                None if inside.is_some() => drop(entries.remove(folder)),
                None => {}
            }
        }
        if entries.is_empty() { Ok(None) } else { write(repository, "tree", &tree_bytes(entries)?).map(Some) }
    })
}

fn tree_bytes(entries: BTreeMap<Vec<u8>, Entry>) -> Result<Vec<u8>, AwsError> {
    let mut entries: Vec<Entry> = entries.into_values().collect();
    // git sorts a folder as if its name ended in "/".
    let key = |e: &Entry| [&e.name[..], if e.mode == "40000" { b"/" } else { b"" }].concat();
    entries.sort_by_key(key);
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend([entry.mode.as_bytes(), b" ", &entry.name, b"\0"].concat());
        bytes.extend(hex::decode(&entry.id).map_err(|_| AwsError::internal("an object id is not hexadecimal"))?);
    }
    Ok(bytes)
}

fn write(repository: &Repository, kind: &str, bytes: &[u8]) -> Result<String, AwsError> {
    let head = format!("{kind} {}\0", bytes.len());
    let mut hash = Sha1::new();
    hash.update(head.as_bytes());
    hash.update(bytes);
    let id = hex::encode(hash.finalize());
    let folder = repository.path.join("objects").join(&id[..2]);
    let path = folder.join(&id[2..]);
    if path.exists() {
        return Ok(id);
    }
    let failed = |e: std::io::Error| AwsError::internal(format!("{}: {e}", path.display()));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let fresh = folder.join(format!("tmp_obj_{}", uuid::Uuid::new_v4().simple()));
    let file = std::fs::File::create(&fresh).map_err(failed)?;
    let mut packer = flate2::write::ZlibEncoder::new(file, flate2::Compression::fast());
    packer.write_all(head.as_bytes()).map_err(failed)?;
    packer.write_all(bytes).map_err(failed)?;
    packer.finish().map_err(failed)?;
    std::fs::rename(&fresh, &path).map_err(failed)?;
    Ok(id)
}
