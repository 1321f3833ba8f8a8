//! Which later decisions can be judged from an earlier build.

use gated_core::decision::Decision;
use gated_core::facts::Facts;
use gated_core::judge;
use gated_core::verdict::{FailureClass, VerdictKind};
use serde_json::{Value, json};

use crate::support::evidence::*;
use crate::support::*;

fn plan(written: Value, facts: &Facts) -> Decision {
    let policy = policy(written);
    decided(&policy, &policy, facts)
}

fn base() -> Value {
    json!({
        "setup": ["npm ci"],
        "stages": [stage("lint"), cov()],
        "coverage": {"line": "80", "paths": [], "exclude": ["gen/**"]},
        "skip": [hotfix(&["lint"])],
    })
}

#[test]
fn a_title_an_approval_or_a_threshold_needs_no_new_build() {
    let earlier = plan(base(), &facts());
    assert!(plan(base(), &titled("another")).can_reuse(&earlier));
    assert!(plan(base(), &approved_by(&[MANAGER])).can_reuse(&earlier));
    assert!(plan(base(), &titled("[hotfix]")).can_reuse(&earlier), "fewer stages are fine");
    assert!(!earlier.can_reuse(&plan(base(), &titled("[hotfix]"))), "more are not");
    let mut lower = base();
    lower["coverage"]["line"] = json!("50");
    assert!(plan(lower, &facts()).can_reuse(&earlier));
}

#[test]
fn whatever_changes_what_ran_needs_a_new_build() {
    let earlier = plan(base(), &facts());
    for (pointer, value) in [
        ("/setup", json!(["npm install"])),
        ("/stages/0/run", json!(["true"])),
        ("/stages/0/dir", json!("app")),
        ("/stages/0/timeout", json!(5)),
        ("/stages/0/retry", json!(1)),
        ("/stages/1/reports/0/files", json!(["other.xml"])),
        ("/stages", json!([cov(), stage("lint")])),
        ("/environment", json!({"image": "x:1"})),
        ("/gate", json!({"fail-fast": true})),
        ("/container", json!({"build": true})),
        ("/coverage/exclude", json!(["gen/**", "more/**"])),
        ("/coverage/patch", json!("90")),
    ] {
        let mut other = base();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = other.pointer_mut(parent).unwrap();
        match key.parse::<usize>() {
            Ok(index) => parent[index] = value,
            Err(_) => parent[key] = value,
        }
        assert!(!plan(other, &facts()).can_reuse(&earlier), "{pointer}");
    }
    let mut pushed = facts();
    pushed.change.source_commit = gated_core::names::CommitId::new("d".repeat(40)).unwrap();
    assert!(!plan(base(), &pushed).can_reuse(&earlier));
    let mut other_base = facts();
    other_base.change.merge_base = gated_core::names::CommitId::new("d".repeat(40)).unwrap();
    assert!(!plan(base(), &other_base).can_reuse(&earlier), "the changed lines are others");
}

#[test]
fn a_container_that_is_left_out_now_does_not_ask_for_a_new_build() {
    let mut with = base();
    with["container"] = json!({"build": true});
    with["skip"] = json!([hotfix(&["container"])]);
    let earlier = plan(with.clone(), &facts());
    let later = plan(with, &titled("[hotfix]"));
    assert!(!later.environment.privileged && later.can_reuse(&earlier));
}

#[test]
fn a_build_that_failed_for_a_stage_that_is_left_out_now_says_nothing() {
    let earlier = plan(base(), &facts());
    let later = plan(base(), &titled("[hotfix]"));
    let succeeded = green(&earlier);
    assert!(later.can_judge_from(&earlier, &succeeded));
    assert_eq!(judge(&later, Some(&succeeded)).kind, VerdictKind::Pass);
    let mut failed = green(&earlier);
    fail(&mut failed, "lint");
    assert!(later.can_reuse(&earlier) && !later.can_judge_from(&earlier, &failed));
    let mut still = green(&earlier);
    fail(&mut still, "cov");
    assert!(later.can_judge_from(&earlier, &still));
    assert_eq!(judge(&later, Some(&still)).kind, VerdictKind::Fail);
}

