//! Coverage against its targets: exact, complete, and never guessed.

use gated_core::decision::Decision;
use gated_core::measured::{CoverageBefore, PatchCoverage};
use gated_core::names::PullRequestId;
use gated_core::units::Ratio;
use gated_core::verdict::{Evidence, FailureClass, State, VerdictKind};
use serde_json::{Value, json};

use crate::support::evidence::*;
use crate::support::*;

fn covered(coverage: Value) -> Decision {
    let mut coverage = coverage;
    if coverage.get("paths").is_none() {
        coverage["paths"] = json!([]);
    }
    plan(json!({"stages": [cov()], "coverage": coverage}))
}

#[test]
fn coverage_is_compared_exactly_and_one_hundredth_below_fails() {
    let decision = covered(json!({"line": "80"}));
    let verdict = |covered| {
        judged(&decision, |evidence| {
            evidence.measured.coverage = Some(coverage(&[("src/a.rs", covered, 10_000)]));
        })
    };
    assert_eq!(verdict(8_000).kind, VerdictKind::Pass);
    let below = verdict(7_999);
    assert_eq!((below.kind, below.class), (VerdictKind::Fail, Some(FailureClass::Code)));
    let line = requirement(&below, "coverage/line");
    assert_eq!(line.reason, "79.99% of 10000 lines covered, below the 80% demanded");
    assert_eq!(line.details, ["src/a.rs: 2001 of 10000 lines not covered"]);
}

#[test]
fn the_patch_counts_from_its_least_size_on_and_names_its_uncovered_lines() {
    let decision = covered(json!({"patch": "90", "min-patch-lines": 10}));
    let judged = |patch| judged(&decision, |evidence| evidence.measured.coverage.as_mut().unwrap().patch = patch);
    assert_eq!(judged(None).kind, VerdictKind::Error);
    assert_eq!(state(&judged(patch(0, 9)), "coverage/patch"), State::NotApplicable);
    assert_eq!(state(&judged(patch(9, 10)), "coverage/patch"), State::Passed);
    let failed = judged(patch(8, 10));
    assert_eq!(failed.kind, VerdictKind::Fail);
    let details = &requirement(&failed, "coverage/patch").details;
    assert_eq!(details, &["src/a.rs: 2 of 10 changed lines not covered: 9-10"]);
}

#[test]
fn a_measured_file_of_which_nobody_knows_what_changed_is_an_error_that_names_it() {
    let decision = covered(json!({"patch": "90"}));
    let with = |change: &dyn Fn(&mut PatchCoverage)| {
        let verdict = judged(&decision, |evidence| {
            let mut all = patch(10, 10).unwrap();
            change(&mut all);
            evidence.measured.coverage.as_mut().unwrap().patch = Some(all);
        });
        (verdict.kind, verdict.class, requirement(&verdict, "coverage/patch").reason.clone())
    };
    let (kind, class, reason) = with(&|all| all.unknown = vec!["src/big.rs (more than 2 MB)".to_owned()]);
    assert_eq!((kind, class), (VerdictKind::Error, Some(FailureClass::Report)));
    assert!(reason.starts_with("the changed lines are not known of src/big.rs (more than 2 MB): "), "{reason}");
    let (kind, _, reason) = with(&|all| all.whole = vec!["src/mac.py (why)".to_owned()]);
    assert_eq!(kind, VerdictKind::Pass);
    assert!(reason.ends_with("; every line counts of src/mac.py (why)"), "{reason}");
}

#[test]
fn a_change_without_coverable_lines_is_not_applicable_and_names_the_files_that_no_report_measures() {
    let decision = covered(json!({"patch": "90"}));
    let nothing = |unmeasured: &[&str]| {
        let unmeasured = unmeasured.iter().map(|path| (*path).to_owned()).collect();
        let verdict = judged(&decision, |evidence| {
            let patch = PatchCoverage { unmeasured, ..PatchCoverage::default() };
            evidence.measured.coverage.as_mut().unwrap().patch = Some(patch);
        });
        let found = requirement(&verdict, "coverage/patch");
        assert_eq!(found.state, State::NotApplicable);
        found.reason.clone()
    };
    assert_eq!(nothing(&[]), "no coverable line was changed");
    let both = "no coverable line was changed (no report measures README.md, setup.py)";
    assert_eq!(nothing(&["README.md", "setup.py"]), both);
}

