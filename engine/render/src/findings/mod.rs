//! What `gated lint` found, in every form that it is wanted in: for people, for a log, for programs. It decides nothing
//! about a file; whatever stands in one is data, and reaches a terminal without its control characters.

mod concise;
mod human;
mod json;
mod junit;
mod sarif;
mod snippet;

use gated_policy::{Diagnostic, Severity};

pub use concise::concise;
pub use human::{Look, human, summary};
pub use json::json;
pub use junit::junit;
pub use sarif::sarif;

/// One file that was judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// As it is shown: relative to where one stands.
    pub path: String,
    /// What it holds; not necessarily text.
    pub bytes: Vec<u8>,
    /// What was found in it, by place.
    pub findings: Vec<Diagnostic>,
}

/// A severity as every form spells it.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// Text that moves no cursor, starts no colour, and turns no direction: control and invisible formatting characters
/// become U+FFFD, line breaks and tabs a space.
fn harmless(text: &str) -> String {
    text.chars().map(harmless_char).collect()
}

fn harmless_char(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{61C}' => {
            '\u{FFFD}'
        }
        c if c.is_control() => '\u{FFFD}',
        c => c,
    }
}
