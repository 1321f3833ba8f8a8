//! A build as it is kept: what was asked for, which never changes, and how far it got. It runs nothing.

use gated_runner::ShellProcess;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::AwsError;
use crate::world::World;

/// What was asked for, by id in the table `builds`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Build {
    /// Builds are listed in this order.
    pub(super) sequence: u64,
    /// `PROJECT:UUID`
    pub(super) id: String,
    pub(super) project: String,
    /// Counts the builds of the project.
    pub(super) number: u64,
    pub(super) initiator: String,
    pub(super) started_ms: u64,
    /// The input of `StartBuild`, for `RetryBuild`, without the buildspec, which is in the source.
    pub(super) request: Value,
    pub(super) source_version: Option<String>,
    pub(super) source: Value,
    /// The project's artifacts, or those of the override.
    pub(super) artifacts: Value,
    pub(super) environment: Value,
    pub(super) logs_config: Value,
    pub(super) service_role: String,
    pub(super) timeout_minutes: u64,
    pub(super) queued_minutes: u64,
    /// `cache`, `encryptionKey` and `vpcConfig`, which are only shown.
    pub(super) shown: Map<String, Value>,
}

/// How far it got, by id in the table `build_progress`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Progress {
    pub(super) status: Status,
    pub(super) phases: Vec<Phase>,
    /// The commit that was checked out.
    pub(super) resolved: Option<String>,
    pub(super) exported: Vec<(String, String)>,
    /// ARNs of its reports.
    #[serde(default)]
    pub(super) reports: Vec<String>,
    /// The shell that runs, to end it after a crash.
    pub(super) process: Option<ShellProcess>,
    pub(super) ended_ms: Option<u64>,
}

/// *Documented*: `buildStatus` and `phaseStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    InProgress,
    Succeeded,
    Failed,
    Fault,
    TimedOut,
    Stopped,
}

/// A phase that was entered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Phase {
    /// `DOWNLOAD_SOURCE`
    pub(super) kind: String,
    pub(super) started_ms: u64,
    pub(super) end: Option<PhaseEnd>,
}

/// How a phase ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PhaseEnd {
    pub(super) status: Status,
    pub(super) ended_ms: u64,
    pub(super) contexts: Vec<Context>,
}

/// Why a phase failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Context {
    /// `COMMAND_EXECUTION_ERROR`
    pub(super) code: String,
    pub(super) message: String,
}

impl Build {
    /// The UUID in its id.
    pub(super) fn uuid(&self) -> &str {
        self.id.rsplit(':').next().unwrap_or(&self.id)
    }

    pub(super) fn arn(&self, world: &World) -> String {
        world.arn("codebuild", &format!("build/{}", self.id))
    }

    /// Log group and stream. *Documented*: the group defaults to `/aws/codebuild/PROJECT`; a stream name in the
    /// configuration comes before the build's own. `None` when logs are switched off.
    pub(super) fn log_stream(&self) -> Option<(String, String)> {
        let config = &self.logs_config["cloudWatchLogs"];
        if config["status"] == "DISABLED" {
            return None;
        }
        let given = |name: &str| config[name].as_str().filter(|text| !text.is_empty());
        let group = given("groupName").map_or_else(|| format!("/aws/codebuild/{}", self.project), str::to_owned);
        let stream =
            given("streamName").map_or_else(|| self.uuid().to_owned(), |name| format!("{name}/{}", self.uuid()));
        Some((group, stream))
    }

    /// `https://console.aws.amazon.com/cloudwatch/home?region=…#logEvent:group=…;stream=…` (*documented*).
    pub(super) fn deep_link(&self, world: &World, group: &str, stream: &str) -> String {
        let region = &world.region;
        format!("https://console.aws.amazon.com/cloudwatch/home?region={region}#logEvent:group={group};stream={stream}")
    }

    /// Bucket and key prefix of its artifacts. *Documented*: `PATH/BUILD-ID/NAME`, each part only when there is one.
    pub(super) fn artifact_place(&self) -> Option<(String, String)> {
        if self.artifacts["type"] != "S3" {
            return None;
        }
        let text = |name: &str| self.artifacts[name].as_str().unwrap_or_default().trim_matches('/').to_owned();
        let build_id =
            if self.artifacts["namespaceType"] == "BUILD_ID" { self.uuid().to_owned() } else { String::new() };
        // *Assumed*: without a name it is the project's.
        let name = if self.artifacts["name"].is_string() { text("name") } else { self.project.clone() };
        let parts: Vec<String> = [text("path"), build_id, name].into_iter().filter(|part| !part.is_empty()).collect();
        Some((text("location"), parts.join("/")))
    }
}

impl Progress {
    /// A build that was accepted at `now`.
    pub(super) fn submitted(now: u64) -> Self {
        let end = PhaseEnd { status: Status::Succeeded, ended_ms: now, contexts: Vec::new() };
        let phases = vec![
            Phase { kind: "SUBMITTED".to_owned(), started_ms: now, end: Some(end) },
            Phase { kind: "QUEUED".to_owned(), started_ms: now, end: None },
        ];
        let (exported, reports, process) = (Vec::new(), Vec::new(), None);
        Self { status: Status::InProgress, phases, resolved: None, exported, reports, process, ended_ms: None }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.status != Status::InProgress
    }

    pub(super) fn current_phase(&self) -> &str {
        self.phases.last().map_or("SUBMITTED", |phase| &phase.kind)
    }

    /// *Recorded*: group and stream are not told before provisioning has ended.
    pub(super) fn has_logs(&self) -> bool {
        self.phases.iter().any(|phase| phase.kind == "PROVISIONING" && phase.end.is_some())
    }
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Fault => "FAULT",
            Self::TimedOut => "TIMED_OUT",
            Self::Stopped => "STOPPED",
        }
    }
}

/// A build and how far it got, by id or ARN.
pub(super) fn find(world: &World, id: &str) -> Option<(Build, Progress)> {
    let id = id.strip_prefix(&world.arn("codebuild", "build/")).unwrap_or(id);
    Some((world.store.get("builds", id)?, world.store.get("build_progress", id)?))
}

/// The same, when it must be there (*recorded*: the text).
pub(super) fn must_find(world: &World, id: &str) -> Result<(Build, Progress), AwsError> {
    let missing = || AwsError::client("ResourceNotFoundException", format!("Build cannot be found: {id}"));
    find(world, id).ok_or_else(missing)
}
