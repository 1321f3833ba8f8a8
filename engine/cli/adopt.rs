//! `gated adopt`: proposes a first policy to each repository that has none, by a pull request as `gated init` would write it.
//! It changes no branch that is there.

use anyhow::Context;
use clap::Args;
use gated_aws::{Aws, PolicyFile};
use gated_core::matching::Globs;
use gated_core::names::{CommitId, RepositoryName};
use gated_policy::POLICY_PATH;

use crate::args::AwsArgs;
use crate::exit::{Exit, WrongUse};
use crate::screen;
use crate::{deployment, init};

const MESSAGE: &str = "Say what a pull request must pass before it can merge";
/// Files below the root that tell how a project is built.
const BELOW: [&str; 1] = [".config/nextest.toml"];

#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    /// Which repositories: names with `*`; may be given more than once
    #[arg(long, value_name = "GLOB", required = true)]
    repository_pattern: Vec<String>,
    /// Say what would be proposed, and propose nothing
    #[arg(long)]
    dry_run: bool,
    /// The branch that is proposed
    #[arg(long, value_name = "BRANCH", default_value = "gated-adopt")]
    branch: String,
    /// Start from this preset, whatever lies in the repositories
    #[arg(long, value_name = "PRESET")]
    preset: Option<String>,
    #[command(flatten)]
    aws: AwsArgs,
}

/// What becomes of one repository.
enum Adoption {
    Proposed(String),
    Left(String),
}

pub(crate) async fn run(args: AdoptArgs) -> anyhow::Result<Exit> {
    let globs = Globs::new(args.repository_pattern.clone()).map_err(|error| WrongUse(error.to_string()))?;
    let aws = deployment::connect(args.aws.clone()).await?;
    let mut repositories = aws.repositories().await?;
    repositories.retain(|name| globs.matches(name.as_str()));
    if repositories.is_empty() {
        return Err(WrongUse(format!("no repository matches {globs:?}")).into());
    }
    let mut failed = false;
    for name in &repositories {
        match adopt(&aws, &args, name).await {
            Ok(Adoption::Proposed(what)) => screen::print(&format!("{name}: {what}\n"))?,
            Ok(Adoption::Left(why)) => screen::print(&format!("{name}: left as it is, {why}\n"))?,
            Err(error) => {
                failed = true;
                screen::tell(&format!("{name}: {error:#}"));
            }
        }
    }
    Ok(if failed { Exit::No } else { Exit::Yes })
}

async fn adopt(aws: &Aws, args: &AdoptArgs, name: &RepositoryName) -> anyhow::Result<Adoption> {
    let left = |why: &str| Ok(Adoption::Left(why.to_owned()));
    let Some((branch, tip)) = aws.default_branch(name).await? else { return left("nothing was pushed yet") };
    match aws.policy_file(name, &tip).await? {
        PolicyFile::Absent => {}
        PolicyFile::Regular(_) => return left("it has a policy"),
        PolicyFile::Irregular(why) => return Ok(Adoption::Left(why.to_string())),
    }
    if aws.branch(name, &args.branch).await?.is_some() {
        return Ok(Adoption::Left(proposal(aws, &args.branch, name).await?));
    }
    let (policy, notes) = draft(aws, args, name, &tip).await?;
    if args.dry_run {
        let shown: String = policy.lines().map(|line| format!("  {line}\n")).collect();
        return Ok(Adoption::Proposed(format!("would propose to {branch}\n{shown}")));
    }
    let files = [(POLICY_PATH.to_owned(), policy.into_bytes())];
    aws.commit_files(name, &args.branch, &tip, MESSAGE, &files).await?;
    let id = aws.open_pull_request(name, MESSAGE, &args.branch, &branch).await?;
    let notes: String = notes.iter().map(|note| format!("\n  {note}")).collect();
    Ok(Adoption::Proposed(format!("pull request {id} into {branch}{notes}")))
}

/// Where the branch that would be proposed is there already: somebody looks at its pull request, declined it, or it could not be
/// opened. The last two look alike, so that none is opened again.
async fn proposal(aws: &Aws, branch: &str, name: &RepositoryName) -> anyhow::Result<String> {
    let source = format!("refs/heads/{branch}");
    for id in aws.open_pull_requests(name).await?.unwrap_or_default() {
        if aws.pull_request(&id).await?.is_some_and(|live| live.open && live.change.source_reference == source) {
            return Ok(format!("pull request {id} proposes one"));
        }
    }
    Ok(format!(
        "it has a branch {branch} and no open pull request from it: open one, or delete the branch to have it made anew"
    ))
}

/// What `gated init` says of a folder that looks like the repository's root.
async fn draft(
    aws: &Aws,
    args: &AdoptArgs,
    name: &RepositoryName,
    tip: &CommitId,
) -> anyhow::Result<(String, Vec<String>)> {
    let folder = tempfile::tempdir().context("a place for the repository's files")?;
    let mut files = aws.root_files(name, tip).await?;
    files.extend(BELOW.map(str::to_owned));
    for file in files {
        let Some(content) = aws.file(name, tip, &file).await? else { continue };
        let path = folder.path().join(&file);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, content).with_context(|| path.display().to_string())?;
    }
    init::first_policy(folder.path(), args.preset.as_deref())
}
