//! UPLOAD_ARTIFACTS: the files that the buildspec names go to the project's bucket, each under the key that CodeBuild
//! gives it (*documented*: `PATH/BUILD-ID/NAME/FILE` with packaging NONE), and its reports to their groups.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gated_runner::{Buildspec, CollectFault, collect_artifacts};

use super::build::{Build, Context};
use super::reports;
use crate::AwsError;
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
    /// Uploads; answers what became of the reports, with the lines for the log. It reads and writes files, so it has a
    /// thread of its own. *Recorded*: the texts of the errors. *Assumed*: without `artifacts` in the buildspec there is
    /// nothing to do, whatever the project says.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub(super) fn run(self) -> Result<(reports::Left, Result<(), Context>), AwsError> {
        let mut left = reports::leave(&self)?;
        let outcome = self.artifacts(&mut left.lines);
        let outcome = outcome.and_then(|()| left.fault.take().map_or(Ok(()), |fault| Err(client(fault))));
        Ok((left, outcome))
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
}

fn client(message: String) -> Context {
    Context { code: CollectFault::STATUS_CODE.to_owned(), message }
}
