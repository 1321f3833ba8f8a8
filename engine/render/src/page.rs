//! The report page: one HTML file with everything inside, made from a stored report. It needs no network and no script,
//! decides nothing, and shows text from outside as text.

mod coverage;
mod facts;
mod machine;
mod policies;
mod reasons;
mod tests;
mod timeline;
mod tone;
mod trend;
mod view;

use gated_core::report::Report;

use crate::templates::{Template, fill};
use crate::{html, words};
use view::View;

/// The page of a report, as HTML. Lists that are very long are cut by whole rows, and the rest is counted.
pub fn page(report: &Report) -> String {
    fill(Template::Page, &View::of(report)).unwrap_or_else(|_| shortest(report))
}

/// The verdict and nothing else.
fn shortest(report: &Report) -> String {
    let record = &report.record;
    let (sign, words) = words::verdict(record.verdict.kind, record.decision.mode);
    let headline = html::escape(&record.verdict.headline);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{words}</title></head>\
         <body><main><h1>{sign} {words}: {headline}</h1></main></body></html>\n"
    )
}
