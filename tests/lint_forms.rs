//! The forms of `gated lint` that other programs read, held against those programs' own definitions.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{gated, stdout};

/// A fix, a second place, a name that a URI cannot hold as it is, and text that XML cannot.
const POLICIES: [(&str, &str); 4] = [
    ("a clean & <odd> näme.yml", "version: 1\nstages:\n  test: make\n"),
    ("fix.yml", "version: 1\nstages:\n  test: make\n  odd: {run: x, when: {title: {matches: '^fix .+$'}}}\n"),
    ("twice.yml", "version: 1\nstages:\n  test: make\n  test: make\n"),
    ("text.yml", "version: 1\nstages:\n  test: make\n\"<&\\e]]>\": 1\n"),
];

fn folder() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in POLICIES {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn lint(directory: &Path, form: &str) -> String {
    let arguments: Vec<&str> =
        ["lint", "--format", form].into_iter().chain(POLICIES.iter().map(|(name, _)| *name)).collect();
    stdout(&gated(directory, &arguments))
}

fn sarif(directory: &Path) -> Value {
    serde_json::from_str(&lint(directory, "sarif")).unwrap()
}

#[test]
fn sarif_is_valid_by_the_published_schema_and_carries_fixes_and_second_places() {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/schemas/sarif-2.1.0.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let log = sarif(folder().path());
    let faults: Vec<String> = validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");

    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(results.iter().any(|result| result["fixes"][0]["artifactChanges"][0]["replacements"].is_array()), "{log}");
    assert!(results.iter().any(|result| result["relatedLocations"].is_array()), "{log}");
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let page = rule["help"]["markdown"].as_str().unwrap();
        let link = rule["helpUri"].as_str().unwrap().strip_prefix("data:text/plain;charset=utf-8,").unwrap();
        let read = percent_encoding::percent_decode_str(link).decode_utf8().unwrap();
        assert!(read.ends_with(page) && page.contains("Passes:"), "{read}");
    }
    assert_eq!(run["artifacts"][0]["location"]["uri"], "a%20clean%20%26%20%3Codd%3E%20n%C3%A4me.yml");
}

#[test]
fn a_finding_keeps_its_fingerprint_when_lines_come_above_it() {
    let directory = folder();
    let prints = |log: &Value| -> Vec<Value> {
        let results = log["runs"][0]["results"].as_array().unwrap();
        results.iter().map(|result| result["partialFingerprints"]["gatedFinding/v1"].clone()).collect()
    };
    let before = prints(&sarif(directory.path()));
    for (name, text) in POLICIES {
        fs::write(directory.path().join(name), format!("# one line more\n{text}")).unwrap();
    }
    assert_eq!(prints(&sarif(directory.path())), before);
    let mut each = before.iter().map(Value::to_string).collect::<Vec<_>>();
    each.sort();
    each.dedup();
    assert_eq!(each.len(), before.len(), "two findings have the same fingerprint");
}

#[test]
fn junit_is_well_formed_xml_with_a_case_for_every_file() {
    let text = lint(folder().path(), "junit");
    let mut reader = quick_xml::Reader::from_str(&text);
    reader.config_mut().check_end_names = true;
    let (mut suites, mut cases, mut failures) = (0, 0, 0);
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
                match tag.name().as_ref() {
                    "testsuite" => suites += 1,
                    "testcase" => cases += 1,
                    "failure" => failures += 1,
                    _ => {}
                }
            }
            _ => {}
        }
    }
    assert_eq!(suites, POLICIES.len());
    assert_eq!(cases, failures + 1, "every finding is a failure, and the clean file passes: {text}");
}
