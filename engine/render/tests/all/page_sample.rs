//! A report with something of everything, and one whose every text is hostile.

use gated_core::decision::*;
use gated_core::layers::Places;
use gated_core::measured::*;
use gated_core::names::{CommitId, PolicyName, PullRequestId, RevisionId};
use gated_core::policy::{Accept, FailOn, ReportFormat, ReportKind, Scan};
use gated_core::report::{Links, PolicyText, Report, Step, Summary};
use gated_core::scan::{PushedImage, ScanFinding, ScanOutcome, Severity};
use gated_core::units::Ratio;
use gated_core::verdict::{Requirement, State, VerdictKind};

use crate::sample::{decision, record, requirement, stage};

const POLICY: &str = "version: 1\nstages:\n  lint: cargo fmt --check\n  test:\n    run: cargo nextest run --profile ci\n    \
                      reports: [{format: junit, files: target/nextest/ci/junit.xml}]\n  cov:\n    run: cargo llvm-cov \
                      --cobertura --output-path coverage.xml\n    reports: [{format: cobertura, files: coverage.xml}]\n\
                      coverage: {line: 80, patch: 90}\nskip:\n  hotfix: {title: \"[hotfix]\", stages: [lint]}\ncontainer: {build: true}\n";

fn ratio(covered: u64, total: u64) -> Ratio {
    Ratio { covered, total }
}

fn commit(c: &str) -> CommitId {
    CommitId::new(c.repeat(40)).unwrap()
}

