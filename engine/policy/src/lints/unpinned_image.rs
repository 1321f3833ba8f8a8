//! `GT402`: an image whose contents can change under the same name: without a tag, or with one that moves. A digest, a
//! version, or one of CodeBuild's images with its version is pinned.

use super::Subject;
use super::walk::{at, text};
use crate::diagnostic::Diagnostic;
use crate::reader::shortened;
use crate::rules;

/// Tags that are there to be moved.
const MOVING: &[&str] =
    &["latest", "stable", "edge", "nightly", "main", "master", "dev", "develop", "current", "lts", "beta", "rolling"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let Some((node, image)) = text(at(subject.file, "environment.image")) else { return };
    if is_pinned(&image.text) {
        return;
    }
    let why = match tag(&image.text) {
        Some(tag) => format!("the tag `{}` moves", shortened(tag)),
        None => "it has no tag, which means `latest`".to_owned(),
    };
    let message = format!("`{}` can be another image tomorrow: {why}", shortened(&image.text));
    let finding = Diagnostic::error(rules::UNPINNED_IMAGE, node.span, message);
    findings.push(finding.help("name a version, or better a digest: image@sha256:…"));
}

/// Whether a name stays what it is.
pub(super) fn is_pinned(image: &str) -> bool {
    image.contains("@sha256:") || tag(image).is_some_and(|tag| !MOVING.contains(&tag.to_ascii_lowercase().as_str()))
}

/// What stands behind the colon of the last part; a registry's port is none.
fn tag(image: &str) -> Option<&str> {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').map(|(_, tag)| tag)
}
