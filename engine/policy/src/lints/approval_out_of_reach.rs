//! `GT315`: more approvals are asked for than there are people who may give them.

use std::collections::BTreeSet;

use gated_core::matching::person;

use super::Subject;
use super::walk::{entries, text, texts};
use crate::diagnostic::Diagnostic;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for rule in entries(subject.file.get("skip")) {
        let Some(approval) = rule.value.get("approval") else { continue };
        let from = texts(approval.get("from"));
        let Some((node, count)) = text(approval.get("count")) else { continue };
        let Ok(wanted) = count.text.parse::<usize>() else { continue };
        if from.is_empty() || from.iter().any(|(_, arn)| arn.text.contains('*')) {
            continue;
        }
        let people: BTreeSet<&str> = from.iter().map(|(_, arn)| person(&arn.text)).collect();
        if wanted > people.len() {
            let message = format!("{wanted} approvals are asked for, and {} may give one", counted(people.len()));
            let finding = Diagnostic::error(rules::FEW_APPROVERS, node.span, message);
            findings.push(finding.help("name more people under `from`, or a role with `*`"));
        }
    }
}

fn counted(people: usize) -> String {
    if people == 1 { "1 person".to_owned() } else { format!("{people} people") }
}