#[test]
fn a_build_that_failed_for_the_service_is_judged_and_not_made_again_in_a_circle() {
    let earlier = plan(base(), &facts());
    let mut faulty = green(&earlier);
    without_record(&mut faulty);
    end(&mut faulty, gated_core::measured::BuildStatus::Fault, "BUILD", "INTERNAL_ERROR");
    for decision in [&earlier, &plan(base(), &titled("[hotfix]"))] {
        assert!(decision.can_judge_from(&earlier, &faulty));
        assert_eq!(judge(decision, Some(&faulty)).class, Some(FailureClass::Infrastructure));
    }
    let mut failed = green(&earlier);
    fail(&mut failed, "lint");
    assert!(earlier.can_judge_from(&earlier, &failed));
}

#[test]
fn an_owner_s_approval_of_a_removed_stage_passes_from_the_same_build() {
    let old = policy(json!({"gate": {"policy-owners": [MANAGERS]}, "stages": [stage("test"), stage("lint")]}));
    let earlier = decided(&old, &plain(), &facts());
    let evidence = green(&earlier);
    assert_eq!(judge(&earlier, Some(&evidence)).kind, VerdictKind::Waiting);
    let later = decided(&old, &plain(), &approved_by(&[MANAGER]));
    assert!(later.can_judge_from(&earlier, &evidence));
    assert_eq!(judge(&later, Some(&evidence)).kind, VerdictKind::Pass);
}

fn with_container(container: Value) -> Value {
    let mut written = base();
    written["container"] = container;
    // A Docker daemon is there either way, so that the container alone makes the difference.
    written["environment"] = json!({"docker": true});
    written["skip"] = json!([hotfix(&["container"])]);
    written
}

#[test]
fn an_image_is_reused_only_when_it_was_built_of_the_same_file_in_the_same_place() {
    let image = json!({"build": true, "dockerfile": "a/Dockerfile", "context": "a"});
    let built = plan(with_container(image.clone()), &facts());
    assert!(plan(with_container(image.clone()), &titled("another")).can_reuse(&built));
    for (key, value) in [("dockerfile", "b/Dockerfile"), ("context", "b")] {
        let mut other = image.clone();
        other[key] = json!(value);
        assert!(!plan(with_container(other), &facts()).can_reuse(&built), "{key}");
    }
    let left_out = plan(with_container(image.clone()), &titled("[hotfix]"));
    assert!(left_out.can_reuse(&built) && !built.can_reuse(&left_out));
    let mut none = with_container(image);
    none.as_object_mut().unwrap().remove("container");
    none["skip"] = json!([]);
    let none = plan(none, &facts());
    assert!(none.can_reuse(&built) && left_out.can_reuse(&none) && !built.can_reuse(&none));
}

#[test]
fn a_docker_daemon_that_the_stages_had_of_their_own_is_missed_when_it_goes() {
    let mut with = base();
    with["environment"] = json!({"docker": true});
    let (with, without) = (plan(with, &facts()), plan(base(), &facts()));
    assert!(!without.can_reuse(&with) && !with.can_reuse(&without));
    let mut image = base();
    image["container"] = json!({"build": true});
    assert!(!plan(image, &facts()).can_reuse(&with), "the image was not built");
}

#[test]
fn with_fail_fast_a_stage_fewer_needs_a_new_build_and_the_same_stages_do_not() {
    let mut fast = base();
    fast["gate"] = json!({"fail-fast": true});
    let earlier = plan(fast.clone(), &facts());
    assert!(plan(fast.clone(), &titled("another")).can_reuse(&earlier));
    assert!(!plan(fast, &titled("[hotfix]")).can_reuse(&earlier));
}

#[test]
fn a_build_that_failed_for_an_image_that_is_left_out_now_says_nothing() {
    let written = with_container(json!({"build": true}));
    let earlier = plan(written.clone(), &facts());
    let mut failed = green(&earlier);
    fail(&mut failed, "container");
    assert!(plan(written.clone(), &titled("another")).can_judge_from(&earlier, &failed));
    assert!(!plan(written, &titled("[hotfix]")).can_judge_from(&earlier, &failed));
}
