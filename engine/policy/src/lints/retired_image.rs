//! `GT404`: an image that CodeBuild once had. Builds on it are slow, unpatched, and end without notice.

use super::Subject;
use super::images::{RETIRED, without_release};
use super::mend::rewritten;
use super::walk::{at, text};
use crate::diagnostic::Diagnostic;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let Some((node, image)) = text(at(subject.file, "environment.image")) else { return };
    let Some((_, newer)) = RETIRED.iter().find(|(retired, _)| *retired == without_release(&image.text)) else { return };
    let message = format!("CodeBuild no longer maintains `{}`", image.text);
    let finding = Diagnostic::error(rules::RETIRED_IMAGE, node.span, message).help(format!("write `{newer}`"));
    findings.push(finding.fix(&format!("write `{newer}`"), false, rewritten(node, image, newer)));
}
