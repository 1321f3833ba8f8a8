//! The buildspec of a decision: typed structures, written as YAML that every reader reads alike. Nothing from the pull
//! request is in it but the policy's own commands, and those only inside quoted here-documents.

use std::collections::BTreeMap;

use gated_core::decision::Decision;
use gated_core::policy::Pairs;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::report_groups::{self, Known};
use crate::script;

/// CodeBuild's limit for an inline buildspec, in characters (`InvalidInputException: Max buildspec length is 25600`).
pub const BUILDSPEC_LIMIT: usize = 25_600;

/// Why a decision cannot be made into a buildspec.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderFault {
    /// CodeBuild would refuse it.
    #[error(
        "the buildspec has {length} characters and CodeBuild takes {limit}: move long commands of the policy into a script of the repository"
    )]
    TooLong {
        /// Characters that it has.
        length: usize,
        /// Characters that it may have: [`BUILDSPEC_LIMIT`].
        limit: usize,
    },
    /// A stage without commands would pass by doing nothing.
    #[error("stage `{stage}` has no commands: give it a `run` in the policy")]
    NoCommands {
        /// The stage.
        stage: String,
    },
    /// The record could not tell this stage from the gate's own step of that name.
    #[error("a stage cannot be named `{stage}`, which is a step of the gate itself: rename it in the policy")]
    NameTaken {
        /// The name.
        stage: String,
    },
    /// No shell can hold it.
    #[error("{place} holds a NUL character, which no shell can hold: remove it from the policy")]
    Nul {
        /// Where: `a command of stage test`.
        place: String,
    },
    /// A glob that decisions do not hold, since policies are checked.
    #[error("{glob:?} is not a glob: the decision was not made by this gate")]
    Glob {
        /// The glob.
        glob: String,
    },
    /// The YAML writer refused.
    #[error("the buildspec could not be written as YAML: {0}")]
    Yaml(String),
}

/// The YAML of the decision's buildspec, version 0.2 (CodeBuild user guide, "Build specification reference").
///
/// Everything is one command of the `build` phase, so that it holds whether CodeBuild gives its commands one shell, as it
/// documents, or carries only the environment from one to the next; and so that the artifacts are uploaded also after a
/// failure. It leaves `record.json` ([`gated_core::measured::StageRecord`]) and `reports/` in `$CODEBUILD_SRC_DIR.gated`, with
/// their [`script::DIGESTS`], and tells CodeBuild the [`script::DIGEST`] of those.
///
/// # Errors
/// [`RenderFault`]: the policy's commands are too long or impossible.
pub fn buildspec(decision: &Decision) -> Result<String, RenderFault> {
    write(decision, BTreeMap::new(), &[])
}

/// The same, in builds that leave the reports in CodeBuild's report groups too; `groups` is the groups' ARN up to the
/// format that ends it. It is [`buildspec()`] where no required stage has such a report, and where there is no room for
/// more: what is for the eye only keeps no policy from being built.
///
/// # Errors
/// As [`buildspec()`], for the same decisions.
pub fn buildspec_with_reports(decision: &Decision, groups: &str) -> Result<String, RenderFault> {
    let shown = report_groups::shown(decision);
    let reports = shown.iter().map(|known| (format!("{groups}{}", known.name), GroupFiles::of(known))).collect();
    match write(decision, reports, &shown) {
        Err(RenderFault::TooLong { .. }) => buildspec(decision),
        written => written,
    }
}

fn write(decision: &Decision, reports: BTreeMap<String, GroupFiles>, shown: &[&Known]) -> Result<String, RenderFault> {
    let environment = &decision.environment;
    for (name, value) in [&environment.variables, &environment.parameters, &environment.secrets].into_iter().flatten() {
        script::without_nul(value, || format!("the variable {name}"))?;
    }
    let behind_proxy = environment.profile.as_ref().is_some_and(|profile| profile.proxy.is_some());
    let phases = Phases {
        install: (!environment.runtimes.is_empty()).then(|| Install {
            runtime_versions: Map(&environment.runtimes),
            // CodeBuild wants commands in every phase that is there.
            commands: vec![":".to_owned()],
        }),
        build: Commands { commands: vec![script::script(decision, shown)?] },
    };
    let buildspec = Buildspec {
        version: 0.2,
        env: Env {
            shell: "bash",
            variables: Map::unless_empty(&environment.variables),
            parameter_store: Map::unless_empty(&environment.parameters),
            secrets_manager: Map::unless_empty(&environment.secrets),
            exported_variables: [script::DIGEST],
        },
        phases,
        reports,
        // CodeBuild's own agent goes through the proxy too.
        proxy: behind_proxy.then_some(Proxy { upload_artifacts: true, logs: true }),
        artifacts: Artifacts { files: vec!["**/*"], base_directory: "${CODEBUILD_SRC_DIR}.gated" },
        cache: (!environment.cache.is_empty()).then(|| Cache {
            paths: environment.cache.iter().map(|dir| format!("{}/**/*", dir.trim_end_matches('/'))).collect(),
        }),
    };
    let text = to_yaml(&buildspec)?;
    let length = text.chars().count();
    if length > BUILDSPEC_LIMIT { Err(RenderFault::TooLong { length, limit: BUILDSPEC_LIMIT }) } else { Ok(text) }
}

/// The only place that writes YAML. Every text is quoted, so that `NO`, `3.10` or a leading `*` stay text for readers of
/// YAML 1.1 and 1.2 alike.
fn to_yaml(value: &impl Serialize) -> Result<String, RenderFault> {
    let options = serde_saphyr::ser_options! { quote_all: true };
    serde_saphyr::to_string_with_options(value, options).map_err(|error| RenderFault::Yaml(error.to_string()))
}

#[derive(Serialize)]
struct Buildspec<'a> {
    version: f64,
    env: Env<'a>,
    phases: Phases<'a>,
    /// By the groups' ARNs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    reports: BTreeMap<String, GroupFiles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<Proxy>,
    artifacts: Artifacts,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<Cache>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Env<'a> {
    shell: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<Map<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter_store: Option<Map<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets_manager: Option<Map<'a>>,
    exported_variables: [&'static str; 1],
}

#[derive(Serialize)]
struct Phases<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    install: Option<Install<'a>>,
    build: Commands,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Install<'a> {
    runtime_versions: Map<'a>,
    commands: Vec<String>,
}

#[derive(Serialize)]
struct Commands {
    commands: Vec<String>,
}

/// What CodeBuild reads into a report group: where the driver puts it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct GroupFiles {
    files: [&'static str; 1],
    base_directory: String,
    file_format: &'static str,
}

impl GroupFiles {
    fn of(known: &Known) -> Self {
        let base_directory = format!("${{CODEBUILD_SRC_DIR}}.gated-work/{}", known.name);
        Self { files: ["**/*"], base_directory, file_format: known.file_format }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Artifacts {
    files: Vec<&'static str>,
    base_directory: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Proxy {
    upload_artifacts: bool,
    logs: bool,
}

#[derive(Serialize)]
struct Cache {
    paths: Vec<String>,
}

/// Pairs as a mapping, in their order.
struct Map<'a>(&'a Pairs);

impl<'a> Map<'a> {
    fn unless_empty(pairs: &'a Pairs) -> Option<Self> {
        (!pairs.is_empty()).then_some(Self(pairs))
    }
}

impl Serialize for Map<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
