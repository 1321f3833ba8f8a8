//! Skip rules: who grants, who asks, what is never left out.

use gated_core::decision::{Action, SkipState, StageAction};
use gated_core::facts::Facts;
use serde_json::{Value, json};

use crate::support::*;

fn with(rules: &[Value]) -> gated_core::policy::Policy {
    policy(json!({"stages": [stage("lint"), stage("test"), cov()], "skip": rules}))
}

fn rule(keys: Value) -> Value {
    let mut rule = hotfix(&["test", "cov"]);
    for (key, value) in keys.as_object().unwrap() {
        rule[key] = value.clone();
    }
    rule
}

#[test]
fn a_hotfix_title_leaves_out_only_what_the_destination_s_rule_allows() {
    let destination = with(&[hotfix(&["test"])]);
    let source = with(&[hotfix(&["lint", "test", "cov"])]);
    let decision = decided(&destination, &source, &titled("[Hotfix] db"));
    assert_eq!(planned(&decision, "test").action, StageAction::Skip);
    assert_eq!(planned(&decision, "lint").action, StageAction::Run);
    assert_eq!(planned(&decision, "cov").action, StageAction::Run);
    let reason = &planned(&decision, "test").reason;
    assert!(reason.contains("hotfix") && reason.contains(AUTHOR), "{reason}");
    assert_eq!(skip(&decision, "hotfix").state, SkipState::Granted);
    assert_eq!(skip(&decision, "hotfix").asked_by, AUTHOR);
}

#[test]
fn a_rule_that_only_the_source_has_grants_nothing() {
    let decision = decided(&with(&[]), &with(&[hotfix(&["test"])]), &titled("[hotfix] db"));
    assert_eq!(planned(&decision, "test").action, StageAction::Run);
    assert!(decision.skips.is_empty());
}

#[test]
fn a_rule_that_the_source_dropped_or_narrowed_is_not_granted() {
    let destination = with(&[hotfix(&["test"])]);
    let narrowed = with(&[rule(json!({"when": {"destination": ["release/*"]}}))]);
    for source in [with(&[]), narrowed] {
        let decision = decided(&destination, &source, &titled("[hotfix] db"));
        assert_eq!(planned(&decision, "test").action, StageAction::Run);
        assert_eq!(skip(&decision, "hotfix").state, SkipState::NotApplicable);
    }
}

#[test]
fn every_layer_that_has_the_rule_must_grant_it() {
    let floor = floor(json!({"policy": {"skip": [rule(json!({"when": {"destination": ["release/*"]}}))]}}));
    let both = with(&[hotfix(&["test"])]);
    let decision = decided_with_floor(&floor, &both, &both, &titled("[hotfix] db"));
    assert_eq!(skip(&decision, "hotfix").state, SkipState::NotApplicable);
}

#[test]
fn only_the_author_asks_and_only_where_by_names_them() {
    let on_call = with(&[rule(json!({"by": ["arn:aws:sts::*:assumed-role/OnCall/*"]}))]);
    let asks = |author: &str| {
        let facts = Facts { author: author.to_owned(), approvals: vec![MANAGER.to_owned()], ..titled("[hotfix]") };
        skip(&decided(&on_call, &on_call, &facts), "hotfix").state
    };
    assert_eq!(asks("arn:aws:sts::111122223333:assumed-role/OnCall/ann"), SkipState::Granted);
    assert_eq!(asks(AUTHOR), SkipState::NotApplicable);
    assert_eq!(asks("arn:aws:sts::111122223333:assumed-role/OnCall/ann/more"), SkipState::NotApplicable);
}

fn approved(count: u32, approvals: &[&str]) -> (SkipState, StageAction, Vec<String>) {
    let both = with(&[rule(json!({"approval": {"from": [MANAGERS], "count": count}}))]);
    let facts = Facts { title: "[hotfix] db".to_owned(), ..approved_by(approvals) };
    let decision = decided(&both, &both, &facts);
    let skip = skip(&decision, "hotfix");
    (skip.state, planned(&decision, "test").action, skip.granted_by.clone())
}

#[test]
fn while_an_approval_is_missing_the_stages_run() {
    assert_eq!(approved(1, &[]), (SkipState::WaitingForApproval, StageAction::Run, vec![]));
    assert_eq!(approved(1, &[MANAGER]), (SkipState::Granted, StageAction::Skip, vec![MANAGER.to_owned()]));
    assert_eq!(approved(2, &[MANAGER]).0, SkipState::WaitingForApproval);
    assert_eq!(approved(2, &[MANAGER, OTHER_MANAGER]).0, SkipState::Granted);
    assert_eq!(approved(0, &[]).0, SkipState::WaitingForApproval, "a count of nobody is still somebody");
}

