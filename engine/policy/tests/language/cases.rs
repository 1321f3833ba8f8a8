//! Tests of a policy: what they tell, and that they cannot pass without having tested anything.

use std::collections::BTreeMap;

use gated_core::layers::Found;
use gated_policy::{Cases, Checked, Texts, check_cases, read_cases, test_schema};
use serde_json::Value;

const POLICY: &str = r#"version: 1
gate: {ignore: ["*.md"]}
stages:
  lint: make lint
  test:
    run: make test
    when: {paths: ["src/**"]}
  cov: {run: make cov, reports: [{format: lcov, files: lcov.info}]}
coverage: {line: 80, paths: {"src/core/**": {line: 95, branch: 90}}}
container: {build: true, when: {paths: [Dockerfile]}}
skip:
  hotfix:
    when: {title: {starts-with: "[hotfix]"}}
    stages: [lint]
    by: ["arn:aws:sts::*:assumed-role/OnCall/*"]
    approval: {from: ["arn:aws:sts::*:assumed-role/Release/*"]}
"#;

const WHOLE: &str = r#"version: 1
cases:
  an approved hotfix leaves the linter out:
    title: "[hotfix] db"
    author: arn:aws:sts::111122223333:assumed-role/OnCall/ann
    approvals: arn:aws:sts::111122223333:assumed-role/Release/bob
    changed: [src/a.rs, Dockerfile]
    expect: {action: build, stages: {lint: skip, test: {action: run, required: true}}, container: run, skips: {hotfix: granted}}
  one that nobody approved yet does not:
    title: "[hotfix] db"
    author: arn:aws:sts::111122223333:assumed-role/OnCall/ann
    changed: src/a.rs
    expect: {stages: {lint: run}, skips: {hotfix: waiting-for-approval}}
  nobody else may ask for it:
    title: "[hotfix] db"
    changed: a.txt
    expect: {stages: {lint: run, test: not-applicable}, container: not-applicable, skips: {hotfix: not-applicable}}
  too little coverage is a fail:
    changed: src/a.rs
    coverage: 79.99
    expect: {coverage: run, verdict: fail}
  a part that is covered too little is one too, though the whole is fine:
    changed: src/a.rs
    coverage: {line: 90, files: {src/core/a.rs: 94.99}}
    expect: {verdict: fail}
  a part that is covered well enough passes with a whole that is:
    changed: src/a.rs
    coverage: {line: 80, files: {src/core/a.rs: {line: 95, branch: 90}}}
    expect: {verdict: pass}
  a well covered part does not lift the whole:
    changed: src/a.rs
    coverage: {line: 79.999, files: {src/core/a.rs: 100}}
    expect: {verdict: fail}
  a stage that fails is a fail:
    changed: src/a.rs
    outcomes: {test: failed}
    expect: {verdict: fail}
  a page of text passes without a build:
    changed: README.md
    expect: {action: pass, verdict: pass}
  a weaker proposal is known to be one:
    changed: src/a.rs
    proposes: weaker.yml
    expect: {delta: {coverage.line: weaker}, weakens: true, stages: {lint: run}}
"#;

fn read(text: &str) -> Cases {
    match read_cases("t.yml", text.as_bytes()).found {
        Found::Valid(cases, _) => cases,
        Found::Absent | Found::Invalid(_) => panic!("{:?}", told(text)),
    }
}

/// Line, column and message of every fault.
fn told(text: &str) -> Vec<String> {
    let reading = read_cases("t.yml", text.as_bytes());
    reading.diagnostics.iter().map(|it| format!("{}:{} {}", it.span.line, it.span.column, it.message)).collect()
}

fn run(text: &str) -> Checked {
    let weaker = POLICY.replace("line: 80", "line: 70").into_bytes();
    let proposals = BTreeMap::from([("weaker.yml".to_owned(), weaker)]);
    let texts = Texts { policy: (".gated.yml", POLICY.as_bytes()), floor: None, proposals: &proposals };
    check_cases(&read(text), &texts, "test").unwrap()
}

/// Every failed expectation.
fn failures(text: &str) -> Vec<String> {
    let cases = run(text).cases;
    let all = cases.iter().flat_map(|case| &case.failures);
    all.map(|failure| format!("{}:{} {}", failure.line, failure.column, failure.message)).collect()
}

fn unseen(text: &str) -> Vec<String> {
    run(text).unseen.iter().map(|it| format!("{} {}", it.path, it.side)).collect()
}

/// One case with these lines.
fn case(lines: &str) -> String {
    format!("version: 1\ncases:\n  it holds:\n    changed: src/a.rs\n{lines}")
}

#[test]
fn cases_that_see_both_sides_of_everything_hold() {
    let checked = run(WHOLE);
    assert!(checked.holds(), "{checked:#?}");
}

