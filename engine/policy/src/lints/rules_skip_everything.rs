//! `GT310`: skip rules that together leave out every required stage. When they apply together the gate grants none of
//! them. A single rule that does so is `GT202`.

use gated_core::policy::{Condition, Policy, SkipRule};

use super::Subject;
use super::condition_never_holds::contradiction;
use super::walk::entries;
use crate::diagnostic::Diagnostic;
use crate::rules;

/// More rules than this are not combined.
const MOST_RULES: usize = 50;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(policy) = subject.policy(&["stages", "skip"]).filter(|policy| policy.skip.len() <= MOST_RULES) else {
        return;
    };
    for (at, second) in policy.skip.iter().enumerate() {
        let Some(first) = policy.skip[..at].iter().find(|first| leave_nothing(policy, first, second)) else { continue };
        let place = |rule: &SkipRule| {
            let written = entries(subject.file.get("skip")).iter().find(|entry| entry.key.text == rule.name.as_str());
            written.map(|entry| entry.key.span)
        };
        let (Some(here), Some(there)) = (place(second), place(first)) else { continue };
        let message = format!("`{}` and `{}` together leave out every required stage", first.name, second.name);
        let finding = Diagnostic::error(rules::RULES_SKIP_ALL, here, message).beside(there, "the other rule");
        findings
            .push(finding.help("a pull request to which both apply is granted neither: keep one stage out of both"));
    }
}

fn leave_nothing(policy: &Policy, first: &SkipRule, second: &SkipRule) -> bool {
    let built = policy.container.as_ref().is_some_and(|container| container.build != Some(false));
    let mut required = policy.stages.iter().filter(|stage| stage.required != Some(false)).peekable();
    let left_out = |name| first.stages.contains(name) || second.stages.contains(name);
    if built || required.peek().is_none() || !required.all(|stage| left_out(&stage.name)) {
        return false;
    }
    let conditions: Vec<Condition> = [&first.when, &second.when].into_iter().flatten().cloned().collect();
    contradiction(&Condition::All(conditions), None).is_none()
}
