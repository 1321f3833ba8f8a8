//! `GT312`: branch coverage is demanded, and what reports coverage tells of lines only. Go measures statements, so the
//! Cobertura file of its preset has no branches.

use gated_core::policy::ReportKind;

use super::Subject;
use super::walk::{at, texts};
use crate::diagnostic::Diagnostic;
use crate::lint::FileKind;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let (Some(policy), FileKind::Policy) = (subject.policy(&["stages", "coverage"]), subject.kind) else { return };
    let Some(branch) = subject.file.get("coverage").and_then(|coverage| coverage.entry("branch")) else { return };
    let from_go = texts(subject.file.get("extends")).iter().any(|(_, preset)| preset.text == "go");
    let of_preset = |stage: &str| at(subject.file, &format!("stages.{stage}.run")).is_none();
    let mut reporting = policy
        .stages
        .iter()
        .filter(|stage| stage.reports.iter().flatten().any(|report| report.format.kind() == ReportKind::Coverage));
    let first = reporting.next();
    let only_go = from_go && first.is_some_and(|stage| of_preset(stage.name.as_str())) && reporting.next().is_none();
    if only_go {
        let message = "branch coverage is demanded, and Go's coverage reports have no branches";
        let finding = Diagnostic::error(rules::NO_BRANCHES, branch.key.span, message);
        findings.push(finding.help("demand `line` or `patch`, or report coverage with a tool that measures branches"));
    }
}
