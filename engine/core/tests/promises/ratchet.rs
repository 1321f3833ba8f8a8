//! The table of the ratchet, row by row.

use gated_core::decision::{Action, StageAction};
use gated_core::facts::Facts;
use gated_core::policy::{FailOn, Policy, ReportFormat, Unscannable};
use gated_core::units::{Percent, Seconds};
use serde_json::json;

use crate::support::*;

fn names(decision: &gated_core::decision::Decision) -> Vec<&str> {
    decision.stages.iter().map(|stage| stage.name.as_str()).collect()
}

#[test]
fn stages_are_the_union_with_injected_ones_first_then_the_source_s_order() {
    let floor = floor(json!({"policy": {"stages": [stage("audit"), stage("gated-scan")]}}));
    let destination = policy(json!({"stages": [stage("test"), stage("lint"), stage("old")]}));
    let source = policy(json!({"stages": [stage("new"), stage("lint"), stage("test")]}));
    let decision = decided_with_floor(&floor, &destination, &source, &facts());
    assert_eq!(names(&decision), ["gated-scan", "new", "lint", "test", "old", "audit"]);
}

#[test]
fn a_pull_request_cannot_remove_a_stage() {
    let destination = policy(json!({"stages": [stage("lint"), stage("test")]}));
    let decision = decided(&destination, &plain(), &facts());
    assert_eq!(planned(&decision, "lint").action, StageAction::Run);
    assert!(planned(&decision, "lint").required);
}

#[test]
fn commands_are_the_source_s_so_that_a_proposal_is_tested_under_itself() {
    let destination = policy(json!({"setup": ["npm ci"], "stages": [stage_with("test", json!({"dir": "old"}))]}));
    let source =
        policy(json!({"setup": ["npm install"], "stages": [{"name": "test", "run": ["make faster"], "dir": "new"}]}));
    let decision = decided(&destination, &source, &facts());
    assert_eq!(planned(&decision, "test").run, ["make faster"]);
    assert_eq!(planned(&decision, "test").dir, "new");
    assert_eq!(decision.setup, ["npm install"]);
}

#[test]
fn commands_that_the_source_does_not_write_are_the_destination_s_then_the_floor_s() {
    let floor = floor(json!({"policy": {"setup": ["floor"], "stages": [stage("audit")]}}));
    let destination = policy(json!({"stages": [stage_with("test", json!({"dir": "app"}))]}));
    let source = policy(json!({"stages": [{"name": "test"}]}));
    let decision = decided_with_floor(&floor, &destination, &source, &facts());
    assert_eq!(planned(&decision, "test").run, ["make test"]);
    assert_eq!(planned(&decision, "test").dir, "app");
    assert_eq!(planned(&decision, "audit").run, ["make audit"]);
    assert_eq!(decision.setup, ["floor"]);
}

#[test]
fn an_injected_stage_is_the_floor_s_whatever_a_policy_says() {
    let floor = floor(json!({"policy": {"stages": [stage("gated-scan")]}}));
    let forged = policy(json!({"stages": [
        stage("test"),
        {"name": "gated-scan", "run": ["true"], "required": false},
        {"name": "gated-mine", "run": ["true"]},
    ]}));
    let decision = decided_with_floor(&floor, &forged, &forged, &facts());
    assert_eq!(planned(&decision, "gated-scan").run, ["make gated-scan"]);
    assert!(planned(&decision, "gated-scan").required);
    assert_eq!(names(&decision), ["gated-scan", "test"]);
}

#[test]
fn the_floor_may_take_commands_from_the_destination_only() {
    let floor = floor(json!({"commands-from-destination": true}));
    let source = policy(json!({"setup": ["evil"], "stages": [
        {"name": "test", "run": ["true"], "dir": "elsewhere"},
        stage("new"),
    ]}));
    let decision = decided_with_floor(&floor, &plain(), &source, &facts());
    assert_eq!(planned(&decision, "test").run, ["make test"]);
    assert_eq!(planned(&decision, "test").dir, ".");
    assert!(decision.setup.is_empty());
    assert_eq!(planned(&decision, "new").action, StageAction::NotApplicable);
}

#[test]
fn a_kind_of_report_that_was_demanded_stays_demanded() {
    let junit = json!({"format": "junit", "files": ["old.xml"], "root": null});
    let lcov = json!({"format": "lcov", "files": ["lcov.info"], "root": null});
    let destination = policy(json!({"stages": [stage_with("test", json!({"reports": [junit, lcov]}))]}));
    let moved = json!({"format": "nunit", "files": ["new.xml"], "root": null});
    let source = policy(json!({"stages": [stage_with("test", json!({"reports": [moved]}))]}));
    let decision = decided(&destination, &source, &facts());
    let reports: Vec<_> = planned(&decision, "test").reports.iter().map(|report| report.format).collect();
    assert_eq!(reports, [ReportFormat::Nunit, ReportFormat::Lcov]);
}

