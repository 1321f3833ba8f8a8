//! Diagnostics in the messages of failed tests. What people see is made elsewhere.

use gated_policy::Diagnostic;

/// One line each: `path:line:column [code] message (help)`.
pub(crate) fn explain(diagnostics: &[Diagnostic], path: &str, text: &str) -> String {
    let one = |told: &Diagnostic| {
        let (line, column) = (told.span.line, told.span.column);
        let help = told.help.as_deref().unwrap_or_default();
        format!("{path}:{line}:{column} [{}] {} ({help})\n", told.code, told.message)
    };
    format!("{}in\n{text}\n", diagnostics.iter().map(one).collect::<String>())
}
