//! `GT403`: a name that looks like one of CodeBuild's images and is none, or one that the gate's builds cannot run on.

use super::Subject;
use super::images::{CURATED, RETIRED, is_codebuild, without_release};
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
    if !is_codebuild(name) {
        return;
    }
    if let Some(why) = elsewhere(name) {
        let message = format!("the gate's builds cannot run on `{}`: {why}", shortened(name));
        let finding = Diagnostic::error(rules::UNKNOWN_IMAGE, node.span, message);
        findings.push(finding.help(format!("CodeBuild's images for Linux are {}", listed(names()))));
        return;
    }
    let plain = without_release(name);
    if names().any(|known| known == plain) || RETIRED.iter().any(|(retired, _)| *retired == plain) || !is_pinned(name) {
        return;
    }
    let finding =
        Diagnostic::error(rules::UNKNOWN_IMAGE, node.span, format!("CodeBuild has no image `{}`", shortened(name)));
    findings.push(match nearest(name, names()) {
        Some(guess) => finding.help(format!("did you mean `{guess}`?")).fix(
            &format!("write `{guess}`"),
            false,
            rewritten(node, image, guess),
        ),
        None => finding.help(format!("its images are {}", listed(names()))),
    });
}

fn names() -> impl Iterator<Item = &'static str> {
    CURATED.iter().map(|(name, _)| *name)
}

/// Why an image of CodeBuild's is none for a build in a Linux container, which the gate's are.
fn elsewhere(name: &str) -> Option<&'static str> {
    let kind = name.trim_start_matches("aws/codebuild/");
    if kind.contains("-lambda-") {
        Some("it is for builds on Lambda, which have no root and no Docker")
    } else if kind.starts_with("windows") {
        Some("it is Windows, and stages run in bash")
    } else if kind.starts_with("macos") {
        Some("it is macOS, which only reserved machines have")
    } else {
        None
    }
}
