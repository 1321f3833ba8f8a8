//! Objects of a repository by their names, through one `git cat-file --batch`: a process for every question would take
//! longer than all the answers. It only reads.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, anyhow, bail};
use gated_core::layers::Irregular;
use gated_core::names::CommitId;
use gated_policy::POLICY_PATH;

use crate::exit::WrongUse;

/// What CodeCommit hands out of one file, in bytes; more than that is not kept.
const LARGEST: u64 = 6 << 20;

/// The running process. It ends when this is dropped.
pub(crate) struct Objects {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    directory: PathBuf,
}

/// What a pull request is compared with.
pub(crate) struct Destination {
    /// `origin/main`, or `main` where that is a branch here.
    name: String,
    pub(crate) commit: CommitId,
    is_origins: bool,
}

impl std::fmt::Display for Destination {
    /// `origin/main at 0123456789ab (as of the last fetch)`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let since =
            if self.is_origins { "as of the last fetch" } else { "as it is here: origin is not known to have it" };
        write!(f, "{} at {} ({since})", self.name, &self.commit.as_str()[..12])
    }
}

/// One object; `None` in place of the content of a file that CodeCommit would not hand out.
pub(crate) struct Object {
    /// Its id, in hexadecimal.
    pub(crate) id: String,
    /// As git prints it; of a tree, its binary form.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// What lies at a commit's root where the policy should be.
pub(crate) type PolicyFile = Result<Option<Vec<u8>>, Irregular>;

impl Objects {
    /// Starts to answer about the repository that `directory` is in.
    ///
    /// # Errors
    /// When git cannot be run. That there is no repository is told by the first answer.
    pub(crate) fn open(directory: &Path) -> anyhow::Result<Self> {
        let mut child = super::command(directory)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context(super::MISSING)?;
        let pipes = (child.stdin.take(), child.stdout.take());
        let (Some(to), Some(from)) = pipes else { bail!("git cat-file has no standard input and output") };
        Ok(Self { child, to: Some(to), from: BufReader::new(from), directory: directory.to_owned() })
    }

    /// The object that a name stands for (gitrevisions(7)), if any.
    ///
    /// # Errors
    /// When git ended, as it does outside a repository.
    pub(crate) fn get(&mut self, name: &str) -> anyhow::Result<Option<Object>> {
        self.ask(name).map_err(|error| match super::promisor(&self.directory) {
            Some(remote) => anyhow!(super::partial(&remote)),
            None => error,
        })
    }

    fn ask(&mut self, name: &str) -> anyhow::Result<Option<Object>> {
        const GONE: &str = "git cat-file ended without an answer";
        if name.contains('\n') {
            return Ok(None);
        }
        let Some(to) = &mut self.to else { bail!(GONE) };
        to.write_all(format!("{name}\n").as_bytes()).and_then(|()| to.flush()).context(GONE)?;
        let mut head = String::new();
        self.from.read_line(&mut head).context(GONE)?;
        let mut fields = head.strip_suffix('\n').context(GONE)?.rsplitn(3, ' ');
        let (size, _kind, id) = (fields.next(), fields.next(), fields.next());
        // `<name> missing` and `<name> ambiguous` have no size.
        let (Some(Ok(size)), Some(id)) = (size.map(str::parse::<u64>), id) else { return Ok(None) };
        let mut bytes = Vec::new();
        self.from.by_ref().take(size.min(LARGEST)).read_to_end(&mut bytes).context(GONE)?;
        let rest = size - bytes.len() as u64 + 1; // a line feed ends the answer
        std::io::copy(&mut self.from.by_ref().take(rest), &mut std::io::sink()).context(GONE)?;
        Ok(Some(Object { id: id.to_owned(), bytes: (size <= LARGEST).then_some(bytes) }))
    }

