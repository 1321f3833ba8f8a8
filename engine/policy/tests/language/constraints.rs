//! An organisation's own rules hold for what a policy means, presets and defaults included.

use gated_core::layers::{Found, Problem};
use gated_core::policy::Floor;
use gated_policy::{check_constraints, constraint_diagnostics, read_floor};

use crate::told::explain;

fn floor(constraints: &str) -> Floor {
    let text = format!("version: 1\nconstraints: {constraints}\n");
    let reading = read_floor("floor.yml", text.as_bytes());
    match reading.found {
        Found::Valid(floor, _) => floor,
        _ => panic!("{}", explain(&reading.diagnostics, "floor.yml", &text)),
    }
}

fn places(problems: &[Problem]) -> Vec<(u32, u32)> {
    problems.iter().map(|problem| (problem.line, problem.column)).collect()
}

#[test]
fn a_breach_is_told_at_the_value_that_breaks_the_rule() {
    let floor = floor("{properties: {environment: {properties: {image: {pattern: ^aws/codebuild/}}}}}");
    let policy = "version: 1\nenvironment:\n  image: example/image:1\nstages: {a: b}\n";
    let problems = check_constraints(&floor, ".gated.yml", policy.as_bytes());
    assert_eq!(places(&problems), [(3, 10)]);
    assert_eq!(constraint_diagnostics(&floor, policy.as_bytes())[0].code, "GT215");
    assert!(problems[0].message.contains("environment.image"), "{}", problems[0].message);
}

#[test]
fn a_default_that_nobody_wrote_satisfies_a_rule() {
    let floor =
        floor("{properties: {environment: {required: [image], properties: {image: {pattern: ^aws/codebuild/}}}}}");
    assert_eq!(check_constraints(&floor, ".gated.yml", b"version: 1\nstages: {a: b}\n"), []);
}

#[test]
fn what_a_preset_says_is_told_at_extends() {
    let floor = floor("{properties: {stages: {additionalProperties: {required: [timeout]}}}}");
    let policy = "version: 1\nextends: rust\nstages:\n  lint: {timeout: 5m}\n  cov: {run: a}\n";
    let problems = check_constraints(&floor, ".gated.yml", policy.as_bytes());
    assert_eq!(places(&problems), [(2, 10), (5, 3)]);
}

#[test]
fn numbers_and_durations_have_the_form_that_people_write() {
    let floor = floor(
        "{properties: {coverage: {properties: {line: {minimum: 80.5}}}, environment: {properties: {timeout: {const: 1h}}}}}",
    );
    let policy = "version: 1\nenvironment: {timeout: 60m}\ncoverage: 80.49\n";
    assert_eq!(places(&check_constraints(&floor, ".gated.yml", policy.as_bytes())), [(3, 11)]);
}

#[test]
fn a_secret_that_the_floor_does_not_give_is_told_as_the_gate_will_refuse_it() {
    let floor = Floor { secrets_allowed: vec!["ci/".to_owned()], ..Floor::default() };
    let policy = "version: 1\nenvironment:\n  secrets: {A: \"ci/a\", B: \"prod/b\"}\n  parameters: {C: /ci/c}\n";
    assert_eq!(places(&check_constraints(&floor, ".gated.yml", policy.as_bytes())), [(3, 28), (4, 19)]);
    assert_eq!(constraint_diagnostics(&floor, policy.as_bytes())[0].code, "GT218");
}

#[test]
fn a_profile_that_the_floor_does_not_define_is_told_with_the_one_that_was_meant() {
    let text = "version: 1\nprofiles: {vpc-java: {docker: true}}\n";
    let Found::Valid(floor, _) = read_floor("f", text.as_bytes()).found else { panic!("invalid") };
    let policy = "version: 1\nenvironment:\n  profile: vpc-jva\n";
    let told = constraint_diagnostics(&floor, policy.as_bytes());
    assert_eq!((told[0].code, told[0].help.as_deref()), ("GT217", Some("did you mean `vpc-java`?")));
    assert_eq!((told[0].span.line, told[0].span.column), (3, 12));
}

#[test]
fn a_policy_that_cannot_be_read_satisfies_nothing() {
    let problems = check_constraints(&floor("true"), ".gated.yml", b"version: 1\nstages: [a]\n");
    assert_eq!(places(&problems), [(2, 9)]);
}

#[test]
fn a_schema_that_is_none_is_never_a_pass() {
    let floor = Floor { constraints: Some(serde_json::json!({"type": 5})), ..Floor::default() };
    let problems = check_constraints(&floor, ".gated.yml", b"version: 1\n");
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("not a JSON Schema"), "{}", problems[0].message);
}
