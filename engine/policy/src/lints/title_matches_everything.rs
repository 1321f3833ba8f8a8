//! `GT306`: a title's pattern that every title matches.

use regex_syntax::hir::{Hir, HirKind};

use super::Subject;
use super::walk::titles;
use crate::diagnostic::Diagnostic;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for (entry, scalar) in titles(subject.file, "matches") {
        if regex_syntax::parse(&scalar.text).is_ok_and(|hir| matches_everything(&hir)) {
            let finding =
                Diagnostic::error(rules::TITLE_EVERYTHING, entry.value.span, "every title matches this pattern");
            findings.push(finding.help("remove the condition, or say what the title must hold"));
        }
    }
}

fn matches_everything(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(repeated) => {
            let any = matches!(repeated.sub.kind(), HirKind::Class(_))
                && ["a", "Z", "0", "[", " ", "é"].iter().all(|one| class_has(&repeated.sub, one));
            repeated.min <= 1 && repeated.max.is_none() && any
        }
        HirKind::Capture(group) => matches_everything(&group.sub),
        HirKind::Alternation(parts) => parts.iter().any(matches_everything),
        HirKind::Concat(parts) => {
            let empty = |part: &Hir| matches!(part.kind(), HirKind::Look(_));
            parts.iter().any(matches_everything) && parts.iter().all(|part| empty(part) || matches_everything(part))
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
    }
}

/// Whether a class of characters has this one.
fn class_has(class: &Hir, one: &str) -> bool {
    let (HirKind::Class(regex_syntax::hir::Class::Unicode(class)), Some(one)) = (class.kind(), one.chars().next())
    else {
        return false;
    };
    class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&one))
}
