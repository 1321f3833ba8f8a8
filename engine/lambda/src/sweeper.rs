//! The function that mends what events missed. On a schedule it starts the gates of open pull requests that have no answer,
//! binds them and their repositories to the gate's rule, and deletes what closed pull requests left behind. When a branch has
//! moved it looks at the pull requests into that branch alone. Execution names decide who was first, so that two sweeps at once
//! do the work of one. It votes and comments never.

mod leftovers;
mod moved;
mod open;

use std::collections::BTreeSet;

pub(crate) use open::MOST_OWN_ATTEMPTS;

use futures_util::stream::{StreamExt, iter};
use gated_aws::Aws;
use gated_core::names::{PullRequestId, RepositoryName};
use serde_json::{Value, json};

use crate::log::Log;
use crate::metrics::Metric;
use crate::{Fault, Settings};

/// Pull requests that are looked at at the same time.
const AT_ONCE: usize = 8;

/// Everything that a sweep works with.
#[derive(Clone, Copy)]
struct Sweep<'a> {
    aws: &'a Aws,
    settings: &'a Settings,
    log: &'a Log,
    /// Names of the executions that ran when the sweep began.
    running: &'a BTreeSet<String>,
    /// The full name of the branch that moved, where that is why the function was called.
    moved: Option<&'a str>,
}

/// One thing that was found to do, and done.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Work {
    /// A repository was associated with the gate's template.
    Associated(String),
    /// The gate's template was taken away from a repository that is only observed.
    Disassociated(String),
    /// A pull request got the gate's rule.
    Bound(PullRequestId),
    /// The gate of a revision was started that nothing had started: its event was lost.
    Started(String),
    /// A gate was started again: something changed without an event, or the service had failed.
    Again(String),
    /// The deletion of a closed pull request's environment was started.
    Deleting(String),
}

/// What a sweep did, and what it could not do.
#[derive(Debug, Default)]
struct Swept {
    pull_requests: usize,
    work: Vec<Work>,
    /// In words: what failed. A later sweep tries again.
    failed: Vec<String>,
}

/// Sweeps once, or looks at what the branch of an event stands for. What fails for one pull request keeps no other from being
/// swept.
///
/// # Errors
/// When the lists of repositories or executions cannot be read, or nothing at all could be done.
pub(crate) async fn sweeper(aws: &Aws, settings: &Settings, log: &Log, payload: Value) -> Result<Value, Fault> {
    if payload["detail-type"] == moved::DETAIL_TYPE {
        return moved::moved(aws, settings, log, &payload["detail"]).await;
    }
    let running: BTreeSet<String> = aws.running_executions(&settings.state_machine_arn).await?.into_iter().collect();
    let sweep = Sweep { aws, settings, log, running: &running, moved: None };
    let mut repositories = aws.repositories().await?;
    repositories.retain(|name| settings.repositories.matches(name.as_str()));
    let mut swept = Swept::default();
    sweep.bind(&repositories, &mut swept).await;
    let mut open: Vec<PullRequestId> = Vec::new();
    for repository in &repositories {
        match aws.open_pull_requests(repository).await {
            // `None`: the repository was deleted a moment ago.
            Ok(ids) => open.extend(ids.unwrap_or_default()),
            Err(fault) => swept.fail(log, &format!("the pull requests of {repository}"), &fault.into()),
        }
    }
    sweep.look_at(open, &mut swept).await;
    sweep.delete_leftovers(&mut swept).await;
    for kind in Work::KINDS {
        log.measure_kind(Metric::SweeperFoundWork, swept.count(kind), kind);
    }
    Ok(swept.told(repositories.len()))
}

impl Swept {
    fn take(&mut self, log: &Log, what: &str, done: Result<Vec<Work>, Fault>) {
        match done {
            Ok(work) => {
                for work in work {
                    let log = match &work {
                        Work::Started(execution) | Work::Again(execution) | Work::Deleting(execution) => {
                            log.of(&json!({ "execution": execution }))
                        }
                        Work::Associated(_) | Work::Disassociated(_) | Work::Bound(_) => log.clone(),
                    };
                    log.info("found work", json!({ "work": work.words() }));
                    self.work.push(work);
                }
            }
            Err(fault) => self.fail(log, what, &fault),
        }
    }

