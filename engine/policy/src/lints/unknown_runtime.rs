//! `GT405`: a runtime, or a version of one, that the image does not have. Silent about images that CodeBuild does not
//! maintain: what they have is not known here.

use gated_core::defaults;

use super::Subject;
use super::images::{NICKNAMES, has_version, runtimes};
use super::mend::rewritten;
use super::walk::{at, entries, text};
use crate::diagnostic::{Diagnostic, Edit};
use crate::guess::{listed, nearest};
use crate::reader::shortened;
use crate::rules;
use crate::tree::Entry;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let inherited = subject.policy.and_then(|policy| policy.environment.image.as_deref());
    let written = text(at(subject.file, "environment.image")).map(|(_, image)| image.text.as_str());
    let image = written.or(inherited).unwrap_or(defaults::IMAGE);
    let Some(known) = runtimes(image) else { return };
    for entry in entries(at(subject.file, "environment.runtimes")) {
        let name = entry.key.text.as_str();
        match known.iter().find(|(runtime, _)| *runtime == name) {
            Some((_, versions)) => findings.extend(version(entry, versions, image)),
            None => findings.push(unknown(entry, known.iter().map(|(runtime, _)| *runtime).collect(), image)),
        }
    }
}

fn unknown(entry: &Entry, known: Vec<&'static str>, image: &str) -> Diagnostic {
    let name = entry.key.text.as_str();
    let message = format!("the image {} has no runtime `{}`", shortened(image), shortened(name));
    let finding = Diagnostic::error(rules::UNKNOWN_RUNTIME, entry.key.span, message);
    let meant = NICKNAMES.iter().find(|(nickname, _)| *nickname == name).map(|(_, runtime)| *runtime);
    match meant.or_else(|| nearest(name, known.iter().copied())) {
        Some(guess) => {
            let edit = Edit { span: entry.key.span, text: guess.to_owned() };
            let finding = finding.help(format!("did you mean `{guess}`?"));
            finding.fix(&format!("write `{guess}`"), false, vec![edit])
        }
        None => finding.help(format!("it has {}; install anything else in `setup`", listed(known.into_iter()))),
    }
}

fn version(entry: &Entry, versions: &[&'static str], image: &str) -> Option<Diagnostic> {
    let (node, wanted) = text(Some(&entry.value))?;
    if has_version(versions, &wanted.text) {
        return None;
    }
    let name = &entry.key.text;
    let message = format!("the image {} has no {name} `{}`", shortened(image), shortened(&wanted.text));
    let finding = Diagnostic::error(rules::UNKNOWN_RUNTIME, node.span, message);
    let all = listed(versions.iter().copied());
    // Another number is another version, not a slip of the pen; another way to write one is.
    let meant = versions.iter().copied().find(|version| {
        let bare = wanted.text.trim_start_matches(['v', '^', '~', '=', '>']);
        let bare = bare.strip_prefix("openjdk").or_else(|| bare.strip_prefix("jdk")).unwrap_or(bare);
        *version == bare
            || version.strip_prefix("corretto") == Some(bare)
            || bare.strip_prefix(version).is_some_and(|rest| rest.starts_with('.'))
    });
    Some(match meant {
        Some(guess) => finding.help(format!("did you mean `{guess}`? it has {all}")).fix(
            &format!("write `{guess}`"),
            false,
            rewritten(node, wanted, guess),
        ),
        None => finding.help(format!("it has {all}; install anything else in `setup`")),
    })
}