#[test]
fn a_stage_is_required_if_any_layer_whose_condition_holds_requires_it() {
    let destination = policy(json!({"stages": [stage("test")]}));
    let advisory = policy(json!({"stages": [stage_with("test", json!({"required": false}))]}));
    assert!(planned(&decided(&destination, &advisory, &facts()), "test").required);
    assert!(planned(&decided(&advisory, &destination, &facts()), "test").required);
    let elsewhere = stage_with("test", json!({"when": {"paths": ["docs/**"]}}));
    let elsewhere = policy(json!({"stages": [elsewhere, stage("lint")]}));
    let advisory = policy(json!({"stages": [stage_with("test", json!({"required": false})), stage("lint")]}));
    let decision = decided(&elsewhere, &advisory, &facts());
    assert_eq!(planned(&decision, "test").action, StageAction::Run);
    assert!(!planned(&decision, "test").required, "the destination's condition does not hold");
}

#[test]
fn a_condition_that_the_source_adds_leaves_nothing_out() {
    let narrowed = policy(json!({"stages": [stage_with("test", json!({"when": {"paths": ["docs/**"]}}))]}));
    let decision = decided(&plain(), &narrowed, &facts());
    assert_eq!(planned(&decision, "test").action, StageAction::Run);
    assert!(planned(&decision, "test").reason.contains("destination"), "{}", planned(&decision, "test").reason);
}

#[test]
fn a_condition_of_every_layer_leaves_the_stage_out_and_says_what_was_seen() {
    let both = policy(json!({"stages": [stage("lint"), stage_with("test", json!({"when": {"paths": ["docs/**"]}}))]}));
    let decision = decided(&both, &both, &facts());
    assert_eq!(planned(&decision, "test").action, StageAction::NotApplicable);
    assert_eq!(planned(&decision, "test").reason, "none of 2 changed files matches paths [docs/**]");
}

#[test]
fn the_container_is_built_if_any_layer_demands_it() {
    let with = policy(json!({"stages": [stage("test")], "container": {"build": true}}));
    let without = policy(json!({"stages": [stage("test")], "container": {"build": false}}));
    for (destination, source) in [(&with, &without), (&without, &with), (&with, &plain())] {
        let decision = decided(destination, source, &facts());
        assert_eq!(decision.container.as_ref().unwrap().action, StageAction::Run);
        assert!(decision.environment.privileged);
    }
    let decision = decided(&without, &without, &facts());
    assert_eq!(decision.container.unwrap().action, StageAction::NotApplicable);
    assert!(!decision.environment.privileged, "a container that is not built needs no Docker daemon");
}

#[test]
fn coverage_is_the_highest_of_each_and_every_path_target() {
    let percent = |text: &str| Some(Percent::parse(text).unwrap());
    let of = |coverage| policy(json!({"stages": [cov()], "coverage": coverage}));
    let destination = of(json!({"line": "80", "branch": "60", "min-patch-lines": 10, "paths": [
        {"files": ["src/core/**"], "line": "95", "branch": null},
    ]}));
    let source = of(json!({"line": "10", "branch": "70", "patch": "90", "min-patch-lines": 20, "paths": [
        {"files": ["src/core/**"], "line": "20", "branch": "50"},
        {"files": ["src/api/**"], "line": "70", "branch": null},
    ]}));
    let coverage = decided(&destination, &source, &facts()).coverage.unwrap();
    assert_eq!((coverage.line, coverage.branch, coverage.patch), (percent("80"), percent("70"), percent("90")));
    assert_eq!(coverage.min_patch_lines, 10);
    assert_eq!(coverage.paths.len(), 2);
    assert_eq!((coverage.paths[0].line, coverage.paths[0].branch), (percent("95"), percent("50")));
}

#[test]
fn retry_time_outs_and_scans_are_the_strictest() {
    let of =
        |keys, scan| policy(json!({"stages": [stage_with("test", keys)], "container": {"build": true, "scan": scan}}));
    let destination = of(json!({"min-duration": 5}), json!({"fail-on": "low", "unscannable": "fail"}));
    let source = of(json!({"retry": 1, "min-duration": 2}), json!({"fail-on": "never", "unscannable": "allow"}));
    let decision = decided(&destination, &source, &facts());
    assert_eq!(planned(&decision, "test").retry, 0, "absent is 0");
    assert_eq!(planned(&decision, "test").min_duration, Some(Seconds(5)));
    let container = decision.container.unwrap();
    assert_eq!(container.fail_on, FailOn::Low);
    assert_eq!(container.scan.unscannable, Some(Unscannable::Fail));
}

