//! `GT410`: a command that was meant as a key or as an entry of a list: `run:make` and `-make` lack the space by which YAML
//! knows them, and would be run as they are.

use super::Subject;
use super::walk::{commands, texts};
use crate::diagnostic::{Diagnostic, Edit};
use crate::reader::{is_key, shortened};
use crate::rules;
use crate::span::Span;
use crate::tree::Style;
use crate::written::policy::Stage;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for (node, scalar) in commands(subject.file).flat_map(|list| texts(Some(list))) {
        let first = scalar.text.split_whitespace().next().unwrap_or_default();
        if scalar.style != Style::Plain {
            continue;
        }
        let key = first.split_once(':').map(|(key, _)| key).filter(|key| is_a_key(key));
        let (length, sign) = match key {
            Some(key) => (key.len() + 1, "colon"),
            None if is_an_entry(first) => (1, "dash"),
            None => continue,
        };
        let message = format!("`{}` is run as a command: a space is missing after its {sign}", shortened(first));
        let finding = Diagnostic::error(rules::MISSING_SPACE, node.span, message);
        let meant = format!("{} {}", &scalar.text[..length], &scalar.text[length..]);
        let finding = finding.help(format!("write `{}`", shortened(&meant)));
        let end = node.span.start + length;
        let place = Span::between(subject.source, end, end);
        let alone = node.span.line == node.span.end_line && on_its_own_line(subject.source, node.span.start);
        let edits = if alone { vec![Edit { span: place, text: " ".to_owned() }] } else { Vec::new() };
        findings.push(finding.fix("put the space in", false, edits));
    }
}

/// Whether a stage has such a key.
fn is_a_key(word: &str) -> bool {
    Stage::KEYS.iter().any(|(name, _)| is_key(name, word))
}

/// `-make`: no command begins with a dash.
fn is_an_entry(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn on_its_own_line(source: &str, start: usize) -> bool {
    source[..start].rsplit(['\n', '\r']).next().is_some_and(|before| before.trim().is_empty())
}
