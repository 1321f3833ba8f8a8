//! Reads builds. Nothing here starts one: that is the state machine's.

use std::collections::BTreeMap;

use aws_sdk_codebuild::types::{BuildPhaseType, StatusType};
use gated_core::measured::{BuildOutcome, BuildPhase, BuildStatus, PhaseFailure};

use crate::{Aws, Fault};

/// Projects that one call tells of at most (CodeBuild API, `BatchGetProjects`).
const MOST_AT_ONCE: usize = 100;

/// A build as CodeBuild tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// How it went.
    pub outcome: BuildOutcome,
    /// Group and stream of its log; `None` before it has one.
    pub log: Option<[String; 2]>,
    /// Its own ARN, in which that of its project is: `…:build/PROJECT:UUID`.
    pub arn: String,
    /// Its project.
    pub project: String,
    /// The commit it was pinned to.
    pub source_version: String,
    /// The buildspec it ran.
    pub buildspec: String,
    /// Kind of its source, and where that is: `CODECOMMIT` and a clone URL.
    pub source: [String; 2],
    /// The image it ran in.
    pub image: String,
    /// Kind of its environment, and size of its machine: `LINUX_CONTAINER` and `BUILD_GENERAL1_SMALL`.
    pub machine: [String; 2],
    /// Whether it had a Docker daemon.
    pub privileged: bool,
    /// The role it ran under.
    pub role: String,
    /// The variables that its project and whoever started it gave it.
    pub variables: Vec<Variable>,
    /// The variables that it told CodeBuild itself, by name.
    pub exported: BTreeMap<String, String>,
}

/// A variable of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, or where the value is.
    pub value: String,
    /// Which of the two: `PLAINTEXT`, `PARAMETER_STORE`, `SECRETS_MANAGER`.
    pub kind: String,
}

impl Aws {
    /// One build; `None` when there is none of that id.
    ///
    /// # Errors
    /// When CodeBuild refuses or cannot be reached.
    pub async fn build(&self, id: &str) -> Result<Option<Build>, Fault> {
        let answer =
            self.codebuild.batch_get_builds().ids(id).send().await.map_err(Fault::of("codebuild:BatchGetBuilds"))?;
        let Some(build) = answer.builds.unwrap_or_default().into_iter().next() else { return Ok(None) };
        let status = match build.build_status {
            Some(StatusType::Succeeded) => BuildStatus::Succeeded,
            Some(StatusType::Failed) => BuildStatus::Failed,
            Some(StatusType::TimedOut) => BuildStatus::TimedOut,
            Some(StatusType::Stopped) => BuildStatus::Stopped,
            Some(StatusType::InProgress) => BuildStatus::InProgress,
            // A status that AWS adds one day is not a success.
            _ => BuildStatus::Fault,
        };
        let failure = build.phases.iter().flatten().find_map(|phase| {
            if matches!(phase.phase_status, None | Some(StatusType::Succeeded))
                || phase.phase_type == Some(BuildPhaseType::Completed)
            {
                return None;
            }
            let context = phase.contexts.iter().flatten().next();
            Some(PhaseFailure {
                phase: phase.phase_type.as_ref().map(|p| p.as_str().to_owned()).unwrap_or_default(),
                code: context.and_then(|c| c.status_code.clone()).unwrap_or_default(),
                message: context.and_then(|c| c.message.clone()).unwrap_or_default(),
            })
        });
        let milliseconds = |date: Option<&aws_smithy_types::DateTime>| date.and_then(|d| d.to_millis().ok());
        let duration_ms = milliseconds(build.end_time.as_ref())
            .zip(milliseconds(build.start_time.as_ref()))
            .and_then(|(end, start)| u64::try_from(end - start).ok());
        let phases = build.phases.iter().flatten().map(|phase| BuildPhase {
            name: phase.phase_type.as_ref().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
            status: phase.phase_status.as_ref().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            started_ms: milliseconds(phase.start_time.as_ref()).and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0),
            duration_ms: milliseconds(phase.end_time.as_ref())
                .zip(milliseconds(phase.start_time.as_ref()))
                .and_then(|(end, start)| u64::try_from(end - start).ok()),
        });
        let phases = phases.collect();
        let environment = build.environment;
        let log = build.logs.as_ref().and_then(|logs| Some([logs.group_name.clone()?, logs.stream_name.clone()?]));
        Ok(Some(Build {
            outcome: BuildOutcome {
                id: build.id,
                status,
                failure,
                log_url: build.logs.and_then(|logs| logs.deep_link),
                duration_ms,
                phases,
            },
            log,
            arn: build.arn.unwrap_or_default(),
            project: build.project_name.unwrap_or_default(),
            source_version: build.source_version.unwrap_or_default(),
            source: [
                build.source.as_ref().map(|source| source.r#type.as_str().to_owned()).unwrap_or_default(),
                build.source.as_ref().and_then(|source| source.location.clone()).unwrap_or_default(),
            ],
            buildspec: build.source.and_then(|source| source.buildspec).unwrap_or_default(),
            machine: [
                environment.as_ref().map(|e| e.r#type.as_str().to_owned()).unwrap_or_default(),
                environment.as_ref().map(|e| e.compute_type.as_str().to_owned()).unwrap_or_default(),
            ],
            image: environment.as_ref().map(|e| e.image.clone()).unwrap_or_default(),
            privileged: environment.as_ref().and_then(|e| e.privileged_mode).unwrap_or(false),
            variables: environment
                .and_then(|e| e.environment_variables)
                .unwrap_or_default()
                .into_iter()
                .map(|variable| Variable {
                    name: variable.name,
                    value: variable.value,
                    kind: variable.r#type.map_or("PLAINTEXT".to_owned(), |kind| kind.as_str().to_owned()),
                })
                .collect(),
            role: build.service_role.unwrap_or_default(),
            exported: build
                .exported_environment_variables
                .unwrap_or_default()
                .into_iter()
                .filter_map(|variable| Some((variable.name?, variable.value?)))
                .collect(),
        }))
    }

    /// Ids of a project's builds, newest first, the first hundred; none when there is no such project.
    ///
    /// # Errors
    /// When CodeBuild refuses or cannot be reached.
    pub async fn builds_of(&self, project: &str) -> Result<Vec<String>, Fault> {
        let request = self.codebuild.list_builds_for_project().project_name(project);
        match request.send().await.map_err(Fault::of("codebuild:ListBuildsForProject")) {
            Ok(answer) => Ok(answer.ids.unwrap_or_default()),
            Err(fault) if fault.is("ResourceNotFoundException") => Ok(Vec::new()),
            Err(fault) => Err(fault),
        }
    }

    /// Names of the account's CodeBuild projects in this region, all pages.
    ///
    /// # Errors
    /// When CodeBuild refuses or cannot be reached.
    pub async fn projects(&self) -> Result<Vec<String>, Fault> {
        let mut pages = self.codebuild.list_projects().into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            names.extend(page.map_err(Fault::of("codebuild:ListProjects"))?.projects.unwrap_or_default());
        }
        Ok(names)
    }

