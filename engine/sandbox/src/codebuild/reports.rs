//! The reports that builds leave in report groups. Nothing here reads a file: what a report says, and whether CodeBuild's
//! parser takes it, is not emulated.
//!
//! *Documented*: a report is INCOMPLETE when its files are not found; it belongs to a build by `executionId`, expires after
//! 30 days, and a project has five groups at most. *Assumed*, after published build logs: UPLOAD_ARTIFACTS fails when a
//! report has no file, or its group is not there; the artifacts are uploaded all the same.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use gated_runner::{CollectFault, collect_report};

use super::artifacts::Upload;
use super::page;
use super::report_groups::{self, arns};
use crate::AwsError;
use crate::clock::{epoch_seconds, now_ms};
use crate::fields::Fields;
use crate::world::{Shared, World};

pub(super) const REPORTS: &str = "reports";
const MOST_GROUPS: usize = 5;
const DAYS_30_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// CodeBuild's formats of coverage; all others are of tests.
const COVERAGE: [&str; 4] = ["CLOVERXML", "COBERTURAXML", "JACOCOXML", "SIMPLECOV"];

/// A report, by `GROUP:UUID` in the table `reports`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Report {
    /// Reports are listed in this order.
    sequence: u64,
    kind: String,
    status: String,
    /// ARN of the build.
    build: String,
    created_ms: u64,
}

/// What became of a buildspec's reports.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// Their ARNs.
    pub(super) arns: Vec<String>,
    /// For the log.
    pub(super) lines: Vec<String>,
    /// Why the phase fails.
    pub(super) fault: Option<String>,
}

/// Leaves the reports of a build.
pub(super) fn leave(upload: &Upload) -> Result<Left, AwsError> {
    let Upload { world, build, spec, directory, variables } = upload;
    let mut left = Left::default();
    if spec.reports.len() > MOST_GROUPS {
        left.fault = Some(format!("a project has at most {MOST_GROUPS} report groups"));
        return Ok(left);
    }
    for report in &spec.reports {
        let kind = if COVERAGE.contains(&report.file_format.as_str()) { "CODE_COVERAGE" } else { "TEST" };
        let found = match report_groups::named(world, &report.group, &build.project, kind)? {
            None => Err("there is no such report group".to_owned()),
            Some((_, other)) if other != kind => Err(format!("its report group is of type {other}")),
            Some((group, _)) => {
                let files = collect_report(report, directory, variables);
                let status = if files.is_ok() { "SUCCEEDED" } else { "INCOMPLETE" };
                left.arns.push(put(world, &group, kind, status, &build.arn(world))?);
                files.map(|files| files.len()).map_err(|fault: CollectFault| fault.to_string())
            }
        };
        left.lines.push(match &found {
            Ok(files) => format!("Report {}: {files} file(s)", report.group),
            Err(why) => format!("Report {}: {why}", report.group),
        });
        left.fault = left.fault.or(found.err().map(|why| format!("{}: {why}", report.group)));
    }
    Ok(left)
}

fn put(world: &World, group: &str, kind: &str, status: &str, build: &str) -> Result<String, AwsError> {
    let id = format!("{}{}", prefix(group), uuid::Uuid::new_v4());
    world.store.transact(|tx| {
        let (kind, status, build) = (kind.to_owned(), status.to_owned(), build.to_owned());
        let report = Report { sequence: tx.next("reports"), kind, status, build, created_ms: now_ms() };
        tx.put(REPORTS, &id, &report);
        Ok(arn(world, &id))
    })
}

/// `BatchGetReports`. Cases and percentages are not counted here, so that no report has a summary.
pub(super) fn batch_get(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let (mut reports, mut missing) = (Vec::new(), Vec::new());
    for given in arns("BatchGetReports", "reportArns", input)? {
        let id = given.strip_prefix(&arn(world, "")).unwrap_or_default();
        match world.store.get::<Report>(REPORTS, id) {
            Some(report) => reports.push(report.shape(world, id)),
            None => missing.push(given),
        }
    }
    Ok(json!({ "reports": reports, "reportsNotFound": missing }))
}

/// `ListReportsForReportGroup`, the latest first unless asked otherwise (*assumed*, as with builds).
pub(super) fn list_for_group(world: &Shared, input: Value) -> Result<Value, AwsError> {
    let mut fields = Fields::new("ListReportsForReportGroup", input)?;
    let group = fields.required_str("reportGroupArn", "InvalidInputException")?;
    let descending = page::descending(fields.str("sortOrder")?, true)?;
    let token = fields.str("nextToken")?;
    fields.finish()?;
    let Some((name, _)) = report_groups::find(world, &group) else {
        let message = format!("Report group cannot be found: {group}");
        return Err(AwsError::client("ResourceNotFoundException", message));
    };
    let mut reports = world.store.scan::<Report>(REPORTS, &prefix(&name));
    reports.sort_by_key(|(_, report)| report.sequence);
    page::answer("reports", reports.iter().map(|(id, _)| arn(world, id)).collect(), descending, token)
}

/// What the keys of a group's reports begin with.
pub(super) fn prefix(group: &str) -> String {
    format!("{group}:")
}

fn arn(world: &World, id: &str) -> String {
    world.arn("codebuild", &format!("report/{id}"))
}

impl Report {
    fn shape(&self, world: &World, id: &str) -> Value {
        let (group, uuid) = id.split_once(':').unwrap_or((id, ""));
        json!({
            "arn": arn(world, id),
            "type": self.kind,
            "name": uuid,
            "reportGroupArn": report_groups::arn(world, group),
            "executionId": self.build,
            "status": self.status,
            "created": epoch_seconds(self.created_ms),
            "expired": epoch_seconds(self.created_ms + DAYS_30_MS),
            "exportConfig": { "exportConfigType": "NO_EXPORT" },
            "truncated": false,
        })
    }
}
