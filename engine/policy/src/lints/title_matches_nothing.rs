//! `GT305`: a title's pattern that no title can match.

use regex_syntax::hir::{Hir, HirKind, Look};

use super::Subject;
use super::walk::titles;
use crate::diagnostic::Diagnostic;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for (entry, scalar) in titles(subject.file, "matches") {
        let Ok(hir) = regex_syntax::parse(&scalar.text) else { continue };
        let why = if matches_nothing(&hir) {
            "it asks for something before the beginning or after the end, or for a character that does not exist"
        } else if needs_line_break(&hir) {
            "it asks for a line break, and a title is one line"
        } else {
            continue;
        };
        let message = format!("no title matches this pattern: {why}");
        findings.push(Diagnostic::error(rules::TITLE_NOTHING, entry.value.span, message));
    }
    for form in ["starts-with", "contains"] {
        for (entry, scalar) in titles(subject.file, form) {
            if scalar.text.trim_end_matches(['\n', '\r']).contains(['\n', '\r']) {
                let message = "no title holds this text: it has a line break, and a title is one line";
                findings.push(Diagnostic::error(rules::TITLE_NOTHING, entry.value.span, message));
            }
        }
    }
}

fn matches_nothing(hir: &Hir) -> bool {
    let least = |hir: &Hir| hir.properties().minimum_len();
    match hir.kind() {
        HirKind::Class(_) => least(hir).is_none(),
        HirKind::Concat(parts) => {
            let consumes = |part: &Hir| least(part).unwrap_or(1) > 0;
            let is = |part: &Hir, look| matches!(part.kind(), HirKind::Look(found) if *found == look);
            parts.iter().any(matches_nothing)
                || parts.iter().enumerate().any(|(at, part)| {
                    (is(part, Look::Start) && parts[..at].iter().any(consumes))
                        || (is(part, Look::End) && parts[at..].iter().any(consumes))
                })
        }
        HirKind::Alternation(parts) => parts.iter().all(matches_nothing),
        HirKind::Capture(group) => matches_nothing(&group.sub),
        HirKind::Repetition(repeated) => repeated.min > 0 && matches_nothing(&repeated.sub),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => false,
    }
}

fn needs_line_break(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(text) => text.0.contains(&b'\n') || text.0.contains(&b'\r'),
        HirKind::Concat(parts) => parts.iter().any(needs_line_break),
        HirKind::Alternation(parts) => parts.iter().all(needs_line_break),
        HirKind::Capture(group) => needs_line_break(&group.sub),
        HirKind::Repetition(repeated) => repeated.min > 0 && needs_line_break(&repeated.sub),
        HirKind::Class(_) | HirKind::Empty | HirKind::Look(_) => false,
    }
}
