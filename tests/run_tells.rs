//! What `gated run` and `gated plan` tell whom: with what they compared, what was left out, and what a part is worth. Nothing
//! here looks into the program.

use std::fs;
use std::process::{Command, Stdio};

use crate::run_locally::{commit, project, run, script};
use crate::support::{gated, git, stderr, stdout};

#[test]
fn a_pull_request_goes_into_origins_branch_however_old_the_one_here_is() {
    let origin = project(&script(&[], 3));
    git(origin.path(), &["switch", "--quiet", "main"]);
    let clones = tempfile::tempdir().unwrap();
    git(clones.path(), &["clone", "--quiet", &origin.path().display().to_string(), "here"]);
    let here = clones.path().join("here");
    git(&here, &["branch", "--quiet", "--track", "feature", "origin/feature"]);
    run(&here, &["--source", "feature"], 0);
    let policy = fs::read_to_string(origin.path().join(".gated.yml")).unwrap();
    fs::write(origin.path().join(".gated.yml"), policy.replace("coverage: 60", "coverage: 90")).unwrap();
    commit(origin.path(), "Demand more");
    git(&here, &["fetch", "--quiet"]);
    let output = run(&here, &["--source", "feature"], 1);
    assert!(stdout(&output).contains("below the 90% demanded"), "{}", stdout(&output));
    let tip = String::from_utf8(
        Command::new("git").args(["rev-parse", "origin/main"]).current_dir(&here).output().unwrap().stdout,
    )
    .unwrap();
    let compared = format!("origin/main at {} (as of the last fetch)", &tip[..12]);
    assert!(
        stderr(&output).lines().next().unwrap().ends_with(&format!("compared with {compared}")),
        "{}",
        stderr(&output)
    );
    let plan = stdout(&gated(&here, &["plan", "--source", "feature"]));
    assert!(plan.contains(&compared) && plan.contains("90"), "{plan}");
    let merged = stderr(&run(&here, &["--source", "feature", "--merge"], 1));
    assert!(merged.contains(&format!("run: the merge of feature into {compared}")), "{merged}");
}

#[test]
fn where_there_is_no_origin_the_branch_here_counts_and_it_says_so() {
    let project = project(&script(&[], 5));
    let err = stderr(&run(project.path(), &["pack"], 4));
    assert!(err.contains("compared with main at ") && err.contains("origin is not known to have it"), "{err}");
}

#[test]
fn a_first_policy_that_is_not_committed_is_named_with_what_tries_it() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    git(root, &["init", "--quiet"]);
    fs::write(root.join("README"), "hello\n").unwrap();
    commit(root, "Begin");
    fs::write(root.join(".gated.yml"), "version: 1\nstages: {test: echo the test speaks}\n").unwrap();
    let output = run(root, &[], 1);
    assert!(
        stderr(&output).contains("without 1 file that is not committed, .gated.yml (--dirty runs it)"),
        "{}",
        stderr(&output)
    );
    let plan = stdout(&gated(root, &["plan"]));
    assert!(plan.contains(".gated.yml is not committed") && plan.contains("gated plan --policy .gated.yml"), "{plan}");
    assert!(stderr(&run(root, &["--dirty"], 0)).contains("the test speaks"));
}

#[test]
fn failed_remembers_a_report_that_cannot_be_read() {
    let project =
        project("#!/bin/sh\nmkdir -p out; echo '<testsuite><testcase name=\"a\"/></testsuite>' > out/junit.xml\n");
    let policy = fs::read_to_string(project.path().join(".gated.yml")).unwrap();
    fs::write(project.path().join(".gated.yml"), policy.replace("coverage: 60\n", "")).unwrap();
    commit(project.path(), "Demand no coverage");
    run(project.path(), &[], 1);
    let err = stderr(&run(project.path(), &["--failed"], 1));
    assert!(err.contains("==> stage test") && !err.contains("==> stage lint"), "{err}");
}

