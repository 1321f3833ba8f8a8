//! What a report claims to have failed and lists no failed case for: it never passes, and what a tool counts otherwise than
//! it lists (cases that were run again, totals of totals) is no failure.

use gated_core::measured::TestCounts;
use gated_core::policy::ReportFormat::{self, Cucumber, Junit, Nunit, Nunit3, Testng, Trx};

use crate::support::Build;

fn tests(format: ReportFormat, content: &str) -> TestCounts {
    let mut report = Build::new(format).file("out/report", content).measure().reports.remove(0);
    assert_eq!(report.faults, [""; 0], "{content}");
    report.tests.take().unwrap()
}

/// `failed: suite: message` of the first failure, in one line.
fn told(format: ReportFormat, content: &str) -> String {
    let tests = tests(format, content);
    let first = tests.failures.first().map(|case| format!("{}: {}", case.suite, case.message.replace('\n', " | ")));
    format!("{}: {}", tests.failed, first.unwrap_or_default())
}

#[test]
fn failures_that_a_suite_of_junit_claims_and_does_not_list_are_failures_of_that_suite() {
    let claims = [
        (
            r#"<testsuites errors="2"><testsuite name="S" errors="2"><testcase name="a"/></testsuite></testsuites>"#,
            "2: S: the suite claims 2 failures that it lists no failed case for",
        ),
        (
            r#"<testsuites><testsuite name="S" failures="2"><testcase name="a"><failure message="no"/></testcase></testsuite></testsuites>"#,
            "2: S: no",
        ),
        (
            r#"<testsuites><testsuite name="S" failures="1"><testcase name="a"><failure message="no"/></testcase></testsuite><testsuite name="T" errors="1"><testcase name="b"/></testsuite></testsuites>"#,
            "2: S: no",
        ),
        (
            r#"<testsuites failures="1"><testsuite name="S"><testcase name="a"/></testsuite></testsuites>"#,
            "1: : the report claims a failure that it lists no failed case for",
        ),
        (
            r#"<testsuite name="outer" failures="1"><testsuite name="inner" failures="1"><testcase name="a"/></testsuite></testsuite>"#,
            "1: inner: the suite claims a failure that it lists no failed case for",
        ),
        (
            r#"<testsuite name="S" failures="99999999999999999999"><testcase name="a"/></testsuite>"#,
            "4294967295: S: the suite claims 4294967295 failures that it lists no failed case for",
        ),
    ];
    for (content, words) in claims {
        assert_eq!(told(Junit, content), words);
    }
}

#[test]
fn totals_that_count_what_is_listed_otherwise_are_no_failures() {
    let fine = [
        // Surefire counts every failed run of a case that passed in the end.
        r#"<testsuite failures="2" errors="1"><testcase name="a"><flakyFailure/><flakyFailure/><flakyError/></testcase></testsuite>"#,
        // PHPUnit's outer suites count what the inner ones list; other tools' do not.
        r#"<testsuites><testsuite failures="0"><testsuite failures="0"><testcase name="a"/></testsuite></testsuite></testsuites>"#,
        // gotestsum counts lines of standard error, such as the linker's warnings.
        r#"<testsuites failures="0" errors="3"><testsuite name="shop" failures="0"><properties><property name="go.version" value="go1.24 linux/amd64"/></properties><testcase name="a"/></testsuite></testsuites>"#,
        r#"<testsuite failures="" errors="-1"><testcase name="a"/></testsuite>"#,
    ];
    for content in fine {
        assert_eq!(tests(Junit, content).failed, 0, "{content}");
    }
    let again = r#"<testsuite failures="2"><testcase name="a"><failure/><rerunFailure/></testcase></testsuite>"#;
    assert_eq!(tests(Junit, again).failed, 1);
    let several = r#"<testsuite failures="1" errors="1"><testcase name="a"><failure/><error/></testcase></testsuite>"#;
    assert_eq!(tests(Junit, several).failed, 1);
    let go = r#"<testsuites errors="3"><testsuite name="shop" failures="1"><properties><property name="go.version" value="go1.24"/></properties><testcase name="a"/></testsuite></testsuites>"#;
    assert_eq!(tests(Junit, go).failed, 1);
}

