//! From when the proposal's value of a key holds: what a decision says of it is what the joined policy does.

use gated_core::decision::{Delta, DeltaKind, Holds};
use gated_core::effective::{Parties, effective};
use gated_core::policy::{Floor, Policy};
use gated_core::units::Percent;
use serde_json::json;

use super::delta::directions;
use super::support::{
    MANAGER, MANAGERS, approved_by, cov, decided, decided_with_floor, facts, floor, policy, stage, stage_with,
};

/// The one difference.
fn row(destination: &Policy, source: &Policy) -> Delta {
    let decision = decided(destination, source, &facts());
    assert_eq!(decision.delta.len(), 1, "{:?}", decision.delta);
    decision.delta[0].clone()
}

/// Whether joining gives what it will give once the proposal is merged.
fn is_as_merged(destination: &Policy, source: &Policy) -> bool {
    let now = effective(&Parties::new(None, Some(destination), Some(source)));
    now == effective(&Parties::new(None, Some(source), Some(source)))
}

#[test]
fn a_weakening_that_is_said_to_bind_later_does_not_hold_now_and_the_others_do() {
    for (path, one, other, ..) in directions() {
        for (old, new) in [(&one, &other), (&other, &one)] {
            let (mut old, mut new) = (policy(old.clone()), policy(new.clone()));
            if matches!(path, "coverage.min-patch-lines" | "coverage.exclude") {
                // They mean something where coverage is demanded.
                for coverage in [&mut old, &mut new].into_iter().filter_map(|policy| policy.coverage.as_mut()) {
                    coverage.line = Some(Percent::ALL);
                }
            }
            let row = row(&old, &new);
            // A container that is turned on, or a stage that is added, is demanded by one layer now and by two later.
            if row.kind == DeltaKind::Stricter || path == "container.build" {
                continue;
            }
            assert_eq!(row.holds == Holds::Now, is_as_merged(&old, &new), "{path}: {old:?} → {new:?} {:?}", row.holds);
        }
    }
}

#[test]
fn commands_are_the_proposal_s_own_at_once_and_its_demands_bind_later() {
    let old = policy(json!({"stages": [stage("test"), cov()], "coverage": {"line": "80", "paths": []}}));
    let new = policy(
        json!({"stages": [stage_with("test", json!({"run": ["true"]})), cov()], "coverage": {"line": "70", "paths": []}}),
    );
    let decision = decided(&old, &new, &facts());
    assert_eq!(decision.weakened(Holds::Now), ["stages.test.run"]);
    assert_eq!(decision.weakened(Holds::Merged), ["coverage.line"]);
    assert_eq!(
        decision.reasons[0],
        "2 keys of the proposed policy are weaker or changed, which binds: coverage.line from the next pull request on, \
         and until then as the destination says; stages.test.run at once, since a pull request is built as it proposes"
    );
}

#[test]
fn a_floor_that_takes_commands_from_the_destination_lets_none_hold_at_once() {
    let floor: Floor = floor(json!({"commands-from-destination": true}));
    let old = policy(json!({"stages": [stage("test")]}));
    let new = policy(json!({"stages": [stage_with("test", json!({"run": ["true"]}))]}));
    assert_eq!(decided_with_floor(&floor, &old, &new, &facts()).weakened(Holds::Merged), ["stages.test.run"]);
}

#[test]
fn what_the_floor_writes_never_holds_otherwise() {
    let floor: Floor = floor(json!({"policy": {"environment": {"image": "floor:1"}}}));
    let of = |image: &str| policy(json!({"stages": [stage("test")], "environment": {"image": image}}));
    let decision = decided_with_floor(&floor, &of("a:1"), &of("b:1"), &facts());
    assert_eq!(decision.weakened(Holds::Never), ["environment.image"]);
    assert!(decision.reasons[0].ends_with("environment.image never, since the floor says otherwise"));
}

#[test]
fn after_an_owner_s_approval_the_whole_proposal_holds() {
    let of = |line: &str| {
        policy(json!({
            "gate": {"policy-owners": [MANAGERS]}, "stages": [stage("test")], "coverage": {"line": line, "paths": []}
        }))
    };
    let decision = decided(&of("80"), &of("70"), &approved_by(&[MANAGER]));
    assert_eq!(decision.weakened(Holds::Now), ["coverage.line"]);
}

#[test]
fn a_side_that_lists_nothing_says_none() {
    let junit = json!([{"format": "junit", "files": ["a.xml"], "root": null}]);
    let old = policy(json!({"stages": [stage_with("test", json!({"reports": junit}))]}));
    let row = row(&old, &policy(json!({"stages": [stage("test")]})));
    assert_eq!(row.source.unwrap().value, "none");
}

#[test]
fn a_default_of_the_destination_cannot_be_lowered_by_writing_it_down() {
    let of = |keys: serde_json::Value| {
        let mut written = json!({"stages": [stage("test")], "container": {"build": true}});
        written["container"]["scan"] = keys;
        policy(written)
    };
    let lax = of(json!({"fail-on": "never", "unscannable": "allow"}));
    let image = decided(&of(json!({})), &lax, &facts()).container.unwrap();
    let strict = decided(&of(json!({})), &of(json!({})), &facts()).container.unwrap();
    assert_eq!((image.fail_on, image.scan.unscannable), (strict.fail_on, strict.scan.unscannable));
    let floor: Floor = floor(json!({"policy": {"container": {"scan": {"fail-on": "critical"}}}}));
    let silent = decided_with_floor(&floor, &of(json!({})), &of(json!({})), &facts()).container.unwrap();
    assert_eq!(silent.fail_on, gated_core::policy::FailOn::Critical);
}
