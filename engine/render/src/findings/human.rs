//! Findings for people at a terminal: what is wrong, the line it is on with a mark below it, and what to do.

use gated_policy::{Diagnostic, Severity, Span};

use super::snippet::snippet;
use super::{Judged, harmless, severity};

/// How the output looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether it has colours.
    pub colour: bool,
    /// How many columns a source line may take with its margin.
    pub width: usize,
}

/// All findings of all files, each followed by an empty line.
pub fn human(files: &[Judged], look: Look) -> String {
    let mut out = String::new();
    for file in files {
        for told in &file.findings {
            out += &one(told, file, look);
            out.push('\n');
        }
    }
    out
}

/// The last line: what was judged, and what was found.
pub fn summary(files: &[Judged]) -> String {
    let findings = || files.iter().flat_map(|file| &file.findings);
    let of = |wanted: Severity| findings().filter(|told| told.severity == wanted).count();
    if findings().next().is_none() {
        return match files {
            [only] => format!("clean: {}\n", harmless(&only.path)),
            files => format!("clean: {} files\n", files.len()),
        };
    }
    let kinds = [Severity::Error, Severity::Warning, Severity::Info].map(|kind| (of(kind), kind));
    let word = |(count, kind): &(usize, Severity)| match kind {
        Severity::Error | Severity::Warning => counted(*count, severity(*kind)),
        Severity::Info => format!("{count} for information"),
    };
    let kinds: Vec<String> = kinds.iter().filter(|(count, _)| *count > 0).map(word).collect();
    let with = |safe: bool| findings().filter(|told| told.fix.as_ref().is_some_and(|fix| fix.safe == safe)).count();
    let mends = match (with(true), with(false)) {
        (0, 0) => String::new(),
        (0, unsafe_) => format!("; --unsafe-fixes mends {unsafe_}"),
        (safe, 0) => format!("; --fix mends {safe}"),
        (safe, unsafe_) => format!("; --fix mends {safe}, --unsafe-fixes {unsafe_} more"),
    };
    let place = if files.len() > 1 { format!(" in {} files", files.len()) } else { String::new() };
    format!("{} ({}){place}{mends}\n", counted(findings().count(), "finding"), kinds.join(", "))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn one(told: &Diagnostic, file: &Judged, look: Look) -> String {
    let paint = Paint(look.colour);
    let colour = match told.severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Info => BLUE,
    };
    let related = told.related.as_ref();
    let last = related.map_or(told.span.line, |related| related.span.line.max(told.span.line));
    let margin = " ".repeat(last.to_string().len());
    let path = harmless(&file.path);
    let head = paint.with(colour, &format!("{}[{}]", severity(told.severity), told.code));
    let mut out = format!("{head}{}\n", paint.with(BOLD, &format!(": {}", harmless(&told.message))));
    let place =
        |arrow: &str, span: Span| format!("{margin}{} {path}:{}:{}\n", paint.with(BLUE, arrow), span.line, span.column);
    out += &place("-->", told.span);
    out += &lines(file, told.span, Mark { sign: "^", colour, label: "" }, &margin, look);
    if let Some(related) = related {
        let label = harmless(&related.message);
        out += &place(":::", related.span);
        out += &lines(file, related.span, Mark { sign: "-", colour: BLUE, label: &label }, &margin, look);
    }
    let sign = paint.with(BLUE, "=");
    if let Some(help) = &told.help {
        out += &format!("{margin} {sign} {}: {}\n", paint.with(BOLD, "help"), harmless(help));
    }
    if let Some(fix) = &told.fix {
        let how = if fix.safe { "--fix" } else { "--unsafe-fixes" };
        out += &format!("{margin} {sign} {}: {} ({how})\n", paint.with(BOLD, "fix"), harmless(&fix.message));
    }
    out
}

/// What stands below a line.
struct Mark<'a> {
    sign: &'a str,
    colour: &'static str,
    label: &'a str,
}

fn lines(file: &Judged, span: Span, mark: Mark<'_>, margin: &str, look: Look) -> String {
    let paint = Paint(look.colour);
    let shown = snippet(&file.bytes, span, look.width.saturating_sub(margin.len() + 3));
    let bar = paint.with(BLUE, "|");
    let number = paint.with(BLUE, &format!("{:>width$}", span.line, width = margin.len()));
    let below = format!("{} {}", mark.sign.repeat(shown.mark_width), mark.label);
    let below = paint.with(mark.colour, below.trim_end());
    let line = if shown.line.is_empty() { String::new() } else { format!(" {}", shown.line) };
    format!("{margin} {bar}\n{number} {bar}{line}\n{margin} {bar} {}{below}\n", " ".repeat(shown.mark_from))
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";
const BOLD: &str = "\x1b[1m";

/// Colours, or none.
struct Paint(bool);

impl Paint {
    fn with(&self, colour: &str, text: &str) -> String {
        if self.0 { format!("{colour}{text}\x1b[0m") } else { text.to_owned() }
    }
}
