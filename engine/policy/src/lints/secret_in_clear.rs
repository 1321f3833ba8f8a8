//! `GT401`: a secret written into the file: keys and tokens of well-known shapes anywhere in it, and values of variables
//! whose names say what they are. Told by shape and name, never by randomness alone: commit ids, UUIDs and paths are none.

use regex::bytes::RegexBuilder;

use super::Subject;
use super::walk::{at, entries, text};
use crate::diagnostic::Diagnostic;
use crate::place::inside;
use crate::rules;
use crate::span::Span;
use crate::tree::Scalar;

/// What a secret is, texts of which one is in it, and what it looks like in ASCII. Only what a hint was found for is
/// compiled.
const SHAPES: &[(&str, &[&str], &str)] = &[
    ("an AWS access key", &["AKIA", "ASIA", "AROA", "ABIA", "ACCA"], r"\b(?:AKIA|ASIA|AROA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("a private key", &["PRIVATE KEY"], r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    (
        "a GitHub token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b",
    ),
    ("a GitLab token", &["glpat-"], r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", &["xox"], r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    (
        "a Slack web hook",
        &["hooks.slack.com"],
        r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{20,}",
    ),
    ("an npm token", &["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a PyPI token", &["pypi-AgE"], r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    ("a crates.io token", &["cio"], r"\bcio[A-Za-z0-9]{32}\b"),
    ("a Stripe key", &["k_live_"], r"\b[sr]k_live_[A-Za-z0-9]{20,}"),
    ("a Google API key", &["AIza"], r"\bAIza[A-Za-z0-9_-]{35}"),
    ("an API key of an AI service", &["sk-"], r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}"),
    ("a SendGrid key", &["SG."], r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("a JSON web token", &["eyJ"], r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    (
        "a password inside an address",
        &["://"],
        r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\x22$]*:[^\s/:@'\x22${}<*]{3,}@[A-Za-z0-9]",
    ),
    (
        "an AWS secret key",
        &["secret", "SECRET", "Secret"],
        r"(?i)aws_?secret_?access_?key[\x22']?\s*[=:]\s*[\x22']?[A-Za-z0-9/+]{40}\b",
    ),
    (
        "a password",
        &["assw", "PASSW", "ecret", "SECRET", "oken", "TOKEN", "key", "KEY", "Key"],
        r"(?i)(?:\b|_|--)(?:password|passwd|secret|token|api_?key)(?:=|\s*=\s*)[\x22']?[A-Za-z0-9!@#%^&+/_.-]*[0-9!@#%^&+][A-Za-z0-9!@#%^&+/_.-]{4,}",
    ),
];

/// How many secrets of one kind are told.
const MOST_OF_A_KIND: usize = 20;

/// Words in a variable's name that say that its value is secret.
const NAMES: &[&str] = &["PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "API_KEY", "PRIVATE_KEY", "CREDENTIAL"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let told = findings.len();
    for (what, hints, shape) in SHAPES {
        if !hints.iter().any(|hint| subject.source.contains(hint)) {
            continue;
        }
        let Ok(regex) = RegexBuilder::new(shape).unicode(false).build() else { continue };
        for found in regex.find_iter(subject.source.as_bytes()).take(MOST_OF_A_KIND) {
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
