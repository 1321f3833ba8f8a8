//! Merging in git's terms: bases, ancestors, merged trees. It never moves a reference.

use super::{GitError, Repository};

/// The best common ancestor of two commits, or none when they share no history.
///
/// # Errors
/// When one of them is not there.
pub(crate) async fn merge_base(repository: &Repository, a: &str, b: &str) -> Result<Option<String>, GitError> {
    if a == b {
        return Ok(Some(a.to_owned()));
    }
    match repository.run(&["merge-base", a, b]).await {
        Ok(output) => Ok(Some(String::from_utf8_lossy(&output).trim().to_owned())),
        Err(error) if error.code == Some(1) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether `older` is `newer` or one of its ancestors.
///
/// # Errors
/// When one of them is not there.
pub(crate) async fn is_ancestor(repository: &Repository, older: &str, newer: &str) -> Result<bool, GitError> {
    match repository.run(&["merge-base", "--is-ancestor", older, newer]).await {
        Ok(_) => Ok(true),
        Err(error) if error.code == Some(1) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The commits from `old` (exclusive) to `new` (inclusive) along first parents, newest first.
///
/// # Errors
/// When one of them is not there.
pub(crate) async fn first_parents(repository: &Repository, old: &str, new: &str) -> Result<Vec<String>, GitError> {
    let range = format!("{old}..{new}");
    let output = repository.run(&["rev-list", "--first-parent", &range]).await?;
    Ok(String::from_utf8_lossy(&output).lines().map(str::to_owned).collect())
}

/// Merges `source` into `destination` line by line; answers the merged tree, or the paths that conflict. `favour` is
/// `ours` (the destination) or `theirs` (the source) for conflicting hunks.
///
/// # Errors
/// When one of them is not there, or git is older than 2.38 (2.43 with `favour`).
pub(crate) async fn merge_trees(
    repository: &Repository,
    destination: &str,
    source: &str,
    favour: Option<&str>,
) -> Result<Result<String, Vec<Vec<u8>>>, GitError> {
    let option = favour.map(|side| format!("-X{side}"));
    let mut arguments =
        vec!["merge-tree", "--write-tree", "--allow-unrelated-histories", "--no-messages", "-z", "--name-only"];
    arguments.extend(option.as_deref());
    arguments.extend([destination, source]);
    let output = repository
        .command(&arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .map_err(|e| GitError { code: None, message: e.to_string() })?;
    let mut parts = output.stdout.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    match output.status.code() {
        Some(0) => Ok(Ok(String::from_utf8_lossy(parts.next().unwrap_or_default()).trim().to_owned())),
        Some(1) => Ok(Err(parts.skip(1).map(<[u8]>::to_vec).collect())),
        code => {
            let message = format!("git merge-tree: {}", String::from_utf8_lossy(&output.stderr).trim());
            Err(GitError { code, message })
        }
    }
}
