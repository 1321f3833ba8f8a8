//! Whether a build is the one that the gate would start for its plan: whoever may start builds could have started another
//! one, and a newer gate starts others. Judge and voter ask the same question here; it answers, and never votes.

use gated_aws::{Aws, Build, Variable};
use gated_core::decision::Decision;
use serde_json::Value;

use crate::records::Stored;
use crate::{Fault, Settings, start};

/// Variables that AWS gives a build beside those that were planned; nothing obeys them before the first command. CodeBuild user
/// guide, "Environment variables in build environments"; Step Functions marks the jobs that it starts (recorded of AWS Batch).
const ADDED_BY_AWS: [&str; 3] = ["AWS_DEFAULT_REGION", "AWS_REGION", "MANAGED_BY_AWS"];
/// How the names begin under which Step Functions tells a job of its execution.
const ADDED_BY_STEP_FUNCTIONS: &str = "AWS_STEP_FUNCTIONS_";

/// Whether what was measured may still be judged: its build is known and is the planned one. Where no build could be
/// started there is none to prove, and nothing that could pass.
///
/// # Errors
/// When CodeBuild refuses or cannot be reached.
pub(crate) async fn holds(aws: &Aws, settings: &Settings, stored: &Stored) -> Result<bool, Fault> {
    let Some(id) = &stored.evidence.outcome.id else { return Ok(true) };
    let build = aws.build(id).await?;
    Ok(build.is_some_and(|build| difference(settings, &stored.planned, &build).is_none()))
}

/// A build that an execution or a record names.
///
/// # Errors
/// When CodeBuild has none of that id, refuses or cannot be reached.
pub(crate) async fn known(aws: &Aws, id: &str) -> Result<Build, Fault> {
    let unknown =
        || format!("CodeBuild knows no build {id}, and forgets each after a year: `gated rerun` makes a new one");
    aws.build(id).await?.ok_or_else(|| Fault::misconfigured(unknown()))
}

/// The first thing in which a build is not what these settings and this version of the gate make of its plan.
pub(crate) fn difference(settings: &Settings, planned: &Decision, build: &Build) -> Option<&'static str> {
    let change = &planned.change;
    let project = gated_render::project(&settings.service, planned, &settings.build_role(&change.repository));
    let (inside, given) = (&project["Environment"], start::variables(settings, planned));
    let of_project = &inside["EnvironmentVariables"];
    let planned_variables: Vec<&Value> =
        [&given, of_project].into_iter().filter_map(Value::as_array).flatten().collect();
    // Bash and the loader obey some variables before the first command, and the driver others.
    let expected = |told: &Variable| {
        let same = |value: &&Value| {
            value["Name"] == told.name.as_str()
                && value["Value"] == told.value.as_str()
                && value["Type"] == told.kind.as_str()
        };
        planned_variables.iter().any(same)
            || ADDED_BY_AWS.contains(&told.name.as_str())
            || told.name.starts_with(ADDED_BY_STEP_FUNCTIONS)
    };
    let [source, location] = &build.source;
    let [kind, size] = &build.machine;
    let checks = [
        ("project", project["Name"] == build.project.as_str()),
        ("source", source == "CODECOMMIT" && location.ends_with(&format!("/v1/repos/{}", change.repository))),
        ("source version", build.source_version == change.source_commit.as_str()),
        ("buildspec", settings.is_buildspec(planned, &build.buildspec).is_ok_and(|same| same)),
        ("image", inside["Image"] == build.image.as_str()),
        ("machine", inside["Type"] == kind.as_str() && inside["ComputeType"] == size.as_str()),
        ("privileged mode", inside["PrivilegedMode"] == build.privileged),
        ("variables", build.variables.iter().all(expected)),
        ("role", project["ServiceRole"] == build.role.as_str()),
    ];
    checks.into_iter().find(|(_, holds)| !holds).map(|(what, _)| what)
}
