//! Attacks on merge gates that were made elsewhere and that a policy must withstand. What each test's author does is in
//! its name; the other files hold the rules one by one.

use gated_core::decision::{Action, SkipState, StageAction};
use gated_core::facts::Facts;
use gated_core::verdict::{State, VerdictKind};
use gated_core::{decide, judge};
use serde_json::json;

use crate::support::evidence::*;
use crate::support::*;

#[test]
fn a_pull_request_that_removes_every_job_is_held_to_the_old_ones() {
    let old = policy(json!({"stages": [stage("lint"), cov()], "coverage": {"line": "80", "paths": []}}));
    let empty = policy(
        json!({"stages": [{"name": "ok", "run": ["true"]}], "coverage": {"line": "0", "paths": [], "exclude": ["**"]}}),
    );
    let decision = decided(&old, &empty, &facts());
    let verdict = judged(&decision, |evidence| evidence.measured.coverage = Some(coverage(&[("src/a.rs", 1, 10)])));
    assert_eq!(verdict.kind, VerdictKind::Fail);
    for id in ["stage/lint", "stage/cov", "coverage/line"] {
        assert!(requirement(&verdict, id).required, "{id}");
    }
}

#[test]
fn a_marker_that_travels_in_a_title_counts_only_at_the_start() {
    let both = policy(json!({"stages": [stage("lint"), stage("test")], "skip": [hotfix(&["test"])]}));
    for title in ["Revert \"[hotfix] db\"", "merge [hotfix]", "hotfix", ""] {
        assert_eq!(skip(&decided(&both, &both, &titled(title)), "hotfix").state, SkipState::NotApplicable, "{title}");
    }
}

#[test]
fn a_title_edited_after_the_start_makes_another_decision() {
    let both = policy(json!({"stages": [stage("lint"), stage("test")], "skip": [hotfix(&["test"])]}));
    let (before, after) = (decided(&both, &both, &titled("[hotfix] db")), decided(&both, &both, &titled("db")));
    assert_ne!(before.hash, after.hash);
    assert!(!after.can_reuse(&before), "the stage that was left out must run now");
    assert_eq!(judge(&after, Some(&green(&before))).kind, VerdictKind::Error, "its record does not name the stage");
}

#[test]
fn a_skip_that_is_not_authorised_skips_nothing() {
    let mut rule = hotfix(&["test"]);
    rule["by"] = json!(["arn:aws:iam::111122223333:user/ann"]);
    let both = policy(json!({"stages": [stage("lint"), stage("test")], "skip": [rule]}));
    for author in ["arn:aws:iam::111122223333:user/anna", "arn:aws:iam::111122223333:user/x/ann", AUTHOR] {
        let facts = Facts { author: author.to_owned(), ..titled("[hotfix]") };
        assert_eq!(planned(&decided(&both, &both, &facts), "test").action, StageAction::Run, "{author}");
    }
}

#[test]
fn a_pattern_never_matches_part_of_a_value() {
    let rule = json!({"name": "x", "when": {"title": [{"matches": "fix"}]}, "stages": ["test"]});
    let branch = json!({"name": "y", "when": {"source": ["feature"]}, "stages": ["test"]});
    let both = policy(json!({"stages": [stage("lint"), stage("test")], "skip": [rule, branch]}));
    let mut facts = titled("prefix");
    facts.change.source_reference = "refs/heads/feature/evil".to_owned();
    assert!(decided(&both, &both, &facts).skips.iter().all(|skip| skip.state == SkipState::NotApplicable));
}

#[test]
fn an_error_beside_a_good_policy_does_not_fall_through_to_the_good_one() {
    let layers = layers(valid(floor(json!({}))), valid(plain()), invalid());
    assert_eq!(decide(&layers, &facts(), "1").action, Action::Refuse);
}

#[test]
fn a_file_moved_out_of_a_guarded_folder_is_still_guarded() {
    let both = policy(json!({"stages": [stage("lint"), stage_with("audit", json!({"when": {"paths": ["auth/**"]}}))]}));
    let moved = touching(&["auth/login.rs", "misc/login.rs"]);
    assert_eq!(planned(&decided(&both, &both, &moved), "audit").action, StageAction::Run);
}

#[test]
fn a_huge_pull_request_cannot_hide_a_file_behind_a_list_that_was_cut() {
    let both = policy(json!({
        "gate": {"ignore": ["docs/**"]},
        "stages": [stage("lint"), stage_with("audit", json!({"when": {"paths": ["auth/**"]}}))],
        "skip": [{"name": "docs", "when": {"paths": ["docs/**"]}, "stages": ["audit"]}],
    }));
    let decision = decided(&both, &both, &incomplete(touching(&["docs/a.md"])));
    assert_eq!(decision.action, Action::Build);
    assert_eq!(planned(&decision, "audit").action, StageAction::Run);
}

#[test]
fn the_results_of_another_build_are_not_these() {
    let both = plain();
    let decision = decided(&both, &both, &facts());
    let verdict = judged(&decision, |evidence| evidence.outcome.id = Some("gated-demo-pr-8:1".to_owned()));
    assert_eq!((verdict.kind, state(&verdict, "build")), (VerdictKind::Error, State::Error));
}

#[test]
fn a_successful_build_without_a_report_is_no_yes() {
    let junit = json!([{"format": "junit", "files": ["junit.xml"], "root": null}]);
    let decision = plan(json!({"stages": [stage_with("test", json!({"reports": junit}))]}));
    assert_eq!(judged(&decision, |evidence| evidence.measured = Default::default()).kind, VerdictKind::Error);
}

#[test]
fn the_author_does_not_approve_through_a_role_session() {
    let mut rule = hotfix(&["test"]);
    rule["approval"] = json!({"from": ["arn:aws:sts::*:assumed-role/*/*"], "count": 1});
    let both = policy(json!({"stages": [stage("lint"), stage("test")], "skip": [rule]}));
    let session = "arn:aws:sts::111122223333:assumed-role/Admin/alice";
    let facts = Facts { title: "[hotfix]".to_owned(), ..approved_by(&[session]) };
    assert_eq!(skip(&decided(&both, &both, &facts), "hotfix").state, SkipState::WaitingForApproval);
}
