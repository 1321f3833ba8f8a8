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
    let (_, words) = words::verdict(report.record.verdict.kind, report.record.decision.mode);
    fill(Template::Page, &View::of(report)).unwrap_or_else(|_| shortest(report, words))
}

/// The same page of a run on one's own machine, which has no vote. `left_out` names what the gate would run and this run
/// did not: a part that passed is not called a pass.
pub fn rehearsal_page(report: &Report, left_out: &[String]) -> String {
    let view = View::of(report).rehearsed(report.record.verdict.kind, left_out);
    let (_, words) = words::rehearsal(report.record.verdict.kind, !left_out.is_empty());
    fill(Template::Page, &view).unwrap_or_else(|_| shortest(report, words))
}

/// The verdict and nothing else.
fn shortest(report: &Report, words: &str) -> String {
    let headline = html::escape(&report.record.verdict.headline);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{words}</title></head>\
         <body><main><h1>{words}: {headline}</h1></main></body></html>\n"
    )
}
