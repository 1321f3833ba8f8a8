//! A run as JUnit XML: a case for each requirement, so that tools which show tests can show a gate. It leaves out nothing
//! that blocks.

use std::fmt::Write as _;

use gated_core::verdict::{Requirement, State};
use gated_render::xml_text as escaped;

use super::output::Report;

/// The document. Of a part, the case of the whole is an error: a suite without one would count as passed.
pub(super) fn document(report: &Report) -> String {
    let requirements = &report.verdict.requirements;
    let count = |state: fn(State) -> Kind, kind: Kind| requirements.iter().filter(|r| state(r.state) == kind).count();
    let part = usize::from(!report.left_out.is_empty());
    let (failures, errors) = (count(kind, Kind::Failure), count(kind, Kind::Error) + part);
    let skipped = count(kind, Kind::Skipped);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let tests = requirements.len() + part;
    let _ = writeln!(
        text,
        "<testsuite name=\"gated run\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">"
    );
    for requirement in requirements {
        case(requirement, &mut text);
    }
    if part > 0 {
        let message =
            escaped(&format!("only a part was run, which is not a pass; not run: {}", report.left_out.join(", ")));
        let _ = writeln!(text, "  <testcase name=\"the whole gate\"><error message=\"{message}\"/></testcase>");
    }
    text.push_str("</testsuite>\n");
    text
}

#[derive(PartialEq, Eq)]
enum Kind {
    Passed,
    Failure,
    Error,
    Skipped,
}

fn kind(state: State) -> Kind {
    match state {
        State::Passed => Kind::Passed,
        State::Failed => Kind::Failure,
        State::Error | State::Waiting => Kind::Error,
        State::NotApplicable | State::NotRun | State::Skipped => Kind::Skipped,
    }
}

fn case(requirement: &Requirement, text: &mut String) {
    let advisory = if requirement.required { "" } else { " (advisory)" };
    let _ = write!(
        text,
        "  <testcase classname=\"{}\" name=\"{}{advisory}\">",
        escaped(&requirement.id),
        escaped(&requirement.name)
    );
    let (reason, details) = (escaped(&requirement.reason), escaped(&requirement.details.join("\n")));
    let _ = match kind(requirement.state) {
        Kind::Passed => write!(text, "<system-out>{reason}</system-out>"),
        Kind::Failure => write!(text, "<failure message=\"{reason}\">{details}</failure>"),
        Kind::Error => write!(text, "<error message=\"{reason}\">{details}</error>"),
        Kind::Skipped => write!(text, "<skipped message=\"{reason}\"/>"),
    };
    text.push_str("</testcase>\n");
}
