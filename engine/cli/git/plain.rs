//! Where one stands, read from the files of a repository as `git init` and `git clone` make them, without a process. Of
//! everything else it says nothing: git is asked then.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{LOCAL, Standing};

/// Settings that could say of a repository that it stands elsewhere.
const UNUSUAL: [&str; 4] = ["worktree", "bare", "include", "extensions"];

/// `None` below the root, in a linked working tree or a submodule, where a variable or a setting points git elsewhere, where
/// another user owns the repository, and where nothing is committed.
pub(super) fn look() -> Option<Standing> {
    if LOCAL.iter().any(|name| std::env::var_os(name).is_some()) {
        return None;
    }
    let root = fs::canonicalize(".").ok()?;
    let own = root.join(".git");
    let is_own_directory = fs::symlink_metadata(&own).ok().filter(fs::Metadata::is_dir)?;
    let me = fs::metadata("/proc/self").ok()?.uid();
    if [is_own_directory.uid(), fs::metadata(&root).ok()?.uid()] != [me; 2] || own.join("commondir").exists() {
        return None;
    }
    let config = fs::read_to_string(own.join("config")).ok()?.to_ascii_lowercase().replace("bare = false", "");
    if UNUSUAL.iter().any(|word| config.contains(word)) || own.join("config.worktree").exists() {
        return None;
    }
    let branch = branch(&own, "HEAD", "refs/heads/")?;
    let origin_head = match own.join("refs/remotes/origin/HEAD").exists() {
        false => None,
        true => Some(branch_of_origin(&own)?),
    };
    Some(Standing { root, common: own.clone(), own, branch, origin_head })
}

/// The branch that origin's HEAD stands for, when it is there.
fn branch_of_origin(own: &Path) -> Option<String> {
    let name = branch(own, "refs/remotes/origin/HEAD", "refs/remotes/origin/")?;
    let full = format!("refs/remotes/origin/{name}");
    let packed = || fs::read_to_string(own.join("packed-refs")).unwrap_or_default();
    let is_there = own.join(&full).is_file() || packed().lines().any(|line| line.split(' ').nth(1) == Some(&full));
    is_there.then_some(name)
}

/// The branch that a symbolic reference stands for; `HEAD` when it names a commit.
fn branch(own: &Path, reference: &str, namespace: &str) -> Option<String> {
    let text = fs::read_to_string(own.join(reference)).ok()?;
    let text = text.trim_end();
    match text.strip_prefix("ref: ") {
        // Where references are kept in another way, HEAD stands for a branch that cannot be.
        Some(name) => name.strip_prefix(namespace).filter(|name| *name != ".invalid").map(str::to_owned),
        None => text.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| "HEAD".to_owned()),
    }
}
