//! Reading objects through one `git cat-file --batch` per call. It asks by object id only, so that no file name or
//! branch name ever becomes part of git's own syntax.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::Repository;
use crate::AwsError;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file's bytes.
    Blob,
    /// A folder.
    Tree,
    /// A commit.
    Commit,
    /// An annotated tag.
    Tag,
}

/// One line of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `100644`, `100755`, `120000`, `40000`, `160000`
    pub(crate) mode: String,
    /// The name, which may be any bytes but NUL and `/`.
    pub(crate) name: Vec<u8>,
    /// The object's id.
    pub(crate) id: String,
}

/// A running `git cat-file`.
pub(crate) struct Objects {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _child: Child,
}

impl Objects {
    /// Starts the reader.
    ///
    /// # Errors
    /// When git does not start.
    pub(crate) fn open(repository: &Repository) -> Result<Self, AwsError> {
        let failed = |what: String| AwsError::internal(format!("git cat-file did not start: {what}"));
        let mut command = repository.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { input, output: BufReader::new(output), _child: child }),
            _ => Err(failed("no pipe".to_owned())),
        }
    }

    /// One object, or none when it is not there.
    ///
    /// # Errors
    /// When git ends early.
    pub(crate) async fn get(&mut self, id: &str) -> Result<Option<(Kind, Vec<u8>)>, AwsError> {
        self.read(id).await.map_err(|e| AwsError::internal(format!("git cat-file: {e}")))
    }

    /// A commit's bytes; an annotated tag is followed. None when `id` is no such thing.
    ///
    /// # Errors
    /// When git ends early.
    pub(crate) async fn commit(&mut self, id: &str) -> Result<Option<(String, Vec<u8>)>, AwsError> {
        let mut id = id.to_owned();
        for _ in 0..10 {
            match self.get(&id).await? {
                Some((Kind::Commit, bytes)) => return Ok(Some((id, bytes))),
                Some((Kind::Tag, bytes)) => match header(&bytes, "object") {
                    Some(target) => id = target,
                    None => return Ok(None),
                },
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// A tree's entries, or none when `id` is no tree.
    ///
    /// # Errors
    /// When git ends early.
    pub(crate) async fn tree(&mut self, id: &str) -> Result<Option<Vec<Entry>>, AwsError> {
        match self.get(id).await? {
            Some((Kind::Tree, bytes)) => Ok(Some(entries(&bytes))),
            _ => Ok(None),
        }
    }

    /// The entry at `path` below a tree; the empty path is the tree itself.
    ///
    /// # Errors
    /// When git ends early.
    pub(crate) async fn find(&mut self, tree: &str, path: &str) -> Result<Option<Entry>, AwsError> {
        let mut found = Entry { mode: "40000".to_owned(), name: Vec::new(), id: tree.to_owned() };
        for part in path.split('/').filter(|part| !part.is_empty()) {
            if found.mode != "40000" {
                return Ok(None);
            }
            let Some(inside) = self.tree(&found.id).await? else { return Ok(None) };
            match inside.into_iter().find(|entry| entry.name == part.as_bytes()) {
                Some(entry) => found = entry,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    async fn read(&mut self, id: &str) -> std::io::Result<Option<(Kind, Vec<u8>)>> {
        self.input.write_all(format!("{id}\n").as_bytes()).await?;
        self.input.flush().await?;
        let mut line = String::new();
        if self.output.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let mut words = line.trim_end().split(' ');
        let (_, kind, size) = (words.next(), words.next(), words.next());
        let kind = match kind {
            Some("blob") => Kind::Blob,
            Some("tree") => Kind::Tree,
            Some("commit") => Kind::Commit,
            Some("tag") => Kind::Tag,
            _ => return Ok(None), // "missing"
        };
        let size: usize = size.and_then(|s| s.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
        let mut bytes = vec![0; size + 1];
        self.output.read_exact(&mut bytes).await?;
        bytes.truncate(size);
        Ok(Some((kind, bytes)))
    }
}

/// The value of a commit's or tag's first header of this name.
pub(crate) fn header(bytes: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines()
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
}

fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    while let Some(space) = bytes.iter().position(|b| *b == b' ')
        && let Some(end) = bytes.iter().position(|b| *b == 0)
        && bytes.len() >= end + 21
    {
        found.push(Entry {
            mode: String::from_utf8_lossy(&bytes[..space]).into_owned(),
            name: bytes[space + 1..end].to_vec(),
            id: hex::encode(&bytes[end + 1..end + 21]),
        });
        bytes = &bytes[end + 21..];
    }
    found
}
