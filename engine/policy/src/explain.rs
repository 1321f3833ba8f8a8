//! Diagnostics for people at a terminal: each with its line and a caret below it, in plain text. Nothing is wider than a
//! window, however long the line.

use crate::diagnostic::{Diagnostic, Severity};
use crate::span::Span;

/// How much of a line is shown.
const WIDEST: usize = 100;

/// All diagnostics of one file, with the lines of `text` that they are about.
pub fn explain(diagnostics: &[Diagnostic], path: &str, text: &str) -> String {
    let lines: Vec<&str> = lines(text);
    diagnostics.iter().map(|one| one_of(one, path, &lines)).collect::<Vec<_>>().join("\n")
}

fn one_of(told: &Diagnostic, path: &str, lines: &[&str]) -> String {
    let severity = match told.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let last = told.related.as_ref().map_or(told.span.line, |related| related.span.line.max(told.span.line));
    let margin = " ".repeat(last.to_string().len());
    let mut out = format!("{severity}[{}]: {}\n", told.code, told.message);
    out += &format!("{margin}--> {path}:{}:{}\n", told.span.line, told.span.column);
    out += &snippet(told.span, "", '^', &margin, lines);
    if let Some(related) = &told.related {
        out += &format!("{margin}::: {path}:{}:{}\n", related.span.line, related.span.column);
        out += &snippet(related.span, &related.message, '-', &margin, lines);
    }
    if let Some(help) = &told.help {
        out += &format!("{margin} = help: {help}\n");
    }
    out
}

fn snippet(span: Span, label: &str, mark: char, margin: &str, lines: &[&str]) -> String {
    let Some(line) = lines.get((span.line as usize).saturating_sub(1)) else { return String::new() };
    let characters: Vec<char> = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let column = (span.column as usize).saturating_sub(1).min(characters.len());
    let end = if span.end_line > span.line { characters.len() } else { (span.end_column as usize).saturating_sub(1) };
    let from = column.saturating_sub(WIDEST / 2);
    let to = characters.len().min(from + WIDEST);
    let mut shown: String = characters.get(from..to).unwrap_or_default().iter().collect();
    if from > 0 {
        shown = format!("…{}", shown.chars().skip(1).collect::<String>());
    }
    let carets = end.clamp(column, to.max(column)).saturating_sub(column).max(1);
    let number = format!("{:>width$}", span.line, width = margin.len());
    let below = format!("{}{} {label}", " ".repeat(column - from), mark.to_string().repeat(carets));
    format!("{margin} |\n{number} | {}\n{margin} | {}\n", shown.trim_end(), below.trim_end())
}

/// The lines of a text, as YAML ends them.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\n', '\r']) {
        lines.push(&rest[..at]);
        let width = if rest[at..].starts_with("\r\n") { 2 } else { 1 };
        rest = &rest[at + width..];
    }
    lines.push(rest);
    lines
}
