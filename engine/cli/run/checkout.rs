//! The clean checkout that stages run in: a clone in a temporary directory that borrows the repository's objects. It only
//! reads the repository it came from: working tree, index, references and worktrees stay as they are.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::Context;
use gated_core::names::CommitId;

use super::interrupts::Interrupts;
use crate::git::{self, Standing};

/// A merge that people must resolve.
#[derive(Debug, thiserror::Error)]
#[error("the merge into the destination has conflicts, so that the pull request cannot be merged: {}", .0.join(", "))]
pub(super) struct Conflict(Vec<String>);

/// The clone's configuration. A file is checked out as it is in the commit, as on CodeBuild: without a user's line ends. A
/// stage that pushes must not reach the repository that it was cloned from.
const CONFIG: &str = "[core]
\trepositoryformatversion = 0
\tbare = false
\tlogallrefupdates = true
\tautocrlf = false
\tfsmonitor = false
[checkout]
\tworkers = 0
[submodule]
\trecurse = false
[remote \"origin\"]
\tfetch = +refs/heads/*:refs/remotes/origin/*
\tpushUrl = /nowhere/a-local-run-does-not-push
";

/// Names and commits of branches and tags, as soon as git has told them.
pub(super) type References = std::thread::JoinHandle<anyhow::Result<String>>;

/// A temporary directory with the clone in it; deleted when dropped.
pub(super) struct Checkout {
    from: Standing,
    home: tempfile::TempDir,
    references: Option<References>,
    /// The clone: what a build knows as `CODEBUILD_SRC_DIR`.
    pub(super) directory: PathBuf,
    is_cloned: bool,
    /// A checkout that was begun, and of which commit.
    begun: Option<(CommitId, Child)>,
}

impl Checkout {
    pub(super) fn new(from: &Standing, references: References, interrupts: &Interrupts) -> anyhow::Result<Self> {
        let make = || tempfile::Builder::new().prefix("gated-run-").tempdir();
        let home = interrupts.home(make).context("a temporary directory")?;
        let directory = home.path().canonicalize().context("the temporary directory")?.join("src");
        Ok(Self { from: from.clone(), home, references: Some(references), directory, is_cloned: false, begun: None })
    }

    /// A directory of the build alone, beside the checkout.
    pub(super) fn scratch(&self) -> PathBuf {
        self.home.path().join("scratch")
    }

    /// Where the build leaves what shall be kept.
    pub(super) fn left(&self) -> PathBuf {
        self.home.path().join("src.gated")
    }

    /// Begins the checkout of a commit, which goes on by itself.
    pub(super) fn begin(&mut self, commit: &CommitId) -> anyhow::Result<()> {
        if self.begun.as_ref().is_some_and(|(begun, _)| begun == commit) {
            return Ok(());
        }
        self.end();
        self.clone()?;
        // What `git checkout --detach` does, without its looking for what could be in the way.
        let head = self.directory.join(".git/HEAD");
        std::fs::write(&head, format!("{commit}\n")).with_context(|| head.display().to_string())?;
        let mut git = command(&self.directory, &read_tree(commit));
        let child = git.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context(git::MISSING)?;
        self.begun = Some((commit.clone(), child));
        Ok(())
    }

    /// Makes the checkout of a commit.
    pub(super) fn check_out(&mut self, commit: &CommitId) -> anyhow::Result<()> {
        self.begin(commit)?;
        let Some((_, child)) = self.begun.take() else { return Ok(()) };
        answer(&child.wait_with_output()?, &read_tree(commit))?;
        self.write_references()
    }

    /// Ends a checkout that nobody waits for.
    fn end(&mut self) {
        if let Some((_, mut child)) = self.begun.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What the commit names and the checkout does not hold; the gate's has it no more than this one.
    pub(super) fn lacks(&self) -> Vec<&'static str> {
        let attributes = std::fs::read_to_string(self.directory.join(".gitattributes")).unwrap_or_default();
        let is_lfs = |line: &str| line.split_whitespace().any(|word| word == "filter=lfs");
        let mut lacks = Vec::new();
        if self.directory.join(".gitmodules").exists() {
            lacks.push("submodules are empty directories");
        }
        if attributes.lines().any(is_lfs) {
            lacks.push("files of Git LFS are their pointers");
        }
        lacks
    }

    /// A commit of the working tree as it is, with what git does not ignore.
    pub(super) fn commit_working_tree(&mut self, head: &CommitId) -> anyhow::Result<CommitId> {
        self.clone()?;
        let index = self.home.path().join("index");
        let own = git::line(&self.from.root, &["rev-parse", "--git-path", "index"])?;
        match std::fs::copy(self.from.root.join(&own), &index) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).context(own),
            Ok(_) | Err(_) => {}
        }
        let objects = self.directory.join(".git/objects");
        // Git LFS stores what it makes a pointer of, which must not be in the repository that is only read.
        let storage = format!("lfs.storage={}", self.home.path().join("lfs").display());
        let run = |arguments: &[&str]| {
            let mut command = command(&self.from.root, &[&["-c", &storage], arguments].concat());
            command.env("GIT_DIR", &self.from.own).env("GIT_WORK_TREE", &self.from.root);
            command.env("GIT_INDEX_FILE", &index).env("GIT_OBJECT_DIRECTORY", &objects);
            output(&mut command, arguments)
        };
        run(&["add", "--all"])?;
        let tree = run(&["write-tree"])?;
        self.commit_tree(&tree, head)
    }

    /// A commit of the merge of `head` into `tip`.
    pub(super) fn merge(&mut self, tip: &CommitId, head: &CommitId) -> anyhow::Result<CommitId> {
        self.check_out(tip)?;
        let merge = ["merge", "--quiet", "--no-commit", "--no-ff", "--no-verify-signatures", head.as_str()];
        if let Err(error) = self.git(&merge) {
            let conflicts = self.git(&["diff", "--name-only", "--diff-filter=U"])?;
            if conflicts.is_empty() {
                return Err(error);
            }
            return Err(Conflict(conflicts.lines().map(str::to_owned).collect()).into());
        }
        let tree = self.git(&["write-tree"])?;
        self.commit_tree(&tree, tip)
    }

    /// A commit with the message of HEAD's, on top of `parent`.
    fn commit_tree(&self, tree: &str, parent: &CommitId) -> anyhow::Result<CommitId> {
        let mut objects = git::Objects::open(&self.from.root)?;
        let head = objects.commit("HEAD")?;
        let subject = objects.subject(&head)?;
        let id = self.git(&["commit-tree", "-p", parent.as_str(), "-m", &subject, tree])?;
        Ok(CommitId::new(id)?)
    }

    /// Makes the clone: the files that `git clone --shared` would make, without its three processes. It has the branches as
    /// origin's, and the tags.
    fn clone(&mut self) -> anyhow::Result<()> {
        if self.is_cloned {
            return Ok(());
        }
        let git = self.directory.join(".git");
        // One by one: what an interrupt has taken away is not made again.
        let build = [self.left(), self.left().join("reports"), self.home.path().join("src.gated-work")];
        let own = ["", "refs", "objects", "objects/info"].map(|name| git.join(name));
        for folder in [self.directory.clone()].into_iter().chain(own).chain(build) {
            std::fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        }
        let write = |name: &str, bytes: &[u8]| {
            let path = git.join(name);
            std::fs::write(&path, bytes).with_context(|| path.display().to_string())
        };
        let from = &self.from;
        let origin = quoted(from.root.as_os_str().as_encoded_bytes());
        let objects = quoted(from.common.join("objects").as_os_str().as_encoded_bytes());
        write("HEAD", b"ref: refs/heads/gated-run\n")?;
        write("config", &[CONFIG.as_bytes(), b"\turl = ", &origin, b"\n", &self.promisor()].concat())?;
        write("objects/info/alternates", &[&objects[..], b"\n"].concat())?;
        // What a shallow repository does not have, its clone does not look for.
        if let Ok(shallow) = std::fs::read(from.common.join("shallow")) {
            write("shallow", &shallow)?;
        }
        self.is_cloned = true;
        Ok(())
    }

    /// The settings by which the clone of a partial clone finds what that lacks.
    fn promisor(&self) -> Vec<u8> {
        let config = std::fs::read_to_string(self.from.common.join("config")).unwrap_or_default();
        let Some(remote) = config.to_ascii_lowercase().contains("promisor").then(|| git::promisor(&self.from.root))
        else {
            return Vec::new();
        };
        let url = quoted(remote.unwrap_or_default().as_bytes());
        let settings = b"[extensions]\n\tpartialClone = promisor\n[remote \"promisor\"]\n\tpromisor = true\n\turl = ";
        [settings, &url[..], b"\n\tpushUrl = /nowhere/a-local-run-does-not-push\n"].concat()
    }

    /// Gives the clone its branches and tags, once git has told them: stages may ask for them.
    fn write_references(&mut self) -> anyhow::Result<()> {
        let Some(references) = self.references.take() else { return Ok(()) };
        let references = references.join().ok().context("the names of branches and tags")??;
        let path = self.directory.join(".git/packed-refs");
        let text = references.replace(" refs/heads/", " refs/remotes/origin/");
        std::fs::write(&path, text).with_context(|| path.display().to_string())
    }

    /// Runs git in the clone, as nobody in particular and without hooks.
    fn git(&self, arguments: &[&str]) -> anyhow::Result<String> {
        output(&mut command(&self.directory, arguments), arguments)
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // Before the directory goes, which it would write into.
        self.end();
    }
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "core.hooksPath=/dev/null", "-c", "user.name=gated", "-c", "user.email=gated@localhost"]);
    command.args(["-c", "commit.gpgSign=false"]).args(arguments).current_dir(directory);
    for name in git::LOCAL {
        command.env_remove(name);
    }
    // Pointers stay pointers: CodeBuild has no LFS either.
    command.env("GIT_LFS_SKIP_SMUDGE", "1").env("GIT_TERMINAL_PROMPT", "0").stdin(std::process::Stdio::null());
    command
}

/// Lays the files of a commit into an empty working tree.
fn read_tree(commit: &CommitId) -> [&str; 4] {
    ["read-tree", "--reset", "-u", commit.as_str()]
}

fn output(command: &mut Command, arguments: &[&str]) -> anyhow::Result<String> {
    answer(&command.output().context(git::MISSING)?, arguments)
}

fn answer(output: &Output, arguments: &[&str]) -> anyhow::Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    Err(git::refusal(arguments, output))
}

/// A value in git's own quotes, as configuration and alternates take it.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b'\n' => out.extend(b"\\n"),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
    out
}
