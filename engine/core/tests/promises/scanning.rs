//! The container image's scan: what is not known, or not read to its end, is never a pass.

use gated_core::decision::Decision;
use gated_core::scan::{ScanFinding, ScanOutcome};
use gated_core::verdict::{FailureClass, Requirement, State, Verdict, VerdictKind};
use serde_json::{Value, json};

use crate::support::evidence::*;
use crate::support::*;

fn built(scan: Value) -> Decision {
    plan(json!({"stages": [stage("test")], "container": {"build": true, "scan": scan}}))
}

fn finding(id: &str, severity: &str) -> ScanFinding {
    ScanFinding {
        id: id.to_owned(),
        severity: severity.to_owned().into(),
        package: Some("openssl 3.0".to_owned()),
        fix: None,
        fixed_in: None,
    }
}

fn scanned(findings: &[(&str, &str)]) -> ScanOutcome {
    let findings = findings.iter().map(|(id, severity)| finding(id, severity)).collect();
    ScanOutcome::Scanned { digest: pushed().digest, findings }
}

fn told(scan: Value, outcome: ScanOutcome) -> Verdict {
    on("2026-11-22", scan, outcome)
}

fn on(day: &str, scan: Value, outcome: ScanOutcome) -> Verdict {
    judged(&built(scan), |evidence| (evidence.scan, evidence.scanned_on) = (Some(outcome), Some(day.to_owned())))
}

fn scan(verdict: &Verdict) -> &Requirement {
    requirement(verdict, "container/scan")
}

#[test]
fn an_image_that_was_only_built_does_not_pass() {
    let verdict = judged(&built(json!({})), |_| {});
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Infrastructure)));
    assert_eq!(state(&verdict, "container"), State::Passed);
    assert_eq!(scan(&verdict).state, State::Error);
}

#[test]
fn an_image_that_was_not_pushed_does_not_pass_whatever_a_scan_says() {
    let verdict = judged(&built(json!({})), |evidence| {
        evidence.record.as_mut().unwrap().image = None;
        evidence.scan = Some(scanned(&[]));
    });
    assert_eq!(verdict.kind, VerdictKind::Error);
    assert!(scan(&verdict).reason.contains("not pushed"));
}

#[test]
fn a_scan_without_findings_passes() {
    assert_eq!(told(json!({}), scanned(&[])).kind, VerdictKind::Pass);
}

#[test]
fn the_scan_of_another_image_does_not_pass() {
    let other = ScanOutcome::Scanned { digest: format!("sha256:{}", "e".repeat(64)), findings: Vec::new() };
    let verdict = told(json!({}), other);
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Report)));
}

#[test]
fn a_scan_that_has_not_ended_or_will_not_end_well_does_not_pass() {
    for outcome in [
        ScanOutcome::Unfinished { status: "IN_PROGRESS".to_owned() },
        ScanOutcome::Unknown { status: "SCAN_ELIGIBILITY_EXPIRED".to_owned() },
    ] {
        let verdict = told(json!({"unscannable": "allow"}), outcome);
        assert_eq!((verdict.kind, scan(&verdict).state), (VerdictKind::Error, State::Error));
    }
}

#[test]
fn the_threshold_and_what_is_worse_fail_and_what_is_below_does_not() {
    let severities = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"];
    for (threshold, failing) in [("critical", 1), ("high", 2), ("medium", 3), ("low", 4)] {
        for (index, severity) in severities.iter().enumerate() {
            let verdict = told(json!({"fail-on": threshold}), scanned(&[("CVE-1", severity)]));
            let wanted = if index < failing { VerdictKind::Fail } else { VerdictKind::Pass };
            assert_eq!(verdict.kind, wanted, "{severity} where {threshold} fails");
        }
    }
}

