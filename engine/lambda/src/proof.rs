//! Whether a build is the one that the gate would start for its plan: whoever may start builds could have started another
//! one, and a newer gate starts others. Judge and voter ask the same question here; it answers, and never votes.

use gated_aws::{Aws, Build};
use gated_core::decision::Decision;
use gated_core::names::project_name;

use crate::records::Stored;
use crate::{Fault, Settings, start};

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
    // Bash and the loader obey some variables before the first command: only those that were planned may be there, and what
    // AWS itself may add. Step Functions marks the jobs that it starts with `MANAGED_BY_AWS` (recorded of AWS Batch).
    let known = start::variable_names(settings, planned);
    let expected = |name: &String| known.contains(name) || name.starts_with("AWS_") || name == "MANAGED_BY_AWS";
    let checks = [
        ("project", build.project == project_name(&settings.service, &change.repository, &change.pull_request)),
        ("source version", build.source_version == change.source_commit.as_str()),
        ("buildspec", settings.is_buildspec(planned, &build.buildspec).is_ok_and(|same| same)),
        ("image", build.image == planned.environment.image),
        ("privileged mode", build.privileged == planned.environment.privileged),
        ("variables", build.variables.iter().all(expected)),
        ("role", build.role == gated_render::build_role(planned, &settings.build_role(&change.repository))),
    ];
    checks.into_iter().find(|(_, holds)| !holds).map(|(what, _)| what)
}
