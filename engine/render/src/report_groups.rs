//! CodeBuild's report groups: which a deployment has, and which a build writes to. They are for the eye only: no verdict
//! rests on them, and nothing here reads one.

use gated_core::decision::Decision;
use gated_core::policy::{ReportFormat, ReportKind};

/// Report groups that one project may write to (CodeBuild user guide, quotas).
const MOST: usize = 5;

/// A format that CodeBuild reads too.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) format: ReportFormat,
    /// The gate's name of it, which ends the name of its group.
    pub(crate) name: &'static str,
    /// CodeBuild's name of it, in a buildspec.
    pub(crate) file_format: &'static str,
    /// How the names of its files end.
    pub(crate) ending: &'static str,
}

/// As CodeBuild calls them (user guide, "Build specification reference" and "Test reports"); LCOV is not among them.
const KNOWN: [Known; 10] = [
    known(ReportFormat::Junit, "junit", "JUNITXML", "xml"),
    known(ReportFormat::Nunit, "nunit", "NUNITXML", "xml"),
    known(ReportFormat::Nunit3, "nunit3", "NUNIT3XML", "xml"),
    known(ReportFormat::Testng, "testng", "TESTNGXML", "xml"),
    known(ReportFormat::Trx, "trx", "VISUALSTUDIOTRX", "trx"),
    known(ReportFormat::Cucumber, "cucumber", "CUCUMBERJSON", "json"),
    known(ReportFormat::Cobertura, "cobertura", "COBERTURAXML", "xml"),
    known(ReportFormat::Jacoco, "jacoco", "JACOCOXML", "xml"),
    known(ReportFormat::Clover, "clover", "CLOVERXML", "xml"),
    known(ReportFormat::Simplecov, "simplecov", "SIMPLECOV", "json"),
];

const fn known(format: ReportFormat, name: &'static str, file_format: &'static str, ending: &'static str) -> Known {
    Known { format, name, file_format, ending }
}

/// Name and type of every report group of a deployment, as `CreateReportGroup` takes them.
pub fn report_groups(service: &str) -> Vec<(String, &'static str)> {
    let group = |known: &Known| {
        let kind = match known.format.kind() {
            ReportKind::Tests => "TEST",
            ReportKind::Coverage => "CODE_COVERAGE",
        };
        (format!("{service}-{}", known.name), kind)
    };
    KNOWN.iter().map(group).collect()
}

/// The formats whose groups a build writes to, the first that its stages name. Only required stages count: CodeBuild may
/// fail a build for a report that is missing or that it cannot read, and an advisory stage must not block.
pub(crate) fn shown(decision: &Decision) -> Vec<&'static Known> {
    let mut shown: Vec<&'static Known> = Vec::new();
    for report in decision.running().filter(|stage| stage.required).flat_map(|stage| &stage.reports) {
        let found = KNOWN.iter().find(|known| known.format == report.format);
        shown.extend(found.filter(|known| !shown.contains(known)));
    }
    shown.truncate(MOST);
    shown
}
