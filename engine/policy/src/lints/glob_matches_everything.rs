//! `GT302`: a glob that matches everything where something is to be chosen: a gate that ignores every file, a condition
//! that always holds.

use super::Subject;
use super::walk::{Use, glob_lists};
use crate::diagnostic::Diagnostic;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for list in glob_lists(subject) {
        let takes = list.globs.iter().any(|(_, scalar)| scalar.text.starts_with('!'));
        let all = list.globs.iter().find(|(_, scalar)| is_everything(&scalar.text));
        let (Some((node, scalar)), false) = (all, takes) else { continue };
        let (what, help) = match list.of {
            Use::Paths | Use::Branches => {
                ("this condition always holds", "remove the condition, or name what it is about")
            }
            Use::Ignore => ("every pull request passes without a build", "name the files that no stage depends on"),
            Use::Exclude => ("no file counts for coverage", "name the files that do not count"),
            Use::Reports => ("every file of the checkout is read as a report", "name the report's file"),
            Use::Gated => continue, // all branches: what a floor without the key means too
        };
        let message = format!("`{}` matches everything: {what}", scalar.text);
        findings.push(Diagnostic::error(rules::GLOB_EVERYTHING, node.span, message).help(help));
    }
}

fn is_everything(glob: &str) -> bool {
    glob.split('/').all(|part| part == "**" || part == "*")
        && glob.split('/').any(|part| part == "**")
        && !glob.contains("*/*/")
        && glob.split('/').filter(|part| *part == "*").count() <= usize::from(glob.ends_with("/*"))
}
