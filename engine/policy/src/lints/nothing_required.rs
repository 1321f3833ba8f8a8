//! `GT309`: stages of which none is required. A gate that demands nothing never passes: it says `error`.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::lint::FileKind;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let (Some(policy), FileKind::Policy) = (subject.policy(&["stages", "container"]), subject.kind) else { return };
    let floor = subject.floor.map(|floor| &floor.policy);
    let advisory = |stage: &gated_core::policy::Stage| stage.required == Some(false);
    let built = policy.container.as_ref().is_some_and(|container| container.build != Some(false));
    let demanded = floor.is_some_and(|floor| !floor.stages.iter().all(advisory));
    if policy.stages.is_empty() || !policy.stages.iter().all(advisory) || built || demanded {
        return;
    }
    let place = subject.file.entry("stages").or(subject.file.entry("extends")).map(|entry| entry.key.span);
    let finding = Diagnostic::error(
        rules::NOTHING_REQUIRED,
        place.unwrap_or(subject.file.span),
        "no stage is required, and a gate that demands nothing never passes",
    );
    findings.push(finding.help("remove `required: false` from the stages that must pass"));
}
