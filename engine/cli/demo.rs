//! `gated demo`: one pull request from failure to merge, in a sandbox of its own, on a small real project. Everything goes
//! through git and the AWS API, as a person's would; it needs nothing but git and bash.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use gated_aws::{Aws, PullRequest, SessionCredentials};
use gated_core::names::{PullRequestId, RepositoryName};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::DemoArgs;
use crate::exit::Exit;
use crate::screen;
use crate::{install, sandbox};

/// The project: what is there from the start.
const PROJECT: [(&str, &str); 4] = [
    (".gated.yml", include_str!("demo/project/gated.yml")),
    ("run-tests.sh", include_str!("demo/project/run-tests.sh")),
    ("src/convert.sh", include_str!("demo/project/src/convert.sh")),
    ("tests/convert.sh", include_str!("demo/project/tests/convert.sh")),
];
/// What the pull request adds, without its tests.
const FEATURE: (&str, &str) = ("src/feels.sh", include_str!("demo/project/src/feels.sh"));
/// The tests that were missing.
const TESTS: (&str, &str) = ("tests/feels.sh", include_str!("demo/project/tests/feels.sh"));
/// How long a verdict may take before the demo says that something is wrong.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<Exit> {
    let directory = tempfile::Builder::new().prefix("gated-demo-").tempdir().context("a temporary directory")?;
    let sandbox =
        sandbox::start(([127, 0, 0, 1], 0).into(), &directory.path().join("data"), sandbox::Options::default()).await?;
    let demo = Demo {
        started: Instant::now(),
        endpoint: sandbox.endpoint_url().to_owned(),
        checkout: directory.path().join("thermometer"),
        repository: RepositoryName::new("thermometer")?,
    };
    let outcome = demo.play(directory.path()).await;
    if outcome.is_ok() && args.keep {
        demo.say(&format!(
            "the sandbox runs on until you press Ctrl-C; data directory: {}",
            directory.path().join("data").display()
        ))?;
        signal(SignalKind::interrupt())?.recv().await;
    }
    sandbox.stop().await;
    outcome.map(|()| Exit::Yes)
}

struct Demo {
    started: Instant,
    endpoint: String,
    checkout: PathBuf,
    repository: RepositoryName,
}

impl Demo {
    async fn play(&self, directory: &Path) -> anyhow::Result<()> {
        let (ann, bob) = (self.user("ann")?, self.user("bob")?);
        self.say(&format!(
            "a sandbox answers at {}: CodeCommit, CodeBuild, Step Functions and the gate",
            self.endpoint
        ))?;

        ann.create_repository(&self.repository).await?;
        let url = format!("{}/v1/repos/{}", self.endpoint, self.repository);
        self.git(directory, &["clone", "--quiet", &url, "thermometer"])?;
        for (path, text) in PROJECT {
            self.write(path, text)?;
        }
        self.commit("Convert temperatures", "main")?;
        self.say("ann pushed a small project to `main`, with this policy in `.gated.yml`:")?;
        quote(PROJECT[0].1)?;

        self.git(&self.checkout, &["switch", "--quiet", "--create", "feels"])?;
        self.write(FEATURE.0, FEATURE.1)?;
        self.commit("Say how warm it feels", "feels")?;
        let id = ann.open_pull_request(&self.repository, "Say how warm it feels", "feels", "main").await?;
        self.say(&format!("ann opened pull request {id}, without tests. The gate builds it ..."))?;
        let (live, comment) = self.verdict(&ann, &id).await?;
        self.say("the gate commented:")?;
        quote(&gated_render::terminal(&comment))?;
        if ann.is_approved(&id, &live.change.revision).await? {
            bail!("the gate approved a revision that misses its coverage: this is a defect of gated");
        }
        match bob.merge_by_squash(&id, &self.repository, &live.change.source_commit).await {
            Ok(()) => {
                bail!("CodeCommit merged a pull request that the gate did not approve: this is a defect of gated")
            }
            Err(fault) => {
                self.say(&format!("bob tried to merge. CodeCommit refused: {}", fault.code.unwrap_or(fault.message)))?
            }
        }

        self.write(TESTS.0, TESTS.1)?;
        self.commit("Test how warm it feels", "feels")?;
        self.say("ann pushed the missing tests. The gate builds the new revision ...")?;
        let (live, comment) = self.verdict(&ann, &id).await?;
        self.say("the gate updated its comment:")?;
        quote(&gated_render::terminal(&comment))?;
        let approved = async || Ok(ann.is_approved(&id, &live.change.revision).await?.then_some(()));
        self.until("the gate's approval", approved).await?;
        self.say("the gate approved that revision. CodeCommit's own rule is satisfied")?;
        self.say(&format!("CodeBuild projects: {}", list(&bob.projects().await?)))?;
        bob.merge_by_squash(&id, &self.repository, &live.change.source_commit).await?;
        self.say(&format!("bob merged pull request {id}"))?;
        self.until("the environment is deleted", async || Ok(bob.projects().await?.is_empty().then_some(()))).await?;
        self.say(&format!("CodeBuild projects: {}. Nothing is left behind", list(&bob.projects().await?)))?;
        screen::print(&format!("{}\n", BY_HAND.trim_end()))?;
        Ok(())
    }

