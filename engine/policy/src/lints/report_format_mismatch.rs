//! `GT313`: a report whose file's name belongs to another format: coverage read as tests, or XML read as LCOV.

use super::Subject;
use super::walk::{reports, text, texts};
use crate::diagnostic::Diagnostic;
use crate::reader::shortened;
use crate::rules;
use crate::tree::Node;

/// Formats and the endings that their files have.
const ENDINGS: &[(&str, &[&str])] = &[
    ("junit", &["xml"]),
    ("nunit", &["xml"]),
    ("nunit3", &["xml"]),
    ("testng", &["xml"]),
    ("trx", &["trx", "xml"]),
    ("cucumber", &["json"]),
    ("cobertura", &["xml"]),
    ("jacoco", &["xml"]),
    ("clover", &["xml"]),
    ("lcov", &["info", "lcov", "dat", "txt"]),
    ("simplecov", &["json"]),
];

/// Endings that say something at all.
const TELLING: &[&str] = &["xml", "trx", "json", "info", "lcov", "dat", "html", "csv", "exec"];

/// Words in a file's name that only coverage has.
const COVERAGE: &[&str] = &["cobertura", "jacoco", "clover", "lcov", "coverage"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for (_, report) in reports(subject.file) {
        let Some((format_node, format)) = text(report.get("format")) else { continue };
        let Some((_, endings)) = ENDINGS.iter().find(|(name, _)| *name == format.text) else { continue };
        if let Some((file, word)) = coverage_file(report) {
            let message =
                format!("`{}` is a format of tests, and `{}` looks like {word}", format.text, shortened(&file));
            findings.push(Diagnostic::error(rules::FORMAT_MISMATCH, format_node.span, message));
            continue;
        }
        for (node, file) in texts(report.get("files")) {
            let Some((_, ending)) = file.text.rsplit_once('.') else { continue };
            if TELLING.contains(&ending) && !endings.contains(&ending) && !file.text.starts_with('!') {
                let message = format!("a {} report is no `.{ending}` file", format.text);
                let finding = Diagnostic::error(rules::FORMAT_MISMATCH, node.span, message);
                let kinds: Vec<String> = endings.iter().map(|ending| format!("`.{ending}`")).collect();
                findings.push(
                    finding.help(format!("name a file that ends with {}, or another `format`", kinds.join(" or "))),
                );
            }
        }
    }
}

/// Whether a report of a tests format names a coverage file.
pub(super) fn is_coverage_in_disguise(report: &Node) -> bool {
    coverage_file(report).is_some()
}

fn coverage_file(report: &Node) -> Option<(String, &'static str)> {
    let (_, format) = text(report.get("format"))?;
    if !["junit", "nunit", "nunit3", "testng", "trx", "cucumber"].contains(&format.text.as_str()) {
        return None;
    }
    let named = |file: &str| {
        let name = file.rsplit('/').next().unwrap_or(file).to_ascii_lowercase();
        COVERAGE.iter().copied().find(|word| name.contains(word))
    };
    texts(report.get("files")).iter().find_map(|(_, file)| named(&file.text).map(|word| (file.text.clone(), word)))
}
