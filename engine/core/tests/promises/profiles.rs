//! Build profiles and modes: what the platform owns, and no pull request gives itself.

use gated_core::decision::{Action, Decision, DeltaKind, Holds};
use gated_core::policy::{Floor, Mode, Policy};
use serde_json::{Value, json};

use crate::support::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/Build";

fn platform(more: Value) -> Floor {
    let network = json!({"vpc": "vpc-1", "subnets": ["subnet-1"], "securityGroups": ["sg-1"]});
    let profiles = json!([
        {"name": "vpc", "network": network, "role": ROLE, "docker": true},
        {"name": "plain", "docker": false},
    ]);
    floor(json!({"profiles": profiles, "policy": more}))
}

fn of(profile: &str) -> Policy {
    policy(json!({"stages": [stage("test")], "environment": {"profile": profile}}))
}

fn name(decision: &Decision) -> Option<&str> {
    decision.environment.profile.as_ref().map(|profile| profile.name.as_str())
}

#[test]
fn a_pull_request_cannot_choose_a_build_profile_for_itself() {
    let floor = platform(json!({}));
    let first = decided_with_floor(&floor, &plain(), &of("vpc"), &facts());
    assert_eq!(name(&first), None);
    assert!(first.reasons.iter().any(|r| r.contains("the profile none, not vpc: its own holds once it is merged")));
    assert_eq!((first.delta[0].kind, first.delta[0].holds), (DeltaKind::Changed, Holds::Merged));
    assert_eq!(name(&decided_with_floor(&floor, &of("vpc"), &of("plain"), &facts())), Some("vpc"));
    let adopted = layers(valid(floor), gated_core::layers::Found::Absent, valid(of("vpc")));
    assert_eq!(name(&gated_core::decide(&adopted, &facts(), "test")), None);
}

#[test]
fn the_profile_of_the_destination_holds_with_all_that_the_floor_says_of_it() {
    let decision = decided_with_floor(&platform(json!({})), &of("vpc"), &of("vpc"), &facts());
    let profile = decision.environment.profile.as_ref().unwrap();
    assert_eq!((profile.role.as_deref(), profile.network.as_ref().unwrap().vpc.as_str()), (Some(ROLE), "vpc-1"));
    assert!(decision.environment.privileged);
}

#[test]
fn the_profile_that_the_floor_chooses_is_final() {
    let floor = platform(json!({"environment": {"profile": "plain"}}));
    let decision = decided_with_floor(&floor, &of("vpc"), &of("vpc"), &facts());
    assert_eq!(name(&decision), Some("plain"));
    let decision = decided_with_floor(&floor, &plain(), &of("vpc"), &facts());
    assert_eq!(decision.delta[0].holds, Holds::Never);
}

#[test]
fn an_owner_s_approval_lets_the_proposed_profile_hold_at_once() {
    let owned = |profile: &str| {
        let gate = json!({"policy-owners": [MANAGERS]});
        policy(json!({"stages": [stage("test")], "gate": gate, "environment": {"profile": profile}}))
    };
    let decision = decided_with_floor(&platform(json!({})), &owned("plain"), &owned("vpc"), &approved_by(&[MANAGER]));
    assert_eq!((name(&decision), decision.delta[0].holds), (Some("vpc"), Holds::Now));
}

#[test]
fn whether_there_is_a_docker_daemon_is_the_profile_s_unless_the_floor_says_so() {
    let asks = policy(json!({"stages": [stage("test")], "environment": {"profile": "plain", "docker": true}}));
    let decision = decided_with_floor(&platform(json!({})), &of("plain"), &asks, &facts());
    assert!(!decision.environment.privileged);
    assert_eq!(decision.delta[0].holds, Holds::Never);
    let floor = platform(json!({"environment": {"docker": false}}));
    assert!(!decided_with_floor(&floor, &of("vpc"), &of("vpc"), &facts()).environment.privileged);
    let image = policy(json!({"stages": [stage("test")], "environment": {"profile": "plain"}, "container": {}}));
    assert_eq!(decided_with_floor(&platform(json!({})), &image, &image, &facts()).action, Action::Refuse);
}

#[test]
fn a_profile_that_the_floor_took_away_does_not_keep_the_pull_request_that_mends_it_from_being_judged() {
    let decision = decided_with_floor(&platform(json!({})), &of("gone"), &of("vpc"), &facts());
    assert_eq!((decision.action, name(&decision)), (Action::Build, None));
    assert!(decision.reasons.iter().any(|reason| reason.contains("the profile gone is not defined by the floor")));
}

#[test]
fn the_mode_is_that_of_the_repository() {
    let mode = |only: Value| {
        let floor = floor(json!({"mode": only}));
        decided_with_floor(&floor, &plain(), &plain(), &facts()).mode
    };
    assert_eq!(mode(json!({"mode": "observe", "only": ["demo"]})), Mode::Observe);
    assert_eq!(mode(json!({"mode": "observe", "only": ["other"]})), Mode::Enforce);
    assert_eq!(mode(json!({"mode": "observe", "only": null})), Mode::Observe);
}
