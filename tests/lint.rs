//! `gated lint` as a program: which files it judges, in which forms it answers, and with which exit code.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{gated, git, stderr, stdout};

const CLEAN: &str = "version: 1\nstages:\n  test: make test\n";
const MISSPELT: &str = "version: 1\nstages:\n  test: make test\ncoverge: 80\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn with_stdin(directory: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gated"))
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn findings(output: &Output) -> Vec<Value> {
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["version"], 1);
    document["findings"].as_array().unwrap().clone()
}

#[test]
fn from_any_subdirectory_it_judges_the_policy_of_the_repository() {
    let project = folder(&[(".gated.yml", MISSPELT), ("a/b/c.txt", "")]);
    git(project.path(), &["init", "--quiet"]);
    let output = gated(&project.path().join("a/b"), &["lint", "--format", "concise"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("../../.gated.yml:4:1: error[GT101] "), "{}", stdout(&output));
}

#[test]
fn a_folder_stands_for_the_policies_below_it_but_not_for_those_of_dependencies() {
    let files = [
        (".gated.yml", CLEAN),
        ("services/api/.gated.yml", MISSPELT),
        ("services/web/.gated.yml", MISSPELT),
        ("node_modules/x/.gated.yml", MISSPELT),
        ("target/.gated.yml", MISSPELT),
    ];
    let output = gated(folder(&files).path(), &["lint", ".", "--format", "json"]);
    let paths: Vec<Value> = findings(&output).iter().map(|told| told["path"].clone()).collect();
    assert_eq!(paths, ["services/api/.gated.yml", "services/web/.gated.yml"]);
}

#[test]
fn the_answer_is_the_same_in_every_form() {
    let directory = folder(&[("clean.yml", CLEAN), ("misspelt.yml", MISSPELT)]);
    for form in ["human", "concise", "json", "sarif", "junit"] {
        for (file, expected) in [("clean.yml", 0), ("misspelt.yml", 1), ("absent.yml", 3)] {
            let output = gated(directory.path(), &["lint", file, "--format", form]);
            assert_eq!(output.status.code(), Some(expected), "{form} {file}: {}", stderr(&output));
        }
        let output = gated(directory.path(), &["lint", "misspelt.yml", "--fail-on", "never", "--format", form]);
        assert_eq!(output.status.code(), Some(0), "{form}");
        assert!(stdout(&output).contains("GT101"), "{form}: {}", stdout(&output));
    }
    assert_eq!(gated(directory.path(), &["lint", "clean.yml", "--format", "xml"]).status.code(), Some(2));
}

#[test]
fn several_forms_are_written_in_one_run() {
    let directory = folder(&[("p.yml", MISSPELT)]);
    let arguments = ["lint", "p.yml", "--format", "human", "--format", "sarif=out.sarif", "--format", "junit=out.xml"];
    let output = gated(directory.path(), &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("--> p.yml:4:1"), "{}", stdout(&output));
    let log: Value = serde_json::from_slice(&fs::read(directory.path().join("out.sarif")).unwrap()).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "GT101");
    assert!(fs::read_to_string(directory.path().join("out.xml")).unwrap().contains("failures=\"1\""));
    let twice = gated(directory.path(), &["lint", "p.yml", "--format", "human", "--format", "json"]);
    assert_eq!(twice.status.code(), Some(2), "two forms on one output would be neither");
}

#[test]
fn a_finding_in_json_has_its_whole_place() {
    let directory = folder(&[("p.yml", MISSPELT), ("clean.yml", CLEAN)]);
    let output = gated(directory.path(), &["lint", "p.yml", "--format", "json"]);
    let [told] = &findings(&output)[..] else { panic!("{}", stdout(&output)) };
    let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
    let expected =
        ["code", "name", "severity", "message", "path", "line", "column", "end_line", "end_column", "help", "fix"];
    assert_eq!(keys, expected);
    assert_eq!((&told["name"], &told["severity"]), (&"unknown-key".into(), &"error".into()));
    let place = ["line", "column", "end_line", "end_column"].map(|key| told[key].as_u64().unwrap());
    assert_eq!(place, [4, 1, 4, 8]);
    assert!(findings(&gated(directory.path(), &["lint", "clean.yml", "--format", "json"])).is_empty());
}

#[test]
fn hostile_files_get_one_placed_finding_in_every_form() {
    let deep = "[".repeat(10_000);
    let line = format!("version: 1\n# {}\n", "x".repeat(10 << 20));
    let files: [(&str, &[u8]); 4] = [
        ("deep.yml", deep.as_bytes()),
        ("nul.yml", b"version: \0 1\n"),
        ("latin.yml", b"a: \xe9\n"),
        ("long.yml", line.as_bytes()),
    ];
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(directory.path().join(name), bytes).unwrap();
        let output = gated(directory.path(), &["lint", name, "--format", "json"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert_eq!(findings(&output).len(), 1, "{name}: {}", stdout(&output));
        for form in ["human", "concise", "sarif", "junit"] {
            let output = gated(directory.path(), &["lint", name, "--format", form]);
            assert_eq!(output.status.code(), Some(1), "{name} {form}");
            assert!(form == "sarif" || output.stdout.len() < 1_500, "{name} {form}: {}", output.stdout.len());
        }
    }
}

#[test]
fn standard_input_goes_by_the_name_it_is_given() {
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["lint", "-", "--stdin-filename", "team/.gated.yml", "--format", "concise"];
    let output = with_stdin(directory.path(), &arguments, MISSPELT.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).starts_with("team/.gated.yml:4:1: "), "{}", stdout(&output));
}

