//! A weakened policy: whose approval it needs, what holds before and after.

use gated_core::decide;
use gated_core::decision::{Decision, StageAction};
use gated_core::facts::Facts;
use gated_core::judge;
use gated_core::layers::Found;
use gated_core::policy::Policy;
use gated_core::units::Percent;
use gated_core::verdict::{State, VerdictKind};
use serde_json::json;

use crate::support::*;

fn covered(line: &str, owners: bool) -> Policy {
    let gate = if owners { json!({"policy-owners": [MANAGERS]}) } else { json!({}) };
    policy(json!({"gate": gate, "stages": [cov()], "coverage": {"line": line, "paths": []}}))
}

fn line(decision: &Decision) -> String {
    decision.coverage.as_ref().and_then(|coverage| coverage.line).unwrap().to_string()
}

#[test]
fn without_owners_a_weakening_binds_only_from_the_next_pull_request_on() {
    let decision = decided(&covered("80", false), &covered("50", false), &facts());
    assert_eq!(line(&decision), "80");
    assert_eq!(decision.owners, None);
    assert!(decision.reasons[0].contains("next pull request"), "{:?}", decision.reasons);
}

#[test]
fn with_owners_it_waits_and_then_the_proposal_s_own_values_hold() {
    let (old, new) = (covered("80", true), covered("50", true));
    let waiting = decided(&old, &new, &facts());
    assert_eq!(line(&waiting), "80");
    assert_eq!(waiting.owners.unwrap().granted_by, None);
    let granted = decided(&old, &new, &approved_by(&[MANAGER]));
    assert_eq!(line(&granted), "50");
    assert_eq!(granted.owners.unwrap().granted_by.as_deref(), Some(MANAGER));
}

#[test]
fn an_owner_s_approval_never_goes_below_the_floor() {
    let floor = floor(json!({
        "policy": {"stages": [stage("audit")], "coverage": {"line": "70", "paths": []}},
        "commands-from-destination": true,
    }));
    let new = policy(json!({"stages": [{"name": "cov", "run": ["true"]}], "coverage": {"line": "50", "paths": []}}));
    let decision = decided_with_floor(&floor, &covered("80", true), &new, &approved_by(&[MANAGER]));
    assert_eq!(line(&decision), "70");
    assert_eq!(planned(&decision, "audit").action, StageAction::Run);
    assert_eq!(planned(&decision, "cov").run, ["make cov"], "commands never come from the source");
}

#[test]
fn neither_the_author_nor_a_stranger_nor_the_author_s_other_session_is_an_owner() {
    let (old, new) = (covered("80", true), covered("50", true));
    let author = "arn:aws:sts::111122223333:assumed-role/ReleaseManagers/alice";
    for approver in [AUTHOR, author, "arn:aws:iam::111122223333:user/dave"] {
        let decision = decided(&old, &new, &approved_by(&[approver]));
        assert_eq!(decision.owners.as_ref().unwrap().granted_by, None, "{approver}");
        assert_eq!(line(&decision), "80");
    }
}

#[test]
fn a_pull_request_cannot_name_its_own_owners() {
    let mut new = covered("50", false);
    new.gate.policy_owners =
        policy(json!({"gate": {"policy-owners": ["arn:aws:iam::*:user/dave"]}})).gate.policy_owners;
    let decision = decided(&covered("80", true), &new, &approved_by(&["arn:aws:iam::111122223333:user/dave"]));
    let owners = decision.owners.as_ref().unwrap();
    assert_eq!(owners.owners.written(), [MANAGERS]);
    assert_eq!(owners.granted_by, None);
}

#[test]
fn a_stricter_proposal_holds_at_once_and_asks_nobody() {
    let decision = decided(&covered("80", true), &covered("90", true), &facts());
    assert_eq!(line(&decision), "90");
    assert_eq!(decision.owners, None);
    assert!(decision.reasons.is_empty(), "{:?}", decision.reasons);
}

#[test]
fn an_approved_deletion_is_still_judged_under_the_destination_unless_the_floor_stands_in() {
    let deleted =
        |floor| decide(&layers(floor, valid(covered("80", true)), Found::Absent), &approved_by(&[MANAGER]), "1");
    assert_eq!(line(&deleted(Found::Absent)), "80");
    let floor = floor(json!({"require-policy": "default", "policy": {"stages": [stage("audit")]}}));
    let decision = deleted(valid(floor));
    assert_eq!(decision.stages.len(), 1);
    assert_eq!(decision.coverage, None);
}

#[test]
fn ignored_files_do_not_carry_a_weakened_policy_past_its_owners() {
    let gate = json!({"ignore": ["*.yml"], "policy-owners": [MANAGERS]});
    let old = policy(json!({"gate": gate, "stages": [stage("test"), stage("lint")]}));
    let new = policy(json!({"gate": gate, "stages": [stage("test")]}));
    let only = touching(&[".gated.yml"]);
    let verdict = judge(&decided(&old, &new, &only), None);
    assert_eq!(verdict.kind, VerdictKind::Waiting);
    let approved = Facts { approvals: vec![MANAGER.to_owned()], ..only };
    let verdict = judge(&decided(&old, &new, &approved), None);
    assert_eq!(verdict.kind, VerdictKind::Pass);
    assert!(verdict.requirements.iter().any(|it| it.id == "owners" && it.state == State::Passed));
}

#[test]
fn percentages_are_compared_exactly() {
    let decision = decided(&covered("80.01", true), &covered("80.0099", true), &facts());
    assert_eq!(decision.coverage.unwrap().line, Some(Percent::parse("80.01").unwrap()));
    assert!(decision.owners.is_some());
}