#[test]
fn a_severity_that_is_not_known_always_fails() {
    for severity in ["UNDEFINED", "UNTRIAGED", "", "SEVERE"] {
        let verdict = told(json!({"fail-on": "critical"}), scanned(&[("CVE-1", severity)]));
        assert_eq!(verdict.kind, VerdictKind::Fail, "{severity:?}");
    }
    assert_eq!(told(json!({"fail-on": "low"}), scanned(&[("CVE-1", "Informational")])).kind, VerdictKind::Pass);
}

#[test]
fn findings_are_told_by_severity_and_with_their_fixes() {
    let findings = vec![
        finding("CVE-3", "HIGH"),
        ScanFinding { fix: Some(true), ..finding("CVE-2", "CRITICAL") },
        ScanFinding { fix: Some(false), ..finding("CVE-1", "HIGH") },
        ScanFinding { fix: Some(true), fixed_in: Some("3.1".to_owned()), ..finding("CVE-5", "HIGH") },
        finding("CVE-4", "LOW"),
    ];
    let verdict = told(json!({}), ScanOutcome::Scanned { digest: pushed().digest, findings });
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Fail, Some(FailureClass::Code)));
    assert_eq!(
        scan(&verdict).reason,
        "1 critical (1 with a fix), 3 high (1 with a fix), where high or worse fails; 1 below high"
    );
    let details = [
        "critical CVE-2 in openssl 3.0, a fix is available",
        "high CVE-1 in openssl 3.0, no fix yet",
        "high CVE-3 in openssl 3.0",
        "high CVE-5 in openssl 3.0, fixed in 3.1",
    ];
    assert_eq!(scan(&verdict).details, details);
}

fn accepting(until: &str) -> Value {
    json!({"accept": [{"id": "CVE-1", "until": until, "owner": "carol", "reason": "not reachable"}]})
}

#[test]
fn an_accepted_finding_passes_to_the_end_of_its_last_day_and_is_named() {
    for day in ["2026-11-21", "2026-11-22"] {
        let verdict = on(day, accepting("2026-11-22"), scanned(&[("CVE-1", "CRITICAL")]));
        assert_eq!(verdict.kind, VerdictKind::Pass, "{day}");
        assert_eq!(scan(&verdict).details, ["critical CVE-1 is accepted by carol until 2026-11-22 (not reachable)"]);
    }
}

#[test]
fn an_acceptance_that_has_expired_counts_again_and_says_whose_it_was() {
    let verdict = on("2026-11-23", accepting("2026-11-22"), scanned(&[("CVE-1", "CRITICAL")]));
    assert_eq!(verdict.kind, VerdictKind::Fail);
    assert!(scan(&verdict).details[0].contains("was accepted by carol until 2026-11-22"));
}

#[test]
fn an_acceptance_covers_its_own_finding_alone() {
    let verdict = told(accepting("2027-01-31"), scanned(&[("CVE-1", "HIGH"), ("CVE-11", "HIGH")]));
    assert_eq!(
        scan(&verdict).reason,
        "1 high, where high or worse fails; 1 accepted (CVE-1 by carol until 2027-01-31)"
    );
}

#[test]
fn without_a_day_nothing_is_accepted() {
    for day in ["", "tomorrow", "2026-11-2"] {
        let verdict = on(day, accepting("2099-01-31"), scanned(&[("CVE-1", "HIGH")]));
        assert_eq!(verdict.kind, VerdictKind::Fail, "{day:?}");
    }
}

#[test]
fn an_image_that_cannot_be_scanned_is_an_error_unless_the_policy_allows_it() {
    let unscannable = || ScanOutcome::Unscannable { description: "UNSUPPORTED_IMAGE".to_owned() };
    let verdict = told(json!({}), unscannable());
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Policy)));
    assert!(scan(&verdict).reason.contains("unscannable: allow"));
    let verdict = told(json!({"unscannable": "allow"}), unscannable());
    assert_eq!(verdict.kind, VerdictKind::Pass);
    assert!(scan(&verdict).reason.contains("UNSUPPORTED_IMAGE"));
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
