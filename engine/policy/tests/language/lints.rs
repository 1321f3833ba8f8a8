//! Lints: each tells its defect once, where it is, and stays silent about what is right.

use gated_policy::{Diagnostic, FileKind, apply_fixes, lint, read_floor};

use crate::told::explain;

fn told(text: &str) -> Vec<Diagnostic> {
    lint(text.as_bytes(), FileKind::Policy, None)
}

fn places(told: &[Diagnostic]) -> Vec<(&'static str, u32, u32)> {
    told.iter().map(|one| (one.code, one.span.line, one.span.column)).collect()
}

/// What follows `version: 1`, and the findings: code, line, column.
type Case = (&'static str, &'static [(&'static str, u32, u32)]);

const CASES: &[Case] = &[
    ("gate: {ignore: [/docs/**, ./a, \"b/\"]}", &[("GT301", 2, 17), ("GT301", 2, 27), ("GT301", 2, 34)]),
    ("stages: {a: {run: b, when: {destination: refs/heads/main}}}", &[("GT301", 2, 42)]),
    ("gate: {ignore: \"**\"}", &[("GT302", 2, 17)]),
    ("stages: {a: {run: b, when: {paths: [\"**/*\"]}}}", &[("GT302", 2, 38)]),
    ("gate: {ignore: [\"**\", \"!src/**\"]}", &[]),
    ("gate: {ignore: [docs/**, docs/a.md, docs/**]}", &[("GT303", 2, 26), ("GT303", 2, 37)]),
    ("gate: {ignore: [docs/**, \"*.md\", \"!docs/api/**\"]}", &[]),
    ("stages: {a: {run: b, when: {title: {matches: '^fix: .+$'}}}}", &[("GT304", 2, 47)]),
    ("stages: {a: {run: b, when: {title: {matches: 'fix: .+\\$'}}}}", &[]),
    ("stages: {a: {run: b, when: {title: {matches: 'a$b.*'}}}}", &[("GT305", 2, 47)]),
    ("stages: {a: {run: b, when: {title: {matches: '.*'}}}}", &[("GT306", 2, 47)]),
    ("stages: {a: {run: b, when: {title: {matches: '(feat|fix): .+'}}}}", &[]),
    ("stages: {a: {run: b, when: {title: {matches: '[hotfix].*'}}}}", &[("GT307", 2, 47)]),
    ("stages: {a: {run: b, when: {title: {matches: hotfix}}}}", &[("GT307", 2, 46)]),
    ("stages: {a: {run: b, when: {title: ^hotfix}}}", &[("GT307", 2, 36)]),
    ("stages: {a: {run: b, when: {title: {contains: 'fix.*'}}}}", &[("GT307", 2, 48)]),
    ("stages: {a: {run: b, when: {title: {starts-with: '[hotfix]'}}}}", &[]),
    ("stages:\n  a:\n    run:make", &[("GT410", 4, 5)]),
    ("stages:\n  a:\n    run:\n      -make\n      -make x", &[("GT410", 5, 7)]),
    ("stages:\n  a: \"run:make\"\n  b: make -j", &[]),
    ("stages: {a: {run: b, when: {all: [{destination: main}, {destination: dev}]}}}", &[("GT308", 2, 22)]),
    ("stages: {a: {run: b, when: {source: main, destination: main}}}", &[("GT308", 2, 22)]),
    ("stages: {a: {run: b, when: {source: \"release/*\", destination: main}}}", &[]),
    ("stages: {a: {run: b, required: false}}", &[("GT309", 2, 1)]),
    (
        "stages: {a: x, b: y}\nskip: {c: {title: z, stages: [a], by: \"arn:aws:iam::1:user/u\"}, d: {title: zz, stages: [b], by: \"arn:aws:iam::1:user/u\"}}",
        &[("GT310", 3, 65)],
    ),
    ("stages: {a: b}\ncoverage: 80", &[("GT311", 3, 11)]),
    ("coverage: {line: 80, branch: 60}", &[]),
    ("extends: go\ncoverage: {branch: 60}", &[("GT312", 3, 12)]),
    ("stages: {a: {run: b, reports: [{format: lcov, files: coverage.xml}]}}", &[("GT313", 2, 54)]),
    ("stages: {a: {run: b, reports: [{format: junit, files: cobertura.xml}]}}\ncoverage: 80", &[("GT313", 2, 41)]),
    (
        "stages: {a: b, c: d}\nskip: {e: {title: f, stages: [a], approval: {from: \"arn:aws:iam::1:user/u\", count: 2}}}",
        &[("GT315", 3, 84)],
    ),
    ("stages: {a: {run: b, timeout: 45m}}", &[("GT316", 2, 31)]),
    ("coverage: {min-patch-lines: 5}", &[("GT317", 2, 12)]),
    ("container: {build: false, dockerfile: D}", &[("GT317", 2, 27)]),
    ("setup: echo AKIAIOSFODNN7EXAMPLE", &[("GT401", 2, 13)]),
    ("environment: {variables: {DB_PASSWORD: hunter22}}", &[("GT401", 2, 40)]),
    ("setup: git clone https://ann:s3cret@example.com/x.git", &[("GT401", 2, 18)]),
    (
        "environment: {variables: {COMMIT: 3f786850e387550fdab836ed7e6dc881de23001b, ID: 123e4567-e89b-12d3-a456-426614174000, TOKEN_URL: https://example.com/token, DB_PASSWORD: $OTHER}}",
        &[],
    ),
    ("environment: {image: python}", &[("GT402", 2, 22)]),
    ("environment: {image: \"registry:5000/a/b:latest\"}", &[("GT402", 2, 23)]),
    ("environment: {image: \"python:3.12\"}", &[]),
    ("environment: {image: \"aws/codebuild/standard:7.1\"}", &[("GT403", 2, 23)]),
    ("environment: {image: \"aws/codebuild/standard:4.0\"}", &[("GT404", 2, 23)]),
    ("environment: {image: \"aws/codebuild/standard:6.0\"}", &[("GT404", 2, 23)]),
    ("environment: {image: \"aws/codebuild/amazonlinux-x86_64-lambda-standard:go1.21\"}", &[("GT403", 2, 23)]),
    ("environment: {image: \"aws/codebuild/windows-base:2022-1.0\"}", &[("GT403", 2, 23)]),
    ("environment: {image: \"aws/codebuild/amazonlinux-x86_64-standard:5.0-25.03.03\"}", &[]),
    ("environment: {runtimes: {node: 22}}", &[("GT405", 2, 26)]),
    ("environment: {runtimes: {rust: latest}}", &[("GT405", 2, 26)]),
    ("environment: {image: \"aws/codebuild/standard:8.0\", runtimes: {rust: 1.93}}", &[]),
    ("environment: {runtimes: {nodejs: 21}}", &[("GT405", 2, 34)]),
    ("environment: {runtimes: {java: 17}}", &[("GT405", 2, 32)]),
    ("environment: {runtimes: {python: 3.12.1}}", &[("GT405", 2, 34)]),
    ("environment: {runtimes: {python: 3.x, nodejs: 20.x, java: latest, golang: 1.24}}", &[]),
    ("environment: {runtimes: {python: 2.x}}", &[("GT405", 2, 34)]),
    ("environment: {image: \"aws/codebuild/standard:5.0\", runtimes: {nodejs: 12}}", &[("GT404", 2, 23)]),
    ("environment: {image: \"python:3.12\", runtimes: {python: 3.12}}", &[("GT406", 2, 37)]),
    ("setup: [echo \"a, b\"]", &[("GT407", 2, 16)]),
    ("setup: [pytest -k a,b, make]", &[("GT407", 2, 20)]),
    ("setup: [cargo test, --all]", &[("GT407", 2, 19)]),
    ("setup: [cargo fmt --check, cargo clippy --all-targets -- -D warnings]", &[]),
    ("stages: {a: b, c: d}\nskip: {e: {title: f, stages: [a]}}", &[("GT408", 3, 8)]),
    ("stages: {lint: b, c: d}\nskip: {e: {title: f, stages: [lint]}}", &[]),
    ("environment: {image: python} # gated: ignore[GT402] built here\n", &[]),
    ("# gated: ignore[unpinned-image] built here\nenvironment: {image: python}", &[]),
    ("environment: {image: python} # gated: ignore[GT402]", &[("GT501", 2, 30)]),
    ("# gated: ignore[GT402] old\nsetup: a", &[("GT502", 2, 1)]),
    ("setup: a # gated: ignore[unpined-image] old", &[("GT503", 2, 10)]),
    ("covrage: 80 # gated: ignore[GT101] no", &[("GT101", 2, 1), ("GT503", 2, 13)]),
];

#[test]
fn every_lint_tells_its_defect_once_at_its_place() {
    let mut wrong = String::new();
    for (rest, expected) in CASES {
        let text = format!("version: 1\n{rest}\n");
        let told = told(&text);
        if places(&told) != *expected {
            wrong += &format!("{text}expected {expected:?}\n{}\n", explain(&told, "p", &text));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn an_error_keeps_only_what_it_may_touch_from_being_told_in_the_same_run() {
    let cases: &[Case] = &[
        ("stages: {a: b}\ncoverage: 80\nskip: {h: {title: '[x]', stages: [c]}}", &[("GT311", 3, 11), ("GT201", 4, 35)]),
        ("environment: {timeuot: 5m}\nstages: {a: b}\ncoverage: 80", &[("GT101", 2, 15), ("GT311", 4, 11)]),
        (
            "stages: {a: b, c: d}\ncoverage: {lines: 80}\nskip: {h: {title: x, stages: [a]}}",
            &[("GT101", 3, 12), ("GT408", 4, 8)],
        ),
        ("stages: {a: {run: b, reports: [{format: junt, files: x}]}}\ncoverage: 80", &[("GT104", 2, 41)]),
        ("stagse: {a: b}\ncoverage: 80", &[("GT101", 2, 1)]),
    ];
    for (text, expected) in cases {
        let text = format!("version: 1\n{text}\n");
        let told = told(&text);
        assert_eq!(places(&told), *expected, "{text}\n{}", explain(&told, ".gated.yml", &text));
    }
}

#[test]
fn a_fix_removes_its_finding_and_breaks_nothing() {
    let mut mended = 0;
    for (rest, _) in CASES {
        let text = format!("version: 1\n{rest}\n");
        let before = told(&text);
        for finding in before.iter().filter(|finding| finding.fix.is_some()) {
            let fixed = apply_fixes(&text, std::slice::from_ref(finding), true);
            let after = told(&fixed.text);
            mended += fixed.applied;
            let left = after.iter().filter(|one| one.code == finding.code).count();
            let had = before.iter().filter(|one| one.code == finding.code).count();
            assert!(
                left < had && after.len() < before.len() + 1,
                "{}\n{}",
                fixed.text,
                explain(&after, "p", &fixed.text)
            );
        }
    }
    assert!(mended >= 14, "{mended}");
}

#[test]
fn a_fix_leaves_comments_and_layout_as_they_were() {
    let text = "version: 1   # the first\ngate:\n  ignore:   # what nobody builds\n    - docs/**\n    -   './a/**'   # a\n    - docs/**\n    - b/**\n";
    let fixed = apply_fixes(text, &told(text), false);
    let wanted = "version: 1   # the first\ngate:\n  ignore:   # what nobody builds\n    - docs/**\n    -   'a/**'   # a\n    - b/**\n";
    assert_eq!((fixed.text.as_str(), fixed.applied), (wanted, 2));
}

#[test]
fn what_a_floor_overrides_or_forbids_is_told_where_the_policy_says_it() {
    use gated_core::layers::Found;
    let floor = "version: 1\nenvironment: {compute: small, timeout: 1h}\ncoverage: 80\nunskippable: [test]\nlint-ignores: forbid\n";
    let Found::Valid(floor, _) = read_floor("f", floor.as_bytes()).found else { panic!("invalid") };
    let text = "version: 1\nenvironment: {compute: large, timeout: 2h}\nextends: make\ncoverage: 70 # gated: ignore[GT314] no\nskip: {a: {title: b, stages: [test], by: \"arn:aws:iam::1:user/u\"}}\n";
    let told = lint(text.as_bytes(), FileKind::Policy, Some(&floor));
    let expected = [("GT314", 2, 24), ("GT314", 2, 40), ("GT314", 4, 11), ("GT504", 4, 14), ("GT314", 5, 31)];
    assert_eq!(places(&told), expected, "{}", explain(&told, "p", text));
}

#[test]
fn a_gated_branch_is_the_same_by_its_full_reference() {
    use gated_core::{gates, layers::Found};
    let text = "version: 1\ngate: {destinations: [refs/heads/main, \"release/*\", \"!refs/heads/release/old\"]}\n";
    let Found::Valid(floor, _) = read_floor("f", text.as_bytes()).found else { panic!("invalid") };
    let gated = ["main", "release/2", "release/old", "refs/heads/main"].map(|branch| format!("refs/heads/{branch}"));
    assert_eq!(gated.map(|reference| gates(Some(&floor), &reference)), [true, true, false, false]);
    let told = lint(text.as_bytes(), FileKind::Floor, None);
    assert!(told.is_empty(), "{}", explain(&told, "f", text));
    let told = lint(b"version: 1\ngate: {destinations: [origin/main]}\n", FileKind::Floor, None);
    assert_eq!(places(&told), [("GT301", 2, 23)]);
    assert!(!read_floor("f", b"version: 1\ngate: {destinations: [refs/heads/]}\n").diagnostics.is_empty());
}

#[test]
fn the_examples_of_the_language_and_every_preset_and_floor_are_clean() {
    let policies = [include_str!("../fixtures/everything.yml"), include_str!("../fixtures/short.yml")];
    let presets = gated_policy::presets().iter().map(|(_, text)| *text);
    for text in policies.into_iter().chain(presets) {
        let told = told(text);
        assert!(told.is_empty(), "{}", explain(&told, "p", text));
    }
    let floors = [
        include_str!("../../../../policies/floors/baseline.yml"),
        include_str!("../../../../policies/floors/strict.yml"),
    ];
    for text in floors {
        let told = lint(text.as_bytes(), FileKind::Floor, None);
        assert!(told.is_empty(), "{}", explain(&told, "f", text));
    }
}

#[test]
fn every_section_of_the_whole_example_is_clean_by_itself() {
    let text = include_str!("../fixtures/everything.yml");
    let mut sections: Vec<String> = Vec::new();
    for line in text.lines() {
        match sections.last_mut() {
            Some(last) if line.starts_with([' ', '#']) || line.is_empty() => *last += &format!("{line}\n"),
            _ => sections.push(format!("{line}\n")),
        }
    }
    for section in sections.iter().filter(|section| !section.starts_with("version") && !section.starts_with("skip")) {
        let alone = format!("version: 1\n{section}");
        let told = told(&alone);
        assert!(told.is_empty(), "{}", explain(&told, "p", &alone));
    }
}

#[test]
fn thousands_of_comments_commas_and_secrets_are_told_two_hundred_times_at_most() {
    let many = |line: &dyn Fn(usize) -> String, times| (0..times).map(line).collect::<String>();
    let texts = [
        many(&|_| "# gated: ignore[GT402] x\n".to_owned(), 9_000),
        format!("setup: [{}]\n", many(&|n| format!("echo a,b{n}, "), 4_000)),
        format!("setup:\n{}", many(&|n| format!("  - echo ghp_0123456789abcdefghijABCDEFGHIJ012345 {n}\n"), 4_000)),
    ];
    for rest in texts {
        let told = told(&format!("version: 1\n{rest}"));
        assert!((1..=201).contains(&told.len()), "{}", told.len());
    }
}

#[test]
fn the_page_of_the_language_and_every_part_of_it_are_clean() {
    let mut parts = 0;
    for page in [include_str!("../fixtures/everything.yml"), include_str!("../fixtures/short.yml")] {
        assert_eq!(told(page), [], "the whole");
        let mut sections: Vec<String> = Vec::new();
        for line in page.lines() {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                sections.push("version: 1\n".to_owned());
            }
            if let Some(section) = sections.last_mut().filter(|_| !line.starts_with("version")) {
                *section += &format!("{line}\n");
            }
        }
        for section in sections {
            parts += 1;
            let told = told(&section);
            assert!(told.is_empty(), "{}", explain(&told, "p", &section));
        }
    }
    assert!(parts > 12, "{parts}");
}
