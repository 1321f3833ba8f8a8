//! What is written rightly is read whole.

use gated_core::layers::Found;
use gated_core::policy::{Condition, Policy};
use gated_policy::{Reading, read_floor, read_policy};

use crate::told::explain;

const EVERYTHING: &str = include_str!("../fixtures/everything.yml");
const SHORT: &str = include_str!("../fixtures/short.yml");

fn valid(text: &str) -> Policy {
    match read_policy(".gated.yml", text.as_bytes()) {
        Reading { found: Found::Valid(policy, _), .. } => policy,
        Reading { diagnostics, .. } => panic!("{}\n{text}", explain(&diagnostics, ".gated.yml", text)),
    }
}

#[test]
fn the_complete_example_reads_without_a_fault() {
    let policy = valid(EVERYTHING);
    let names: Vec<&str> = policy.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["lint", "test", "cov", "integration"]);
    assert_eq!(policy.environment.runtimes.unwrap(), [("nodejs".to_owned(), "22".to_owned())]);
    assert_eq!(policy.coverage.unwrap().paths[0].line.unwrap().to_string(), "95");
    assert_eq!(policy.skip[0].approval.as_ref().unwrap().count, 1);
}

#[test]
fn every_part_of_the_complete_example_reads_by_itself() {
    for part in parts(EVERYTHING) {
        let whole = match part.starts_with("skip:") {
            true => format!("version: 1\nstages: {{test: a, integration: b, cov: c}}\n{part}"),
            false => format!("version: 1\n{part}"),
        };
        valid(&whole);
    }
}

/// The top-level keys of a block mapping, each with what is below it.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts.retain(|part| !part.starts_with("version:"));
    parts
}

#[test]
fn a_short_form_keeps_what_the_preset_says_beside_it() {
    let policy = valid(SHORT);
    let test = policy.stages.iter().find(|stage| stage.name.as_str() == "test").unwrap();
    assert_eq!(test.run.as_deref().unwrap(), ["npm test -- --coverage"]);
    assert_eq!(test.reports.as_ref().unwrap().len(), 1, "the preset's reports stay");
    assert_eq!(policy.coverage.as_ref().unwrap().line.unwrap().to_string(), "80");
    assert_eq!(policy.container.as_ref().unwrap().build, Some(true));
    assert!(matches!(policy.skip[0].when, Some(Condition::Title(_))));
}

#[test]
fn text_is_taken_as_it_is_written() {
    let policy = valid(
        "version: 1\nenvironment:\n  runtimes: {nodejs: 22, python: 3.10}\n  variables: {RETRIES: yes, ON: true, E: '', H: 0x1F}\n",
    );
    let of = |pairs: &[(String, String)]| pairs.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
    assert_eq!(of(&policy.environment.runtimes.unwrap()), ["22", "3.10"]);
    assert_eq!(of(&policy.environment.variables.unwrap()), ["yes", "true", "", "0x1F"]);
}

#[test]
fn a_preset_keeps_its_places_and_new_stages_come_after() {
    let policy = valid("version: 1\nextends: rust\nstages:\n  extra: make extra\n  test: cargo test\n  cov: false\n");
    let names: Vec<&str> = policy.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["lint", "test", "extra"]);
}

#[test]
fn a_later_preset_wins_and_the_file_wins_over_all() {
    let policy = valid("version: 1\nextends: [node, make]\nstages: {lint: my lint}\n");
    let run = |name: &str| policy.stages.iter().find(|s| s.name.as_str() == name).unwrap().run.clone().unwrap();
    assert_eq!(run("lint"), ["my lint"]);
    assert_eq!(run("test"), ["make test"]);
    assert_eq!(policy.environment.runtimes.unwrap()[0].0, "nodejs");
}

#[test]
fn the_lines_of_every_key_that_the_file_itself_names_are_kept() {
    let text = "version: 1\nextends: rust\nstages:\n  test:\n    retry: 1\n  lint: make lint\ncoverage: 80\n";
    let Found::Valid(_, places) = read_policy(".gated.yml", text.as_bytes()).found else { panic!("not valid") };
    let line = |key: &str| places.get(key).copied();
    assert_eq!(line("stages.test.retry"), Some(5));
    assert_eq!(line("stages.lint.run"), Some(6));
    assert_eq!(line("coverage"), Some(7));
    assert_eq!(line("coverage.line"), Some(7));
    assert_eq!(line("stages.test.run"), None, "the preset names it, not the file");
}

#[test]
fn every_preset_and_every_floor_reads_clean_and_has_the_same_stage_names() {
    for (name, text) in gated_policy::presets() {
        let policy = valid(text);
        let stages: Vec<&str> = policy.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(stages, ["lint", "test", "cov"], "{name}");
        assert!(policy.stages.iter().all(|stage| stage.run.is_some()), "{name}");
    }
    for text in [
        include_str!("../../../../policies/floors/baseline.yml"),
        include_str!("../../../../policies/floors/strict.yml"),
    ] {
        let reading = read_floor("floor.yml", text.as_bytes());
        assert!(matches!(reading.found, Found::Valid(..)), "{}", explain(&reading.diagnostics, "floor.yml", text));
    }
}

#[test]
fn a_floor_may_demand_a_stage_and_leave_its_commands_to_others() {
    let text = "version: 1\nstages: {test: {required: true}, gated-secrets: gitleaks dir}\nunskippable: [test, anything]\n\
                skip: {docs: {when: {paths: 'docs/**'}, stages: [theirs]}}\n";
    let reading = read_floor("floor.yml", text.as_bytes());
    let Found::Valid(floor, _) = reading.found else {
        panic!("{}", explain(&reading.diagnostics, "floor.yml", text));
    };
    assert_eq!(floor.policy.stages[0].run, None);
    assert!(floor.policy.stages[1].name.is_reserved());
}
