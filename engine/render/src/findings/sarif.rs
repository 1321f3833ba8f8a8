//! Findings as SARIF 2.1.0 (OASIS standard, schema `sarif-schema-2.1.0.json`): rules, places, fixes, and fingerprints
//! that stay the same when lines above a finding come or go.

use std::collections::BTreeMap;

use gated_core::names::sha256_hex;
use gated_policy::{Diagnostic, Explanation, Fix, RULES, Rule, Severity, Span, explanation};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Judged;

/// What stands in a path of a URI as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// All findings as one SARIF log with one run, and the rules that they break. `version` is that of the tool. Ends with a
/// newline.
pub fn sarif(files: &[Judged], version: &str) -> String {
    let broken = |rule: &&Rule| files.iter().flat_map(|file| &file.findings).any(|told| told.code == rule.code);
    let rules: Vec<&Rule> = RULES.iter().filter(broken).collect();
    let results: Vec<Value> = files.iter().flat_map(|file| results(file, &rules)).collect();
    let rules: Vec<Value> = rules.into_iter().map(described).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "gated", "semanticVersion": version, "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "artifacts": files.iter().map(|file| json!({"location": {"uri": uri(&file.path)}})).collect::<Vec<_>>(),
            "results": results,
        }],
    });
    format!("{log}\n")
}

/// A rule with everything that `gated explain` says. The link carries that text itself: it leads there from wherever the
/// log is read, without a network.
fn described(rule: &Rule) -> Value {
    let about = explanation(rule.code);
    let text = about.map_or_else(String::new, |about| format!("{} {}", about.why, about.mend));
    let markdown = about.map(Explanation::markdown).unwrap_or_default();
    let page = format!("{} {}\n\n{markdown}", rule.code, rule.name);
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "defaultConfiguration": {"level": level(rule.severity)},
        "helpUri": format!("data:text/plain;charset=utf-8,{}", utf8_percent_encode(&page, PATH)),
        "help": {"text": format!("{text} (gated explain {})", rule.code), "markdown": markdown},
    })
}

fn results(file: &Judged, rules: &[&Rule]) -> Vec<Value> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    file.findings
        .iter()
        .map(|told| {
            let line = line_of(&file.bytes, told.span.start);
            let about = format!("{}\0{}\0{}", told.code, file.path, String::from_utf8_lossy(line).trim());
            let times = seen.entry(about.clone()).or_default();
            *times += 1;
            result(file, told, rules, &sha256_hex(format!("{about}\0{times}").as_bytes()))
        })
        .collect()
}

fn result(file: &Judged, told: &Diagnostic, rules: &[&Rule], fingerprint: &str) -> Value {
    let text = match &told.help {
        Some(help) => format!("{}: {help}", told.message),
        None => told.message.clone(),
    };
    let mut result = json!({
        "ruleId": told.code,
        "level": level(told.severity),
        "message": {"text": text},
        "locations": [location(file, told.span, None)],
        "partialFingerprints": {"gatedFinding/v1": fingerprint},
    });
    if let Some(index) = rules.iter().position(|rule| rule.code == told.code) {
        result["ruleIndex"] = json!(index);
    }
    if let Some(related) = &told.related {
        result["relatedLocations"] = json!([location(file, related.span, Some(&related.message))]);
    }
    if let Some(fix) = &told.fix {
        result["fixes"] = json!([mend(file, fix)]);
    }
    result
}

/// SARIF's words for severities (2.1.0, section 3.27.10).
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn location(file: &Judged, span: Span, message: Option<&str>) -> Value {
    let physical = json!({"artifactLocation": {"uri": uri(&file.path)}, "region": region(span)});
    match message {
        Some(message) => json!({"physicalLocation": physical, "message": {"text": message}}),
        None => json!({"physicalLocation": physical}),
    }
}

fn mend(file: &Judged, fix: &Fix) -> Value {
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| json!({"deletedRegion": region(edit.span), "insertedContent": {"text": edit.text}}))
        .collect();
    json!({
        "description": {"text": fix.message},
        "artifactChanges": [{"artifactLocation": {"uri": uri(&file.path)}, "replacements": replacements}],
    })
}

fn region(span: Span) -> Value {
    json!({
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    })
}

/// A path as a URI: relative ones stay relative, to wherever the tool was started.
fn uri(path: &str) -> String {
    let encoded = utf8_percent_encode(path, PATH).to_string();
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded }
}

/// The line around a byte, as far as a fingerprint needs it.
fn line_of(bytes: &[u8], at: usize) -> &[u8] {
    const ENOUGH: usize = 1_000;
    let at = at.min(bytes.len());
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let start = bytes[..at].iter().rposition(is_break).map_or(0, |found| found + 1).max(at.saturating_sub(ENOUGH));
    let reach = bytes.len().min(at + ENOUGH);
    let end = bytes[at..reach].iter().position(is_break).map_or(reach, |found| at + found);
    &bytes[start..end]
}
