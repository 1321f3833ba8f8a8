//! `# gated: ignore[GT402] reason` on a line or above it hides the lints that it names there. Faults that make the gate
//! refuse a file cannot be hidden, and a comment that hides nothing is itself told.

use crate::diagnostic::{Diagnostic, Edit};
use crate::reader::shortened;
use crate::rules::{self, Rule, nearest_rule, rule};
use crate::span::{Span, clamp};
use crate::tree::Comment;

/// How far below its comment a line may be.
const MOST_LINES: usize = 20;

/// One comment.
struct Ignore {
    /// From `#` to the end.
    span: Span,
    /// The line that it speaks of.
    line: u32,
    rules: Vec<&'static Rule>,
    used: bool,
}

/// What is left of `found`, and what is wrong with the comments. Where the floor forbids them they hide nothing.
pub(crate) fn apply(source: &str, comments: &[Comment], found: Vec<Diagnostic>, forbidden: bool) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    let mut ignores: Vec<Ignore> = comments.iter().filter_map(|comment| read(source, comment, &mut told)).collect();
    if forbidden {
        told.clear();
        told.extend(ignores.iter().map(|ignore| {
            Diagnostic::error(
                rules::FORBIDDEN_IGNORE,
                ignore.span,
                "the organisation's floor lets no comment hide a finding",
            )
            .help("mend what it hides, and remove the comment")
        }));
        told.extend(found);
        return told;
    }
    for finding in found {
        let hides = |ignore: &&mut Ignore| {
            ignore.line == finding.span.line && ignore.rules.iter().any(|rule| rule.code == finding.code)
        };
        match ignores.iter_mut().find(hides) {
            Some(ignore) => ignore.used = true,
            None => told.push(finding),
        }
    }
    for ignore in ignores.iter().filter(|ignore| !ignore.used && !ignore.rules.is_empty()) {
        let finding = Diagnostic::error(rules::UNUSED_IGNORE, ignore.span, "this comment hides nothing");
        told.push(finding.help("remove it").fix("remove the comment", true, vec![removal(source, ignore.span)]));
    }
    told
}

fn read(source: &str, comment: &Comment, told: &mut Vec<Diagnostic>) -> Option<Ignore> {
    let rest = comment.text.trim_start().strip_prefix("gated:")?.trim_start().strip_prefix("ignore")?;
    let span = comment.span;
    let Some((names, reason)) = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        let finding = Diagnostic::error(rules::BAD_IGNORE, span, "this comment does not say what it hides");
        told.push(finding.help("write `# gated: ignore[GT402] reason`"));
        return None;
    };
    let mut named = Vec::new();
    for name in names.split(',').map(str::trim) {
        match rule(name) {
            Some(rule) if rule.class.is_lint() && !rule.code.starts_with("GT5") => named.push(rule),
            Some(rule) => {
                let message = format!("`{}` cannot be ignored: it is no lint", rule.code);
                told.push(Diagnostic::error(rules::BAD_IGNORE, span, message).help("mend what it tells"));
            }
            None => {
                let finding =
                    Diagnostic::error(rules::BAD_IGNORE, span, format!("there is no rule `{}`", shortened(name)));
                told.push(match nearest_rule(name) {
                    Some(guess) => finding.help(format!("did you mean `{guess}`?")),
                    None => finding,
                });
            }
        }
    }
    if reason.trim().is_empty() && !named.is_empty() {
        let finding = Diagnostic::error(rules::BARE_IGNORE, span, "this comment gives no reason");
        told.push(finding.help(format!("write why: `# gated: ignore[{}] reason`", names.trim())));
    }
    Some(Ignore { span, line: line_of(source, span), rules: named, used: false })
}

/// The comment's own line, or, where it stands alone, the next one that is neither empty nor a comment.
fn line_of(source: &str, span: Span) -> u32 {
    let alone = source[..span.start].rsplit(['\n', '\r']).next().is_none_or(|before| before.trim().is_empty());
    if !alone {
        return span.line;
    }
    let mut line = span.line + 1;
    for text in source.get(span.end..).unwrap_or_default().lines().skip(1).take(MOST_LINES) {
        if !text.trim().is_empty() && !text.trim_start().starts_with('#') {
            break;
        }
        line += 1;
    }
    line
}

/// The comment with the blanks before it; its whole line where nothing else is on it.
fn removal(source: &str, span: Span) -> Edit {
    let before = source[..span.start].trim_end_matches([' ', '\t']);
    let alone = before.is_empty() || before.ends_with(['\n', '\r']);
    let blanks = clamp(source[before.len()..span.start].len());
    let width = match &source[span.end..] {
        rest if alone && rest.starts_with("\r\n") => 2,
        rest if alone && rest.starts_with(['\n', '\r']) => 1,
        _ => 0,
    };
    let (end_line, end_column) = if width > 0 { (span.line + 1, 1) } else { (span.end_line, span.end_column) };
    let start = before.len();
    let span =
        Span { start, end: span.end + width, line: span.line, column: span.column - blanks, end_line, end_column };
    Edit { span, text: String::new() }
}
