//! `GT311`: coverage is demanded and no stage reports any. The gate cannot measure it, and says `error` each time.

use gated_core::policy::{Policy, ReportKind};

use super::Subject;
use super::report_format_mismatch::is_coverage_in_disguise;
use super::walk::{entries, reports};
use crate::diagnostic::Diagnostic;
use crate::lint::FileKind;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let (Some(policy), FileKind::Policy) = (subject.policy(&["stages", "coverage"]), subject.kind) else { return };
    let reported = |policy: &Policy| {
        let mut reports = policy.stages.iter().flat_map(|stage| stage.reports.iter().flatten());
        reports.any(|report| report.format.kind() == ReportKind::Coverage)
    };
    let disguised = reports(subject.file).any(|(_, report)| is_coverage_in_disguise(report));
    // A file without stages is a part of one: what reports for it is elsewhere.
    if policy.stages.is_empty()
        || reported(policy)
        || disguised
        || subject.floor.is_some_and(|floor| reported(&floor.policy))
    {
        return;
    }
    let demand = entries(subject.file.get("coverage"))
        .iter()
        .find(|entry| ["line", "branch", "patch", "paths"].contains(&entry.key.text.as_str()));
    let Some(demand) = demand else { return };
    let message = format!("`coverage.{}` is demanded, and no stage reports coverage", demand.key.text);
    let finding = Diagnostic::error(rules::NO_COVERAGE_REPORT, demand.key.span, message);
    findings.push(finding.help(
        "give the stage that measures it `reports: [{format: cobertura, files: coverage.xml}]`, or jacoco, clover, lcov, simplecov",
    ));
}
