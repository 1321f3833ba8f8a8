//! `GT317`: a key that another one leaves without effect.

use super::Subject;
use super::walk::{entries, text};
use crate::diagnostic::Diagnostic;
use crate::lint::FileKind;
use crate::rules;
use crate::tree::{Entry, Meaning, Node};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let mut tell = |entry: &Entry, message: &str| {
        findings.push(Diagnostic::error(rules::WITHOUT_EFFECT, entry.key.span, message).help("remove it"));
    };
    let coverage = subject.file.get("coverage");
    if subject.kind == FileKind::Policy
        && let Some(lines) = coverage.and_then(|coverage| coverage.entry("min-patch-lines"))
        && coverage.is_some_and(|coverage| coverage.entry("patch").is_none())
        && subject
            .policy(&["coverage"])
            .is_some_and(|policy| policy.coverage.as_ref().is_none_or(|demands| demands.patch.is_none()))
        && subject
            .floor
            .is_none_or(|floor| floor.policy.coverage.as_ref().is_none_or(|demands| demands.patch.is_none()))
    {
        tell(lines, "`min-patch-lines` says nothing where `patch` is not demanded");
    }
    let container = subject.file.get("container");
    if container.is_some_and(|container| is_false(container.get("build"))) {
        for entry in entries(container).iter().filter(|entry| entry.key.text != "build") {
            tell(entry, &format!("`{}` says nothing where `build` is false", entry.key.text));
        }
    }
}

fn is_false(node: Option<&Node>) -> bool {
    text(node).is_some_and(|(_, scalar)| scalar.meaning() == Meaning::Bool(false))
}