#[test]
fn colour_is_as_wished_whatever_the_terminal_is() {
    let directory = folder(&[("p.yml", MISSPELT)]);
    let coloured = |arguments: &[&str]| stdout(&gated(directory.path(), arguments)).contains('\x1b');
    assert!(coloured(&["lint", "p.yml", "--color", "always"]), "a wish wins over NO_COLOR");
    assert!(!coloured(&["lint", "p.yml", "--color", "never"]));
    assert!(!coloured(&["lint", "p.yml"]), "there is no terminal");
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let many = format!(
        "version: 1\nstages: {{test: make}}\n{}",
        (0..150).map(|n| format!("key-{n}: 1\n")).collect::<String>()
    );
    let directory = folder(&[("p.yml", &many)]);
    let plan = ["plan", "--policy", "clean.yml", "--changed", "x", "--title", "t"];
    fs::write(directory.path().join("clean.yml"), CLEAN).unwrap();
    let commands: [(&[&str], i32); 6] = [
        (&["lint", "p.yml"], 1),
        (&plan, 0),
        (&["explain"], 0),
        (&["explain", "GT101"], 0),
        (&["schema"], 0),
        (&["completions", "bash"], 0),
    ];
    for (arguments, code) in commands {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gated"))
            .args(arguments)
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(code), ""), "{arguments:?}");
    }
}

#[test]
fn a_buildspec_over_code_builds_limit_is_told_at_the_longest_stage_before_any_build() {
    let commands: String = (0..900).map(|n| format!("    - ./check {n} && ./report\n")).collect();
    let long = format!("version: 1\nstages:\n  lint: make lint\n  test:\n{commands}");
    let short = long.lines().take(150).map(|line| format!("{line}\n")).collect::<String>();
    let directory =
        folder(&[("long.yml", &long), ("short.yml", &short), ("floor.yml", &long.replace("  test", "  gated-a"))]);
    let told = |arguments: &[&str]| {
        let all = [&["lint", "--format", "json"], arguments].concat();
        let output = gated(directory.path(), &all);
        findings(&output)
            .iter()
            .map(|f| (f["code"].clone(), f["line"].clone(), f["column"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&["long.yml"]), [("GT409".into(), 4.into(), 3.into())]);
    let flags = ["--policy", "long.yml", "--changed", "x", "--title", "t"];
    assert!(stderr(&gated(directory.path(), &[&["render", "buildspec"], &flags[..]].concat())).contains("25600"));
    assert_eq!(told(&["short.yml"]), []);
    assert_eq!(told(&["short.yml", "--floor-policy", "floor.yml"]).len(), 1, "what a floor injects counts too");
}

#[test]
fn the_example_that_explain_shows_of_a_rule_breaks_it() {
    let directory = tempfile::tempdir().unwrap();
    let page = stdout(&gated(directory.path(), &["explain", "stage-without-run"]));
    let (_, example) = page.split_once("Fails:\n\n```yaml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    fs::write(directory.path().join("example.yml"), example).unwrap();
    let output = gated(directory.path(), &["lint", "example.yml", "--format", "json"]);
    assert_eq!(findings(&output)[0]["name"], "stage-without-run", "{}", stdout(&output));
}

#[test]
fn what_a_floor_overrides_is_for_information_and_makes_no_answer_a_no() {
    let policy = format!("{CLEAN}environment: {{compute: large}}\n");
    let directory = folder(&[("p.yml", &policy), ("floor.yml", "version: 1\nenvironment: {compute: small}\n")]);
    let arguments = ["lint", "p.yml", "--floor-policy", "floor.yml"];
    let output = gated(directory.path(), &[&arguments[..], &["--format", "json"]].concat());
    assert_eq!((output.status.code(), &findings(&output)[0]["severity"]), (Some(0), &"info".into()));
    assert!(stdout(&gated(directory.path(), &arguments)).ends_with("1 finding (1 for information)\n"));
}

#[test]
fn many_files_are_answered_in_their_order_and_one_that_is_missing_hides_none() {
    let directory = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..40).map(|n| format!("p{n}.yml")).collect();
    for name in names.iter().filter(|name| *name != "p20.yml") {
        fs::write(directory.path().join(name), MISSPELT).unwrap();
    }
    let arguments: Vec<&str> =
        ["lint", "--format", "json"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let output = gated(directory.path(), &arguments);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("p20.yml"));
    let told: Vec<String> = findings(&output).iter().map(|told| told["path"].as_str().unwrap().to_owned()).collect();
    let expected: Vec<String> = names.into_iter().filter(|name| name != "p20.yml").collect();
    assert_eq!(told, expected);
}
