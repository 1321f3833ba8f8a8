//! The container image's scan: what is not known, or not read to its end, is never a pass.

use gated_core::decision::Decision;
use gated_core::verdict::{State, VerdictKind};
use serde_json::{Value, json};

use crate::support::evidence::*;
use crate::support::*;

fn built(scan: Value) -> Decision {
    plan(json!({"stages": [stage("test")], "container": {"build": true, "scan": scan}}))
}

#[test]
fn an_image_that_was_only_built_does_not_pass() {
    let verdict = judged(&built(json!({})), |_| {});
    assert_eq!(verdict.kind, VerdictKind::Error);
    assert_eq!(state(&verdict, "container"), State::Passed);
    assert_eq!(state(&verdict, "container/scan"), State::Error);
}

#[test]
fn where_no_finding_matters_no_scan_is_demanded() {
    let verdict = judged(&built(json!({"fail-on": "never"})), |_| {});
    assert_eq!(verdict.kind, VerdictKind::Pass);
}

#[test]
fn an_image_that_was_not_built_has_no_scan_to_blame() {
    let verdict = judged(&built(json!({})), |evidence| fail(evidence, "container"));
    assert_eq!(verdict.kind, VerdictKind::Fail);
    assert_eq!(state(&verdict, "container/scan"), State::NotRun);
}
