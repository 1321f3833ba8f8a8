//! What is written wrongly is told once, where it stands, in words that say what to do.

use gated_policy::{Diagnostic, RULES, read_floor, read_policy};

/// A file, and for each finding its code, line, column, and a part of what is said.
struct Case {
    text: &'static str,
    findings: &'static [(&'static str, u32, u32, &'static str)],
}

/// Every file here that is a policy.
pub(crate) fn texts() -> impl Iterator<Item = &'static str> {
    [YAML, BROKEN, STRUCTURE, MEANING].into_iter().flatten().map(|case| case.text)
}

fn said(told: &Diagnostic) -> String {
    format!("{} = {}", told.message, told.help.clone().unwrap_or_default())
}

fn holds(case: &Case, told: &[Diagnostic]) {
    let places = |told: &[Diagnostic]| -> Vec<_> {
        told.iter().map(|one| (one.code, one.span.line, one.span.column, said(one))).collect()
    };
    assert_eq!(told.len(), case.findings.len(), "{}\n{:#?}", case.text, places(told));
    for (one, (code, line, column, part)) in told.iter().zip(case.findings) {
        assert_eq!((one.code, one.span.line, one.span.column), (*code, *line, *column), "{}\n{}", case.text, said(one));
        assert!(said(one).contains(part), "{}\n{} lacks {part:?}", case.text, said(one));
        assert!(!one.message.ends_with('.') && !one.message.starts_with(char::is_uppercase), "{}", one.message);
    }
}

const YAML: &[Case] = &[
    Case { text: "version: 1\nstages:\n\ttest: a\n", findings: &[("GT006", 3, 1, "spaces")] },
    Case { text: "version: 1\nstages:\n  test: a\n  \tlint: b\n", findings: &[("GT006", 4, 3, "spaces")] },
    Case { text: "version: 1\n---\nversion: 1\n", findings: &[("GT009", 2, 1, "one document")] },
    Case { text: "%YAML 1.2\n---\nversion: 1\n", findings: &[("GT019", 1, 1, "remove")] },
    Case { text: "version: 1\nsetup: &a x\n", findings: &[("GT010", 2, 8, "&a")] },
    Case { text: "version: 1\nsetup: *a\n", findings: &[("GT011", 2, 8, "*a")] },
    Case { text: "version: 1\nsetup: !!str x\n", findings: &[("GT012", 2, 8, "!!str")] },
    Case { text: "version: 1\n<<: {setup: x}\n", findings: &[("GT013", 2, 1, "extends")] },
    Case { text: "version: 1\nsetup: x\nsetup: y\n", findings: &[("GT014", 3, 1, "twice")] },
    Case {
        text: "version: 1\nstages: {1: a, true: b, ~: c, [x]: d}\n",
        findings: &[
            ("GT015", 2, 10, "a number"),
            ("GT015", 2, 16, "a boolean"),
            ("GT015", 2, 25, "nothing"),
            ("GT015", 2, 31, "a collection"),
        ],
    },
    Case {
        text: "version: 1\ngate: {ignore: [**/*.rs, *.md, !docs/**]}\n",
        findings: &[
            ("GT016", 2, 17, "quote this glob"),
            ("GT016", 2, 26, "\"*.md\""),
            ("GT016", 2, 32, "\"!docs/**\""),
        ],
    },
    Case { text: "version: 1\ngate:\n  ignore: *\n", findings: &[("GT016", 3, 11, "quote this glob")] },
    Case { text: "version: 1\ncoverage:\n  paths:\n    **/*.rs: {line: 1}\n", findings: &[("GT016", 4, 5, "quote")] },
    Case { text: "version: 1\nstages:\n  test: echo a: b\n", findings: &[("GT017", 3, 15, "\"echo a: b\"")] },
    Case { text: "version: 1\nsetup: \"abc\nstages: {a: b}\n", findings: &[("GT018", 2, 8, "quote")] },
    Case { text: "version: 1\nsetup: [a, b\n", findings: &[("GT018", 2, 8, "bracket")] },
    Case { text: "version: 1\nsetup: 'it's'\n", findings: &[("GT005", 2, 12, "twice")] },
    Case { text: "version: 1\nsetup: @x\n", findings: &[("GT005", 2, 8, "quote the value")] },
    Case { text: "version: 1\nsetup: [?x]\n", findings: &[("GT005", 2, 9, "\"?x\"")] },
    Case { text: "version:1\nstages: {a: b}\n", findings: &[("GT005", 1, 9, "a space after its colon")] },
    Case { text: "version: 1\nstages:\n a: b\n  c: d\n", findings: &[("GT005", 4, 3, "same indentation")] },
    Case { text: "version: 1\ncoverage: {line: 8e1}\n", findings: &[("GT020", 2, 18, "plain digits")] },
    Case { text: "version: 1\ncoverage: 010\n", findings: &[("GT020", 2, 11, "leading zero")] },
    Case { text: "version: 1\ngate: {fail-fast: True}\n", findings: &[("GT020", 2, 19, "`true`")] },
];

