//! What earlier gates stored can be read; what a later one stored is refused.
#![allow(clippy::unwrap_used)]

use gated_core::report::Report;
use gated_core::stored::{self, Unreadable};
use gated_core::verdict::VerdictKind;

/// A record of a gate that knew no phases and no hits of changed lines.
const OLD: &[u8] = include_bytes!("fixtures/record-1.json");

#[test]
fn a_record_of_version_1_is_read_and_lacks_what_that_gate_did_not_know() {
    let record = stored::record(OLD).unwrap();
    let evidence = record.evidence.as_ref().unwrap();
    let patch = evidence.measured.coverage.as_ref().unwrap().patch.as_ref().unwrap();
    assert_eq!((record.version, record.verdict.kind), (1, VerdictKind::Pass));
    assert!(evidence.outcome.phases.is_empty() && patch.files.is_empty() && patch.lines.total == 6);
}

#[test]
fn a_report_of_an_old_record_survives_being_stored() {
    let report = Report::new(stored::record(OLD).unwrap());
    let again = stored::report(&serde_json::to_vec(&report).unwrap()).unwrap();
    assert_eq!(again, report);
}

#[test]
fn what_a_newer_gate_wrote_is_refused_and_never_half_understood() {
    let mut newer: serde_json::Value = serde_json::from_slice(OLD).unwrap();
    newer["version"] = (stored::RECORD + 1).into();
    let told = stored::record(&serde_json::to_vec(&newer).unwrap()).unwrap_err();
    assert!(matches!(told, Unreadable::Newer { newest: stored::RECORD, .. }), "{told}");
    assert!(matches!(stored::record(b"{}"), Err(Unreadable::Malformed { .. })));
}
