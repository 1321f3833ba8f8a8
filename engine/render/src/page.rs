//! The report page: one HTML file with everything inside, made from a stored report. It needs no network and no script, and
//! shows text from outside as text.

use gated_core::report::Report;
use serde_json::json;

use crate::templates::{Template, fill};
use crate::words;

/// The page of a report, as HTML.
pub fn page(report: &Report) -> String {
    let record = &report.record;
    let (sign, words) = words::verdict(record.verdict.kind, record.decision.mode);
    let requirements: Vec<_> = record
        .verdict
        .requirements
        .iter()
        .map(|it| json!({"name": it.name, "state": words::state(it.state), "reason": it.reason, "details": it.details}))
        .collect();
    let view = json!({
        "sign": sign, "words": words, "headline": record.verdict.headline, "title": record.decision.title,
        "number": record.decision.change.pull_request, "requirements": requirements,
    });
    fill(Template::Page, &view).unwrap_or_default()
}