/// A pull request whose tests and changed lines fail, with every section that a page can have.
pub(crate) fn red() -> Report {
    let mut decision = decision(vec![
        stage("lint", &["cargo fmt --check"]),
        stage("test", &["cargo nextest run --profile ci"]),
        stage("cov", &["cargo llvm-cov --cobertura --output-path coverage.xml"]),
    ]);
    decision.title = "Read empty input as an empty document".into();
    decision.delta = vec![Delta {
        path: "coverage.line".into(),
        kind: DeltaKind::Weaker,
        holds: Holds::Merged,
        destination: Some(Side { value: "80".into(), line: Some(10) }),
        source: Some(Side { value: "75".into(), line: Some(10) }),
    }];
    let accept = |id: &str, until: &str| Accept {
        id: id.into(),
        until: until.into(),
        owner: "carol".into(),
        reason: "not reachable from our code".into(),
    };
    decision.container = Some(PlannedContainer {
        action: StageAction::Run,
        reason: "the destination's policy demands it: always".into(),
        dockerfile: "Dockerfile".into(),
        context: ".".into(),
        fail_on: FailOn::High,
        scan: Scan {
            accept: Some(vec![accept("CVE-2026-9", "2027-01-31"), accept("CVE-2026-8", "2026-11-21")]),
            ..Scan::default()
        },
    });
    let mut tests = requirement("tests/test/0", State::Failed, "1 of 12 cases failed");
    tests.name = "tests of test".into();
    tests.details = vec!["parser::reads_empty: assertion `left == right` failed (src/parser.rs:12)".into()];
    let mut patch =
        requirement("coverage/patch", State::Failed, "66.66% of 9 changed lines covered, below the 90% demanded");
    patch.details = vec!["src/parser.rs: 3 of 9 changed lines not covered: 14-15, 31".into()];
    let mut advisory = requirement("stage/docs", State::Failed, "exit code 2 after 0.4 s");
    advisory.required = false;
    let mut scan = requirement(
        "container/scan",
        State::Failed,
        "1 critical (1 with a fix), 1 high, where high or worse fails; 1 accepted (CVE-2026-9 by carol until \
         2027-01-31); 2 below high",
    );
    scan.name = "container scan".into();
    scan.details = vec!["critical CVE-2026-7 in openssl 3.0.11, fixed in 3.0.12".into()];
    let requirements = vec![
        requirement("build", State::Passed, "the build ran to its end, and ended FAILED for what did not pass in it"),
        requirement("stage/lint", State::Passed, "passed in 0.8 s"),
        requirement("stage/test", State::Failed, "exit code 100 after 12.4 s"),
        tests,
        requirement("stage/cov", State::Passed, "passed in 31.0 s"),
        advisory,
        requirement("coverage/line", State::Passed, "81.25% of 3200 lines covered, 80% demanded"),
        patch,
        requirement("container", State::Passed, "passed in 9.0 s"),
        scan,
    ];
    let mut record =
        record(decision, VerdictKind::Fail, "stage test: exit code 100 after 12.4 s (and 3 more)", requirements);
    let evidence = record.evidence.as_mut().unwrap();
    evidence.outcome.status = BuildStatus::Failed;
    evidence.outcome.duration_ms = Some(96_400);
    let begin = 1_795_363_200_000;
    let phases = [
        ("SUBMITTED", "SUCCEEDED", 0, 120),
        ("QUEUED", "SUCCEEDED", 120, 900),
        ("PROVISIONING", "SUCCEEDED", 1_020, 21_300),
        ("DOWNLOAD_SOURCE", "SUCCEEDED", 22_320, 4_100),
        ("INSTALL", "SUCCEEDED", 26_420, 9_400),
        ("PRE_BUILD", "SUCCEEDED", 35_820, 80),
        ("BUILD", "FAILED", 35_900, 54_700),
        ("POST_BUILD", "SUCCEEDED", 90_600, 300),
        ("UPLOAD_ARTIFACTS", "SUCCEEDED", 90_900, 4_300),
    ];
    evidence.outcome.phases = phases
        .into_iter()
        .map(|(name, status, from, took)| BuildPhase {
            name: name.into(),
            status: status.into(),
            started_ms: begin + from,
            duration_ms: Some(took),
        })
        .collect();
    let stages = &mut evidence.record.as_mut().unwrap().stages;
    for (run, (took, outcome, exit)) in stages.iter_mut().zip([
        (840, StageOutcome::Passed, 0),
        (12_400, StageOutcome::Failed, 100),
        (31_000, StageOutcome::Passed, 0),
    ]) {
        (run.milliseconds, run.outcome, run.exit) = (took, outcome, exit);
    }
    evidence.measured = measured();
    evidence.scan = Some(ScanOutcome::Scanned {
        digest: format!("sha256:{}", "d".repeat(64)),
        findings: vec![
            finding("CVE-2026-1042", Severity::Medium, Some(true)),
            finding("CVE-2025-7", Severity::Low, None),
            finding("CVE-2026-9", Severity::High, Some(false)),
            finding("CVE-2026-8", Severity::High, None),
            ScanFinding { fixed_in: Some("3.0.12".into()), ..finding("CVE-2026-7", Severity::Critical, Some(true)) },
        ],
    });
    evidence.scanned_on = Some("2026-11-22".into());
    evidence.record.as_mut().unwrap().image = Some(PushedImage {
        repository: "111122223333.dkr.ecr.eu-central-1.amazonaws.com/gated".into(),
        tag: "pr-42-111111111111-11111111".into(),
        digest: format!("sha256:{}", "d".repeat(64)),
    });
    let places = |line: u32| -> Places {
        [("coverage.line", line), ("coverage.patch", line), ("stages.lint.run", 3), ("stages.test.run", 5)]
            .into_iter()
            .chain([
                ("stages.test.reports", 6),
                ("stages.cov.run", 8),
                ("skip.hotfix.title", 12),
                ("container.build", 13),
            ])
            .map(|(key, line)| (key.to_owned(), line))
            .collect()
    };
    let text = |layer, at: &str, text: &str| {
        PolicyText::new(layer, ".gated.yml", Some(commit(at)), text.as_bytes(), places(10))
    };
    let path = ["Route", "ReadConfiguration", "Configured", "ListOlderBuilds", "LookAtPullRequest", "IsStillCurrent"];
    let path =
        path.into_iter().chain(["StopOlderBuilds", "CreateProject", "HasBadge", "PutBadge", "StartBuild", "Judge"]);
    Report {
        links: Links {
            log: Some("https://console.example/log?a=1&b=2".into()),
            page: Some("https://console.example/page".into()),
            execution: Some("https://console.example/execution".into()),
        },
        policies: vec![
            text(LayerName::Destination, "2", POLICY),
            text(LayerName::Source, "1", &POLICY.replace("line: 80", "line: 75")),
        ],
        path: (0..).zip(path).map(|(at, state)| Step { state: state.into(), entered_ms: begin + at * 130 }).collect(),
        history: vec![run(42, 1, VerdictKind::Error, 3_190, "the build failed before it ran anything")],
        trend: (0..14)
            .map(|at| {
                run(
                    41 - at,
                    at,
                    if at == 4 { VerdictKind::Fail } else { VerdictKind::Pass },
                    2_620 - (at * 7) % 40,
                    "10 requirements met",
                )
            })
            .collect(),
        ..Report::new(record)
    }
}

/// The same in huge: every list is long, and every text is long and hostile.
pub(crate) fn huge() -> Report {
    let evil = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}\u{0}\u{1b}[31m&amp;\"' ";
    let name = |n: usize| format!("{n}/{}", evil.repeat(10_000 / evil.len()));
    let mut report = red();
    let template = report.record.verdict.requirements[3].clone();
    report.record.verdict.requirements.extend((0..500).map(|n| Requirement {
        id: format!("stage/{n}"),
        name: name(n),
        reason: name(n),
        details: (0..300).map(name).collect(),
        ..template.clone()
    }));
    let evidence = report.record.evidence.as_mut().unwrap();
    let counts = evidence.measured.reports[0].tests.as_mut().unwrap();
    let case = |n: usize| FailedCase { suite: name(n), name: name(n), message: name(n), place: Some(name(n)) };
    (counts.failed, counts.failures) = (20_000, (0..2_000).map(case).collect());
    let coverage = evidence.measured.coverage.as_mut().unwrap();
    coverage.files =
        (0..5_000).map(|n| FileCoverage { path: name(n), lines: ratio(1, 2), branches: Some(ratio(1, 2)) }).collect();
    let hits: Vec<LineHits> = (1..=400).map(|line| LineHits { line, hits: Some(u64::from(line % 2)) }).collect();
    let text = |line: u32| SourceLine { line, text: evil.chars().cycle().take(200).collect() };
    let patch = |n: usize| PatchFile {
        path: name(n),
        lines: ratio(200, 400),
        hits: hits.clone(),
        source: ChangedSource { lines: (1..=400).map(text).collect(), left_out: 9_600 },
    };
    coverage.patch = Some(PatchCoverage { files: (0..5).map(patch).collect(), ..PatchCoverage::default() });
    if let Some(ScanOutcome::Scanned { findings, .. }) = &mut evidence.scan {
        findings.extend((0..20_000).map(|n| finding(&name(n)[..2_000], Severity::Critical, None)));
    }
    report.record.decision.title = name(0);
    report.record.verdict.headline = name(0);
    report
}

