//! Policies that are not there or cannot be read: never fewer layers by accident.

use gated_core::decide;
use gated_core::decision::{Action, Adoption, Decision, StageAction};
use gated_core::facts::Facts;
use gated_core::layers::Found;
use gated_core::policy::{Floor, Policy};
use serde_json::json;

use crate::support::*;

fn decided_as(floor: Found<Floor>, destination: Found<Policy>, source: Found<Policy>, facts: &Facts) -> Decision {
    decide(&layers(floor, destination, source), facts, "test")
}

fn greedy() -> Policy {
    policy(json!({
        "gate": {"ignore": ["**"], "policy-owners": ["arn:aws:iam::*:user/alice"]},
        "environment": {"secrets": [["TOKEN", "prod/root"]]},
        "stages": [stage("lint"), cov()],
        "container": {"build": true, "scan": {"accept": [{"id": "CVE-1", "until": "2030-01-01", "owner": "a", "reason": "b"}]}},
        "coverage": {"line": "80", "paths": [], "exclude": ["**"]},
        "skip": [hotfix(&["cov"])],
    }))
}

#[test]
fn a_first_adoption_is_judged_under_the_source_without_the_grants_that_it_gives_itself() {
    let decision = decided_as(Found::Absent, Found::Absent, valid(greedy()), &titled("[hotfix]"));
    assert_eq!(decision.action, Action::Build);
    assert_eq!(decision.adoption, Some(Adoption::First));
    assert!(decision.skips.is_empty());
    assert!(decision.environment.secrets.is_empty());
    assert!(decision.owners.is_none());
    assert!(decision.delta.is_empty());
    assert!(!decision.coverage.unwrap().excludes("src/a.rs"));
    assert_eq!(decision.container.unwrap().scan.accept, Some(vec![]));
    assert!(decision.stages.iter().all(|stage| stage.action == StageAction::Run));
}

#[test]
fn a_first_adoption_has_the_secrets_that_the_floor_names() {
    let floor = floor(json!({"policy": {"environment": {"secrets": [["TOKEN", "ci/npm"]]}}}));
    let decision = decided_as(valid(floor), Found::Absent, valid(greedy()), &facts());
    assert_eq!(decision.environment.secrets, [("TOKEN".to_owned(), "ci/npm".to_owned())]);
}

#[test]
fn a_repository_without_a_policy_is_refused_unless_the_floor_stands_in() {
    let refused = decided_as(Found::Absent, Found::Absent, Found::Absent, &facts());
    assert_eq!(refused.action, Action::Refuse);
    assert!(refused.reasons[0].contains("has no .gated.yml"), "{:?}", refused.reasons);
    let of = |require: &str, stages: serde_json::Value| {
        floor(json!({"require-policy": require, "policy": {"stages": stages}}))
    };
    let action = |floor| decided_as(valid(floor), Found::Absent, Found::Absent, &facts()).action;
    assert_eq!(action(of("reject", json!([stage("audit")]))), Action::Refuse);
    assert_eq!(action(of("ignore", json!([stage("audit")]))), Action::Refuse, "the gate's rule is on it");
    assert_eq!(action(of("default", json!([stage("audit")]))), Action::Build);
    assert_eq!(action(of("default", json!([]))), Action::Refuse);
    let sometimes = json!([stage_with("audit", json!({"when": {"paths": ["**"]}}))]);
    assert_eq!(action(of("default", sometimes)), Action::Refuse, "it needs one that always runs");
}

#[test]
fn an_invalid_layer_never_falls_away() {
    let mut edits = facts();
    edits.changed = touching(&["src/a.rs"]).changed;
    for decision in [
        decided_as(invalid(), valid(plain()), valid(plain()), &facts()),
        decided_as(invalid(), Found::Absent, Found::Absent, &facts()),
        decided_as(Found::Absent, valid(plain()), invalid(), &facts()),
        decided_as(Found::Absent, Found::Absent, invalid(), &facts()),
        decided_as(Found::Absent, invalid(), invalid(), &facts()),
        decided_as(Found::Absent, invalid(), Found::Absent, &facts()),
        decided_as(Found::Absent, invalid(), valid(plain()), &edits),
        decided_as(Found::Absent, invalid(), valid(plain()), &incomplete(edits.clone())),
    ] {
        assert_eq!(decision.action, Action::Refuse);
        assert_eq!((decision.problems[0].line, decision.problems[0].column), (3, 5));
        assert!(decision.stages.is_empty());
    }
}