/// What breaks the syntax is told in words about the text, at the place where it goes wrong.
const BROKEN: &[Case] = &[
    Case {
        text: "version: 1\nskip:\n  h:\n    title: [hotfix] fix\n",
        findings: &[("GT005", 4, 21, "\"[hotfix] fix\"")],
    },
    Case {
        text: "version: 1\nstages:\n  t: [ -f x ] && make\n",
        findings: &[("GT005", 3, 15, "the bracket that closes")],
    },
    Case {
        text: "version: 1\nstages:\n  t:\n    run: a\n    timeout:5m\n",
        findings: &[("GT005", 5, 13, "`timeout: 5m`")],
    },
    Case { text: "version: 1\nstages:\n  t: a\n  lint\n", findings: &[("GT005", 4, 3, "a key needs a colon")] },
    Case { text: "version: 1\nstages:\n  t: {run: [a, b\n  l: x\n", findings: &[("GT018", 3, 12, "never closed")] },
    Case { text: "version: 1\nstages: {\n  t: a\n  l: b\n}\n", findings: &[("GT005", 4, 3, "comma")] },
    Case { text: "version: 1\nstages:\n  t:\n    run: a\n   retry: 1\n", findings: &[("GT005", 5, 4, "indented")] },
    Case { text: "version: 1\nstages:\n  t:\n    run: |\n   a\n", findings: &[("GT005", 5, 4, "indented")] },
    Case {
        text: "version: 1\nskip: {h: {title: “[a]”, stages: [t]}}\n", findings: &[("GT005", 2, 19, "no quote")]
    },
    Case { text: "version: 1\nsetup: \"é \\d\"\n", findings: &[("GT005", 2, 11, "write \\\\")] },
    Case { text: "version: 1\nstages:\n  t: a\n  \"t\": b\n", findings: &[("GT014", 4, 4, "twice")] },
    Case { text: "version: 1\nstages:\n\u{a0} t: a\n", findings: &[("GT006", 3, 1, "U+00A0")] },
];