#[test]
fn a_suite_of_nunit_3_that_failed_without_a_failed_case_is_a_failure() {
    let run = |suites: &str| format!(r#"<test-run result="Failed">{suites}</test-run>"#);
    let set_up = run(
        r#"<test-suite type="Assembly" name="Shop.dll" result="Failed" site="Child"><test-suite type="TestFixture" fullname="Shop.StoreTest" runstate="Runnable" result="Failed" label="Error" site="SetUp"><failure><message><![CDATA[OneTimeSetUp: System.IO.IOException : locked]]></message><stack-trace><![CDATA[   at Shop.StoreTest.Open() in /src/StoreTest.cs:line 9]]></stack-trace></failure></test-suite><test-case name="a" result="Passed"/></test-suite>"#,
    );
    let words = "1: Shop.StoreTest: the suite claims a failure that it lists no failed case for | OneTimeSetUp: System.IO.IOException : locked |    at Shop.StoreTest.Open() in /src/StoreTest.cs:line 9";
    assert_eq!(told(Nunit3, &set_up), words);
    let invalid = run(
        r#"<test-suite fullname="Shop.PriceTest" runstate="NotRunnable" result="Failed" label="Invalid"><reason><message>No suitable constructor was found</message></reason></test-suite><test-case name="a" result="Passed"/>"#,
    );
    let told_invalid = told(Nunit3, &invalid);
    assert!(told_invalid.starts_with("1: Shop.PriceTest: the suite claims a failure"), "{told_invalid}");
    assert!(told_invalid.ends_with("No suitable constructor was found"), "{told_invalid}");
    let total = r#"<test-run failed="3"><test-suite fullname="S" failed="3" result="Passed"><test-case name="a" result="Passed"/><test-case name="b" result="Failed"/></test-suite></test-run>"#;
    assert_eq!(tests(Nunit3, total).failed, 3);
    assert_eq!(told(Nunit3, &run(r#"<test-case name="a" result="Passed"/>"#)).split(' ').next(), Some("1:"));
}

#[test]
fn a_suite_of_nunit_3_whose_cases_and_tear_down_failed_counts_both_once() {
    let both = r#"<test-run result="Failed" failed="1"><test-suite fullname="S" result="Failed" site="TearDown" failed="1"><failure><message>TearDown : open</message></failure><test-case name="a" result="Failed"><failure><message>no</message></failure></test-case></test-suite></test-run>"#;
    assert_eq!(tests(Nunit3, both).failed, 2);
    let more = tests(Nunit3, &both.replace(r#"failed="1""#, r#"failed="4""#));
    let names: Vec<&str> = more.failures.iter().map(|case| case.name.as_str()).collect();
    assert_eq!((more.failed, names), (4, vec!["a", "(tear-down)", "(no case of it)"]));
    let words: Vec<String> = more.failures.iter().map(|case| format!("{}: {}", case.suite, case.message)).collect();
    assert_eq!(words[1..], ["S: TearDown : open", "S: the suite claims 2 failures that it lists no failed case for"]);
}

#[test]
fn a_suite_of_nunit_2_that_failed_without_a_failed_case_is_a_failure() {
    let run = |attributes: &str, suite: &str| {
        format!(
            r#"<test-results name="Shop.dll" {attributes}><test-suite name="Shop" {suite}><results><test-case name="a" executed="True" result="Success"/></results><failure><message>TestFixtureTearDown : open</message></failure></test-suite></test-results>"#
        )
    };
    for suite in
        [r#"result="Error""#, r#"result="NotRunnable""#, r#"result="Invalid""#, r#"executed="True" success="False""#]
    {
        let words = "1: Shop: the suite claims a failure that it lists no failed case for | TestFixtureTearDown : open";
        assert_eq!(told(Nunit, &run("", suite)), words, "{suite}");
    }
    assert_eq!(tests(Nunit, &run("", r#"result="Success""#)).failed, 0);
    assert_eq!(tests(Nunit, &run("", "")).failed, 0);
    let total = "2: Shop.dll: the suite claims 2 failures that it lists no failed case for";
    assert_eq!(told(Nunit, &run(r#"errors="1" failures="0" invalid="1""#, r#"result="Success""#)), total);
    let wrong = r#"<test-results invalid="1"><test-case name="a" executed="False" result="NotRunnable"><reason><message>it has a wrong signature</message></reason></test-case></test-results>"#;
    assert_eq!(told(Nunit, wrong), "1: : it has a wrong signature");
}

#[test]
fn a_summary_of_trx_that_failed_without_a_failed_result_is_a_failure() {
    let run = |outcome: &str, summary: &str| {
        format!(
            r#"<TestRun><Results><UnitTestResult testName="a" outcome="{outcome}"/></Results><ResultSummary {summary}</ResultSummary></TestRun>"#
        )
    };
    let crash = r#"outcome="Failed"><Counters total="1" failed="0"/><RunInfos><RunInfo computerName="host" outcome="Error"><Text>The active test run was aborted. Reason: Test host process crashed</Text></RunInfo></RunInfos>"#;
    assert_eq!(
        told(Trx, &run("Passed", crash)),
        "1: : the report claims a failure that it lists no failed case for | The active test run was aborted. Reason: Test host process crashed"
    );
    // Adapters write such a line for every failed test.
    assert_eq!(tests(Trx, &run("Failed", crash)).failed, 1);
    let info =
        r#"outcome="Completed"><RunInfos><RunInfo outcome="Error"><Text>no such adapter</Text></RunInfo></RunInfos>"#;
    assert_eq!(tests(Trx, &run("Passed", info)).failed, 1);
    assert_eq!(tests(Trx, &run("Passed", &info.replace("Error", "Warning"))).failed, 0);
    for counter in ["failed", "error", "timeout", "aborted"] {
        let summary = format!(r#"outcome="Completed"><Counters {counter}="2"/>"#);
        assert_eq!(tests(Trx, &run("Passed", &summary)).failed, 2, "{counter}");
    }
    assert_eq!(tests(Trx, &run("Passed", r#"outcome="Completed"><Counters failed="0"/>"#)).failed, 0);
}

#[test]
fn a_total_of_testng_beyond_its_methods_is_a_failure_and_a_failed_configuration_is_none_of_them() {
    let run = |failed: u32, config: &str| {
        format!(
            r#"<testng-results failed="{failed}"><suite><test><class name="A"><test-method name="open" is-config="true" status="{config}"/><test-method name="a" status="PASS"/></class></test></suite></testng-results>"#
        )
    };
    assert_eq!(tests(Testng, &run(0, "PASS")).failed, 0);
    assert_eq!(told(Testng, &run(2, "PASS")), "2: : the report claims 2 failures that it lists no failed case for");
    assert_eq!(tests(Testng, &run(0, "FAIL")).failed, 1);
    assert_eq!(tests(Testng, &run(1, "FAIL")).failed, 2);
}

#[test]
fn hooks_of_cucumber_that_failed_are_failures_wherever_they_stand() {
    let step = |status: &str| format!(r#"{{"result":{{"status":"{status}"}},"name":"s","keyword":"When "}}"#);
    let hook = r#"[{"result":{"status":"failed","error_message":"boom"}}]"#;
    let scenario = |inside: &str| format!(r#"[{{"elements":[{{"type":"scenario","name":"x",{inside}}}]}}]"#);
    let passed = step("passed");
    let around = passed.replace("{\"result\"", &format!("{{\"after\":{hook},\"result\""));
    for inside in [
        format!(r#""before":{hook},"steps":[{passed}]"#),
        format!(r#""steps":[{passed}],"after":{hook}"#),
        format!(r#""steps":[{}]"#, around.replacen("\"after\"", "\"before\"", 1)),
        format!(r#""steps":[{around}]"#),
    ] {
        assert_eq!(tests(Cucumber, &scenario(&inside)).failed, 1, "{inside}");
    }
    for (status, counts) in
        [("undefined", (0, 1, 0)), ("ambiguous", (0, 1, 0)), ("unknown", (0, 1, 0)), ("pending", (0, 0, 1))]
    {
        let tests = tests(Cucumber, &scenario(&format!(r#""steps":[{passed},{}]"#, step(status))));
        assert_eq!((tests.passed, tests.failed, tests.skipped), counts, "{status}");
    }
}
