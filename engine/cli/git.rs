//! Asks git about the repository one stands in. It only reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles};
use gated_core::names::CommitId;

use crate::exit::WrongUse;

/// Standard output of one git command in a directory.
///
/// # Errors
/// When git cannot be run, or says no: its own words are in the error.
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .context("git cannot be run: is it installed?")?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim())
}

/// The same as one line of text.
pub(crate) fn line(directory: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    Ok(String::from_utf8_lossy(&git(directory, arguments)?).trim_end().to_owned())
}

/// The root of the working tree one stands in.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    Ok(PathBuf::from(line(Path::new("."), &["rev-parse", "--show-toplevel"])?))
}

/// The branch that a pull request would go into: origin's HEAD, else main or master.
pub(crate) fn default_destination(root: &Path) -> Option<String> {
    if let Ok(head) = line(root, &["rev-parse", "--abbrev-ref", "origin/HEAD"])
        && let Some(branch) = head.strip_prefix("origin/")
    {
        return Some(branch.to_owned());
    }
    ["main", "master"].into_iter().find(|branch| commit(root, branch).is_ok()).map(str::to_owned)
}

/// The current branch; `HEAD` when none is checked out.
pub(crate) fn branch(root: &Path) -> anyhow::Result<String> {
    line(root, &["rev-parse", "--abbrev-ref", "HEAD"])
}

/// The commit that a name stands for, local or of origin.
pub(crate) fn commit(root: &Path, name: &str) -> anyhow::Result<CommitId> {
    for candidate in [format!("refs/heads/{name}"), format!("refs/remotes/origin/{name}"), name.to_owned()] {
        if let Ok(id) =
            line(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{candidate}^{{commit}}")])
        {
            return Ok(CommitId::new(id)?);
        }
    }
    let message =
        format!("there is no branch or commit {name:?} here: fetch it (git fetch origin {name}), or name another");
    Err(WrongUse(message).into())
}

/// The last commit that two have in common.
pub(crate) fn merge_base(root: &Path, a: &CommitId, b: &CommitId) -> anyhow::Result<CommitId> {
    if let Ok(base) = line(root, &["merge-base", a.as_str(), b.as_str()]) {
        return Ok(CommitId::new(base)?);
    }
    let is_shallow = line(root, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|answer| answer == "true");
    let message = match is_shallow {
        true => "source and destination have no commit in common in this shallow clone: run git fetch --unshallow",
        false => {
            "source and destination have no commit in common, so that they cannot be merged: name another destination"
        }
    };
    Err(WrongUse(format!("{message}, or give --changed PATH")).into())
}

/// The first line of a commit's message.
pub(crate) fn subject(root: &Path, commit: &CommitId) -> anyhow::Result<String> {
    line(root, &["log", "-1", "--format=%s", commit.as_str()])
}

/// A file of a commit; `None` when it has none of that path.
pub(crate) fn file(root: &Path, commit: &CommitId, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
    if git(root, &["ls-tree", commit.as_str(), "--", path])?.is_empty() {
        return Ok(None);
    }
    git(root, &["cat-file", "blob", &format!("{commit}:{path}")]).map(Some)
}

/// What differs between two commits; a rename is a deletion and an addition, as CodeCommit tells it.
pub(crate) fn changed(root: &Path, before: &CommitId, after: &CommitId) -> anyhow::Result<ChangedFiles> {
    let raw = git(root, &["diff-tree", "-r", "-z", "--no-renames", before.as_str(), after.as_str()])?;
    let text = String::from_utf8_lossy(&raw).into_owned();
    let mut parts = text.split('\0');
    let mut files = Vec::new();
    while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
        let fields: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
        let [_, _, before, after, status] = fields[..] else { continue };
        let blob = |id: &str| (!id.bytes().all(|b| b == b'0')).then(|| id.to_owned());
        let kind = match status {
            "A" => ChangeKind::Added,
            "D" => ChangeKind::Deleted,
            _ => ChangeKind::Modified,
        };
        files.push(ChangedFile { path: path.to_owned(), kind, before: blob(before), after: blob(after) });
    }
    Ok(ChangedFiles { files, complete: true })
}

/// How many files differ from HEAD or are not tracked, without those that git ignores. It leaves the index as it is.
pub(crate) fn uncommitted(root: &Path) -> anyhow::Result<usize> {
    let status = ["--no-optional-locks", "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"];
    Ok(git(root, &status)?.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()).count())
}
