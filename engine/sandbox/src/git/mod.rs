//! Git repositories on disk, and the git program run on them. It knows nothing of pull requests, and it never lets a
//! user's or the machine's git configuration, hooks or credentials take part.

mod diff;
pub(crate) mod http;
mod layout;
mod merge;
pub(crate) mod objects;
mod write;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

pub(crate) use diff::{Change, differences};
pub(crate) use layout::{create, read_refs, wait_for_orphan};
pub(crate) use merge::{first_parents, is_ancestor, merge_base, merge_trees};
pub(crate) use objects::{Entry, Kind, Objects};
pub(crate) use write::{Identity, TreeChange, write_blob, write_commit, write_tree};

use crate::AwsError;

/// The object id that stands for "no object" in reference updates.
pub(crate) const ZERO: &str = "0000000000000000000000000000000000000000";

/// True for forty lower-case hexadecimal digits.
pub(crate) fn is_object_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// A path as an answer shows it: what is not UTF-8 is replaced there, and nowhere else.
pub(crate) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// One bare repository.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    /// Its git directory.
    pub(crate) path: PathBuf,
}

impl Repository {
    /// A git command on this repository, with an environment of its own: nothing is inherited but `PATH`.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(&self.path, arguments)
    }

    /// Runs git and answers its standard output, or what it said on standard error and its exit code.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null());
        let output = command.output().await.map_err(|source| GitError { code: None, message: source.to_string() })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let message = format!(
            "git {}: {}",
            arguments.first().copied().unwrap_or_default(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Err(GitError { code: output.status.code(), message })
    }

    /// Moves one reference if it still is at `old`; [`ZERO`] stands for "not there", before or after.
    ///
    /// # Errors
    /// When the reference moved meanwhile, or git refuses the name.
    pub(crate) async fn update_ref(&self, name: &str, new: &str, old: &str) -> Result<(), GitError> {
        if new == ZERO {
            self.run(&["update-ref", "-d", name, old]).await.map(drop)
        } else {
            self.run(&["update-ref", name, new, old]).await.map(drop)
        }
    }
}

/// What git said when it failed.
#[derive(Debug)]
pub(crate) struct GitError {
    /// The exit code, or none when the program did not start or was killed.
    pub(crate) code: Option<i32>,
    /// Its words.
    pub(crate) message: String,
}

impl From<GitError> for AwsError {
    fn from(error: GitError) -> Self {
        Self::internal(error.message)
    }
}

fn command(path: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.env_clear();
    if let Some(value) = std::env::var_os("PATH") {
        command.env("PATH", value);
    }
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_COUNT", "2")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .env("GIT_CONFIG_KEY_1", "core.hooksPath")
        .env("GIT_CONFIG_VALUE_1", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_DIR", path)
        .env("HOME", path)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .current_dir(path)
        .arg("--literal-pathspecs")
        .args(arguments)
        .kill_on_drop(true);
    command
}
