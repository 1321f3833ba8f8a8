//! The checkout of a build: the exact commit, in a repository of its own that borrows the objects of the bare one and
//! whose `origin` is the sandbox's git address. Nothing that a build does in it writes into the bare repository.
//!
//! *Documented* (StartBuild, sourceVersion; the samples on source versions): a commit id, a branch, a tag, a full
//! reference, or `refs/heads/BRANCH^{COMMIT}`. *Recorded*: the texts of the errors. *Assumed*: refs of all branches and
//! tags are there, as after a full clone.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::build::{Build, Context};
use crate::codecommit::references::repository_by_name;
use crate::git::{Repository, is_object_id, read_refs};
use crate::world::Shared;

/// A checked-out commit, when the source is a repository.
pub(super) type Resolved = Option<String>;

/// The repository in a clone URL such as `https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo`.
pub(super) fn repository_name(source: &Value) -> Option<String> {
    let (_, name) = source["location"].as_str()?.split_once("/v1/repos/")?;
    let name = name.trim_end_matches('/');
    (!name.is_empty() && !name.contains('/')).then(|| name.to_owned())
}

/// Makes `directory` and checks the build's source out in it.
///
/// # Errors
/// The context with which DOWNLOAD_SOURCE fails.
pub(super) async fn check_out(world: &Shared, build: &Build, directory: &Path) -> Result<Resolved, Context> {
    fs::create_dir_all(directory).map_err(|error| machine(&error))?;
    if build.source["type"] == "NO_SOURCE" {
        return Ok(None);
    }
    let wanted = build.source_version.clone();
    let shown = wanted.clone().unwrap_or_default();
    let name = repository_name(&build.source).unwrap_or_default();
    let Some(record) = repository_by_name(world, &name) else {
        return Err(client(format!("repository not found for primary source and source version {shown}")));
    };
    let wanted = wanted.or(record.default_branch.clone()).unwrap_or_default();
    let bare = record.git(world);
    let refs = read_refs(&bare).map_err(|error| machine(&error))?;
    let missing = || client(format!("reference not found for primary source and source version {shown}"));
    let object = resolve(&wanted, &refs).ok_or_else(missing)?;
    let own = Repository { path: directory.join(".git") };
    let origin = format!("{}/v1/repos/{name}", world.endpoint_url);
    make(&own.path, &bare.path, &origin, &refs).map_err(|error| machine(&error))?;
    let mut checkout = own.command(&["checkout", "--quiet", "--detach", &format!("{object}^{{commit}}"), "--"]);
    checkout.env("GIT_WORK_TREE", directory).current_dir(directory).stdin(std::process::Stdio::null());
    let output = checkout.output().await.map_err(|error| machine(&error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(match said.contains("invalid reference") {
            true => missing(),
            false => client(format!("git checkout: {}", said.trim())),
        });
    }
    let commit = fs::read_to_string(own.path.join("HEAD")).map_err(|error| machine(&error))?.trim().to_owned();
    if build.source["gitCloneDepth"] == 1 {
        fs::write(own.path.join("shallow"), format!("{commit}\n")).map_err(|error| machine(&error))?;
    }
    Ok(Some(commit))
}

/// The object that a source version stands for.
fn resolve(wanted: &str, refs: &BTreeMap<String, String>) -> Option<String> {
    if is_object_id(wanted) {
        return Some(wanted.to_owned());
    }
    if let Some((_, commit)) = wanted.strip_suffix('}').and_then(|wanted| wanted.split_once("^{")) {
        return is_object_id(commit).then(|| commit.to_owned());
    }
    let names = [wanted.to_owned(), format!("refs/heads/{wanted}"), format!("refs/tags/{wanted}")];
    names.iter().find_map(|name| refs.get(name)).cloned()
}

/// Writes the repository (format: gitrepository-layout(5)): as a clone leaves it, without a process.
fn make(own: &Path, bare: &Path, origin: &str, refs: &BTreeMap<String, String>) -> io::Result<()> {
    for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        fs::create_dir_all(own.join(folder))?;
    }
    let objects = std::path::absolute(bare.join("objects"))?;
    fs::write(own.join("objects/info/alternates"), format!("{}\n", objects.display()))?;
    let mut packed = String::new();
    for (name, id) in refs {
        let name = match name.strip_prefix("refs/heads/") {
            Some(branch) => format!("refs/remotes/origin/{branch}"),
            None if name.starts_with("refs/tags/") => name.clone(),
            None => continue,
        };
        packed.push_str(&format!("{id} {name}\n"));
    }
    fs::write(own.join("packed-refs"), packed)?;
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogAllRefUpdates = true\n\
         [remote \"origin\"]\n\turl = {origin}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
    );
    fs::write(own.join("config"), config)?;
    // A branch that is not born yet: the checkout makes the first index and leaves HEAD at the commit itself.
    fs::write(own.join("HEAD"), "ref: refs/heads/none\n")
}

fn client(message: String) -> Context {
    Context { code: "CLIENT_ERROR".to_owned(), message }
}

fn machine(error: &io::Error) -> Context {
    client(format!("the machine of the sandbox refused: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_repository_is_the_last_part_of_the_clone_url() {
        let name = |location: &str| repository_name(&json!({ "location": location }));
        let aws = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo.repo";
        assert_eq!(name(aws).as_deref(), Some("demo.repo"));
        assert_eq!(name("http://127.0.0.1:4600/v1/repos/demo").as_deref(), Some("demo"));
        assert_eq!(name("https://example.com/demo"), None);
    }

    #[test]
    fn a_source_version_is_a_commit_a_branch_a_tag_or_a_reference() {
        let id = |digit: &str| digit.repeat(40);
        let refs = BTreeMap::from([
            ("refs/heads/main".to_owned(), id("1")),
            ("refs/tags/v1".to_owned(), id("2")),
            ("refs/heads/feature/x".to_owned(), id("3")),
        ]);
        assert_eq!(resolve(&id("9"), &refs), Some(id("9")));
        assert_eq!(resolve("main", &refs), Some(id("1")));
        assert_eq!(resolve("v1", &refs), Some(id("2")));
        assert_eq!(resolve("feature/x", &refs), Some(id("3")));
        assert_eq!(resolve("refs/heads/main", &refs), Some(id("1")));
        assert_eq!(resolve(&format!("refs/heads/main^{{{}}}", id("8")), &refs), Some(id("8")));
        assert_eq!(resolve("gone", &refs), None);
    }
}