#[test]
fn failed_remembers_coverage_that_a_part_said_nothing_of() {
    let project = project(&script(&[], 1));
    let policy = fs::read_to_string(project.path().join(".gated.yml")).unwrap();
    let twice = "  more: {run: 'mkdir -p out; cp out/lcov.info out/more.info', reports: [{format: lcov, files: out/more.info}]}\n";
    fs::write(project.path().join(".gated.yml"), policy.replace("  pack:", &format!("{twice}  pack:"))).unwrap();
    commit(project.path(), "Measure twice");
    run(project.path(), &[], 1);
    run(project.path(), &["test"], 4);
    let err = stderr(&run(project.path(), &["--failed"], 1));
    assert!(
        err.contains("==> stage test") && err.contains("==> stage more") && !err.contains("==> stage lint"),
        "{err}"
    );
}

#[test]
fn every_failed_case_is_in_the_terminal() {
    let names: Vec<String> = (1..=90).map(|n| format!("case {n:02}")).collect();
    let project = project(&script(&names.iter().map(String::as_str).collect::<Vec<_>>(), 5));
    let out = stdout(&run(project.path(), &[], 1));
    assert!(out.starts_with("❌ It would not pass: "), "{out}");
    for name in &names {
        assert!(out.contains(name.as_str()), "{name}: {out}");
    }
}

#[test]
fn a_part_carries_no_passing_verdict_in_any_form() {
    let project = project(&script(&[], 5));
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&run(project.path(), &["--format", "json", "lint"], 4))).unwrap();
    assert_eq!((&json["verdict"]["kind"], &json["part"]), (&"part".into(), &true.into()));
    assert!(json["verdict"]["headline"].as_str().unwrap().contains("not a pass"));
    let junit = stdout(&run(project.path(), &["--format", "junit", "lint"], 4));
    assert!(junit.contains("errors=\"1\"") && junit.contains("<testcase name=\"the whole gate\"><error"), "{junit}");
    let whole: serde_json::Value =
        serde_json::from_str(&stdout(&run(project.path(), &["--format", "json"], 0))).unwrap();
    assert_eq!(whole["verdict"]["kind"], "pass");
}

#[test]
fn a_list_says_what_the_same_run_would_do_and_options_that_do_nothing_are_refused() {
    let project = project(&script(&[], 5));
    let list = stdout(&run(project.path(), &["--list", "test"], 0));
    assert!(list.contains("lint  not applicable  it was not asked for") && list.contains("test  run"), "{list}");
    let told = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&stdout(&run(project.path(), arguments, 0))).unwrap()
    };
    let json = told(&["--list", "--format", "json", "--from", "test"]);
    let actions: Vec<&str> =
        json["stages"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["not-applicable", "run", "run"]);
    let json = told(&["--dry-run", "--format", "json", "pack"]);
    assert_eq!(json["stages"][0]["run"][0], "echo the packer speaks");
    for nothing in [["--list", "--open"], ["--list", "--html=x"], ["--dry-run", "--open"], ["--list", "--format=junit"]]
    {
        run(project.path(), &nothing, 2);
    }
}

#[test]
fn a_reader_that_went_away_is_no_fault() {
    let project = project(&script(&["adds up"], 5));
    for arguments in [&["plan"][..], &["run"], &["run", "nonsense"], &["nonsense"]] {
        for closed in ["standard output", "standard error"] {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let mut command = Command::new(env!("CARGO_BIN_EXE_gated"));
            command.args(arguments).current_dir(project.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
            if closed == "standard output" {
                command.stdout(writer)
            } else {
                command.stderr(writer)
            };
            let output = command.output().unwrap();
            let told = format!("{}{}", stdout(&output), stderr(&output));
            let code = output.status.code().unwrap();
            assert!(!told.contains("panicked") && code < 4, "{arguments:?} without {closed}: {code}: {told}");
        }
    }
}

#[test]
fn a_dumb_terminal_gets_no_colour_and_whoever_demands_it_gets_the_verdict_in_colour() {
    let project = project(&script(&[], 5));
    let told = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gated"));
        command.arg("run").current_dir(project.path()).env_remove("NO_COLOR").envs(variables.iter().copied());
        let output = command.output().unwrap();
        (stdout(&output), stderr(&output))
    };
    let (out, err) = told(&[("CLICOLOR_FORCE", "1")]);
    assert!(
        out.contains("\u{1b}[1;32m✅ It would pass") && err.contains("\u{1b}[32m==> stage lint: passed"),
        "{out}{err}"
    );
    let (out, err) = told(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'), "{out}{err}");
}
