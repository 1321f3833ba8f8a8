//! Coverage reports as the tools write them: lines and branches by file, where their paths lie, and what of a change is covered.

use gated_core::measured::{Measured, PatchFile};
use gated_core::policy::ReportFormat::{self, Clover, Cobertura, Jacoco, Lcov, Simplecov};
use gated_core::units::Ratio;

use crate::support::{Build, fixture, lines, report};

const CHECKOUT: &str = "/codebuild/output/src1/src/demo";

/// `path lines branches` of each file.
fn told(measured: &Measured) -> Vec<String> {
    let branches = |ratio: Option<Ratio>| ratio.map_or("-".to_owned(), |r| format!("{}/{}", r.covered, r.total));
    let files = measured.coverage.iter().flat_map(|coverage| &coverage.files);
    files.map(|f| format!("{} {}/{} {}", f.path, f.lines.covered, f.lines.total, branches(f.branches))).collect()
}

/// Each line with its hits.
fn hits(file: &PatchFile) -> Vec<(u32, Option<u64>)> {
    file.hits.iter().map(|line| (line.line, line.hits)).collect()
}

#[test]
fn lines_and_branches_are_counted_as_each_tool_counts_them() {
    let expected: [(ReportFormat, &str, &[&str]); 20] = [
        (Cobertura, "cobertura/coverage-py.xml", &["shop/price.py 5/8 2/4"]),
        (Cobertura, "cobertura/istanbul.xml", &["src/price.js 4/6 2/6"]),
        (Cobertura, "cobertura/phpunit.xml", &["src/Price.php 2/4 -"]),
        (Cobertura, "cobertura/gcovr.xml", &["a.c 4/5 1/2"]),
        (Cobertura, "cobertura/llvm-cov.xml", &["src/lib.rs 13/16 -"]),
        (Cobertura, "cobertura/vitest-v8.xml", &["src/price.js 7/9 2/3"]),
        (
            Jacoco,
            "jacoco/jacoco.xml",
            &["src/main/java/com/shop/Price.java 2/5 1/2", "src/main/java/com/shop/PriceTest.java 6/7 -"],
        ),
        (Clover, "clover/istanbul.xml", &["src/price.js 4/6 2/6"]),
        (Clover, "clover/vitest-v8.xml", &["src/price.js 7/9 2/3"]),
        (Clover, "clover/phpunit.xml", &["src/Price.php 2/4 -"]),
        (Clover, "clover/gcovr.xml", &["a.c 4/5 -"]),
        (Clover, "clover/openclover.xml", &["src/main/java/com/shop/Price.java 3/4 3/4"]),
        (Lcov, "lcov/coverage-py.info", &["shop/price.py 5/8 2/4"]),
        (Lcov, "lcov/istanbul.info", &["src/price.js 4/6 2/6"]),
        (Lcov, "lcov/c8.info", &["src/price.js 8/13 2/4"]),
        (Lcov, "lcov/llvm-cov.info", &["src/lib.rs 13/16 -"]),
        (Lcov, "lcov/vitest-v8.info", &["src/price.js 7/9 2/3"]),
        (Lcov, "lcov/vitest-istanbul.info", &["src/price.js 4/5 3/4"]),
        (Lcov, "lcov/gcovr.info", &["a.c 4/5 1/2"]),
        (Simplecov, "simplecov/resultset.json", &["lib/price.rb 7/9 2/4"]),
    ];
    for (format, path, files) in expected {
        let measured = Build::new(format).file("out/report", fixture(path)).checkout(CHECKOUT).measure();
        assert_eq!(measured.reports[0].faults, [""; 0], "{path}");
        assert_eq!(told(&measured), files, "{path}");
    }
}

#[test]
fn lcov_records_that_are_not_known_are_passed_over_and_sections_of_one_file_merge() {
    let measured = Build::new(Lcov).file("out/a.info", fixture("lcov/lcov2.info")).checkout(CHECKOUT).measure();
    assert_eq!(told(&measured), ["src/a.c 3/4 1/2"]);
    let note = "source files left out, since they are not in the checkout: 1 (/usr/include/c++/12/bits/stl_vector.h)";
    assert_eq!(measured.reports[0].notes, [note]);
}

#[test]
fn older_simplecov_files_are_read_and_their_commands_merge() {
    let build = Build::new(Simplecov).file("out/.resultset.json", fixture("simplecov/before-0.18.json"));
    assert_eq!(lines(&build.checkout(CHECKOUT).measure()), ["lib/price.rb 3/3"]);
}

