//! `{"version":1,"findings":[…]}`: the form that programs read. The keys are a contract; `version` changes when they do.

use gated_policy::{Diagnostic, Fix, Span};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Judged, severity};

/// One finding. Lines and columns start at 1, columns count characters, ends are exclusive.
#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    name: &'a str,
    severity: &'a str,
    message: &'a str,
    path: &'a str,
    #[serde(flatten)]
    place: Place,
    help: Option<&'a str>,
    fix: Option<Mend<'a>>,
}

#[derive(Serialize)]
struct Place {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Mend<'a> {
    message: &'a str,
    safe: bool,
    edits: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    #[serde(flatten)]
    place: Place,
    text: &'a str,
}

/// All findings as one JSON document, which is also one when there are none. Ends with a newline.
pub fn json(files: &[Judged]) -> String {
    let findings: Vec<Finding<'_>> =
        files.iter().flat_map(|file| file.findings.iter().map(|told| finding(&file.path, told))).collect();
    let document: Value = json!({"version": 1, "findings": findings});
    format!("{document}\n")
}

fn finding<'a>(path: &'a str, told: &'a Diagnostic) -> Finding<'a> {
    Finding {
        code: told.code,
        name: told.name,
        severity: severity(told.severity),
        message: &told.message,
        path,
        place: place(told.span),
        help: told.help.as_deref(),
        fix: told.fix.as_ref().map(mend),
    }
}

fn mend(fix: &Fix) -> Mend<'_> {
    let edits = fix.edits.iter().map(|edit| Replacement { place: place(edit.span), text: &edit.text }).collect();
    Mend { message: &fix.message, safe: fix.safe, edits }
}

fn place(span: Span) -> Place {
    Place { line: span.line, column: span.column, end_line: span.end_line, end_column: span.end_column }
}