#[test]
fn the_pull_request_that_mends_the_destination_is_judged_like_a_first_adoption() {
    let decision = decided_as(Found::Absent, invalid(), valid(greedy()), &titled("[hotfix]"));
    assert_eq!(decision.action, Action::Build);
    assert_eq!(decision.adoption, Some(Adoption::Repair));
    assert!(decision.skips.is_empty() && decision.environment.secrets.is_empty() && decision.owners.is_none());
    assert!(decision.reasons[0].contains("line 3"), "{:?}", decision.reasons);
}

#[test]
fn the_repair_waits_for_an_owner_where_the_floor_names_one() {
    let floor = floor(json!({"policy": {"gate": {"policy-owners": [MANAGERS]}}}));
    let decision = decided_as(valid(floor.clone()), invalid(), valid(plain()), &facts());
    assert_eq!(decision.owners.unwrap().granted_by, None);
    let decision = decided_as(valid(floor), invalid(), valid(plain()), &approved_by(&[MANAGER]));
    assert_eq!(decision.owners.unwrap().granted_by.as_deref(), Some(MANAGER));
}

#[test]
fn a_deleted_policy_is_weaker_and_the_destination_s_still_holds() {
    let decision = decided_as(Found::Absent, valid(plain()), Found::Absent, &facts());
    assert_eq!(differences(&decision), [(".gated.yml", gated_core::decision::DeltaKind::Weaker)]);
    assert_eq!(planned(&decision, "test").action, StageAction::Run);
    assert!(decision.reasons[0].contains("next pull request"), "{:?}", decision.reasons);
}

#[test]
fn a_renamed_policy_is_a_deleted_one() {
    let renamed = touching(&[".gated.yml", "ci/.gated.yml"]);
    let decision = decided_as(Found::Absent, valid(plain()), Found::Absent, &renamed);
    assert!(decision.weakens());
}

#[test]
fn an_emptied_policy_weakens_every_key_and_the_destination_s_still_holds() {
    let decision = decided_as(Found::Absent, valid(plain()), valid(policy(json!({}))), &facts());
    assert_eq!(differences(&decision), [("stages.test", gated_core::decision::DeltaKind::Weaker)]);
    assert_eq!(decision.action, Action::Build);
    assert_eq!(planned(&decision, "test").run, ["make test"]);
}

#[test]
fn a_branch_older_than_the_policy_proposes_nothing_and_is_held_to_it() {
    let old_branch = touching(&["src/a.rs"]);
    let strict = policy(json!({"gate": {"policy-owners": [MANAGERS]}, "stages": [stage("test"), stage("lint")]}));
    for source in [Found::Absent, valid(plain())] {
        let decision = decided_as(Found::Absent, valid(strict.clone()), source, &old_branch);
        assert!(decision.delta.is_empty() && decision.owners.is_none());
        assert_eq!(planned(&decision, "lint").action, StageAction::Run);
    }
    let unknown = decided_as(Found::Absent, valid(strict), valid(plain()), &incomplete(old_branch));
    assert!(unknown.weakens() && unknown.owners.is_some(), "what was not seen is not assumed");
}

#[test]
fn the_layers_are_recorded_as_they_were_found() {
    use gated_core::decision::LayerState::{Absent, Invalid, Valid};
    let states = |decision: Decision| decision.layers.iter().map(|layer| layer.state).collect::<Vec<_>>();
    assert_eq!(states(decided_as(Found::Absent, invalid(), valid(plain()), &facts())), [Absent, Invalid, Valid]);
}
