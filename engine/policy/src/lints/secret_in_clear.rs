//! `GT401`: a secret written into the file: keys and tokens of well-known shapes anywhere in it, and values of variables
//! whose names say what they are. Told by shape and name, never by randomness alone: commit ids, UUIDs and paths are none.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::Subject;
use super::walk::{at, entries, text};
use crate::diagnostic::Diagnostic;
use crate::place::inside;
use crate::rules;
use crate::span::Span;
use crate::tree::Scalar;

/// What a secret looks like, and what it is.
const SHAPES: &[(&str, &str)] = &[
    ("an AWS access key", r"\b(?:AKIA|ASIA|AROA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("a Slack web hook", r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{20,}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a PyPI token", r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    ("a crates.io token", r"\bcio[A-Za-z0-9]{32}\b"),
    ("a Stripe key", r"\b[sr]k_live_[A-Za-z0-9]{20,}"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("an API key of an AI service", r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}"),
    ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("a password inside an address", r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\x22$]*:[^\s/:@'\x22${}<*]{3,}@[A-Za-z0-9]"),
    ("an AWS secret key", r"(?i)aws_?secret_?access_?key[\x22']?\s*[=:]\s*[\x22']?[A-Za-z0-9/+]{40}\b"),
    (
        "a password",
        r"(?i)(?:\b|_|--)(?:password|passwd|secret|token|api_?key)(?:=|\s*=\s*)[\x22']?[A-Za-z0-9!@#%^&+/_.-]*[0-9!@#%^&+][A-Za-z0-9!@#%^&+/_.-]{4,}",
    ),
];

static QUICK: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(SHAPES.iter().map(|(_, shape)| *shape)).ok());

/// Words in a variable's name that say that its value is secret.
const NAMES: &[&str] = &["PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "API_KEY", "PRIVATE_KEY", "CREDENTIAL"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let told = findings.len();
    let Some(quick) = &*QUICK else { return };
    for index in &quick.matches(subject.source) {
        let (what, shape) = SHAPES[index];
        let Ok(regex) = Regex::new(shape) else { continue };
        for found in regex.find_iter(subject.source).take(50) {
            let place = Span::between(subject.source, found.start(), found.end());
            let overlaps = |finding: &Diagnostic| finding.span.start < place.end && place.start < finding.span.end;
            if !findings[told..].iter().any(overlaps) {
                findings.push(finding(place, what));
            }
        }
    }
    for entry in entries(at(subject.file, "environment.variables")) {
        let Some((node, value)) = text(Some(&entry.value)) else { continue };
        let within = |finding: &Diagnostic| node.span.start <= finding.span.start && finding.span.end <= node.span.end;
        if is_secret_name(&entry.key.text) && is_literal(value) && !findings[told..].iter().any(within) {
            let place = Span { end: node.span.end, ..inside(subject.source, node.span, &value.text, 0) };
            let place = Span { end_line: node.span.end_line, end_column: node.span.end_column, ..place };
            findings.push(finding(place, "the value of a secret variable"));
        }
    }
}

fn finding(place: Span, what: &str) -> Diagnostic {
    let finding = Diagnostic::error(rules::SECRET, place, format!("this looks like {what}, in clear"));
    finding.help("revoke it, keep the new one in Secrets Manager, and name that under `environment.secrets`")
}

/// `DB_PASSWORD`, and not `TOKEN_URL` or `PASSWORD_FILE`.
fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    NAMES
        .iter()
        .any(|word| upper == *word || upper.ends_with(&format!("_{word}")) || upper.ends_with(&format!("{word}S")))
}

/// A value that is neither empty, nor a reference to another, nor plainly a placeholder.
fn is_literal(value: &Scalar) -> bool {
    let text = value.text.trim();
    let placeholder = ["true", "false", "none", "null", "changeme", "dummy", "test", "example", "unused", "fake"];
    !(text.len() < 4
        || text.contains(['$', '<', '{'])
        || text.starts_with(['/', '.'])
        || text.starts_with("arn:")
        || text.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.'))
        || placeholder.contains(&text.to_ascii_lowercase().as_str()))
}
