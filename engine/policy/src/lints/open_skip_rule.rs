//! `GT408`: a rule by which anyone may leave out a required stage: no `by`, no `approval`. Leaving out the style checks of
//! the stage `lint` is everyday practice and is not told.

use std::collections::HashSet;

use super::Subject;
use super::walk::entries;
use crate::diagnostic::Diagnostic;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(policy) = subject.policy(&["stages", "skip"]) else { return };
    let blocking = policy.stages.iter().filter(|stage| stage.required != Some(false) && stage.name.as_str() != "lint");
    let blocking: HashSet<&str> = blocking.map(|stage| stage.name.as_str()).collect();
    for rule in policy.skip.iter().filter(|rule| rule.by.is_none() && rule.approval.is_none()) {
        let Some(stage) = rule.stages.iter().find(|name| blocking.contains(name.as_str())) else { continue };
        let written = entries(subject.file.get("skip")).iter().find(|entry| entry.key.text == rule.name.as_str());
        let Some(written) = written else { continue };
        let message = format!("anyone may leave out the required stage `{stage}` by this rule");
        let finding = Diagnostic::error(rules::OPEN_SKIP, written.key.span, message);
        findings.push(finding.help("say who may ask (`by`), or who must grant it (`approval`)"));
    }
}