#[test]
fn each_of_several_conditions_on_a_line_of_clover_counts() {
    let conditions = r#"<line num="5" type="cond" truecount="3" falsecount="1"/><line num="5" type="cond" truecount="0" falsecount="0"/>"#;
    let content = format!(r#"<coverage><project><file path="src/A.java">{conditions}</file></project></coverage>"#);
    assert_eq!(told(&Build::new(Clover).file("out/c.xml", content).measure()), ["src/A.java 1/1 2/4"]);
}

#[test]
fn a_line_whose_counter_is_missing_is_not_taken_for_uncovered() {
    let faults = Build::new(Jacoco).file("out/j.xml", fixture("jacoco/gcovr.xml")).faults();
    assert!(faults[0].contains("a line has no instruction counter"), "{faults:?}");
}

#[test]
fn several_reports_of_several_formats_merge_line_by_line() {
    let record = |path: &str, rows: &str| format!("SF:{path}\n{rows}end_of_record\n");
    let measured = Build::new(Lcov)
        .file("out/unit.info", record("src/a.rs", "DA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,-\n"))
        .file("out/e2e.info", record("src/a.rs", "DA:2,4\nDA:3,0\nBRDA:1,0,1,2\n") + &record("src/b.rs", "DA:1,0\n"))
        .measure();
    assert_eq!(told(&measured), ["src/a.rs 2/3 2/2", "src/b.rs 0/1 -"]);
}

#[test]
fn the_checkouts_directory_is_found_out_from_the_tree_when_nobody_tells_it() {
    let cases: [(ReportFormat, &str, &[&'static str], &str); 5] = [
        (Simplecov, "simplecov/resultset.json", &["lib/price.rb"], "lib/price.rb 7/9"),
        (Cobertura, "cobertura/coverage-py.xml", &["shop/price.py", "price.py"], "shop/price.py 5/8"),
        (Clover, "clover/istanbul.xml", &["src/price.js"], "src/price.js 4/6"),
        (Lcov, "lcov/lcov2.info", &["src/a.c"], "src/a.c 3/4"),
        (
            Clover,
            "clover/openclover.xml",
            &["src/main/java/com/shop/Price.java"],
            "src/main/java/com/shop/Price.java 3/4",
        ),
    ];
    for (format, path, tree, file) in cases {
        let measured = Build::new(format).file("out/report", fixture(path)).tree(tree).measure();
        assert_eq!(lines(&measured), [file], "{path}");
    }
}

#[test]
fn the_tree_outvotes_a_checkout_directory_that_no_path_is_in() {
    let build = Build::new(Simplecov).file("out/r", fixture("simplecov/resultset.json")).tree(["lib/price.rb"]);
    assert_eq!(lines(&build.checkout("/somewhere/else").measure()), ["lib/price.rb 7/9"]);
}

#[test]
fn another_projects_file_of_the_same_name_is_not_taken_for_ours() {
    let content = "SF:/build/demo/src/lib.rs\nDA:1,1\nend_of_record\nSF:/home/u/.cargo/registry/dep/src/lib.rs\nDA:1,0\nDA:2,0\nend_of_record\nSF:/build/demo/src/a.rs\nDA:1,1\nend_of_record\n";
    let measured = Build::new(Lcov).file("out/a.info", content).tree(["src/lib.rs", "src/a.rs"]).measure();
    assert_eq!(lines(&measured), ["src/a.rs 1/1", "src/lib.rs 1/1"]);
}

#[test]
fn relative_paths_start_where_the_policy_says_or_where_they_exist() {
    let content = "SF:src/a.js\nDA:1,1\nend_of_record\n";
    let build = || Build::new(Lcov).file("services/api/coverage/lcov.info", content);
    assert_eq!(lines(&build().measure()), ["src/a.js 1/1"]);
    assert_eq!(lines(&build().dir("services/api").measure()), ["services/api/src/a.js 1/1"]);
    assert_eq!(lines(&build().root("./services//api/").measure()), ["services/api/src/a.js 1/1"]);
    assert_eq!(lines(&build().tree(["services/api/src/a.js"]).measure()), ["services/api/src/a.js 1/1"]);
    let both = ["src/a.js", "services/api/src/a.js"];
    assert_eq!(lines(&build().tree(both).measure()), ["services/api/src/a.js 1/1"]);
    assert_eq!(lines(&build().tree(both).root(".").measure()), ["src/a.js 1/1"]);
}

#[test]
fn relative_paths_start_where_most_of_a_report_exists_and_else_nearest_to_it() {
    let record = |path: &str| format!("SF:{path}\nDA:1,1\nend_of_record\n");
    let tree = ["src/a.js", "services/api/src/a.js", "services/api/src/b.js"];
    let found = |paths: [&str; 2]| {
        let report = Build::new(Lcov).file("services/api/coverage/lcov.info", paths.map(record).concat());
        lines(&report.tree(tree).measure())
    };
    assert_eq!(found(["src/a.js", "src/b.js"]), ["services/api/src/a.js 1/1", "services/api/src/b.js 1/1"]);
    assert_eq!(found(["src/a.js", "services/api/src/b.js"]), ["services/api/src/b.js 1/1", "src/a.js 1/1"]);
}

#[test]
fn a_relative_source_directory_is_put_before_the_path() {
    let content = r#"<coverage><sources><source>lib</source></sources><packages><package><classes><class filename="a.py"><lines><line number="1" hits="1"/></lines></class></classes></package></packages></coverage>"#;
    assert_eq!(lines(&Build::new(Cobertura).file("out/c.xml", content).measure()), ["lib/a.py 1/1"]);
    let build = Build::new(Cobertura).file("out/c.xml", content).root("services");
    assert_eq!(lines(&build.measure()), ["services/lib/a.py 1/1"]);
}

#[test]
fn package_paths_are_found_in_the_tree() {
    let report = |body: &str| format!(r#"<report name="r">{body}</report>"#);
    let file = |package: &str, name: &str| {
        format!(
            r#"<package name="{package}"><sourcefile name="{name}"><line nr="1" mi="0" ci="1" mb="0" cb="0"/></sourcefile></package>"#
        )
    };
    let module = report(&format!(r#"<group name="api">{}</group>"#, file("com/shop", "A.java")));
    let found = |content: String, tree: &'static str| {
        lines(&Build::new(Jacoco).file("out/j.xml", content).tree([tree]).measure())
    };
    assert_eq!(found(module, "api/src/main/java/com/shop/A.java"), ["api/src/main/java/com/shop/A.java 1/1"]);
    assert_eq!(found(report(&file("com/shop", "A.kt")), "src/main/kotlin/A.kt"), ["src/main/kotlin/A.kt 1/1"]);
    // Only Kotlin's convention allows that: another file of this name is another file.
    for (name, other) in [("A.java", "src/main/java/A.java"), ("A.scala", "src/main/scala/shop/A.scala")] {
        assert_eq!(found(report(&file("com/shop", name)), other), [""; 0], "{other}");
    }
    assert_eq!(found(report(&file("", "A.java")), "src/main/java/A.java"), ["src/main/java/A.java 1/1"]);
    let below = Build::new(Jacoco).file("services/api/target/site/jacoco.xml", report(&file("a", "B.scala")));
    assert_eq!(
        lines(&below.tree(["services/api/src/main/scala/a/B.scala"]).measure()),
        ["services/api/src/main/scala/a/B.scala 1/1"]
    );
    let rooted = Build::new(Jacoco).file("out/j.xml", report(&file("a", "B.java"))).root("api/java");
    assert_eq!(lines(&rooted.measure()), ["api/java/a/B.java 1/1"]);
}

#[test]
fn package_paths_are_those_of_the_module_that_wrote_the_report() {
    let report = |module: &str| fixture(&format!("layouts/maven/{module}.xml"));
    let tree =
        ["api/src/main/java/shop/Api.java", "core/src/main/java/shop/core/Price.java", "src/main/java/shop/Api.java"];
    let build = Build::new(Jacoco)
        .file("api/target/site/jacoco/jacoco.xml", report("api"))
        .file("core/target/site/jacoco/jacoco.xml", report("core"));
    let expected = ["api/src/main/java/shop/Api.java 1/2", "core/src/main/java/shop/core/Price.java 1/2"];
    assert_eq!(lines(&build.tree(tree).measure()), expected);
}

#[test]
fn package_paths_in_an_unusual_directory_are_found_when_one_file_is_meant_alone() {
    let found = |at: &str, tree: &[&'static str]| {
        Build::new(Jacoco).file(at, fixture("layouts/maven/core.xml")).tree(tree).measure()
    };
    let (one, other) = ("modules/core/source/shop/core/Price.java", "old/core/source/shop/core/Price.java");
    assert_eq!(lines(&found("out/jacoco.xml", &[one, "core/Price.java"])), [format!("{one} 1/2")]);
    assert_eq!(lines(&found("old/core/target/jacoco.xml", &[one, other])), [format!("{other} 1/2")]);
    let unclear = found("out/jacoco.xml", &[one, other]);
    assert_eq!(lines(&unclear), [""; 0]);
    assert!(unclear.reports[0].faults[0].contains("shop/core/Price.java"), "{:?}", unclear.reports[0].faults);
}

#[test]
fn a_report_none_of_whose_paths_is_in_the_checkout_is_a_fault() {
    let content = "SF:/elsewhere/a.rs\nDA:1,1\nend_of_record\nSF:../b.rs\nDA:1,1\nend_of_record\n";
    let measured = Build::new(Lcov).file("out/a.info", content).measure();
    let faults = &measured.reports[0].faults;
    assert!(faults[0].starts_with("none of its 2 source files lies in the checkout"), "{faults:?}");
    assert_eq!(lines(&measured), [""; 0]);
    let gone = Build::new(Lcov).file("out/a.info", "SF:src/gone.rs\nDA:1,1\nend_of_record\n").tree(["src/a.rs"]);
    assert!(gone.faults()[0].contains("src/gone.rs"));
}

#[test]
fn files_that_the_commit_does_not_have_are_left_out_and_noted() {
    let content = "SF:src/a.rs\nDA:1,1\nend_of_record\nSF:target/generated.rs\nDA:1,0\nend_of_record\n";
    let measured = Build::new(Lcov).file("out/a.info", content).tree(["src/a.rs"]).measure();
    assert_eq!(lines(&measured), ["src/a.rs 1/1"]);
    let note = "source files left out, since the commit does not have them: 1 (target/generated.rs)";
    assert_eq!(measured.reports[0].notes, [note]);
}

#[test]
fn no_path_leaves_the_checkout() {
    let content = "SF:src/../../../etc/passwd\nDA:1,1\nend_of_record\nSF:src/./x/../a.rs\nDA:1,1\nend_of_record\nSF:a\u{1b}b.rs\nDA:1,1\nend_of_record\n";
    let measured = Build::new(Lcov).file("out/a.info", content).measure();
    assert_eq!(lines(&measured), ["src/a.rs 1/1"]);
    assert!(measured.reports[0].notes[0].contains("not in the checkout: 2 ("), "{:?}", measured.reports[0].notes);
}

#[test]
fn a_file_is_left_out_when_every_exclude_list_matches_it() {
    let record = |path: &str| format!("SF:{path}\nDA:1,1\nend_of_record\n");
    let content = ["src/a.rs", "gen/a.rs", "gen/b.rs"].map(record).concat();
    let left = |lists: &[&[&str]]| lines(&Build::new(Lcov).file("out/a.info", &content).exclude(lists).measure());
    assert_eq!(left(&[]).len(), 3);
    assert_eq!(left(&[&["gen/**"]]), ["src/a.rs 1/1"]);
    assert_eq!(left(&[&["gen/**"], &["**/b.rs"]]), ["gen/a.rs 1/1", "src/a.rs 1/1"]);
}

#[test]
fn nothing_coverable_is_a_fault() {
    for content in ["SF:a.rs\nend_of_record\n", "SF:a.rs\nFN:1,f\nFNDA:1,f\nend_of_record\n"] {
        let faults = Build::new(Lcov).file("out/a.info", content).faults();
        assert!(faults[0].contains("no coverable line"), "{faults:?}");
    }
    assert!(Build::new(Jacoco).file("out/j.xml", "<report name=\"r\"/>").faults()[0].contains("no coverable line"));
}

#[test]
fn broken_trace_files_are_told_with_their_line() {
    let faults = |content| Build::new(Lcov).file("out/a.info", content).faults().remove(0);
    assert!(faults("SF:a.rs\nDA:1,1\n").contains("truncated"));
    assert!(faults("SF:a.rs\nDA:x,1\nend_of_record\n").contains("line 2: no line number"));
    assert!(faults("DA:1,1\n").contains("line 1: a line without a file"));
    assert!(faults("hello\n").contains("there is no record"));
    let json = |content| Build::new(Simplecov).file("out/a.json", content).faults().remove(0);
    assert!(json("{\"RSpec\": {\"coverage\": {").contains("truncated"));
    assert!(
        json("{\"meta\": {\"simplecov_version\": \"0.22.0\"}, \"coverage\": {}}")
            .contains("cannot be read as simplecov")
    );
}

#[test]
fn cobertura_and_clover_are_told_apart() {
    let faults = |format, path| Build::new(format).file("out/c.xml", fixture(path)).faults().remove(0);
    assert!(faults(Cobertura, "clover/istanbul.xml").contains("it looks like clover"));
    assert!(faults(Clover, "cobertura/istanbul.xml").contains("it looks like cobertura"));
}

#[test]
fn lines_past_the_end_of_a_file_are_noted_at_the_report_that_measures_it_furthest() {
    let content = "SF:src/a.rs\nDA:9,1\nDA:10,1\nDA:11,1\nDA:12,0\nend_of_record\n";
    let measured = Build::new(Lcov).file("out/a.info", content).lengths(&[("src/a.rs", 10)]).measure();
    let note = "files with lines past their end, as if measured from other sources: 1 (src/a.rs: line 12 of 10)";
    assert_eq!(measured.reports[0].notes, [note]);
    assert_eq!(measured.reports[0].faults, [""; 0]);
    let mut twice = Build::new(Lcov).file("out/a.info", content).lengths(&[("src/a.rs", 10)]);
    twice.decision.stages[0].reports.push(report(Lcov, None));
    let further = content.replace("DA:12,0", "DA:13,0");
    let twice = twice.file("out/b.info", further).told(|file| file.report = 1).measure();
    assert_eq!(twice.reports[0].notes, [""; 0]);
    assert_eq!(twice.reports[1].notes, [note.replace("12", "13")]);
}

#[test]
fn patch_coverage_is_of_changed_coverable_lines_that_are_not_excluded() {
    let content = "SF:src/a.rs\nDA:1,1\nDA:2,0\nDA:4,1\nend_of_record\nSF:gen/b.rs\nDA:1,0\nend_of_record\n\
                   SF:src/types.rs\nend_of_record\n";
    let build = Build::new(Lcov)
        .file("out/a.info", content)
        .exclude(&[&["gen/**"]])
        .changed("src/a.rs", &[4, 3, 2, 2])
        .changed("src/types.rs", &[1])
        .changed("gen/b.rs", &[1])
        .changed("README.md", &[1, 2]);
    let patch = build.measure().coverage.unwrap().patch.unwrap();
    assert_eq!(patch.lines, Ratio { covered: 1, total: 2 });
    assert_eq!(patch.files.len(), 1);
    assert_eq!(hits(&patch.files[0]), [(2, Some(0)), (4, Some(1))]);
    assert_eq!(patch.files[0].uncovered(), [(2, 2)]);
    assert_eq!(patch.unmeasured, ["README.md", "gen/b.rs"]);
}

#[test]
fn hits_are_the_highest_count_of_any_report_and_jacoco_has_none() {
    let record = |count: u32| format!("SF:src/a.rs\nDA:1,{count}\nDA:2,0\nend_of_record\n");
    let measured = Build::new(Lcov).file("out/a.info", record(3)).file("out/b.info", record(7));
    let patch = measured.changed("src/a.rs", &[1, 2]).measure().coverage.unwrap().patch.unwrap();
    assert_eq!(hits(&patch.files[0]), [(1, Some(7)), (2, Some(0))]);
    let path = "src/main/java/com/shop/Price.java";
    let measured = Build::new(Jacoco).file("out/j.xml", fixture("jacoco/jacoco.xml")).changed(path, &[3, 7, 8]);
    let patch = measured.measure().coverage.unwrap().patch.unwrap();
    assert!(hits(&patch.files[0]).iter().all(|(_, hits)| matches!(hits, None | Some(0))), "{patch:?}");
    assert!(patch.lines.covered > 0);
}

#[test]
fn without_changed_lines_there_is_no_patch_coverage_and_a_huge_change_is_listed_in_part() {
    let rows: String = (1..=6_000).map(|line| format!("DA:{line},0\n")).collect();
    let build = || Build::new(Lcov).file("out/a.info", format!("SF:a.rs\n{rows}end_of_record\n"));
    assert_eq!(build().measure().coverage.unwrap().patch, None);
    let changed: Vec<u32> = (1..=6_000).collect();
    let patch = build().changed("a.rs", &changed).measure().coverage.unwrap().patch.unwrap();
    assert_eq!((patch.lines.total, patch.files[0].hits.len()), (6_000, 5_000));
    assert_eq!(patch.files[0].uncovered(), [(1, 5_000)]);
}

#[test]
fn four_megabytes_of_trace_are_read() {
    let rows: String = (1..=400_000).map(|line| format!("DA:{line},{}\n", line % 2)).collect();
    let content = format!("SF:a.rs\n{rows}end_of_record\n");
    assert!(content.len() > 4_000_000);
    assert_eq!(lines(&Build::new(Lcov).file("out/a.info", content).measure()), ["a.rs 200000/400000"]);
}