    fn fail(&mut self, log: &Log, what: &str, fault: &Fault) {
        log.error("could not be swept", json!({ "what": what, "error": fault.to_string() }));
        log.measure_kind(Metric::Errors, 1, fault.class());
        self.failed.push(format!("{what}: {fault}"));
    }

    fn count(&self, kind: &str) -> u64 {
        self.work.iter().map(|work| u64::from(work.kind() == kind)).sum()
    }

    fn told(&self, repositories: usize) -> Value {
        json!({
            "repositories": repositories,
            "pullRequests": self.pull_requests,
            "work": self.work.iter().map(Work::words).collect::<Vec<_>>(),
            "failed": self.failed,
        })
    }
}

impl Work {
    fn words(&self) -> String {
        match self {
            Self::Associated(repository) => format!("associated the gate's template with {repository}"),
            Self::Disassociated(repository) => format!("took the gate's template away from {repository}"),
            Self::Bound(id) => format!("put the gate's rule on pull request {id}"),
            Self::Started(execution) | Self::Again(execution) | Self::Deleting(execution) => {
                format!("started {execution}")
            }
        }
    }

    const KINDS: [&str; 4] = ["missed", "again", "bound", "left"];

    /// What it is counted as.
    fn kind(&self) -> &'static str {
        match self {
            Self::Started(_) => "missed",
            Self::Again(_) => "again",
            Self::Associated(_) | Self::Disassociated(_) | Self::Bound(_) => "bound",
            Self::Deleting(_) => "left",
        }
    }
}

impl Sweep<'_> {
    /// Looks at pull requests that were open a moment ago, several at the same time.
    async fn look_at(&self, open: Vec<PullRequestId>, swept: &mut Swept) {
        swept.pull_requests = open.len();
        let gates = iter(open).map(|id| async move {
            let done = self.open(&id).await;
            (id, done)
        });
        let gates = gates.buffer_unordered(AT_ONCE);
        for (id, done) in gates.collect::<Vec<_>>().await {
            swept.take(&self.log.pull_request(id.as_str()), &format!("pull request {id}"), done);
        }
    }

    /// Repositories that are new since the deployment get the gate's template; those that are only observed have none.
    async fn bind(&self, repositories: &[RepositoryName], swept: &mut Swept) {
        let (aws, template) = (self.aws, &self.settings.rule_template);
        let associated = match aws.template(template).await {
            // Without the template there is nothing to associate: `gated doctor` says how to mend that.
            Ok(None) => return,
            Ok(Some(_)) => aws.repositories_of_template(template).await,
            Err(fault) => Err(fault),
        };
        let associated: BTreeSet<String> = match associated {
            Ok(names) => names.into_iter().collect(),
            Err(fault) => return swept.fail(self.log, "the approval rule template", &fault.into()),
        };
        let (bound, observed): (Vec<_>, Vec<_>) = repositories.iter().partition(|name| self.settings.binds(name));
        let names = |of: Vec<&RepositoryName>, there: bool| -> Vec<String> {
            let names = of.into_iter().map(ToString::to_string);
            names.filter(|name| associated.contains(name) == there).collect()
        };
        let (missing, wrong) = (names(bound, false), names(observed, true));
        let done = aws.associate(template, &missing).await;
        swept.changed(self.log, &missing, done, Work::Associated);
        let done = aws.disassociate(template, &wrong).await;
        swept.changed(self.log, &wrong, done, Work::Disassociated);
    }
}

impl Swept {
    fn changed(
        &mut self,
        log: &Log,
        wanted: &[String],
        done: Result<Vec<(String, String)>, gated_aws::Fault>,
        work: impl Fn(String) -> Work,
    ) {
        match done {
            Ok(refused) => {
                for name in wanted.iter().filter(|name| refused.iter().all(|(refused, _)| refused != *name)) {
                    self.take(log, name, Ok(vec![work(name.clone())]));
                }
                for (name, code) in refused.iter().filter(|(_, code)| code != "RepositoryDoesNotExistException") {
                    let message = format!("CodeCommit answers {code}");
                    self.fail(log, &format!("the template of {name}"), &Fault::misconfigured(message));
                }
            }
            Err(fault) => self.fail(log, "the approval rule template", &fault.into()),
        }
    }
}
