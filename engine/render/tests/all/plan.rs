//! `gated plan` says first what the gate will do, then why.

use gated_core::decision::*;
use gated_core::layers::Problem;
use gated_core::matching::ArnGlobs;
use gated_core::names::PolicyName;
use gated_core::units::{Percent, Seconds};
use gated_render::plan_text;

use crate::sample::{decision, stage};

#[test]
fn the_first_line_says_what_the_gate_will_do() {
    let mut docs = stage("docs", &["true"]);
    docs.action = StageAction::NotApplicable;
    let mut decision = decision(vec![stage("lint", &["true"]), stage("test", &["true"]), docs]);
    let first = |decision: &Decision| plan_text(decision).lines().next().unwrap().to_owned();
    assert_eq!(first(&decision), "The gate runs 2 of 3 stages (lint, test); 1 left out.");
    decision.action = Action::Pass;
    assert_eq!(first(&decision), "The gate passes this pull request without a build.");
    decision.action = Action::Refuse;
    assert_eq!(first(&decision), "The gate refuses this pull request without a build.");
}

#[test]
fn every_stage_is_told_with_its_reason_in_columns() {
    let mut docs = stage("docs", &["true"]);
    docs.action = StageAction::NotApplicable;
    docs.required = false;
    docs.reason = "no changed file matches docs/**".into();
    let mut test = stage("test", &["true"]);
    test.timeout = Some(Seconds(600));
    test.retry = 1;
    let mut decision = decision(vec![test, docs]);
    decision.coverage = Some(PlannedCoverage {
        action: StageAction::Run,
        reason: "stage test reports coverage".into(),
        line: Some(Percent::parse("80.5").unwrap()),
        branch: None,
        patch: None,
        min_patch_lines: 10,
        exclude: vec![],
        paths: vec![],
    });
    let text = plan_text(&decision);
    assert!(
        text.contains("\nStages\n  test  run             required  at most 10m, one retry  it has no condition\n"),
        "{text}"
    );
    assert!(
        text.contains("\n  docs  not applicable  advisory                          no changed file matches docs/**\n"),
        "{text}"
    );
    assert!(text.contains("\nCoverage\n  run           stage test reports coverage\n  line  80.5 %\n"), "{text}");
}

#[test]
fn problems_skips_and_the_policys_changes_are_told() {
    let mut decision = decision(vec![stage("test", &["true"])]);
    decision.problems =
        vec![Problem { path: ".gated.yml".into(), line: 3, column: 5, message: "unknown key\n`stage`".into() }];
    let side = |value: &str, line| Some(Side { value: value.into(), line });
    decision.delta = vec![Delta {
        path: "coverage.line".into(),
        kind: DeltaKind::Weaker,
        holds: Holds::Merged,
        destination: side("80", Some(7)),
        source: side("70", None),
    }];
    decision.skips = vec![PlannedSkip {
        rule: PolicyName::new("hotfix").unwrap(),
        state: SkipState::Granted,
        reason: "the title starts with [hotfix]".into(),
        stages: vec![PolicyName::new("lint").unwrap()],
        asked_by: "arn:aws:iam::111122223333:user/alice".into(),
        granted_by: vec![],
        approval: None,
    }];
    let text = plan_text(&decision);
    assert!(text.contains("\n  .gated.yml:3:5: unknown key `stage`\n"), "{text}");
    assert!(text.contains("\n  hotfix  granted  lint  the title starts with [hotfix]\n"), "{text}");
    let row = "\n  weaker  coverage.line  80 (line 7) → 70  holds ";
    assert!(text.contains(&format!("{row}from the next pull request on\n")), "{text}");
    decision.delta[0].holds = Holds::Now;
    assert!(plan_text(&decision).contains(&format!("{row}at once\n")));
    decision.delta[0].holds = Holds::Merged;
    let owners = ArnGlobs::new(vec!["arn:aws:iam::*:user/olga".into()]).unwrap();
    decision.owners = Some(OwnersDemand { owners, granted_by: None });
    assert!(plan_text(&decision).contains("waits for an approval by one of: arn:aws:iam::*:user/olga"));
}

#[test]
fn a_title_or_reason_cannot_drive_the_terminal() {
    let mut decision = decision(vec![stage("test", &["true"])]);
    decision.reasons = vec!["title \u{1b}[2Jx\r\nBuild passed \u{202E}".into()];
    let text = plan_text(&decision);
    assert!(text.contains("\n  title x Build passed\n"), "{text:?}");
}