    /// The tags of projects, by the project's name; those that are not there are left out.
    ///
    /// # Errors
    /// When CodeBuild refuses or cannot be reached.
    pub async fn project_tags(&self, projects: &[String]) -> Result<BTreeMap<String, BTreeMap<String, String>>, Fault> {
        let mut found = BTreeMap::new();
        for hundred in projects.chunks(MOST_AT_ONCE) {
            let request = self.codebuild.batch_get_projects().set_names(Some(hundred.to_vec()));
            let answer = request.send().await.map_err(Fault::of("codebuild:BatchGetProjects"))?;
            for project in answer.projects.unwrap_or_default() {
                let tags = project.tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, tag.value?)));
                found.insert(project.name.unwrap_or_default(), tags.collect());
            }
        }
        Ok(found)
    }

    /// Stops a project's builds that run, newest hundred first, and deletes the project. What is not there is done.
    ///
    /// # Errors
    /// When CodeBuild refuses or cannot be reached.
    pub async fn delete_project(&self, project: &str) -> Result<(), Fault> {
        let builds = self.codebuild.list_builds_for_project().project_name(project);
        match builds.send().await.map_err(Fault::of("codebuild:ListBuildsForProject")) {
            Ok(answer) => {
                for id in answer.ids.unwrap_or_default() {
                    let stopped = self.codebuild.stop_build().id(id).send().await;
                    match stopped.map_err(Fault::of("codebuild:StopBuild")) {
                        // One that has ended, or is gone, needs no stopping.
                        Err(fault) if !(fault.is("InvalidInputException") || fault.is("ResourceNotFoundException")) => {
                            return Err(fault);
                        }
                        Ok(_) | Err(_) => {}
                    }
                }
            }
            Err(fault) if fault.is("ResourceNotFoundException") => return Ok(()),
            Err(fault) => return Err(fault),
        }
        let request = self.codebuild.delete_project().name(project);
        request.send().await.map(drop).map_err(Fault::of("codebuild:DeleteProject"))
    }
}
