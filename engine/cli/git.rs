//! Asks git about the repository one stands in. It only reads.

mod objects;
mod plain;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use anyhow::{Context, anyhow};
use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles};
use gated_core::names::CommitId;

use crate::exit::WrongUse;

pub(crate) use objects::{Objects, PolicyFile};

/// Variables by which a caller such as a git hook points git at another repository (`git rev-parse --local-env-vars`).
pub(crate) const LOCAL: [&str; 12] = [
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

/// Why git gave no answer at all.
pub(crate) const MISSING: &str = "git cannot be run: is it installed?";

/// Standard output of one git command in a directory.
///
/// # Errors
/// When git cannot be run, or says no: its own words are in the error.
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = output(directory, arguments)?;
    if output.status.success() { Ok(output.stdout) } else { Err(refusal(arguments, &output)) }
}

fn output(directory: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
    command(directory).args(arguments).output().context(MISSING)
}

/// git in a directory. What a hook's variables say is of the repository one stands in, never of another one.
pub(crate) fn command(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).env("GIT_TERMINAL_PROMPT", "0");
    if directory != Path::new(".") && standing().map_or(true, |standing| standing.root != directory) {
        for name in LOCAL {
            command.env_remove(name);
        }
    }
    command
}

/// The remote that has what a partial clone lacks; `None` of a whole one.
pub(crate) fn promisor(directory: &Path) -> Option<String> {
    let found = line(directory, &["config", "--get-regexp", r"^remote\..*\.promisor$", "true"]).ok()?;
    let name = found.lines().next()?.strip_prefix("remote.")?.rsplit_once(".promisor")?.0;
    line(directory, &["config", "--get", &format!("remote.{name}.url")]).ok()
}

/// What is to be done about a partial clone whose missing part cannot be had.
pub(crate) fn partial(remote: &str) -> String {
    format!(
        "this is a partial clone, and files that it needs are neither here nor to be had from {remote}: run `git fetch \
         --refetch --no-filter`, or this again, when that can be reached"
    )
}

/// Why git said no, in its own words.
pub(crate) fn refusal(arguments: &[&str], output: &Output) -> anyhow::Error {
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("promisor remote") {
        return anyhow!("{}\n{}", partial("the remote that it was cloned from"), said.trim());
    }
    anyhow!("git {}: {}", arguments.join(" "), said.trim())
}

/// The same as one line of text.
pub(crate) fn line(directory: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    Ok(String::from_utf8_lossy(&git(directory, arguments)?).trim_end().to_owned())
}

/// The root of the working tree one stands in.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    Ok(standing()?.root)
}

/// Where one stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// The root of the working tree.
    pub(crate) root: PathBuf,
    /// The git directory of this working tree, absolute.
    pub(crate) own: PathBuf,
    /// The git directory with objects and references, which linked working trees share; absolute.
    pub(crate) common: PathBuf,
    /// The branch that is checked out; `HEAD` when none is.
    pub(crate) branch: String,
    /// The branch that origin's HEAD stands for.
    origin_head: Option<String>,
}

/// Where one stands, from one process at most. A program stands in one place, so that git is asked once.
///
/// # Errors
/// Outside a working tree.
pub(crate) fn standing() -> anyhow::Result<Standing> {
    static STANDING: OnceLock<Standing> = OnceLock::new();
    match STANDING.get() {
        Some(standing) => Ok(standing.clone()),
        None => {
            let standing = plain::look().map_or_else(look, Ok)?;
            Ok(STANDING.get_or_init(|| standing).clone())
        }
    }
}

