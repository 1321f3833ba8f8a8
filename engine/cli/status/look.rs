//! One look at what runs: the executions of the state machine, their builds, and the stages that the builds' logs tell of.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use gated_core::change::Change;
use gated_core::decision::{Decision, StageAction};
use gated_core::measured::BuildStatus;
use gated_core::names::{PullRequestId, project_name};
use gated_lambda::planned;
use serde::Serialize;

use crate::deployment::Deployment;

/// An execution that runs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Running {
    pull_request: PullRequestId,
    title: String,
    /// The source commit; `None` of an earlier revision, of a cleaning up too.
    commit: Option<String>,
    /// Whether it gates the revision that the pull request has now.
    pub(super) is_current: bool,
    execution: String,
    /// The state that it is in.
    state: String,
    /// Milliseconds since it began.
    running_ms: u64,
    build: Option<String>,
    /// The build's phase.
    phase: Option<String>,
    stages: Vec<Stage>,
}

/// A stage of the build.
#[derive(Serialize)]
struct Stage {
    name: String,
    /// `to come`, `running`, or how it ended.
    state: String,
    milliseconds: Option<u64>,
}

/// What runs for a pull request, or for all of them.
pub(super) async fn look(deployment: &Deployment, only: Option<&PullRequestId>) -> anyhow::Result<Vec<Running>> {
    let mut found = Vec::new();
    for execution in deployment.aws.running_executions(&deployment.state_machine_arn).await? {
        let number = execution.strip_prefix("pr-").and_then(|rest| rest.split('-').next()).unwrap_or_default();
        let Ok(id) = PullRequestId::new(number) else { continue };
        if only.is_none_or(|only| *only == id) {
            found.extend(at(deployment, id, execution).await?);
        }
    }
    found.sort_by(|a, b| {
        a.pull_request.as_str().len().cmp(&b.pull_request.as_str().len()).then_with(|| a.execution.cmp(&b.execution))
    });
    Ok(found)
}

async fn at(deployment: &Deployment, id: PullRequestId, execution: String) -> anyhow::Result<Option<Running>> {
    let aws = &deployment.aws;
    let Some(live) = aws.pull_request(&id).await? else { return Ok(None) };
    let path = aws.path(&deployment.state_machine_arn, &execution).await?;
    let state = path.last().map_or_else(|| "starting".to_owned(), |step| step.state.clone());
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let begun = path.first().map_or(now, |step| u128::from(step.entered_ms));
    // `pr-<number>-<beginning of the revision>-<hash>-<attempt>`, or `pr-<number>-close`.
    let revision = execution.split('-').nth(2).unwrap_or_default();
    let is_current = !revision.is_empty() && live.change.revision.as_str().starts_with(revision);
    let mut running = Running {
        pull_request: id,
        title: live.title,
        commit: is_current.then(|| live.change.source_commit.to_string()),
        is_current,
        state,
        running_ms: u64::try_from(now.saturating_sub(begun)).unwrap_or(u64::MAX),
        build: None,
        phase: None,
        stages: Vec::new(),
        execution,
    };
    if running.state == "StartBuild" {
        running.see_build(deployment, &live.change).await?;
    }
    Ok(Some(running))
}

impl Running {
    async fn see_build(&mut self, deployment: &Deployment, change: &Change) -> anyhow::Result<()> {
        let aws = &deployment.aws;
        let plan = planned(aws, &deployment.bucket, change, &self.execution).await?;
        let mut lines = Vec::new();
        let builds =
            aws.builds_of(&project_name(&deployment.service, &change.repository, &change.pull_request)).await?;
        let build = match builds.first() {
            Some(id) => aws.build(id).await?,
            None => None,
        };
        if let Some(build) = build.filter(|build| build.outcome.status == BuildStatus::InProgress) {
            self.build.clone_from(&build.outcome.id);
            self.phase = build.outcome.phases.last().map(|phase| phase.name.clone());
            if let Some([group, stream]) = &build.log {
                lines = aws.log_lines(group, stream, "stage").await?;
            }
        }
        self.stages = stages(plan.as_ref(), &lines);
        Ok(())
    }

    /// A few lines for people; without times, what stays the same while nothing happens.
    pub(super) fn text(&self, times: bool) -> String {
        let time = |ms: u64| if times { format!("  {}.{} s", ms / 1_000, ms % 1_000 / 100) } else { String::new() };
        let plain = |text: &str| text.replace(char::is_control, " ");
        let what = match &self.commit {
            Some(commit) => format!("commit {}", commit.get(..12).unwrap_or_default()),
            None if self.execution.contains("-close") => "cleaning up".to_owned(),
            None => "an earlier revision".to_owned(),
        };
        let mut out = format!("pull request {} “{}”, {what}\n", self.pull_request, plain(&self.title));
        let phase = self.phase.as_ref().map(|phase| format!(", {}", phase.to_lowercase().replace('_', " ")));
        let _ = writeln!(out, "  {}{}{}", self.state, phase.unwrap_or_default(), time(self.running_ms));
        let width = self.stages.iter().map(|stage| stage.name.len()).max().unwrap_or(0);
        for Stage { name, state, milliseconds } in &self.stages {
            let took = milliseconds.map(time).unwrap_or_default();
            let _ = writeln!(out, "    {name:width$}  {}{took}", plain(state));
        }
        out
    }
}

/// The planned stages in order, with what the driver's lines say: `==> stage test`, and when it is over `==> stage test:
/// passed (exit 0, 840 ms)`.
fn stages(plan: Option<&Decision>, lines: &[String]) -> Vec<Stage> {
    let names = plan.into_iter().flat_map(|plan| {
        let image = plan.container.as_ref().filter(|container| container.action == StageAction::Run);
        let setup = (!plan.setup.is_empty()).then_some("setup");
        let running = plan.running().map(|stage| stage.name.as_str());
        setup.into_iter().chain(running).chain(image.map(|_| "container"))
    });
    let state = |name: &str| {
        let mut stage = Stage { name: name.to_owned(), state: "to come".to_owned(), milliseconds: None };
        for said in lines.iter().filter_map(|line| line.strip_prefix("==> stage ")) {
            if said == name {
                stage.state = "running".to_owned();
            } else if let Some(end) = said.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")) {
                stage.state = end.split(" (").next().unwrap_or(end).to_owned();
                stage.milliseconds = end.rsplit_once(", ").and_then(|(_, ms)| ms.strip_suffix(" ms)")?.parse().ok());
            }
        }
        stage
    };
    names.map(state).collect()
}

#[cfg(test)]
mod tests {
    use super::stages;

    #[test]
    fn nothing_is_made_up_where_no_plan_is_known() {
        assert!(stages(None, &["==> stage test".to_owned()]).is_empty());
    }
}
