//! `GT316`: a stage's time that the build's cuts short, or a least duration that a stage can never reach.

use gated_core::defaults::TIMEOUT;
use gated_core::units::Seconds;

use super::Subject;
use super::walk::{at, entries, text};
use crate::diagnostic::Diagnostic;
use crate::lint::FileKind;
use crate::rules;
use crate::span::Span;
use crate::tree::Node;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let whole = duration(at(subject.file, "environment.timeout"));
    for stage in entries(subject.file.get("stages")) {
        let own = duration(stage.value.get("timeout"));
        let least = duration(stage.value.get("min-duration"));
        let build = whole.map_or(TIMEOUT, |(time, _)| time);
        if let Some((time, place)) = own
            && time > build
            && (whole.is_some() || subject.kind == FileKind::Policy)
        {
            let message = format!("this stage may take {time}, and the whole build {build}");
            let finding = Diagnostic::error(rules::OUT_OF_TIME, place, message);
            findings.push(finding.help("raise `environment.timeout`, or lower this one"));
        }
        if let (Some((least, place)), Some((time, _))) = (least, own)
            && least >= time
        {
            let message = format!("this stage must take at least {least}, and is stopped after {time}");
            findings.push(Diagnostic::error(rules::OUT_OF_TIME, place, message));
        }
    }
}

fn duration(node: Option<&Node>) -> Option<(Seconds, Span)> {
    let (node, written) = text(node)?;
    Seconds::parse(&written.text).ok().map(|time| (time, node.span))
}