#[test]
fn a_file_is_excluded_only_where_every_layer_excludes_it_and_one_besides_the_source_does() {
    let of = |exclude: &[&str]| {
        policy(json!({"stages": [cov()], "coverage": {"line": "80", "paths": [], "exclude": exclude}}))
    };
    let silent = policy(json!({"stages": [cov()], "coverage": {"line": "80", "paths": []}}));
    let excludes = |destination: &Policy, source: &Policy, path: &str| {
        decided(destination, source, &facts()).coverage.unwrap().excludes(path)
    };
    let (generated, all) = (of(&["**/generated/**"]), of(&["**"]));
    assert!(excludes(&generated, &all, "src/generated/a.rs"));
    assert!(!excludes(&generated, &all, "src/a.rs"), "the destination does not leave it out");
    assert!(!excludes(&silent, &all, "src/a.rs"), "only the source does");
    assert!(excludes(&generated, &silent, "src/generated/a.rs"), "a silent layer says nothing");
    assert!(!excludes(&of(&[]), &all, "src/a.rs"), "an empty list leaves nothing out");
}

#[test]
fn accepted_findings_and_secrets_are_never_given_to_oneself() {
    let accept = |id: &str| json!({"id": id, "until": "2027-01-31", "owner": "bob", "reason": "no fix"});
    let of = |ids: &[&str], secrets: serde_json::Value| {
        let accept: Vec<_> = ids.iter().map(|id| accept(id)).collect();
        policy(json!({
            "stages": [stage("test")],
            "container": {"build": true, "scan": {"accept": accept}},
            "environment": {"secrets": secrets, "parameters": secrets},
        }))
    };
    let destination = of(&["CVE-1", "CVE-2"], json!([["TOKEN", "ci/npm"], ["OLD", "ci/old"]]));
    let source = of(&["CVE-2", "CVE-3"], json!([["TOKEN", "ci/npm"], ["OLD", "prod/key"], ["ROOT", "prod/root"]]));
    let decision = decided(&destination, &source, &facts());
    let accepted: Vec<_> = decision.container.unwrap().scan.accept.unwrap().into_iter().map(|entry| entry.id).collect();
    assert_eq!(accepted, ["CVE-2"]);
    assert_eq!(decision.environment.secrets, [("TOKEN".to_owned(), "ci/npm".to_owned())]);
    assert_eq!(decision.environment.parameters, [("TOKEN".to_owned(), "ci/npm".to_owned())]);
}

#[test]
fn a_value_that_the_floor_writes_is_final() {
    let floor = floor(json!({"policy": {
        "environment": {"image": "floor:1", "docker": false, "variables": [["A", "floor"]]},
        "container": {"dockerfile": "Floor.dockerfile"},
    }}));
    let source = policy(json!({
        "stages": [stage("test")],
        "environment": {"image": "mine:1", "docker": true, "variables": [["A", "mine"], ["B", "mine"]], "compute": "large"},
    }));
    let decision = decided_with_floor(&floor, &plain(), &source, &facts());
    let environment = &decision.environment;
    assert_eq!(environment.image, "floor:1");
    assert!(!environment.privileged);
    assert_eq!(environment.variables[0], ("A".to_owned(), "floor".to_owned()));
    assert_eq!(environment.variables[1], ("B".to_owned(), "mine".to_owned()));
    let container = decision.container.as_ref().unwrap();
    assert_eq!(container.dockerfile, "Floor.dockerfile");
    assert_eq!(container.action, StageAction::NotApplicable, "the floor only says how, nobody wants one");
}

#[test]
fn an_injected_stage_never_runs_in_an_image_that_the_pull_request_chose() {
    let floor = floor(json!({"policy": {"stages": [stage("gated-scan")]}}));
    let source = policy(
        json!({"stages": [stage("test")], "environment": {"image": "evil:1", "variables": [["NODE_OPTIONS", "x"]]}}),
    );
    let decision = decided_with_floor(&floor, &plain(), &source, &facts());
    assert_eq!(decision.environment.image, gated_core::defaults::IMAGE);
    assert!(decision.environment.variables.is_empty());
    assert!(decision.reasons.iter().any(|reason| reason.contains("image")), "{:?}", decision.reasons);
}