const STRUCTURE: &[Case] = &[
    Case { text: "version: 1\nstages: {t: {script: a}}\n", findings: &[("GT101", 2, 14, "`run`")] },
    Case { text: "version: 1\nstages: {t: {run: a, needs: [b]}}\n", findings: &[("GT101", 2, 22, "in the order")] },
    Case { text: "version: 1\nstages:\n- name: a\n", findings: &[("GT103", 3, 1, "`name: value`")] },
    Case { text: "version: 1\nstages: {t: {run: a, timeout: 30}}\n", findings: &[("GT109", 2, 31, "30s or 30m")] },
    Case { text: "version: 1\ngate: {ignore: [\"a{b\"]}\n", findings: &[("GT206", 2, 18, "a `{` is never closed")] },
    Case { text: "", findings: &[("GT110", 1, 1, "version: 1")] },
    Case { text: "# nothing\n", findings: &[("GT110", 1, 1, "version: 1")] },
    Case { text: "version: 2\nnew-key: 1\n", findings: &[("GT105", 1, 10, "known versions are: 1")] },
    Case { text: "setup: x\n", findings: &[("GT102", 1, 1, "begin the file with `version: 1`")] },
    Case {
        text: "verison: 1\nstagse: {test: a, lint: b}\nskip: {h: {title: x, stages: [test]}}\n",
        findings: &[("GT101", 1, 1, "did you mean `version`?"), ("GT101", 2, 1, "did you mean `stages`?")],
    },
    Case {
        text: "version: 1\nmode: observe\nline: 80\n",
        findings: &[("GT101", 2, 1, "the organisation's floor"), ("GT101", 3, 1, "under `coverage`")],
    },
    Case { text: "version: 1\nstages: {a: {run: b, timeouts: 3m}}\n", findings: &[("GT101", 2, 22, "`timeout`")] },
    Case { text: "version: 1\nstages: [a]\n", findings: &[("GT103", 2, 9, "a mapping, and this is a list")] },
    Case { text: "version: 1\nstages:\n- a\n", findings: &[("GT103", 3, 1, "a list")] },
    Case { text: "version: 1\nstages: {a: {run: b, required: 'true'}}\n", findings: &[("GT103", 2, 32, "quotes")] },
    Case { text: "version: 1\ncoverage: 80%\n", findings: &[("GT103", 2, 11, "write 80")] },
    Case { text: "version: 1\nstages: {a: true}\n", findings: &[("GT103", 2, 13, "run: true")] },
    Case { text: "version: 1\nstages: {a: }\n", findings: &[("GT110", 2, 11, "no value")] },
    Case { text: "version: 1\nstages: {a: {run: []}}\n", findings: &[("GT110", 2, 19, "empty list")] },
    Case { text: "version: 1\nextends: rsut\nstages: {a: {retry: 1}}\n", findings: &[("GT104", 2, 10, "`rust`")] },
    Case { text: "version: 1\nenvironment: {compute: big}\n", findings: &[("GT104", 2, 24, "`2xlarge`")] },
    Case {
        text: "version: 1\nstages: {a: {run: b, reports: [{format: junt, files: c}]}}\n",
        findings: &[("GT104", 2, 41, "`junit`")],
    },
    Case {
        text: "version: 1\nstages: {a: {run: b, reports: [{format: junit}]}}\n",
        findings: &[("GT102", 2, 32, "`files`")],
    },
    Case { text: "version: 1\ngate: {fail-fast: yes}\n", findings: &[("GT106", 2, 19, "write `true`")] },
    Case { text: "version: 1\ngate: {fail-fast: off}\n", findings: &[("GT106", 2, 19, "write `false`")] },
    Case {
        text: "version: 1\nskip: {h: {title: x, stages: [Big]}}\nstages: {Big: a, b: c}\n",
        findings: &[("GT107", 3, 10, "lower-case")],
    },
    Case { text: "version: 1\nstages: {Big: a}\n", findings: &[("GT107", 2, 10, "lower-case")] },
    Case { text: "version: 1\nenvironment: {variables: {a-b: c}}\n", findings: &[("GT107", 2, 27, "variable's name")] },
    Case { text: "version: 1\ncoverage: 100.5\n", findings: &[("GT108", 2, 11, "0 to 100")] },
    Case { text: "version: 1\nstages: {a: {run: b, retry: 2}}\n", findings: &[("GT108", 2, 29, "0 or 1")] },
    Case { text: "version: 1\nstages: {a: {run: b, timeout: 30}}\n", findings: &[("GT109", 2, 31, "30m")] },
    Case { text: "version: 1\ngate: {policy-owners: alice}\n", findings: &[("GT109", 2, 23, "an ARN such as")] },
    Case {
        text: "version: 1\nstages: {a: b, c: d}\nskip: {h: {title: [hotfix], stages: [a]}}\n",
        findings: &[("GT111", 3, 19, "quote it: \"[hotfix]\"")],
    },
    Case {
        text: "version: 1\nstages: {a: b, c: d}\nskip: {h: {when: {title: {contains: [x]}}, stages: a}}\n",
        findings: &[("GT111", 3, 37, "\"[x]\"")],
    },
    Case {
        text: "version: 1\nstages: {a: b, c: d}\nskip: {h: {title: x, when: {source: y}, stages: a}}\n",
        findings: &[("GT112", 3, 19, "inside `when`")],
    },
    Case { text: "version: 1\nstages:\n  test:\n    - echo a: b\n", findings: &[("GT113", 4, 7, "\"echo a: b\"")] },
    Case {
        text: "version: 1\nstages: {a: {run: b, dir: ../c}}\n",
        findings: &[("GT114", 2, 27, "inside the checkout")],
    },
    Case { text: "version: 1\ncontainer: {dockerfile: /Dockerfile}\n", findings: &[("GT114", 2, 25, "checkout")] },
];