#[test]
fn coverage_says_how_it_differs_from_the_destinations_where_that_is_known() {
    let decision = covered(json!({"line": "70", "branch": "50"}));
    let reason = |lines, branches| {
        let verdict = judged(&decision, |evidence| {
            let coverage = evidence.measured.coverage.as_mut().unwrap();
            coverage.files[0].branches = Some(Ratio { covered: 1, total: 2 });
            coverage.before = Some(CoverageBefore {
                pull_request: PullRequestId::new("6").unwrap(),
                commit: decision.change.destination_commit.clone(),
                lines,
                branches,
            });
        });
        ["coverage/line", "coverage/branch"].map(|id| requirement(&verdict, id).reason.clone())
    };
    let [line, branch] = reason(Ratio { covered: 82, total: 100 }, None);
    assert_eq!(
        line,
        "80% of 100 lines covered, 70% demanded; -2.00 points against the destination (82% with pull request 6)"
    );
    assert_eq!(branch, "50% of 2 branches covered, 50% demanded");
    let [_, branch] = reason(Ratio { covered: 82, total: 100 }, Some(Ratio { covered: 1, total: 4 }));
    assert!(branch.ends_with("; +25.00 points against the destination (25% with pull request 6)"), "{branch}");
}

#[test]
fn each_path_target_is_a_requirement_of_its_own() {
    let decision = covered(json!({"line": "10", "paths": [
        {"files": ["src/a.rs"], "line": "70", "branch": null},
        {"files": ["src/b.rs"], "line": "100", "branch": null},
        {"files": ["gone/**"], "line": "100", "branch": null},
    ]}));
    let verdict = judged(&decision, |evidence| {
        evidence.measured.coverage.as_mut().unwrap().absent = vec!["gone/**".to_owned()];
    });
    assert_eq!(verdict.kind, VerdictKind::Fail);
    assert_eq!(state(&verdict, "coverage/line"), State::Passed);
    assert_eq!(state(&verdict, "coverage/paths/src/a.rs"), State::Failed);
    assert_eq!(state(&verdict, "coverage/paths/src/b.rs"), State::Passed);
    assert_eq!(state(&verdict, "coverage/paths/gone/**"), State::NotApplicable);
}

#[test]
fn a_path_target_that_measured_nothing_is_an_error_while_the_commit_has_such_files() {
    let decision = covered(json!({"paths": [{"files": ["src/core/**"], "line": "95", "branch": null}]}));
    let verdict = judged(&decision, |_| {});
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Report)));
    let target = verdict.requirements.iter().find(|it| it.id == "coverage/paths/src/core/**").unwrap();
    assert!(
        target.reason.starts_with("no report measures a line of a file that matches src/core/**: "),
        "{}",
        target.reason
    );
    let gone = judged(&decision, |evidence| {
        evidence.measured.coverage.as_mut().unwrap().absent = vec!["src/core/**".to_owned()];
    });
    let gone = requirement(&gone, "coverage/paths/src/core/**");
    let words = "the commit has no file that matches src/core/** but those that are excluded or have no coverable line";
    assert_eq!((gone.state, gone.reason.as_str()), (State::NotApplicable, words));
}

#[test]
fn branches_that_no_report_tells_are_an_error() {
    let verdict = judged(&covered(json!({"branch": "60"})), |_| {});
    assert_eq!((verdict.kind, verdict.class), (VerdictKind::Error, Some(FailureClass::Report)));
}

#[test]
fn coverage_is_an_error_unless_a_failed_stage_explains_that_it_is_missing() {
    let decision = covered(json!({"line": "80"}));
    let missing = |evidence: &mut Evidence| {
        evidence.measured.reports[0].faults = vec!["missing".to_owned()];
        evidence.measured.coverage = None;
    };
    let verdict = judged(&decision, missing);
    assert_eq!(verdict.kind, VerdictKind::Error);
    assert_eq!(state(&verdict, "report/cov/0"), State::Error);
    assert_eq!(state(&verdict, "coverage/line"), State::Error);
    let verdict = judged(&decision, |evidence| {
        missing(evidence);
        fail(evidence, "cov");
    });
    assert_eq!(verdict.kind, VerdictKind::Fail);
    assert_eq!(state(&verdict, "coverage/line"), State::NotRun);
    for coverage in [None, Some(coverage(&[]))] {
        let verdict = judged(&decision, |evidence| evidence.measured.coverage = coverage);
        assert_eq!(state(&verdict, "coverage/line"), State::Error);
    }
}

#[test]
fn numbers_from_half_of_the_reports_are_no_numbers() {
    let mut second = cov();
    second["name"] = json!("cov-web");
    let decision = plan(json!({"stages": [cov(), second], "coverage": {"line": "80", "paths": []}}));
    let verdict = judged(&decision, |evidence| {
        evidence.measured.reports[1].faults = vec!["truncated".to_owned()];
        evidence.measured.coverage = Some(coverage(&[("src/a.rs", 1, 100)]));
    });
    assert_eq!(verdict.kind, VerdictKind::Error, "a fail would blame the code for a broken report");
}
