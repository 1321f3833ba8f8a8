//! `GT304`: `^` or `$` in a title's pattern. It is held against the whole title anyway, so an anchor says nothing, and who
//! reads it believes that a pattern without one would match a part.

use super::Subject;
use super::mend::rewritten;
use super::walk::titles;
use crate::diagnostic::Diagnostic;
use crate::place::inside;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for (entry, scalar) in titles(subject.file, "matches") {
        let text = scalar.text.as_str();
        let bare = text.strip_prefix('^').unwrap_or(text);
        let escaped = bare.len() - bare.trim_end_matches(['$']).trim_end_matches('\\').len();
        let end = bare.ends_with('$') && (escaped - 1).is_multiple_of(2);
        let bare = if end { &bare[..bare.len() - 1] } else { bare };
        if bare.len() == text.len() || bare.is_empty() || gated_core::matching::Pattern::new(bare).is_err() {
            continue;
        }
        let (offset, anchor) = if text.starts_with('^') { (0, '^') } else { (text.len() - 1, '$') };
        let place = inside(subject.source, entry.value.span, text, offset);
        let message = format!("`{anchor}` says nothing here: `matches` is held against the whole title");
        let finding = Diagnostic::error(rules::ANCHORED_TITLE, place, message);
        let finding = finding.help("remove the anchors, or use `starts-with` or `contains` for a part of the title");
        findings.push(finding.fix("remove the anchors", true, rewritten(&entry.value, scalar, bare)));
    }
}
