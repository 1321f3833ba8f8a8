//! `GT403`: a name that looks like one of CodeBuild's images and is none.

use super::Subject;
use super::images::{CURATED, RETIRED, is_codebuild};
use super::mend::rewritten;
use super::unpinned_image::is_pinned;
use super::walk::{at, text};
use crate::diagnostic::Diagnostic;
use crate::guess::{listed, nearest};
use crate::reader::shortened;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let Some((node, image)) = text(at(subject.file, "environment.image")) else { return };
    let name = image.text.as_str();
    let known = CURATED.contains(&name) || RETIRED.iter().any(|(retired, _)| *retired == name);
    if !is_codebuild(name) || known || !is_pinned(name) {
        return;
    }
    let finding =
        Diagnostic::error(rules::UNKNOWN_IMAGE, node.span, format!("CodeBuild has no image `{}`", shortened(name)));
    findings.push(match nearest(name, CURATED.iter().copied()) {
        Some(guess) => finding.help(format!("did you mean `{guess}`?")).fix(
            &format!("write `{guess}`"),
            false,
            rewritten(node, image, guess),
        ),
        None => finding.help(format!("its images are {}", listed(CURATED.iter().copied()))),
    });
}