fn look() -> anyhow::Result<Standing> {
    const ORIGIN: &str = "refs/remotes/origin/HEAD";
    let directories = ["rev-parse", "--show-toplevel", "--git-dir", "--git-common-dir"];
    let asked = [&directories[..], &["--symbolic-full-name", "HEAD", ORIGIN]].concat();
    let output = output(Path::new("."), &asked)?;
    // A HEAD without a commit, or an origin without a HEAD, is an error after the answers before it.
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let (Some(root), Some(own), Some(common)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(without_working_tree().unwrap_or_else(|| refusal(&asked, &output)));
    };
    let branch = lines.next().and_then(|name| name.strip_prefix("refs/heads/")).unwrap_or("HEAD");
    let origin_head = lines.next().and_then(|name| name.strip_prefix("refs/remotes/origin/"));
    Ok(Standing {
        root: PathBuf::from(root),
        own: std::path::absolute(own)?,
        common: std::path::absolute(common)?,
        branch: branch.to_owned(),
        origin_head: origin_head.filter(|name| *name != "HEAD").map(str::to_owned),
    })
}

/// Why a repository has no working tree here; `None` where there is no repository, or git does not say.
fn without_working_tree() -> Option<anyhow::Error> {
    let asked = ["rev-parse", "--is-bare-repository", "--absolute-git-dir"];
    let answer = line(Path::new("."), &asked).ok()?;
    let (is_bare, directory) = answer.split_once('\n')?;
    let message = match is_bare {
        "true" => format!("{directory} is a bare repository, which has no working tree: run this in a clone of it"),
        _ => format!(
            "this is inside of {directory}, git's own directory: run this in the working tree that it belongs to"
        ),
    };
    Some(WrongUse(message).into())
}

impl Standing {
    /// The branch that a pull request would go into: origin's HEAD, else main or master.
    pub(crate) fn default_destination(&self, objects: &mut Objects) -> Option<String> {
        if self.origin_head.is_some() {
            return self.origin_head.clone();
        }
        ["main", "master"].into_iter().find(|branch| objects.commit(branch).is_ok()).map(str::to_owned)
    }
}

/// The commit that a name stands for, local or of origin.
pub(crate) fn commit(root: &Path, name: &str) -> anyhow::Result<CommitId> {
    Objects::open(root)?.commit(name)
}

/// The last commit that two have in common.
pub(crate) fn merge_base(root: &Path, a: &CommitId, b: &CommitId) -> anyhow::Result<CommitId> {
    if a == b {
        return Ok(a.clone());
    }
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

/// What differs between two commits; a rename is a deletion and an addition, as CodeCommit tells it.
pub(crate) fn changed(root: &Path, before: &CommitId, after: &CommitId) -> anyhow::Result<ChangedFiles> {
    if before == after {
        return Ok(ChangedFiles { files: Vec::new(), complete: true });
    }
    let raw = git(root, &["diff-tree", "-r", "-z", "--no-renames", before.as_str(), after.as_str()])?;
    let text = String::from_utf8_lossy(&raw).into_owned();
    let mut parts = text.split('\0');
    let mut files = Vec::new();
    while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
        let fields: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
        let [mode_before, mode_after, before, after, status] = fields[..] else { continue };
        // A submodule has the id of a commit there, and a symbolic link no line of anybody's.
        let blob = |mode: &str, id: &str| mode.starts_with("100").then(|| id.to_owned());
        let kind = match status {
            "A" => ChangeKind::Added,
            "D" => ChangeKind::Deleted,
            _ => ChangeKind::Modified,
        };
        files.push(ChangedFile {
            path: path.to_owned(),
            kind,
            before: blob(mode_before, before),
            after: blob(mode_after, after),
        });
    }
    Ok(ChangedFiles { files, complete: true })
}

/// Branches and tags, a line each: `<commit or tag object> <full name>`.
pub(crate) fn references(directory: &Path) -> anyhow::Result<String> {
    let asked = ["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags"];
    String::from_utf8(git(directory, &asked)?).context("the names of branches and tags")
}

/// How many files differ from HEAD or are not tracked, without those that git ignores. It leaves the index as it is.
pub(crate) fn uncommitted(directory: &Path) -> anyhow::Result<usize> {
    let status = ["--no-optional-locks", "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"];
    // What is not committed inside of a submodule is no file of this repository.
    let status = [&status[..], &["--ignore-submodules=dirty"]].concat();
    Ok(git(directory, &status)?.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()).count())
}
