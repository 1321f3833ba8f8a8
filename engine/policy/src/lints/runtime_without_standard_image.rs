//! `GT406`: runtimes for an image that has none to choose from. Only CodeBuild's own images can switch; with any other one
//! CodeBuild ends the build with `YAML_FILE_ERROR`.

use super::Subject;
use super::images::is_codebuild;
use super::walk::{at, text};
use crate::diagnostic::Diagnostic;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(runtimes) = subject.file.get("environment").and_then(|node| node.entry("runtimes")) else { return };
    let Some((node, image)) = text(at(subject.file, "environment.image")) else { return };
    if is_codebuild(&image.text) || super::walk::entries(Some(&runtimes.value)).is_empty() {
        return;
    }
    let message = "only CodeBuild's own images have runtimes to choose from";
    let finding = Diagnostic::error(rules::RUNTIME_ELSEWHERE, runtimes.key.span, message);
    findings.push(finding.beside(node.span, "this image is not one of them").help("remove `runtimes`"));
}
