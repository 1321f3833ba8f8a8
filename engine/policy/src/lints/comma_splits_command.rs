//! `GT407`: a comma without quotes in a flow list cuts a command in two: `[echo "a, b"]` is the commands `echo "a` and
//! `b"`. Told only where the pieces show that they belong together.

use super::Subject;
use super::walk::commands;
use crate::diagnostic::{Diagnostic, Edit};
use crate::rules;
use crate::span::{Span, clamp};
use crate::tree::{Kind, Node, Scalar, Style};
use crate::words::quoted;

/// A command in more pieces than this is told in parts.
const MOST_PIECES: usize = 20;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let source = subject.source;
    for list in commands(subject.file) {
        let Kind::List(items) = &list.kind else { continue };
        if !source[list.span.start..].starts_with('[') {
            continue;
        }
        let mut at = 0;
        while at < items.len() {
            let last = end_of_command(source, items, at);
            if last > at {
                findings.push(one(source, &items[at], &items[last]));
            }
            at = last + 1;
        }
    }
}

fn one(source: &str, first: &Node, last: &Node) -> Diagnostic {
    let written = &source[first.span.start..last.span.end];
    // The gap between two pieces is on one line: see `end_of_command`.
    let blanks = source[first.span.end..].find(',').unwrap_or(0);
    let end = first.span.end + blanks;
    let column = first.span.end_column + clamp(blanks);
    let line = first.span.end_line;
    let place = Span { start: end, end: end + 1, line, column, end_line: line, end_column: column + 1 };
    let finding =
        Diagnostic::error(rules::COMMA, place, "this comma cuts the command in two: it separates entries of the list");
    let edit = Edit { span: first.span.to(last.span), text: quoted(written) };
    finding.help(format!("quote the whole command: {}", crate::reader::shortened(&quoted(written)))).fix(
        "quote the whole command",
        false,
        vec![edit],
    )
}

/// The last of the pieces that are one command.
fn end_of_command(source: &str, items: &[Node], from: usize) -> usize {
    let Some(mut text) = plain(&items[from]).map(|scalar| scalar.text.clone()) else { return from };
    let mut last = from;
    while let Some(next) = items.get(last + 1).and_then(plain).filter(|_| last - from < MOST_PIECES) {
        let gap = &source[items[last].span.end..items[last + 1].span.start];
        let tight = gap == "," && text.contains(' ');
        let option = next.text.starts_with('-') && !next.text.starts_with("- ");
        if gap.contains(['#', '\n']) || !(is_open(&text) || tight || option) {
            break;
        }
        text = format!("{text},{}", next.text);
        last += 1;
    }
    last
}

fn plain(node: &Node) -> Option<&Scalar> {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.style == Style::Plain => Some(scalar),
        Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) | Kind::Fault => None,
    }
}

/// Whether a shell would wait for more: a quote or a bracket that is not closed.
fn is_open(command: &str) -> bool {
    let (mut quote, mut depth, mut escaped) = (None, 0_i32, false);
    for c in command.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    quote.is_some() || depth > 0
}
