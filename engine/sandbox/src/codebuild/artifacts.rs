//! UPLOAD_ARTIFACTS: the files that the buildspec names go to the project's bucket, each under the key that CodeBuild
//! gives it (*documented*: `PATH/BUILD-ID/NAME/FILE` with packaging NONE). Reports are looked for and not kept.

use std::path::Path;

use gated_runner::{Buildspec, CollectFault, collect_artifacts, collect_report};

use super::build::{Build, Context};
use super::log::Log;
use crate::s3;
use crate::world::Shared;

type Variables = std::collections::BTreeMap<String, String>;

/// Uploads what there is. *Recorded*: the texts of the errors. *Assumed*: without `artifacts` in the buildspec there is
/// nothing to do, whatever the project says.
///
/// # Errors
/// The context with which the phase fails.
pub(super) fn upload(
    world: &Shared,
    build: &Build,
    spec: &Buildspec,
    directory: &Path,
    variables: &Variables,
    log: &Log,
) -> Result<(), Context> {
    reports(spec, directory, variables, log);
    let (Some((bucket, prefix)), Some(artifacts)) = (build.artifact_place(), &spec.artifacts) else {
        return Ok(());
    };
    if artifacts.s3_prefix.is_some() || !artifacts.secondary.is_empty() {
        return Err(client("the sandbox does not emulate s3-prefix and secondary-artifacts of a buildspec".to_owned()));
    }
    let files = collect_artifacts(artifacts, directory, variables).map_err(|fault| client(fault.to_string()))?;
    log.container(&format!("Found {} file(s)", files.len()));
    for file in files {
        let key = if prefix.is_empty() { file.name.clone() } else { format!("{prefix}/{}", file.name) };
        let bytes = std::fs::read(&file.path).map_err(|error| client(format!("{}: {error}", file.name)))?;
        s3::put_object(world, &bucket, &key, &bytes)
            .map_err(|error| client(format!("Error in UPLOAD_ARTIFACTS phase: {error}")))?;
    }
    Ok(())
}

/// Report groups are not emulated: the log says what would have been read (*assumed*: a report that finds nothing does
/// not fail the build; CodeBuild marks it INCOMPLETE).
fn reports(spec: &Buildspec, directory: &Path, variables: &Variables, log: &Log) {
    for report in &spec.reports {
        match collect_report(report, directory, variables) {
            Ok(files) => log.container(&format!(
                "Report {}: {} file(s) found; report groups are not emulated",
                report.group,
                files.len()
            )),
            Err(fault) => log.container(&format!("Report {}: {fault}", report.group)),
        }
    }
}

fn client(message: String) -> Context {
    Context { code: CollectFault::STATUS_CODE.to_owned(), message }
}
