//! Report groups show what the gate measures, and neither change nor endanger what it builds.

use gated_core::decision::Decision;
use gated_core::policy::{Report, ReportFormat};
use gated_render::{BUILDSPEC_LIMIT, buildspec, buildspec_with_reports};
use serde_json::{Value, json};

use crate::buildspec::read_text;
use crate::harness::{Checkout, entries};
use crate::sample::{decision, report, report_of, stage};

/// What the ARNs of a deployment's report groups begin with.
const GROUPS: &str = "arn:aws-cn:codebuild:cn-north-1:111122223333:report-group/gated-";

#[test]
fn each_format_of_the_required_stages_has_its_group_and_five_are_the_most() {
    use ReportFormat::*;
    let mut unit = stage("unit", &["true"]);
    unit.reports = [Lcov, Trx, Cucumber, Trx].map(report_of).into();
    let mut advisory = stage("advisory", &["true"]);
    (advisory.required, advisory.reports) = (false, vec![report_of(Junit)]);
    let mut more = stage("more", &["true"]);
    more.reports = [Simplecov, Nunit3, Cobertura, Jacoco].map(report_of).into();
    let mut decision = decision(vec![unit, advisory, more]);
    let read = |decision: &Decision| read_text(&buildspec_with_reports(decision, GROUPS).unwrap())["reports"].clone();
    let group = |format: &str, name: &str| {
        let base = format!("${{CODEBUILD_SRC_DIR}}.gated-work/{name}");
        json!({"files": ["**/*"], "base-directory": base, "file-format": format})
    };
    let wanted = json!({
        format!("{GROUPS}trx"): group("VISUALSTUDIOTRX", "trx"),
        format!("{GROUPS}cucumber"): group("CUCUMBERJSON", "cucumber"),
        format!("{GROUPS}simplecov"): group("SIMPLECOV", "simplecov"),
        format!("{GROUPS}nunit3"): group("NUNIT3XML", "nunit3"),
        format!("{GROUPS}cobertura"): group("COBERTURAXML", "cobertura"),
    });
    assert_eq!(read(&decision), wanted);
    decision.stages.remove(2);
    decision.stages.remove(0);
    assert_eq!(read(&decision), Value::Null, "nothing but an advisory stage is left");
    assert_eq!(buildspec_with_reports(&decision, GROUPS).unwrap(), buildspec(&decision).unwrap());
}

#[test]
fn report_groups_change_nothing_but_where_files_are_shown() {
    let mut test = stage("test", &["true"]);
    test.reports = vec![report(&["a.xml"])];
    let decision = decision(vec![test]);
    let mut with = read_text(&buildspec_with_reports(&decision, GROUPS).unwrap());
    with.as_object_mut().unwrap().remove("reports").unwrap();
    let script = with["phases"]["build"]["commands"][0].as_str().unwrap().replace(" junit xml\n", "\n");
    with["phases"]["build"]["commands"][0] = json!(script);
    assert_eq!(with, read_text(&buildspec(&decision).unwrap()));
}

#[test]
fn a_policy_that_leaves_no_room_for_report_groups_is_built_without_them() {
    let mut test = stage("test", &["true"]);
    test.reports = vec![report(&["a.xml"])];
    let room = BUILDSPEC_LIMIT - buildspec(&decision(vec![test.clone()])).unwrap().chars().count();
    test.run = vec![format!("true {}", "x".repeat(room - 1))];
    let full = decision(vec![test.clone()]);
    assert_eq!(buildspec(&full).unwrap().chars().count(), BUILDSPEC_LIMIT);
    assert_eq!(buildspec_with_reports(&full, GROUPS), buildspec(&full));
    test.run[0].push('x');
    let beyond = decision(vec![test]);
    assert_eq!(buildspec_with_reports(&beyond, GROUPS).unwrap_err(), buildspec(&beyond).unwrap_err());
}

#[test]
fn the_files_that_the_gate_measures_lie_where_codebuild_looks_and_no_others() {
    let write = "mkdir -p out; echo a >out/a; echo b >out/b; echo old >out/old; touch -d '2001-01-01T00:00:00Z' out/old; \
                 echo committed >out/committed; truncate -s 8388609 out/huge; echo l >lcov.info";
    let mut unit = stage("unit", &[write]);
    unit.reports = vec![report_of(ReportFormat::Cobertura), report(&["out/a"])];
    unit.reports.push(Report { format: ReportFormat::Lcov, ..report(&["lcov.info"]) });
    let mut advisory = stage("advisory", &["true"]);
    (advisory.required, advisory.reports) = (false, vec![report(&["out/b"])]);
    let checkout = Checkout::of(&[("out/committed", "committed")]);
    let decision = decision(vec![unit, advisory]);
    let spec = read_text(&buildspec_with_reports(&decision, GROUPS).unwrap());
    let built = checkout.run(spec["phases"]["build"]["commands"][0].as_str().unwrap());
    assert!(built.succeeded, "{}", built.log);
    let source = checkout.path().display().to_string();
    let shown = |format: &str| {
        let base = spec["reports"][format!("{GROUPS}{format}")]["base-directory"].as_str().unwrap();
        let base = std::path::PathBuf::from(base.replace("${CODEBUILD_SRC_DIR}", &source));
        let text = |name: &String| std::fs::read_to_string(base.join(name)).unwrap().trim().to_owned();
        entries(&base).iter().map(|name| (name.clone(), text(name))).collect::<Vec<_>>()
    };
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    assert_eq!(shown("cobertura"), [file("0001.xml", "a"), file("0002.xml", "b")]);
    assert_eq!(shown("junit"), [file("0006.xml", "a")]);
    let paths: Vec<_> = built.record.reports.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths[..6], ["out/a", "out/b", "out/committed", "out/huge", "out/old", "out/a"], "{}", built.log);
}