const MEANING: &[Case] = &[
    Case {
        text: "version: 1\nstages: {test: a, lint: b}\nskip: {h: {title: x, stages: [tset]}}\n",
        findings: &[("GT201", 3, 31, "did you mean `test`?")],
    },
    Case {
        text: "version: 1\nstages: {test: a, doc: {run: b, required: false}}\nskip: {h: {title: x, stages: [test]}}\n",
        findings: &[("GT202", 3, 30, "every required stage")],
    },
    Case {
        text: "version: 1\nstages: {setup: a, container: b}\n",
        findings: &[("GT203", 2, 10, "step of the gate"), ("GT203", 2, 20, "step of the gate")],
    },
    Case { text: "version: 1\nstages: {gated-a: b}\n", findings: &[("GT203", 2, 10, "reserved")] },
    Case {
        text: "version: 1\nenvironment: {variables: {PATH: a}, secrets: {LD_PRELOAD: b}}\n",
        findings: &[("GT204", 2, 27, "`PATH`"), ("GT204", 2, 47, "`LD_PRELOAD`")],
    },
    Case {
        text: "version: 1\nenvironment: {variables: {A: a}, secrets: {A: b}}\n",
        findings: &[("GT205", 2, 44, "twice")],
    },
    Case { text: "version: 1\ngate: {ignore: ['[a', b]}\n", findings: &[("GT206", 2, 18, "not a glob")] },
    Case {
        text: "version: 1\nstages: {a: {run: b, when: {title: {matches: '^(feat|fix: .+'}}}}\n",
        findings: &[("GT207", 2, 48, "unclosed group")],
    },
    Case {
        text: "version: 1\nstages: {a: {run: b, when: {title: {matches: \"a(?=b)\"}}}}\n",
        findings: &[("GT207", 2, 48, "look-around")],
    },
    Case { text: "version: 1\nstages: {a: {dir: b}}\n", findings: &[("GT208", 2, 10, "nothing to run")] },
    Case { text: "version: 1\nextends: rust\nstages: {tset: false}\n", findings: &[("GT209", 3, 10, "removed")] },
    Case { text: "version: 1\nenvironment: {timeout: 2m}\n", findings: &[("GT210", 2, 24, "from 5m to 36h")] },
    Case {
        text: "version: 1\ncontainer: {scan: {accept: [{id: CVE-1, until: 2027-02-30, owner: a, reason: b}]}}\n",
        findings: &[("GT211", 2, 48, "calendar")],
    },
];

