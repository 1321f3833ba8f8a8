//! Small reports that name much: what is looked up for them grows with their size, never with the product of two counts in
//! them, and a report that takes more than its share is a fault that names the bound.

use std::collections::BTreeSet;

use gated_core::policy::ReportFormat::{Clover, Cobertura, Cucumber, Jacoco, Junit, Lcov, Nunit, Nunit3, Testng, Trx};

use crate::support::{Build, lines};

/// A Cobertura report of these sources and classes.
fn cobertura(sources: impl Iterator<Item = String>, classes: impl Iterator<Item = String>) -> String {
    let sources: String = sources.map(|source| format!("<source>{source}</source>")).collect();
    let line = r#"<lines><line number="1" hits="1"/></lines>"#;
    let classes: String = classes.map(|name| format!(r#"<class filename="{name}">{line}</class>"#)).collect();
    format!(
        "<coverage><sources>{sources}</sources><packages><package><classes>{classes}</classes></package></packages></coverage>"
    )
}

#[test]
fn many_source_directories_and_many_classes_are_found_by_the_files_that_there_are() {
    let modules = || (0..900).map(|module| format!("module{module}"));
    let classes = || (0..5_000).map(|class| format!("package{}/Class{class}.java", class % 50));
    let place = |class: usize| format!("module{}/package{}/Class{class}.java", class % 900, class % 50);
    let build = |sources: Vec<String>| {
        let report = cobertura(sources.into_iter(), classes());
        Build::new(Cobertura).file("out/c.xml", report).checkout("/build/shop").tree((0..5_000).map(place))
    };
    for sources in [modules().collect(), modules().map(|module| format!("/build/shop/{module}")).collect()] {
        let measured = build(sources).steps(1_000_000).measure();
        assert_eq!(measured.reports[0].faults, [""; 0]);
        let found: BTreeSet<String> = measured.coverage.unwrap().files.into_iter().map(|file| file.path).collect();
        assert_eq!(found, (0..5_000).map(place).collect());
    }
}

#[test]
fn more_source_directories_than_any_project_has_are_refused() {
    let many = cobertura((0..1_001).map(|n| n.to_string()), ["a.py".to_owned()].into_iter());
    let faults = Build::new(Cobertura).file("out/c.xml", many).faults();
    assert!(faults[0].contains("it names more than 1000 source directories"), "{faults:?}");
    let long = cobertura(["s".repeat(5_000)].into_iter(), ["a.py".to_owned()].into_iter());
    let faults = Build::new(Cobertura).file("out/c.xml", long).faults();
    assert!(faults[0].contains("a source directory has more than 4096 bytes"), "{faults:?}");
}

#[test]
fn a_very_long_path_is_refused() {
    let path = "p".repeat(1 << 20);
    let rows = |row: &str| row.repeat((1 << 20) / row.len());
    let reports = [
        (Lcov, format!("SF:{path}\n{}end_of_record\n", rows("DA:1,1\n"))),
        (
            Clover,
            format!(
                r#"<coverage><project><file name="{path}">{}</file></project></coverage>"#,
                rows(r#"<line num="1" count="1"/>"#)
            ),
        ),
        (
            Jacoco,
            format!(
                r#"<report><package name="a"><sourcefile name="{path}">{}</sourcefile></package></report>"#,
                rows(r#"<line nr="1" ci="1"/>"#)
            ),
        ),
        (Cobertura, cobertura(std::iter::empty(), [path.clone()].into_iter())),
    ];
    for (format, report) in reports {
        let faults = Build::new(format).file("out/report", report).faults();
        assert!(faults[0].contains("the path of a source file has more than 4096 bytes"), "{format:?} {faults:?}");
    }
}

#[test]
fn all_cases_of_a_suite_with_a_very_long_name_are_counted() {
    let name = "n".repeat(1 << 19);
    let rows = |row: &str| row.repeat((1 << 20) / row.len());
    let reports = [
        (Junit, 95_325, format!(r#"<testsuite name="{name}">{}</testsuite>"#, rows("<testcase/>"))),
        (
            Nunit,
            36_157,
            format!(
                r#"<test-results><test-suite name="{name}">{}</test-suite></test-results>"#,
                rows(r#"<test-case result="Success"/>"#)
            ),
        ),
        (
            Nunit3,
            37_449,
            format!(
                r#"<test-run><test-suite fullname="{name}">{}</test-suite></test-run>"#,
                rows(r#"<test-case result="Passed"/>"#)
            ),
        ),
        (
            Testng,
            37_449,
            format!(
                r#"<testng-results><class name="{name}">{}</class></testng-results>"#,
                rows(r#"<test-method status="PASS"/>"#)
            ),
        ),
        (
            Trx,
            1,
            format!(
                r#"<TestRun><UnitTest id="{name}">{}</UnitTest><UnitTestResult testId="{name}" outcome="Passed"/></TestRun>"#,
                rows("<TestMethod/>")
            ),
        ),
        (
            Cucumber,
            52_429,
            format!(
                r#"[{{"name":"{name}","elements":[{}{{"steps":[{{"result":{{"status":"passed"}}}}]}}]}}]"#,
                rows(r#"{"type":"scenario"},"#)
            ),
        ),
    ];
    for (format, cases, report) in reports {
        let measured = Build::new(format).file("out/report", report).measure();
        assert_eq!(measured.reports[0].faults, [""; 0], "{format:?}");
        let tests = measured.reports[0].tests.as_ref().unwrap();
        assert_eq!(tests.passed + tests.skipped, cases, "{format:?}");
    }
}

#[test]
fn many_files_of_one_name_are_not_looked_through_for_each_path() {
    let tree = (0..100_000).map(|n| format!("packages/p{n}/src/index.js"));
    let record = |n: usize| format!("SF:p{n}/src/index.js\nDA:1,1\nend_of_record\n");
    let report: String = (0..5_000).map(record).collect();
    let measured = Build::new(Lcov).file("packages/lcov.info", report).tree(tree).steps(1_000_000).measure();
    assert_eq!(measured.reports[0].faults, [""; 0]);
    assert_eq!(lines(&measured).len(), 5_000);
}

#[test]
fn many_reports_of_a_large_repository_are_read_in_one_go() {
    let tree: Vec<String> =
        (0..60_000).map(|n| format!("services/s{}/src/main/java/com/shop/File{n}.java", n % 300)).collect();
    let report = |n: usize| {
        let name = format!("File{n}.java");
        format!(
            r#"<report><package name="com/shop"><sourcefile name="{name}"><line nr="1" ci="1"/></sourcefile></package></report>"#
        )
    };
    let build = (0..1_000).fold(Build::new(Jacoco).tree(&tree), |build, n| {
        build.file(&format!("services/s{}/target/jacoco-{n}.xml", n % 300), report(n))
    });
    let measured = build.measure();
    assert_eq!(measured.reports[0].faults, [""; 0]);
    assert_eq!(lines(&measured).len(), 1_000);
}

#[test]
fn absolute_paths_are_placed_in_a_commit_of_three_hundred_thousand_files() {
    let tree = (0..300_000).map(|n| format!("src/part{}/file{n}.rs", n % 1_000));
    let record = |n: usize| {
        format!("SF:/codebuild/output/src1/src/shop/src/part{}/file{n}.rs\nDA:1,1\nend_of_record\n", n % 1_000)
    };
    let report: String = (0..10_000).map(record).collect();
    let measured = Build::new(Lcov).file("lcov.info", report).tree(tree).measure();
    assert_eq!(measured.reports[0].faults, [""; 0]);
    assert_eq!(lines(&measured).len(), 10_000);
}

#[test]
fn what_takes_more_look_ups_than_there_are_is_a_fault_that_says_so() {
    let up = |n: usize| format!("SF:a/../b/../{n}/../x.rs\nDA:1,1\nend_of_record\n");
    let report: String = (0..10_000).map(up).collect();
    let build = || Build::new(Lcov).file("a/b/c/d/lcov.info", &report).tree(["a/b/x.rs"]);
    assert_eq!(build().faults(), [""; 0]);
    let faults = build().steps(5_000).faults();
    assert!(faults[0].contains("takes more than 20000000 look-ups"), "{faults:?}");
    assert!(faults[0].contains("set root"), "{faults:?}");
}

#[test]
fn a_build_names_no_more_source_files_than_one_report_may() {
    let report =
        |part: usize| -> String { (0..60_000).map(|n| format!("SF:{part}/{n}.rs\nDA:1,1\nend_of_record\n")).collect() };
    let faults = Build::new(Lcov).file("out/a.info", report(1)).file("out/b.info", report(2)).faults();
    assert_eq!(faults, ["out/b.info: the build's coverage reports name more than 100000 source files"]);
}

#[test]
fn a_target_is_absent_when_no_file_of_the_commit_that_counts_matches_it() {
    let build = || Build::new(Lcov).file("out/a.info", "SF:src/a.rs\nDA:1,1\nend_of_record\n");
    let targets = ["src/*.rs", "core/**", "gen/**", "gone/**"];
    let absent = |build: Build| build.targets(&targets).measure().coverage.unwrap().absent;
    let tree = ["src/a.rs", "core/b.rs", "gen/c.rs"];
    assert_eq!(absent(build().tree(tree)), ["gone/**"]);
    assert_eq!(absent(build().tree(tree).exclude(&[&["gen/**"]])), ["gen/**", "gone/**"]);
    assert_eq!(absent(build()), [""; 0], "where the commit's files are not known, none is");
}

#[test]
fn a_target_whose_files_are_all_measured_and_have_no_coverable_line_is_absent() {
    let empty = |path: &str| format!("SF:{path}\nend_of_record\n");
    let report = ["types/a.ts", "types/b.ts", "half/a.ts"].map(empty).concat() + "SF:src/a.ts\nDA:1,1\nend_of_record\n";
    let build = Build::new(Lcov).file("out/a.info", report).targets(&["src/**", "types/**", "half/**"]);
    let measured = build.tree(["src/a.ts", "types/a.ts", "types/b.ts", "half/a.ts", "half/b.ts"]).measure();
    assert_eq!(measured.coverage.unwrap().absent, ["types/**"], "nobody measures half/b.ts");
}
