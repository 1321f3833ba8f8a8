//! The clean checkout that stages run in: a clone in a temporary directory that borrows the repository's objects. It only
//! reads the repository it came from: working tree, index, references and worktrees stay as they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use gated_core::names::CommitId;

use crate::git;

/// Variables by which a caller such as a git hook points git at another repository (`git rev-parse --local-env-vars`).
pub(super) const GIT_LOCAL: [&str; 12] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
];

/// A merge that people must resolve.
#[derive(Debug, thiserror::Error)]
#[error("the merge into the destination has conflicts, so that the pull request cannot be merged: {}", .0.join(", "))]
pub(super) struct Conflict(Vec<String>);

/// A temporary directory with the clone in it; deleted when dropped.
pub(super) struct Checkout {
    root: PathBuf,
    home: tempfile::TempDir,
    /// The clone: what a build knows as `CODEBUILD_SRC_DIR`.
    pub(super) directory: PathBuf,
    is_cloned: bool,
}

impl Checkout {
    pub(super) fn new(root: &Path) -> anyhow::Result<Self> {
        let home = tempfile::Builder::new().prefix("gated-run-").tempdir().context("a temporary directory")?;
        let directory = home.path().canonicalize().context("the temporary directory")?.join("src");
        Ok(Self { root: root.to_owned(), home, directory, is_cloned: false })
    }

    /// A directory of the build alone, beside the checkout.
    pub(super) fn scratch(&self) -> PathBuf {
        self.home.path().join("scratch")
    }

    /// Makes the checkout of a commit.
    pub(super) fn check_out(&mut self, commit: &CommitId) -> anyhow::Result<()> {
        self.clone()?;
        self.git(&["checkout", "--quiet", "--force", "--detach", commit.as_str(), "--"]).map(drop)
    }

    /// A commit of the working tree as it is, with what git does not ignore.
    pub(super) fn commit_working_tree(&mut self, head: &CommitId) -> anyhow::Result<CommitId> {
        self.clone()?;
        let index = self.home.path().join("index");
        let own = git::line(&self.root, &["rev-parse", "--git-path", "index"])?;
        std::fs::copy(self.root.join(&own), &index).with_context(|| own.clone())?;
        let objects = self.directory.join(".git/objects");
        let run = |arguments: &[&str]| {
            let mut command = command(&self.root, arguments);
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
        let mut objects = git::Objects::open(&self.root)?;
        let head = objects.commit("HEAD")?;
        let subject = objects.subject(&head)?;
        let id = self.git(&["commit-tree", "-p", parent.as_str(), "-m", &subject, tree])?;
        Ok(CommitId::new(id)?)
    }

    fn clone(&mut self) -> anyhow::Result<()> {
        if self.is_cloned {
            return Ok(());
        }
        let (from, to) = (self.root.display().to_string(), self.directory.display().to_string());
        // A stage that pushes must not reach the repository that it was cloned from.
        let push = "remote.origin.pushUrl=/nowhere/a-local-run-does-not-push";
        let arguments = ["clone", "--quiet", "--shared", "--no-checkout", "--template=", "-c", push, "--", &from, &to];
        output(&mut command(self.home.path(), &arguments), &arguments)?;
        self.is_cloned = true;
        Ok(())
    }

    /// Runs git in the clone, as nobody in particular and without hooks.
    fn git(&self, arguments: &[&str]) -> anyhow::Result<String> {
        output(&mut command(&self.directory, arguments), arguments)
    }
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "core.hooksPath=/dev/null", "-c", "user.name=gated", "-c", "user.email=gated@localhost"]);
    command.args(["-c", "commit.gpgSign=false"]).args(arguments).current_dir(directory);
    for name in GIT_LOCAL {
        command.env_remove(name);
    }
    command.env("GIT_TERMINAL_PROMPT", "0").stdin(std::process::Stdio::null());
    command
}

fn output(command: &mut Command, arguments: &[&str]) -> anyhow::Result<String> {
    let output = command.output().context("git cannot be run: is it installed?")?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim())
}