const FLOORS: &[Case] = &[
    Case {
        text: "version: 1\nrequire-policy: default\nstages: {a: {run: b, when: {paths: c}}}\n",
        findings: &[("GT213", 2, 17, "always runs")],
    },
    Case { text: "version: 1\nconstraints: {type: 5}\n", findings: &[("GT214", 2, 14, "not a JSON Schema")] },
    Case {
        text: "version: 1\nconstraints: {$ref: 'https://example.com/schema.json'}\n",
        findings: &[("GT214", 2, 14, "not a JSON Schema")],
    },
    Case { text: "version: 1\nstages: {gated-a: {retry: 1}}\n", findings: &[("GT208", 2, 10, "nothing to run")] },
    Case { text: "version: 1\ncommands: source\n", findings: &[("GT104", 2, 11, "`destination`")] },
    Case {
        text: "version: 1\nenvironment: {profile: vpc-jva}\nprofiles: {vpc-java: {docker: true}}\n",
        findings: &[("GT217", 2, 24, "did you mean `vpc-java`?")],
    },
    Case {
        text: "version: 1\nprofiles: {a: {vpc: vpc-1, subnets: subnet-1}}\n",
        findings: &[("GT102", 2, 12, "`security-groups`")],
    },
    Case { text: "version: 1\nprofiles: {a: {vpc: vpc1}}\n", findings: &[("GT109", 2, 21, "vpc-0a1b2c3d")] },
    Case { text: "version: 1\nprofiles: {a: {role: Build}}\n", findings: &[("GT109", 2, 22, "ARN of a role")] },
    Case {
        text: "version: 1\nmode: {enforce: a, observe: [b]}\n",
        findings: &[("GT112", 2, 29, "keep the shorter list")],
    },
    Case { text: "version: 1\nmode: [observe]\n", findings: &[("GT103", 2, 7, "`observe`, `enforce`")] },
    Case { text: "version: 1\nmode: {observe: '[a'}\n", findings: &[("GT206", 2, 18, "not a glob")] },
    Case { text: "version: 1\nmodes: observe\n", findings: &[("GT101", 2, 1, "`mode`")] },
];

#[test]
fn what_is_not_strict_yaml_is_told_where_it_stands() {
    YAML.iter().chain(BROKEN).for_each(|case| holds(case, &read_policy("p", case.text.as_bytes()).diagnostics));
}

#[test]
fn what_the_language_does_not_have_is_told_where_it_stands() {
    STRUCTURE.iter().for_each(|case| holds(case, &read_policy("p", case.text.as_bytes()).diagnostics));
}

#[test]
fn what_does_not_hold_together_is_told_where_it_stands() {
    MEANING.iter().for_each(|case| holds(case, &read_policy("p", case.text.as_bytes()).diagnostics));
}

#[test]
fn what_a_floor_cannot_say_is_told_where_it_stands() {
    FLOORS.iter().for_each(|case| holds(case, &read_floor("f", case.text.as_bytes()).diagnostics));
}

#[test]
fn every_fault_makes_the_file_invalid_and_becomes_a_problem_at_its_place() {
    let reading = read_policy("dir/.gated.yml", b"version: 1\nstages: {a: {dir: b}}\ncoverage: 101\n");
    let gated_core::layers::Found::Invalid(problems) = reading.found else { panic!("valid") };
    let places: Vec<_> = problems.iter().map(|p| (p.path.as_str(), p.line, p.column)).collect();
    assert_eq!(places, [("dir/.gated.yml", 2, 10), ("dir/.gated.yml", 3, 11)]);
}

#[test]
fn every_rule_has_a_test_that_shows_it() {
    let elsewhere = [include_str!("hostile.rs"), include_str!("constraints.rs")].concat();
    for rule in RULES.iter().filter(|rule| !rule.class.is_lint()) {
        let cases = [YAML, BROKEN, STRUCTURE, MEANING, FLOORS].into_iter().flatten();
        let shown = cases.flat_map(|case| case.findings).any(|(code, ..)| *code == rule.code);
        let quoted = format!("\"{}\"", rule.code);
        assert!(shown || elsewhere.contains(&quoted), "{} {}", rule.code, rule.name);
    }
}