#[test]
fn a_time_out_is_never_above_the_floor_s_and_without_one_never_above_two_hours() {
    let of = |seconds: u64| policy(json!({"stages": [stage("test")], "environment": {"timeout": seconds}}));
    let timeout = |decision: gated_core::decision::Decision| decision.environment.timeout;
    assert_eq!(timeout(decided(&plain(), &plain(), &facts())), Seconds(1800));
    assert_eq!(timeout(decided(&plain(), &of(600), &facts())), Seconds(600));
    assert_eq!(timeout(decided(&plain(), &of(90_000), &facts())), Seconds(7200));
    let floor = floor(json!({"policy": {"environment": {"timeout": 900}}}));
    assert_eq!(timeout(decided_with_floor(&floor, &plain(), &of(90_000), &facts())), Seconds(900));
    assert_eq!(timeout(decided_with_floor(&floor, &plain(), &plain(), &facts())), Seconds(900));
}

#[test]
fn fail_fast_is_the_source_s() {
    let of = |fail_fast: bool| policy(json!({"stages": [stage("test")], "gate": {"fail-fast": fail_fast}}));
    assert!(decided(&of(false), &of(true), &facts()).fail_fast);
    assert!(!decided(&of(true), &of(false), &facts()).fail_fast);
}

#[test]
fn ignored_files_pass_without_a_build_only_where_every_layer_ignores_them() {
    let of = |ignore: &[&str]| policy(json!({"stages": [stage("test")], "gate": {"ignore": ignore}}));
    let docs = touching(&["docs/a.md"]);
    let action = |destination: &Policy, source: &Policy, facts: &Facts| decided(destination, source, facts).action;
    assert_eq!(action(&of(&["docs/**"]), &of(&["**"]), &docs), Action::Pass);
    assert_eq!(action(&of(&["docs/**"]), &plain(), &docs), Action::Pass);
    assert_eq!(action(&plain(), &of(&["**"]), &docs), Action::Build, "only the source ignores it");
    assert_eq!(action(&of(&["docs/**"]), &of(&["*.md"]), &docs), Action::Build, "the source does not");
    assert_eq!(action(&of(&["docs/**"]), &of(&["**"]), &touching(&["docs/a.md", "a.rs"])), Action::Build);
    assert_eq!(action(&of(&["**"]), &of(&["**"]), &touching(&[])), Action::Build, "nothing changed is not ignored");
    assert_eq!(action(&of(&["**"]), &of(&["**"]), &incomplete(docs)), Action::Build);
}

#[test]
fn a_demanded_stage_without_commands_is_refused_by_name() {
    let floor = floor(json!({"policy": {"stages": [{"name": "audit"}]}}));
    let decision = decided_with_floor(&floor, &plain(), &plain(), &facts());
    assert_eq!(decision.action, Action::Refuse);
    assert!(decision.reasons[0].contains("stage audit"), "{:?}", decision.reasons);
}

#[test]
fn coverage_that_nobody_reports_is_refused_before_a_build() {
    let source = policy(json!({"stages": [stage("test")], "coverage": {"line": "80", "paths": []}}));
    assert_eq!(decided(&plain(), &source, &facts()).action, Action::Refuse);
}

#[test]
fn nothing_required_is_an_error_and_no_pass() {
    let nothing = policy(json!({}));
    let advisory = policy(json!({"stages": [stage_with("test", json!({"required": false}))]}));
    let elsewhere = policy(json!({"stages": [stage_with("test", json!({"when": {"paths": ["docs/**"]}}))]}));
    for policy in [nothing, advisory, elsewhere] {
        let decision = decided(&policy, &policy, &facts());
        assert_eq!(decision.action, Action::Refuse);
        assert!(decision.reasons[0].contains("nothing required"), "{:?}", decision.reasons);
    }
}

#[test]
fn a_secret_outside_what_the_floor_allows_is_told_before_the_build() {
    let floor = floor(json!({"secrets-allowed": ["ci/"]}));
    let of = |name: &str| policy(json!({"stages": [stage("test")], "environment": {"secrets": [["TOKEN", name]]}}));
    let action = |policy| decided_with_floor(&floor, &policy, &policy, &facts()).action;
    assert_eq!(action(of("ci/npm")), Action::Build);
    assert_eq!(action(of("prod/npm")), Action::Refuse);
}

#[test]
fn a_container_that_the_floor_s_docker_forbids_is_refused() {
    let floor = floor(json!({"policy": {"environment": {"docker": false}}}));
    let with = policy(json!({"stages": [stage("test")], "container": {"build": true}}));
    assert_eq!(decided_with_floor(&floor, &with, &with, &facts()).action, Action::Refuse);
}