#[test]
fn a_side_that_no_case_has_seen_is_named() {
    let without = |name: &str| {
        let from = WHOLE.find(name).unwrap();
        let body = &WHOLE[from..];
        let next = body.match_indices("\n  ").find(|(at, _)| !body[at + 3..].starts_with(' '));
        format!("{}{}", &WHOLE[..from], next.map_or("", |(at, _)| &body[at + 3..]))
    };
    let hotfix = unseen(&without("an approved hotfix"));
    for side in ["skip.hotfix true", "container.when true", "skip.hotfix.approval true"] {
        assert!(hotfix.contains(&side.to_owned()), "{side}: {hotfix:?}");
    }
    assert_eq!(unseen(&without("one that nobody")), ["skip.hotfix.approval false"]);
    assert_eq!(unseen(&without("a page of text")), ["gate.ignore true"]);
    let checked = run(&without("one that nobody"));
    assert!(!checked.holds());
    assert_eq!(checked.unseen[0].line, Some(16));
}

#[test]
fn a_case_that_expects_otherwise_fails_at_its_place_with_the_decision_s_reason() {
    assert_eq!(
        failures(&case("    expect: {stages: {test: skip}}\n")),
        [
            "5:29 stage `test`: expected `skip`, and it is `run` (the destination's policy demands it: src/a.rs matches paths \
          [src/**])"
        ]
    );
    assert_eq!(failures(&case("    expect: {stages: {lint: {required: false}}}\n")).len(), 1);
    assert_eq!(failures(&case("    expect: {verdict: fail}\n")).len(), 1);
}

#[test]
fn a_name_that_nothing_has_is_a_failure() {
    for (lines, wanted) in [
        ("    expect: {stages: {tset: run}}\n", "5:23 there is no stage `tset`: did you mean `test`?"),
        ("    expect: {skips: {hotfx: granted}}\n", "5:22 there is no skip rule `hotfx`: did you mean `hotfix`?"),
        (
            "    outcomes: {tset: failed}\n    expect: {verdict: pass}\n",
            "5:16 there is no running stage `tset`: did you mean `test`?",
        ),
        (
            "    coverage: {files: {src/a.rs: 90}}\n    expect: {verdict: pass}\n",
            "5:24 no target of `coverage.paths` is about `src/a.rs` ([src/core/**])",
        ),
        (
            "    proposes: weaker.yml\n    expect: {delta: {coverage.lin: weaker}}\n",
            "6:22 there is no difference at `coverage.lin`: did you mean `coverage.line`?",
        ),
    ] {
        assert_eq!(failures(&case(lines)), [wanted]);
    }
}

#[test]
fn tests_that_test_nothing_are_faults() {
    for (text, wanted) in [
        ("version: 1\ncases: {}\n".to_owned(), "2:8 there are no cases, so nothing is tested"),
        ("version: 1\n".to_owned(), "1:1 `cases` is missing"),
        (case(""), "4:5 `expect` is missing from `cases.it holds`"),
        (case("    expect: {stages: {}}\n"), "5:13 `it holds` asserts nothing"),
        (case("    expect: {}\n"), "5:13 `it holds` asserts nothing"),
        (
            case("    outcomes: {test: failed}\n    expect: {action: build}\n"),
            "5:15 `it holds` says how the build ends, and asks for no verdict",
        ),
        (
            case("    expect: {delta: {coverage.line: weaker}}\n"),
            "5:21 `it holds` proposes no other policy, so there is no difference",
        ),
    ] {
        assert_eq!(told(&text), [wanted], "{text}");
    }
}

#[test]
fn a_key_at_the_wrong_place_is_told_where_it_belongs() {
    let reading = read_cases("t.yml", case("    stages: {test: run}\n    expect: {action: build}\n").as_bytes());
    assert_eq!(reading.diagnostics[0].help.as_deref(), Some("`stages` belongs under a case's `expect`"));
}

#[test]
fn an_invalid_policy_is_told_instead_of_tested() {
    let texts = Texts { policy: ("p.yml", b"version: 1\nstages: {a: {}}\n"), floor: None, proposals: &BTreeMap::new() };
    let problems = check_cases(&read(WHOLE), &texts, "test").unwrap_err();
    assert_eq!((problems[0].path.as_str(), problems[0].line), ("p.yml", 2));
}

#[test]
fn the_published_schema_of_tests_is_the_one_that_the_types_make_and_agrees_with_the_reader() {
    let published: Value = serde_json::from_str(include_str!("../../../../schema/test.schema.json")).unwrap();
    assert_eq!(
        published,
        test_schema(),
        "run: cargo run -p gated-policy --example schema test > schema/test.schema.json"
    );
    let validator = jsonschema::validator_for(&published).unwrap();
    let view = |text: &str| gated_policy::compose(text.as_bytes()).document.unwrap().root.json();
    assert!(validator.is_valid(&view(WHOLE)));
    for lines in ["", "    expect: {}\n", "    expect: {stages: {Test: run}}\n", "    expect: {verdict: passed}\n"] {
        assert!(!validator.is_valid(&view(&case(lines))) && !told(&case(lines)).is_empty(), "{lines}");
    }
}
