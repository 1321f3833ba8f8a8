//! Test reports as the tools write them: how many cases passed, failed and were skipped, and what is told of the failed ones.

use gated_core::measured::{MeasuredReport, TestCounts};
use gated_core::policy::ReportFormat::{self, Cucumber, Junit, Nunit, Nunit3, Testng, Trx};

use crate::support::{Build, fixture};

const CHECKOUT: &str = "/codebuild/output/src1/src/demo";

fn read(format: ReportFormat, path: &str) -> MeasuredReport {
    let mut measured = Build::new(format).file("out/report", fixture(path)).checkout(CHECKOUT).measure();
    assert_eq!(measured.reports[0].faults, [""; 0], "{path}");
    measured.reports.remove(0)
}

fn tests(format: ReportFormat, path: &str) -> TestCounts {
    read(format, path).tests.unwrap()
}

/// `suite / name @ place` of each failed case.
fn failures(counts: &TestCounts) -> Vec<String> {
    let place = |place: &Option<String>| place.clone().unwrap_or_else(|| "-".to_owned());
    counts.failures.iter().map(|f| format!("{} / {} @ {}", f.suite, f.name, place(&f.place))).collect()
}

#[test]
fn cases_are_counted_as_each_tool_counts_them() {
    let expected = [
        (Junit, "junit/pytest.xml", (2, 3, 1)),
        (Junit, "junit/nextest.xml", (2, 1, 0)),
        (Junit, "junit/libtest.xml", (1, 1, 0)),
        (Junit, "junit/node.xml", (1, 1, 1)),
        (Junit, "junit/jest.xml", (2, 1, 1)),
        (Junit, "junit/phpunit.xml", (1, 2, 1)),
        (Junit, "junit/testng.xml", (3, 2, 0)),
        (Junit, "junit/junit-platform.xml", (3, 1, 1)),
        (Junit, "junit/surefire.xml", (2, 2, 1)),
        (Junit, "junit/gradle.xml", (1, 1, 1)),
        (Junit, "junit/gotestsum.xml", (2, 1, 1)),
        (Junit, "junit/googletest.xml", (1, 1, 2)),
        (Junit, "junit/maven.xml", (2, 1, 1)),
        (Junit, "junit/gradle4.xml", (1, 2, 1)),
        (Junit, "junit/go.xml", (1, 1, 1)),
        (Junit, "junit/vitest.xml", (1, 1, 1)),
        (Nunit, "nunit/nunit-console.xml", (1, 1, 1)),
        (Nunit, "nunit/nunit2.xml", (1, 2, 2)),
        (Nunit3, "nunit3/nunit3.xml", (3, 2, 2)),
        (Nunit3, "nunit3/pytest-nunit.xml", (1, 2, 1)),
        (Testng, "testng/testng-results.xml", (3, 1, 1)),
        (Trx, "trx/vstest.trx", (2, 2, 1)),
        (Trx, "trx/jest.trx", (1, 1, 2)),
        (Cucumber, "cucumber/behave.json", (3, 2, 1)),
        (Cucumber, "cucumber/cucumber-js.json", (1, 2, 2)),
        (Cucumber, "cucumber/cucumber-jvm.json", (1, 3, 0)),
        (Cucumber, "cucumber/pytest-bdd.json", (2, 2, 0)),
    ];
    for (format, path, counts) in expected {
        let tests = tests(format, path);
        assert_eq!((tests.passed, tests.failed, tests.skipped), counts, "{path}");
        assert_eq!(tests.failures.len() as u64, tests.failed, "{path}");
        assert!(tests.failures.iter().all(|f| !f.name.is_empty() && !f.message.is_empty()), "{path}: {tests:?}");
    }
}

