//! One line for each finding: `path:line:column: severity[CODE] message`. For logs and editors; never more than one line.

use super::{Judged, harmless, severity};

/// All findings, one line each. Empty when there are none.
pub fn concise(files: &[Judged]) -> String {
    let mut out = String::new();
    for file in files {
        let path = harmless(&file.path);
        for told in &file.findings {
            let (line, column) = (told.span.line, told.span.column);
            let message = harmless(&told.message);
            out += &format!("{path}:{line}:{column}: {}[{}] {message}\n", severity(told.severity), told.code);
        }
    }
    out
}