    /// The commit that a pull request into a branch would be compared with: of origin's branch, which is where it goes, and
    /// only where origin is not known to have one, of the branch here or of any other name.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn destination(&mut self, branch: &str) -> anyhow::Result<Destination> {
        let origins = format!("refs/remotes/origin/{branch}");
        let name = match self.get(&format!("{origins}^{{commit}}"))? {
            Some(_) => origins,
            None => branch.to_owned(),
        };
        let commit = self.commit(&name)?;
        Ok(Destination {
            name: name.trim_start_matches("refs/remotes/").to_owned(),
            commit,
            is_origins: name != branch,
        })
    }

    /// The commit that a branch of this repository or of origin, or any other name, stands for.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn commit(&mut self, name: &str) -> anyhow::Result<CommitId> {
        let branches = [format!("refs/heads/{name}"), format!("refs/remotes/origin/{name}")];
        // HEAD is this working tree's, though origin has one too.
        let branches = branches.into_iter().filter(|_| name != "HEAD");
        for candidate in branches.chain([name.to_owned()]) {
            if let Some(found) = self.get(&format!("{candidate}^{{commit}}"))? {
                if found.id.len() > 40 {
                    let message = "this repository names its commits by SHA-256, and CodeCommit takes SHA-1 alone: it can \
                                   have no pull request";
                    return Err(WrongUse(message.to_owned()).into());
                }
                return Ok(CommitId::new(found.id)?);
            }
        }
        let message =
            format!("there is no branch or commit {name:?} here: fetch it (git fetch origin {name}), or name another");
        Err(WrongUse(message).into())
    }

    /// The subject of a commit's message: its first paragraph as one line.
    ///
    /// # Errors
    /// When git ended.
    pub(crate) fn subject(&mut self, commit: &CommitId) -> anyhow::Result<String> {
        let bytes = self.get(commit.as_str())?.and_then(|commit| commit.bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let message = text.split_once("\n\n").map_or("", |(_, message)| message);
        let lines = message.lines().skip_while(|line| line.trim().is_empty());
        let subject: Vec<&str> = lines.take_while(|line| !line.trim().is_empty()).collect();
        Ok(subject.join(" "))
    }

    /// The policy of a commit, as the gate reads it: a regular file at the root.
    ///
    /// # Errors
    /// When git ended.
    pub(crate) fn policy(&mut self, commit: &CommitId) -> anyhow::Result<PolicyFile> {
        let root = self.get(&format!("{commit}^{{tree}}"))?.and_then(|tree| tree.bytes).unwrap_or_default();
        let mode = |name: &str| entries(&root, commit.as_str().len() / 2).find(|(_, found)| *found == name.as_bytes());
        if mode(".gated.yaml").is_some_and(|(mode, _)| !matches!(mode, b"40000" | b"160000")) {
            return Ok(Err(Irregular::OtherName));
        }
        Ok(match mode(POLICY_PATH).map(|(mode, _)| mode) {
            None => Ok(None),
            Some(b"120000") => Err(Irregular::SymbolicLink),
            Some(b"160000") => Err(Irregular::Submodule),
            Some(b"40000") => Err(Irregular::Directory),
            Some(_) => match self.get(&format!("{commit}:{POLICY_PATH}"))? {
                Some(Object { bytes: None, .. }) => Err(Irregular::TooLarge),
                found => Ok(found.and_then(|file| file.bytes)),
            },
        })
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // At the end of its input git ends; without waiting it would stay behind as a zombie.
        drop(self.to.take());
        let _ = self.child.wait();
    }
}

/// Mode and name of each entry of a tree: `<mode> <name>\0<id>`, the id of `width` bytes.
fn entries(mut tree: &[u8], width: usize) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let space = tree.iter().position(|byte| *byte == b' ')?;
        let (mode, rest) = (&tree[..space], &tree[space + 1..]);
        let end = rest.iter().position(|byte| *byte == 0)?;
        tree = rest.get(end + 1 + width..)?;
        Some((mode, &rest[..end]))
    })
}