#[test]
fn a_failed_case_is_told_with_suite_name_and_place() {
    let expected: [(ReportFormat, &str, &[&str]); 14] = [
        (
            Junit,
            "junit/pytest.xml",
            &[
                r#"tests.test_price / test_types[x<y>&"z"] @ tests/test_price.py:12"#,
                "tests.test_price / test_expected_wrong @ tests/test_price.py:21",
                "tests.test_price / test_error @ tests/test_price.py:26",
            ],
        ),
        (Junit, "junit/nextest.xml", &["shop / tests::wrong @ src/lib.rs:17"]),
        (Junit, "junit/libtest.xml", &["tests / wrong @ src/lib.rs:20"]),
        (Junit, "junit/jest.xml", &["discount is wrong / discount is wrong @ test/price.test.js:5"]),
        (
            Junit,
            "junit/phpunit.xml",
            &[
                r#"PriceTest / testSums with data set "wrong" @ tests/PriceTest.php:10"#,
                "PriceTest / testError @ tests/PriceTest.php:20",
            ],
        ),
        (
            Junit,
            "junit/surefire.xml",
            &["com.shop.PriceTest / wrong @ PriceTest.java:21", "com.shop.PriceTest / broken @ PriceTest.java:30"],
        ),
        (Junit, "junit/maven.xml", &["com.shop.PriceTest / discount @ PriceTest.java:18"]),
        (Junit, "junit/go.xml", &["example.com/shop / TestDiscount @ price_test.go:13"]),
        (Junit, "junit/vitest.xml", &["test/price.test.js / price > has a discount @ test/price.test.js:6"]),
        (Junit, "junit/gotestsum.xml", &["example.com/shop/price / TestDiscount/wrong @ price_test.go:17"]),
        (
            Trx,
            "trx/vstest.trx",
            &["Shop.PriceTest / Shop.PriceTest.Wrong @ tests/PriceTest.cs:21", " / Shop.PriceTest.Sums (100,1) @ -"],
        ),
        (Trx, "trx/jest.trx", &["discount / discount / wrong @ price.test.js:5"]),
        (
            Nunit3,
            "nunit3/pytest-nunit.xml",
            &[
                "test_price.py / test_price.py::test_wrong @ test_price.py:13",
                "test_price.py / test_price.py::test_opens @ -",
            ],
        ),
        (
            Cucumber,
            "cucumber/cucumber-jvm.json",
            &[
                "Prices / no shop @ src/test/resources/shop/prices.feature:10",
                "Prices / a hook that fails @ src/test/resources/shop/prices.feature:14",
                "Prices / two definitions @ src/test/resources/shop/prices.feature:18",
            ],
        ),
    ];
    for (format, path, told) in expected {
        assert_eq!(failures(&tests(format, path)), told, "{path}");
    }
}

#[test]
fn a_message_has_its_first_lines_without_colours() {
    let message = |format, path, index: usize| tests(format, path).failures.remove(index).message;
    let pytest = message(Junit, "junit/pytest.xml", 1);
    assert!(pytest.starts_with("AssertionError: red\nassert 50.0 == 49\n"), "{pytest}");
    let nextest = message(Junit, "junit/nextest.xml", 0);
    assert!(
        nextest.contains("assertion `left == right` failed: a \"quoted\" <message>\n  left: 50\n right: 49"),
        "{nextest}"
    );
    // Rust's own harness says why only in the case's output.
    let libtest = message(Junit, "junit/libtest.xml", 0);
    assert!(
        libtest.contains("assertion `left == right` failed: a \"quoted\" <message>\n  left: 50.0\n right: 49.0"),
        "{libtest}"
    );
    assert!(message(Junit, "junit/node.xml", 0).contains("50 !== 49"));
    assert!(message(Junit, "junit/jest.xml", 0).contains("Expected: 49\nReceived: 50"));
    assert_eq!(message(Nunit, "nunit/nunit2.xml", 1), "System.NullReferenceException : Object reference not set");
    assert!(message(Nunit3, "nunit3/nunit3.xml", 0).starts_with("Expected: 49\n  But was:  50"));
    assert!(message(Nunit3, "nunit3/nunit3.xml", 1).starts_with("TearDown : System.IO.IOException"));
    assert!(message(Nunit3, "nunit3/pytest-nunit.xml", 0).contains("assert 50 == 49"));
    // A broken fixture, of which pytest-nunit tells nothing.
    assert_eq!(message(Nunit3, "nunit3/pytest-nunit.xml", 1), "the report does not say why");
    assert!(message(Testng, "testng/testng-results.xml", 0).contains("a <message> expected [49] but found [50]"));
    assert!(message(Trx, "trx/vstest.trx", 0).starts_with("Assert.AreEqual failed. Expected:<49>. Actual:<50>."));
    assert!(message(Trx, "trx/jest.trx", 0).contains("Expected: 49\nReceived: 50"));
    assert!(message(Cucumber, "cucumber/pytest-bdd.json", 0).contains("assert 50 == 49"));
    assert!(message(Cucumber, "cucumber/behave.json", 0).contains("ASSERT FAILED: it costs 90.0"));
    assert!(message(Cucumber, "cucumber/cucumber-jvm.json", 0).starts_with("Given a shop: failed\njava.lang.Illegal"));
}

#[test]
fn a_case_that_passed_only_when_run_again_passes_and_is_noted() {
    for (path, name) in [("junit/nextest.xml", "tests::flaky"), ("junit/surefire.xml", "unsteady")] {
        let notes = read(Junit, path).notes;
        assert_eq!(notes, [format!("flaky cases, which passed only when run again: 1 ({name})")]);
    }
}