fn run(number: u64, at: u64, verdict: VerdictKind, covered: u64, headline: &str) -> Summary {
    Summary {
        execution: format!("pr-{number}-{at}"),
        pull_request: PullRequestId::new(number.to_string()).unwrap(),
        title: format!("Change number {number}"),
        revision: RevisionId::new("cd".repeat(32)).unwrap(),
        commit: commit("5"),
        attempt: 1,
        verdict,
        headline: headline.into(),
        written_at: format!("2026-11-{:02}T09:{:02}:00Z", 21 - at.min(20), at),
        duration_ms: Some(80_000 + at * 900),
        lines: Some(ratio(covered, 3_200)),
        tests: Some([11, u64::from(verdict == VerdictKind::Fail)]),
    }
}

fn finding(id: &str, severity: Severity, fix: Option<bool>) -> ScanFinding {
    ScanFinding { id: id.into(), severity, package: Some("openssl 3.0.11".into()), fix, fixed_in: None }
}

fn changed_source() -> ChangedSource {
    let text = [
        (11, "    /// Empty input is an empty document."),
        (12, "    pub fn read(input: &str) -> Result<Document, Fault> {"),
        (13, "        if input.trim().is_empty() {"),
        (14, "            let nodes = Vec::<Node>::new(); // <b>no</b> nodes & no text"),
        (15, "            return Ok(Document { nodes });"),
        (20, "        let mut nodes = Vec::new();"),
        (21, "        for line in input.lines() {"),
        (22, "            nodes.push(Node::of(line)?);"),
        (30, "        Ok(Document { nodes })"),
        (31, "        // ⟨U+202E⟩ hidden no more"),
    ];
    let line = |(line, text): (u32, &str)| SourceLine { line, text: text.into() };
    ChangedSource { lines: text.into_iter().map(line).collect(), left_out: 0 }
}

fn measured() -> Measured {
    let report = |stage: &str, format, kind, tests| MeasuredReport {
        stage: PolicyName::new(stage).unwrap(),
        report: 0,
        format,
        kind,
        files: vec![if kind == ReportKind::Tests { "target/nextest/ci/junit.xml" } else { "coverage.xml" }.into()],
        tests,
        faults: vec![],
        notes: vec![],
    };
    let failed = FailedCase {
        suite: "parser".into(),
        name: "reads_empty".into(),
        message: "assertion `left == right` failed\n  left: Err(UnexpectedEnd)\n right: Ok(Document { nodes: [] })"
            .into(),
        place: Some("src/parser.rs:12".into()),
    };
    let counts = TestCounts { passed: 11, flaky: 0, failed: 1, skipped: 1, failures: vec![failed] };
    let file = |path: &str, lines, branches| FileCoverage { path: path.into(), lines, branches };
    let hits = [(12, Some(4)), (13, Some(4)), (14, Some(0)), (15, Some(0)), (20, Some(1)), (21, None), (22, None)];
    let hits = hits.into_iter().chain([(30, Some(12)), (31, Some(0))]).map(|(line, hits)| LineHits { line, hits });
    Measured {
        reports: vec![
            report("test", ReportFormat::Junit, ReportKind::Tests, Some(counts)),
            report("cov", ReportFormat::Cobertura, ReportKind::Coverage, None),
        ],
        coverage: Some(MeasuredCoverage {
            files: vec![
                file("src/lib.rs", ratio(420, 500), Some(ratio(80, 100))),
                file("src/parser.rs", ratio(1_180, 1_500), Some(ratio(300, 420))),
                file("src/writer/escape.rs", ratio(1_000, 1_200), None),
            ],
            absent: Vec::new(),
            patch: Some(PatchCoverage {
                lines: ratio(6, 9),
                files: vec![PatchFile {
                    path: "src/parser.rs".into(),
                    lines: ratio(6, 9),
                    hits: hits.collect(),
                    source: changed_source(),
                }],
                unmeasured: vec!["build.rs".into()],
                generated: vec!["src/schema.pb.rs".into()],
                ..PatchCoverage::default()
            }),
            before: Some(CoverageBefore {
                pull_request: PullRequestId::new("41").unwrap(),
                commit: commit("4"),
                lines: ratio(2_620, 3_200),
                branches: Some(ratio(380, 520)),
            }),
        }),
    }
}
