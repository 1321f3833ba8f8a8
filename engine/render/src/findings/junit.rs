//! Findings as a JUnit report: a suite for each file, a failed case for each finding, and one that passed for a clean
//! file, since a report without cases says nothing.

use super::{Judged, harmless, severity};
use crate::xml::xml_text;

/// One JUnit document of all files.
pub fn junit(files: &[Judged]) -> String {
    let total: usize = files.iter().map(|file| file.findings.len()).sum();
    let cases: usize = files.iter().map(|file| file.findings.len().max(1)).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out += &format!("<testsuites name=\"gated lint\" tests=\"{cases}\" failures=\"{total}\" errors=\"0\">\n");
    for file in files {
        out += &suite(file);
    }
    out + "</testsuites>\n"
}

fn suite(file: &Judged) -> String {
    let path = escaped(&file.path);
    let count = file.findings.len();
    let mut out = format!(
        "  <testsuite name=\"{path}\" tests=\"{}\" failures=\"{count}\" errors=\"0\" skipped=\"0\">\n",
        count.max(1)
    );
    if file.findings.is_empty() {
        out += &format!("    <testcase classname=\"{path}\" name=\"clean\"/>\n");
    }
    for told in &file.findings {
        let (line, column) = (told.span.line, told.span.column);
        let message = escaped(&told.message);
        let help = told.help.as_deref().map(|help| format!("\nhelp: {}", escaped(help))).unwrap_or_default();
        out += &format!(
            "    <testcase classname=\"{path}\" name=\"{} {} {line}:{column}\" file=\"{path}\" line=\"{line}\">\n      \
             <failure type=\"{}\" message=\"{message}\">{path}:{line}:{column}: {message}{help}</failure>\n    </testcase>\n",
            told.code,
            told.name,
            severity(told.severity),
        );
    }
    out + "  </testsuite>\n"
}

fn escaped(text: &str) -> String {
    xml_text(&harmless(text))
}
