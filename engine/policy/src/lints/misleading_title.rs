//! `GT307`: a regular expression that looks like plain text: `[hotfix].*` is one letter out of six, `hotfix` is only the
//! title that says exactly this. And plain text that looks like a regular expression: `starts-with: ^fix`.

use super::Subject;
use super::mend::rewritten;
use super::walk::{short_titles, titles};
use crate::diagnostic::{Diagnostic, Edit};
use crate::place::inside;
use crate::reader::shortened;
use crate::rules;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    plain(subject, findings);
    for (entry, scalar) in titles(subject.file, "matches") {
        let text = scalar.text.as_str();
        if let Some((at, word)) = tag(text) {
            let place = inside(subject.source, entry.value.span, text, at);
            let message = format!("`[{word}]` is one letter out of `{word}`, not this word in brackets");
            let escaped = format!("{}\\[{word}\\]{}", &text[..at], &text[at + word.len() + 2..]);
            let finding = Diagnostic::error(rules::MISLEADING_TITLE, place, message);
            let finding = finding.help(format!("write `\\[{word}\\]`, or use `starts-with` or `contains`"));
            findings.push(finding.fix("escape the brackets", false, rewritten(&entry.value, scalar, &escaped)));
        } else if regex_syntax::escape(text) == text && !text.is_empty() {
            let message = format!("only the title that is exactly `{}` matches this", shortened(text));
            let finding = Diagnostic::error(rules::MISLEADING_TITLE, entry.value.span, message);
            let edit = Edit { span: entry.key.span, text: "contains".to_owned() };
            let finding = finding.help("use `contains` or `starts-with` for a part of the title");
            findings.push(finding.fix("use `contains`", false, vec![edit]));
        }
    }
}

/// Signs by which people mean a regular expression.
const OF_REGEXES: [&str; 6] = [".*", ".+", "\\[", "\\d", "\\s", "\\b"];

fn plain(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let forms = ["starts-with", "contains"].into_iter().flat_map(|form| titles(subject.file, form));
    let forms = forms.map(|(entry, scalar)| (&entry.value, scalar));
    for (node, scalar) in forms.chain(short_titles(subject.file)) {
        let text = scalar.text.as_str();
        if text.starts_with('^') || text.ends_with('$') || OF_REGEXES.iter().any(|sign| text.contains(sign)) {
            let message = format!("`{}` is compared letter by letter here", shortened(text));
            let finding = Diagnostic::error(rules::MISLEADING_TITLE, node.span, message);
            findings.push(finding.help("a regular expression for the whole title is written `title: {matches: …}`"));
        }
    }
}

/// The first `[word]` of letters that nobody would list: three or more, and nothing behind it that repeats.
fn tag(pattern: &str) -> Option<(usize, &str)> {
    let mut from = 0;
    while let Some(open) = pattern[from..].find('[').map(|at| from + at) {
        let close = open + pattern[open..].find(']')?;
        let word = &pattern[open + 1..close];
        let escaped = pattern[..open].ends_with('\\');
        let repeated = pattern[close + 1..].starts_with(['*', '+', '?', '{']);
        let letters = word.len() >= 3 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_uppercase());
        if letters && !escaped && !repeated {
            return Some((open, word));
        }
        from = close + 1;
    }
    None
}
