//! What makes a report count, whatever its format: found, fresh, whole, not too large, not of the commit.

use crate::support::{BEGAN, Build, decision, report, stage};
use gated_core::decision::StageAction;
use gated_core::measured::Measured;
use gated_core::policy::ReportFormat::{Cobertura, Junit, Lcov};

const GREEN: &str = r#"<testsuite><testcase name="a" classname="A"/></testsuite>"#;
const RED: &str = r#"<testsuite><testcase name="b" classname="B"><failure message="boom"/></testcase></testsuite>"#;

#[test]
fn a_whole_fresh_report_counts() {
    let measured = Build::new(Junit).file("out/a.xml", GREEN).measure();
    let report = &measured.reports[0];
    assert_eq!(report.faults, [""; 0]);
    assert_eq!(report.files, ["out/a.xml"]);
    assert_eq!(report.tests.as_ref().unwrap().passed, 1);
    assert_eq!(measured.coverage, None);
}

#[test]
fn several_files_of_a_report_add_up_in_order() {
    let measured = Build::new(Junit).file("out/b.xml", RED).file("out/a.xml", GREEN).measure();
    let tests = measured.reports[0].tests.as_ref().unwrap();
    assert_eq!((tests.passed, tests.failed), (1, 1));
    assert_eq!(tests.failures[0].message, "boom");
    assert_eq!(measured.reports[0].files, ["out/b.xml", "out/a.xml"]);
}

#[test]
fn a_file_that_is_listed_twice_counts_once() {
    let measured = Build::new(Junit).file("out/a.xml", GREEN).file("out/a.xml", GREEN).measure();
    assert_eq!(measured.reports[0].tests.as_ref().unwrap().passed, 1);
}

#[test]
fn a_missing_report_says_where_it_was_looked_for() {
    let faults = Build::new(Junit).faults();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].contains("no file was found at out/*"), "{faults:?}");
}

#[test]
fn every_report_of_every_running_stage_comes_out_in_order_and_no_other() {
    let mut build = Build::new(Junit);
    let mut left_out = stage("lint", vec![report(Junit, None)]);
    left_out.action = StageAction::Skip;
    build.decision = decision(vec![
        left_out,
        stage("cov", vec![report(Junit, None), report(Lcov, None)]),
        stage("e2e", vec![report(Junit, None)]),
    ]);
    let measured = build.measure();
    let names: Vec<_> = measured.reports.iter().map(|r| format!("{} {} {:?}", r.stage, r.report, r.format)).collect();
    assert_eq!(names, ["cov 0 Junit", "cov 1 Lcov", "e2e 0 Junit"]);
    assert!(measured.reports.iter().all(|report| report.faults.len() == 1));
}

#[test]
fn each_way_of_not_counting_has_its_own_words() {
    let deep = format!("{}{}", "<testsuite>".repeat(100), "</testsuite>".repeat(100));
    let huge = "x".repeat((8 << 20) + 1);
    let cases: [(&str, Build, &str); 13] = [
        ("empty", Build::new(Junit).file("out/a.xml", ""), "the file is empty"),
        ("blank", Build::new(Junit).file("out/a.xml", " \n"), "the file is empty"),
        ("truncated between", Build::new(Junit).file("out/a.xml", &GREEN[..40]), "truncated"),
        ("truncated inside", Build::new(Junit).file("out/a.xml", &GREEN[..30]), "truncated"),
        ("not XML", Build::new(Junit).file("out/a.xml", "{}"), "cannot be read as junit"),
        ("no cases", Build::new(Junit).file("out/a.xml", "<testsuites/>"), "no test case"),
        ("deep", Build::new(Junit).file("out/a.xml", deep), "nest deeper"),
        ("huge", Build::new(Junit).file("out/a.xml", huge), "a report file may have"),
        ("tracked", Build::new(Junit).file("out/a.xml", GREEN).told(|f| f.tracked = true), "a file of the commit"),
        (
            "stale",
            Build::new(Junit).file("out/a.xml", GREEN).told(|f| f.stale = Some(true)),
            "before the first stage began",
        ),
        (
            "stale, as an older driver tells it",
            Build::new(Junit).file("out/a.xml", GREEN).told(|f| (f.stale, f.modified) = (None, BEGAN - 1)),
            "before the first stage began",
        ),
        ("outside", Build::new(Junit).file("../a.xml", GREEN), "leaves the checkout"),
        (
            "lost",
            Build::new(Junit).file("out/a.xml", GREEN).told(|f| f.stored = "gone".into()),
            "could not be fetched: no such object",
        ),
    ];
    for (what, build, words) in cases {
        let measured = build.measure();
        let faults = &measured.reports[0].faults;
        assert!(faults.len() == 1 && faults[0].contains(words), "{what}: {faults:?}");
        assert_eq!(measured.reports[0].tests.as_ref().unwrap().passed, 0, "{what}");
    }
}

#[test]
fn a_faulty_file_does_not_hide_the_failures_of_the_others() {
    let measured = Build::new(Junit).file("out/a.xml", "").file("out/b.xml", RED).measure();
    let report = &measured.reports[0];
    assert_eq!(report.faults.len(), 1);
    assert_eq!(report.tests.as_ref().unwrap().failed, 1);
}

#[test]
fn a_doctype_is_ignored_and_an_entity_declaration_refused() {
    let plain = format!("<!DOCTYPE testsuite SYSTEM \"http://127.0.0.1:1/never.dtd\">{GREEN}");
    assert_eq!(Build::new(Junit).file("out/a.xml", plain).faults(), [""; 0]);
    let bomb = r#"<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>"#;
    let faults = Build::new(Junit).file("out/a.xml", bomb).faults();
    assert!(faults[0].contains("declares entities"), "{faults:?}");
}

#[test]
fn all_reports_of_a_build_together_are_bounded() {
    let filler = format!("<testsuite><!--{}--><testcase name=\"a\"/></testsuite>", "x".repeat(7 << 20));
    let build = (0..11).fold(Build::new(Junit), |build, n| build.file(&format!("out/{n}.xml"), &filler));
    let measured = build.measure();
    assert_eq!(measured.reports[0].tests.as_ref().unwrap().passed, 9);
    assert_eq!(measured.reports[0].faults.len(), 2);
    assert!(measured.reports[0].faults[0].contains("together"), "{:?}", measured.reports[0].faults);
}

#[test]
fn a_file_that_is_larger_than_the_record_says_is_still_too_large() {
    let build = Build::new(Junit).file("out/a.xml", "x".repeat((8 << 20) + 1)).told(|file| file.size = 10);
    assert!(build.faults()[0].contains("a report file may have"));
}

#[test]
fn more_files_than_allowed_are_faults_and_the_list_of_faults_is_bounded() {
    let build = (0..10_030).fold(Build::new(Junit), |build, n| build.file(&format!("out/{n}.xml"), GREEN));
    let measured = build.measure();
    let report = &measured.reports[0];
    assert_eq!(report.tests.as_ref().unwrap().passed, 10_000);
    assert_eq!(report.faults.len(), 21);
    assert_eq!(report.faults[20], "and 10 more faults like these");
}

#[test]
fn a_coverage_report_that_cannot_be_read_leaves_no_coverage() {
    let measured: Measured = Build::new(Cobertura).file("out/c.xml", "<coverage>").measure();
    assert_eq!(measured.coverage, None);
    assert!(measured.reports[0].faults[0].contains("truncated"));
    assert_eq!(measured.reports[0].tests, None);
}