    fn user(&self, name: &str) -> anyhow::Result<Aws> {
        let credentials = SessionCredentials {
            access_key_id: name.to_owned(),
            secret_access_key: "any".to_owned(),
            session_token: None,
        };
        Ok(Aws::session(credentials, install::REGION.to_owned(), self.endpoint.clone())?)
    }

    /// Waits until the gate has answered on the pull request's live revision: its comment names the commit, and tells of no
    /// build that runs.
    async fn verdict(&self, aws: &Aws, id: &PullRequestId) -> anyhow::Result<(PullRequest, String)> {
        self.until("the gate's verdict", async || {
            let Some(live) = aws.pull_request(id).await? else { bail!("pull request {id} is gone") };
            let voter = install::settings(None, false).voter_arn;
            let short = &live.change.source_commit.as_str()[..7];
            let answers = |text: &str| text.contains(short) && !gated_render::is_under_way(text);
            let comment = aws.comments(id).await?.into_iter().find(|c| c.author == voter && answers(&c.content));
            Ok(comment.map(|comment| (live, comment.content)))
        })
        .await
    }

    async fn until<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(found) = look().await? {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("waited {} seconds for {what}, in vain", PATIENCE.as_secs())
    }

    fn say(&self, text: &str) -> anyhow::Result<()> {
        screen::print(&format!("{:>6.2}s  {text}\n", self.started.elapsed().as_secs_f64()))
    }

    fn write(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let path = self.checkout.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
        std::fs::write(&path, text).with_context(|| path.display().to_string())
    }

    fn commit(&self, message: &str, branch: &str) -> anyhow::Result<()> {
        self.git(&self.checkout, &["add", "--all"])?;
        self.git(&self.checkout, &["commit", "--quiet", "--message", message])?;
        self.git(&self.checkout, &["push", "--quiet", "origin", &format!("HEAD:refs/heads/{branch}")])
    }

    /// Runs git as ann, without the settings of whoever runs the demo.
    fn git(&self, directory: &Path, arguments: &[&str]) -> anyhow::Result<()> {
        let output = Command::new("git")
            .args(["-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .current_dir(directory)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .output()
            .context("git cannot be run: is it installed?")?;
        if output.status.success() {
            return Ok(());
        }
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim())
    }
}

fn quote(text: &str) -> anyhow::Result<()> {
    screen::print("\n")?;
    for line in text.trim_end().lines() {
        screen::print(&format!("         {}\n", if line.is_empty() { String::new() } else { format!("| {line}") }))?;
    }
    screen::print("\n")
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

const BY_HAND: &str = r#"
The same by hand:

  gated sandbox start --data /tmp/gated &           serves until interrupted
  eval "$(gated sandbox env --data /tmp/gated)"     points the AWS clients at it, as the user alice
  aws codecommit create-repository --repository-name demo
  git clone "$AWS_ENDPOINT_URL/v1/repos/demo"       no credentials are asked for
  ...                                               commit a `.gated.yml`, push `main`, push a branch
  aws codecommit create-pull-request --title "My change" \
      --targets repositoryName=demo,sourceReference=my-branch,destinationReference=main
  aws codecommit get-comments-for-pull-request --pull-request-id 1

(`gated` is target/debug/gated in a fresh clone.)
"#;