#[test]
fn one_person_with_two_sessions_is_one_and_the_author_is_none() {
    let again = "arn:aws:sts::444455556666:assumed-role/ReleaseManagers/bob";
    let author = "arn:aws:sts::111122223333:assumed-role/ReleaseManagers/alice";
    assert_eq!(approved(2, &[MANAGER, again]).0, SkipState::WaitingForApproval);
    assert_eq!(approved(1, &[author]).0, SkipState::WaitingForApproval);
    assert_eq!(approved(1, &["arn:aws:iam::111122223333:user/dave"]).0, SkipState::WaitingForApproval);
}

#[test]
fn what_is_unskippable_or_injected_is_never_left_out() {
    let floor = floor(json!({"policy": {"stages": [stage("gated-scan")]}, "unskippable": ["test"]}));
    let both = with(&[hotfix(&["test", "cov", "gated-scan"])]);
    let decision = decided_with_floor(&floor, &both, &both, &titled("[hotfix]"));
    assert_eq!(planned(&decision, "test").action, StageAction::Run);
    assert_eq!(planned(&decision, "gated-scan").action, StageAction::Run);
    assert_eq!(planned(&decision, "cov").action, StageAction::Skip);
}

#[test]
fn rules_together_never_leave_out_every_required_stage() {
    let mut second = hotfix(&["cov"]);
    second["name"] = json!("urgent");
    let both = with(&[hotfix(&["lint", "test"]), second]);
    let decision = decided(&both, &both, &titled("[hotfix]"));
    assert!(decision.stages.iter().all(|stage| stage.action == StageAction::Run));
    assert!(decision.skips.iter().all(|skip| skip.state == SkipState::NotApplicable));
    assert!(skip(&decision, "urgent").reason.contains("every required stage"));
}

#[test]
fn an_advisory_stage_does_not_save_the_last_required_one() {
    let both = policy(json!({
        "stages": [stage("test"), stage_with("lint", json!({"required": false}))],
        "skip": [hotfix(&["test"])],
    }));
    let decision = decided(&both, &both, &titled("[hotfix]"));
    assert_eq!(planned(&decision, "test").action, StageAction::Run);
    assert_eq!(decision.action, Action::Build);
}

#[test]
fn a_rule_on_paths_is_not_granted_when_the_list_is_incomplete() {
    for condition in [json!({"paths": ["src/**"]}), json!({"not": {"paths": ["docs/**"]}})] {
        let both = with(&[rule(json!({"when": condition}))]);
        assert_eq!(skip(&decided(&both, &both, &facts()), "hotfix").state, SkipState::Granted);
        let decision = decided(&both, &both, &incomplete(facts()));
        assert_eq!(skip(&decision, "hotfix").state, SkipState::NotApplicable);
    }
}

#[test]
fn coverage_without_its_stages_is_skipped_by_the_rule_or_not_applicable_by_the_condition() {
    let coverage = json!({"line": "80", "paths": []});
    let by_rule = policy(json!({"stages": [stage("lint"), cov()], "coverage": coverage, "skip": [hotfix(&["cov"])]}));
    let decision = decided(&by_rule, &by_rule, &titled("[hotfix]"));
    assert_eq!(decision.coverage.unwrap().action, StageAction::Skip);
    let mut elsewhere = cov();
    elsewhere["when"] = json!({"paths": ["docs/**"]});
    let by_condition = policy(json!({"stages": [stage("lint"), elsewhere], "coverage": coverage}));
    let decision = decided(&by_condition, &by_condition, &facts());
    assert_eq!(decision.coverage.unwrap().action, StageAction::NotApplicable);
}

#[test]
fn a_rule_leaves_out_no_stage_that_nobody_has_even_where_an_image_is_built() {
    let mut written = json!({"stages": [stage("lint"), stage("test")], "container": {"build": true}});
    written["skip"] = json!([hotfix(&["lint", "ghost"])]);
    let both = policy(written.clone());
    let decision = decided(&both, &both, &titled("[hotfix] db"));
    assert_eq!(skip(&decision, "hotfix").stages.iter().map(ToString::to_string).collect::<Vec<_>>(), ["lint"]);
    written["skip"] = json!([hotfix(&["lint", "container"])]);
    let both = policy(written.clone());
    assert_eq!(skip(&decided(&both, &both, &titled("[hotfix] db")), "hotfix").stages.len(), 2);
    written.as_object_mut().unwrap().remove("container");
    let both = policy(written);
    assert_eq!(skip(&decided(&both, &both, &titled("[hotfix] db")), "hotfix").stages.len(), 1, "there is no image");
}

#[test]
fn the_same_evidence_in_every_layer_is_told_once() {
    let both = with(&[hotfix(&["test"])]);
    let decision = decided(&both, &both, &titled("[hotfix] db"));
    let reason = &skip(&decision, "hotfix").reason;
    assert_eq!(reason.matches("starts with").count(), 1, "{reason}");
}
