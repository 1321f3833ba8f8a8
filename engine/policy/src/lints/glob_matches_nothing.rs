//! `GT301`: a glob that no path or branch can match. Paths are relative to the checkout's root and branches have no
//! `refs/heads/`, so a glob that is written otherwise never holds.

use super::Subject;
use super::mend::rewritten;
use super::walk::{Use, glob_lists};
use crate::diagnostic::Diagnostic;
use crate::place::inside;
use crate::reader::shortened;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for list in glob_lists(subject) {
        for (node, scalar) in list.globs {
            let body = scalar.text.strip_prefix('!').unwrap_or(&scalar.text);
            let bang = scalar.text.len() - body.len();
            let Some((offset, why, better)) = fault(list.of, body) else { continue };
            let place = inside(subject.source, node.span, &scalar.text, bang + offset);
            let message = format!("`{}` matches nothing: {why}", shortened(&scalar.text));
            let finding = Diagnostic::error(rules::GLOB_NOTHING, place, message);
            findings.push(match better {
                Some(better) if !better.is_empty() => {
                    let whole = format!("{}{better}", &scalar.text[..bang]);
                    let help = format!("write `{}`", shortened(&whole));
                    finding.help(help).fix("write the glob as paths are written", true, rewritten(node, scalar, &whole))
                }
                Some(_) | None => finding,
            });
        }
    }
}

/// Where it goes wrong, why, and what was meant.
fn fault(of: Use, glob: &str) -> Option<(usize, &'static str, Option<String>)> {
    match of {
        // `gate.destinations` takes full references too.
        Use::Gated => branch(glob.strip_prefix("refs/heads/").unwrap_or(glob)),
        Use::Branches => branch(glob),
        Use::Paths | Use::Ignore | Use::Exclude | Use::Reports => path(glob),
    }
}

fn branch(glob: &str) -> Option<(usize, &'static str, Option<String>)> {
    let meant = |rest: &str| Some((0, "a branch is compared by its short name", Some(rest.to_owned())));
    ["refs/heads/", "origin/", "/"].iter().find_map(|prefix| glob.strip_prefix(prefix)).and_then(meant)
}

fn path(glob: &str) -> Option<(usize, &'static str, Option<String>)> {
    let meant = |why, rest: &str| Some((0, why, Some(rest.to_owned())));
    if glob.starts_with('/') {
        return meant("paths are relative to the checkout's root and begin without `/`", glob.trim_start_matches('/'));
    }
    if glob.starts_with("./") {
        return meant("paths begin without `./`", glob.trim_start_matches("./").trim_start_matches('/'));
    }
    if glob.starts_with(' ') || glob.ends_with(' ') {
        return meant("a blank belongs to the glob", glob.trim());
    }
    if glob.ends_with('/') {
        let why = "a path never ends with `/`; `**` stands for what is in a directory";
        return Some((glob.len() - 1, why, Some(format!("{glob}**"))));
    }
    if let Some(at) = glob.find("//") {
        return Some((at, "a path has no empty part", Some(glob.replace("//", "/"))));
    }
    if let Some(at) = glob.find("/./") {
        return Some((at + 1, "a path has no part `.`", Some(glob.replace("/./", "/"))));
    }
    let climbs = glob.split('/').any(|part| part == "..");
    climbs.then_some((0, "a path never climbs with `..`", None))
}