#[test]
fn a_total_of_cases_is_never_believed() {
    let faults = |content| Build::new(Junit).file("out/a.xml", content).faults();
    assert!(faults(r#"<testsuite tests="5"/>"#)[0].contains("no test case"));
}

#[test]
fn a_suite_that_failed_outside_of_its_cases_is_a_failed_case() {
    let content = r#"<testsuites><testsuite name="S"><error message="no class">trace</error><testcase name="a"/></testsuite></testsuites>"#;
    let tests = Build::new(Junit).file("out/a.xml", content).measure().reports.remove(0).tests.unwrap();
    assert_eq!((tests.passed, tests.failed), (1, 1));
    assert_eq!(tests.failures[0].suite, "S");
    assert_eq!(tests.failures[0].message, "no class\ntrace");
}

#[test]
fn an_aborted_run_is_no_result() {
    let content = r#"<TestRun><Results><UnitTestResult testName="a" outcome="Passed"/></Results><ResultSummary outcome="Aborted"/></TestRun>"#;
    let faults = Build::new(Trx).file("out/a.trx", content).faults();
    assert!(faults[0].contains("the run did not end"), "{faults:?}");
}

#[test]
fn a_failed_set_up_of_testng_is_a_failed_case() {
    let content = r#"<testng-results><suite><test><class name="A"><test-method name="open" is-config="true" status="FAIL"/><test-method name="a" status="SKIP"/></class></test></suite></testng-results>"#;
    let tests = Build::new(Testng).file("out/a.xml", content).measure().reports.remove(0).tests.unwrap();
    assert_eq!((tests.passed, tests.failed, tests.skipped), (0, 1, 1));
}

#[test]
fn a_report_of_another_format_is_told_apart() {
    let faults = |format, path| Build::new(format).file("out/a", fixture(path)).faults().remove(0);
    let wrong = faults(Junit, "nunit3/nunit3.xml");
    assert!(wrong.contains("its outermost element is <test-run>, not <testsuites> or <testsuite>"), "{wrong}");
    assert!(faults(Nunit3, "nunit/nunit2.xml").contains("<test-results>"));
    assert!(faults(Cucumber, "junit/pytest.xml").contains("cannot be read as cucumber"));
}

#[test]
fn utf_16_and_latin_1_reports_are_read() {
    let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?><testsuite><testcase name=\"grün\"><failure/></testcase></testsuite>";
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> =
        text.replace("utf-16", "ISO-8859-1").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for content in [utf16, latin] {
        let tests = Build::new(Junit).file("out/a.xml", content).measure().reports.remove(0).tests.unwrap();
        assert_eq!(tests.failures[0].name, "grün");
    }
}

#[test]
fn only_the_first_hundred_failures_are_kept_and_their_text_is_bounded() {
    let case =
        format!("<testcase name=\"{}\"><failure message=\"{}\"/></testcase>", "n".repeat(1_000), "m".repeat(5_000));
    let tests = Build::new(Junit)
        .file("out/a.xml", format!("<testsuite>{}</testsuite>", case.repeat(150)))
        .measure()
        .reports
        .remove(0)
        .tests
        .unwrap();
    assert_eq!((tests.failed, tests.failures.len()), (150, 100));
    assert_eq!(tests.failures[0].name.chars().count(), 300);
    assert_eq!(tests.failures[0].message.chars().count(), 2_000);
}

#[test]
fn names_and_messages_that_would_hide_something_are_bounded_and_show_it() {
    let name = format!("paid\u{202e}\u{0}{}", "x".repeat(1 << 20));
    let content = format!(
        "<testsuite><testcase classname=\"A\u{2066}\" name=\"{name}\"><failure message=\"&#x202e;no&#7;\"/></testcase></testsuite>"
    );
    let tests = Build::new(Junit).file("out/a.xml", content).measure().reports.remove(0).tests.unwrap();
    let failure = &tests.failures[0];
    assert!(failure.name.starts_with("paid⟨U+202E⟩⟨U+0000⟩xxx") && failure.name.chars().count() == 300);
    assert_eq!((failure.suite.as_str(), failure.message.as_str()), ("A⟨U+2066⟩", "⟨U+202E⟩no⟨U+0007⟩"));
}

#[test]
fn a_hundred_thousand_cases_in_one_file_are_counted() {
    let cases: String = (0..100_000).map(|n| format!("<testcase classname=\"c\" name=\"case {n:06}\"/>\n")).collect();
    let content = format!("<testsuite>{cases}</testsuite>");
    assert!(content.len() > 4_000_000);
    let tests = Build::new(Junit).file("out/a.xml", content).measure().reports.remove(0).tests.unwrap();
    assert_eq!(tests.passed, 100_000);
}
