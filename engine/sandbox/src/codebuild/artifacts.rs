//! UPLOAD_ARTIFACTS: the files that the buildspec names go to the project's bucket, each under the key that CodeBuild
//! gives it (*documented*: `PATH/BUILD-ID/NAME/FILE` with packaging NONE). Reports are looked for and not kept.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gated_runner::{Buildspec, CollectFault, Report, collect_artifacts, collect_report};

use super::build::{Build, Context};
use crate::s3;
use crate::world::Shared;

/// What there is to upload, and from where.
pub(super) struct Upload {
    pub(super) world: Shared,
    pub(super) build: Build,
    pub(super) spec: Buildspec,
    pub(super) directory: PathBuf,
    /// What paths in the buildspec may name.
    pub(super) variables: BTreeMap<String, String>,
}

impl Upload {
    /// Uploads; the lines are for the log. It reads and writes files, so it has a thread of its own. *Recorded*: the
    /// texts of the errors. *Assumed*: without `artifacts` in the buildspec there is nothing to do, whatever the project
    /// says.
    pub(super) fn run(self) -> (Vec<String>, Result<(), Context>) {
        let mut lines = self.reports();
        let outcome = self.artifacts(&mut lines);
        (lines, outcome)
    }

    fn artifacts(&self, lines: &mut Vec<String>) -> Result<(), Context> {
        let (Some((bucket, prefix)), Some(artifacts)) = (self.build.artifact_place(), &self.spec.artifacts) else {
            return Ok(());
        };
        if artifacts.s3_prefix.is_some() || !artifacts.secondary.is_empty() {
            let what = "s3-prefix and secondary-artifacts of a buildspec";
            return Err(client(format!("the sandbox does not emulate {what}")));
        }
        let files = collect_artifacts(artifacts, &self.directory, &self.variables);
        let files = files.map_err(|fault| client(fault.to_string()))?;
        lines.push(format!("Found {} file(s)", files.len()));
        for file in files {
            let key = if prefix.is_empty() { file.name.clone() } else { format!("{prefix}/{}", file.name) };
            let bytes = std::fs::read(&file.path).map_err(|error| client(format!("{}: {error}", file.name)))?;
            s3::put_object(&self.world, &bucket, &key, &bytes)
                .map_err(|error| client(format!("Error in UPLOAD_ARTIFACTS phase: {error}")))?;
        }
        Ok(())
    }

    /// Report groups are not emulated: the log says what would have been read (*assumed*: a report that finds nothing
    /// does not fail the build; CodeBuild marks it INCOMPLETE).
    fn reports(&self) -> Vec<String> {
        let line = |report: &Report| match collect_report(report, &self.directory, &self.variables) {
            Ok(files) => format!(
                "Report {}: {} file(s) found; the sandbox does not emulate report groups",
                report.group,
                files.len()
            ),
            Err(fault) => format!("Report {}: {fault}", report.group),
        };
        self.spec.reports.iter().map(line).collect()
    }
}

fn client(message: String) -> Context {
    Context { code: CollectFault::STATUS_CODE.to_owned(), message }
}
