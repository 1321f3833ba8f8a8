//! `GT405`: a runtime that no standard image of CodeBuild has.

use super::Subject;
use super::images::{NICKNAMES, RUNTIMES};
use super::walk::{at, entries};
use crate::diagnostic::{Diagnostic, Edit};
use crate::guess::{listed, nearest};
use crate::reader::shortened;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for entry in entries(at(subject.file, "environment.runtimes")) {
        let name = entry.key.text.as_str();
        if RUNTIMES.contains(&name) {
            continue;
        }
        let message = format!("CodeBuild's images have no runtime `{}`", shortened(name));
        let finding = Diagnostic::error(rules::UNKNOWN_RUNTIME, entry.key.span, message);
        let meant = NICKNAMES.iter().find(|(nickname, _)| *nickname == name).map(|(_, runtime)| *runtime);
        findings.push(match meant.or_else(|| nearest(name, RUNTIMES.iter().copied())) {
            Some(guess) => {
                let edit = Edit { span: entry.key.span, text: guess.to_owned() };
                let finding = finding.help(format!("did you mean `{guess}`?"));
                finding.fix(&format!("write `{guess}`"), false, vec![edit])
            }
            None => {
                let known = listed(RUNTIMES.iter().copied());
                finding.help(format!("they have {known}; install anything else in `setup`"))
            }
        });
    }
}
