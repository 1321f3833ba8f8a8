//! Every fixture, cut and broken in many ways, of every format: each comes to counts or to a fault, never to an end of the
//! program, and what comes out is bounded.

use gated_core::measured::Measured;
use gated_core::policy::ReportFormat::{
    self, Clover, Cobertura, Cucumber, Jacoco, Junit, Lcov, Nunit, Nunit3, Simplecov, Testng, Trx,
};

use crate::support::{Build, fixture};

const FIXTURES: [(ReportFormat, &str); 12] = [
    (Junit, "junit/surefire.xml"),
    (Junit, "junit/phpunit.xml"),
    (Nunit, "nunit/nunit2.xml"),
    (Nunit3, "nunit3/nunit3.xml"),
    (Testng, "testng/testng-results.xml"),
    (Trx, "trx/vstest.trx"),
    (Cucumber, "cucumber/cucumber-jvm.json"),
    (Cobertura, "cobertura/coverage-py.xml"),
    (Jacoco, "jacoco/jacoco.xml"),
    (Clover, "clover/openclover.xml"),
    (Lcov, "lcov/lcov2.info"),
    (Simplecov, "simplecov/resultset.json"),
];

/// A fixed sequence of numbers (xorshift64), the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }
}

fn mutate(content: &mut Vec<u8>, numbers: &mut Numbers) {
    const INSERTS: [&[u8]; 16] = [
        b"<",
        b">",
        b"&",
        b"\"",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"&#0;",
        b"&#x110000;",
        b"\0",
        b"\xff\xfe",
        b"\x1b[",
        b"{",
        b"[",
        b"-1",
        b"99999999999999999999",
    ];
    let at = numbers.below(content.len());
    match numbers.below(5) {
        0 => content.truncate(at),
        1 => content[at] = u8::try_from(numbers.below(256)).unwrap(),
        2 => drop(content.drain(at..content.len().min(at + 1 + numbers.below(40)))),
        3 => drop(content.splice(at..at, INSERTS[numbers.below(INSERTS.len())].iter().copied())),
        _ => {
            let piece = content[at..content.len().min(at + numbers.below(200))].to_vec();
            let to = numbers.below(content.len());
            drop(content.splice(to..to, piece));
        }
    }
}

fn check(measured: &Measured) {
    for report in &measured.reports {
        assert!(report.faults.len() <= 21 && report.notes.len() <= 4, "{report:?}");
        assert!(report.faults.iter().chain(&report.notes).all(|text| text.len() < 8_000 && !text.contains('\u{1b}')));
        for failure in report.tests.iter().flat_map(|tests| &tests.failures) {
            assert!(failure.message.chars().count() <= 2_000 && failure.name.chars().count() <= 300);
        }
    }
    for file in measured.coverage.iter().flat_map(|coverage| &coverage.files) {
        assert!(!file.path.starts_with('/') && !file.path.split('/').any(|part| part == ".."), "{}", file.path);
        assert!(file.lines.covered <= file.lines.total);
        assert!(file.branches.is_none_or(|branches| branches.covered <= branches.total));
    }
}

#[test]
fn broken_reports_of_every_format_come_to_counts_or_faults() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for (format, path) in FIXTURES {
        let original = fixture(path);
        for _ in 0..200 {
            let mut content = original.clone();
            for _ in 0..=numbers.below(4) {
                if !content.is_empty() {
                    mutate(&mut content, &mut numbers);
                }
            }
            check(
                &Build::new(format).file("out/report", &content).checkout("/codebuild/output/src1/src/demo").measure(),
            );
        }
    }
}

#[test]
fn a_report_that_is_cut_anywhere_is_a_fault() {
    for (format, path) in FIXTURES {
        let whole = fixture(path);
        let end = whole.trim_ascii_end().len();
        let step = (end / 60).max(1);
        for cut in (1..end).step_by(step) {
            let at_a_record = format == Lcov && whole[..cut].trim_ascii_end().ends_with(b"end_of_record");
            let faults = Build::new(format).file("out/report", &whole[..cut]).faults();
            assert!(at_a_record || faults.len() == 1, "{path} cut at {cut}: {faults:?}");
        }
    }
}

#[test]
fn deep_and_wide_documents_are_refused_or_read() {
    let deep = format!("<testsuite>{}", "<a>".repeat(1_000_000));
    assert!(Build::new(Junit).file("out/a.xml", deep).faults()[0].contains("nest deeper"));
    let json = format!("[{{\"elements\":{}", "[".repeat(1_000_000));
    assert_eq!(Build::new(Cucumber).file("out/a.json", json).faults().len(), 1);
    let steps = "[{\"before\":".repeat(200);
    let nested = format!("[{{\"elements\":[{{\"steps\":{steps}[]{}}}]}}]", "}]".repeat(200));
    assert!(Build::new(Cucumber).file("out/a.json", nested).faults()[0].contains("nest deeper"));
    let attributes: String = (0..200_000).map(|n| format!(" a{n}=\"\"")).collect();
    let wide = format!("<testsuite><testcase name=\"a\"{attributes}/></testsuite>");
    assert_eq!(Build::new(Junit).file("out/a.xml", wide).faults(), [""; 0]);
    let files: String = (0..100_001).map(|n| format!("SF:{n}.rs\nDA:1,1\nend_of_record\n")).collect();
    assert!(Build::new(Lcov).file("out/a.info", files).faults()[0].contains("more than 100000 source files"));
}
