//! The command line as a program: what it prints, where, and with which exit code.

use std::fs;
use std::process::Command;

use crate::support::{gated, git, stderr, stdout};

const POLICY: &str = "version: 1\nstages:\n  test: make test\n";

fn project(policy: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    git(directory.path(), &["init", "--quiet"]);
    fs::write(directory.path().join(".gated.yml"), policy).unwrap();
    git(directory.path(), &["add", "--all"]);
    git(directory.path(), &["commit", "--quiet", "--message", "Begin"]);
    directory
}

#[test]
fn lint_of_a_clean_policy_answers_yes() {
    let project = project(POLICY);
    let output = gated(project.path(), &["lint"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("clean:"), "{}", stdout(&output));
}

#[test]
fn lint_names_line_and_column_of_a_misspelt_key() {
    let project = project("version: 1\nstages:\n  test: make test\ncoverge: 80\n");
    let output = gated(project.path(), &["lint", ".gated.yml"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains(".gated.yml:4:1"), "{text}");
    assert!(text.contains("coverage"), "{text}");
}

#[test]
fn plan_says_in_its_first_line_what_the_gate_will_do() {
    let project = project(POLICY);
    git(project.path(), &["switch", "--quiet", "--create", "feature"]);
    fs::write(project.path().join("a.txt"), "a").unwrap();
    git(project.path(), &["add", "--all"]);
    git(project.path(), &["commit", "--quiet", "--message", "Add a"]);
    let output = gated(project.path(), &["plan"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.lines().next().unwrap().contains("1 stage"), "{text}");
    assert!(text.contains("Add a"), "the title comes from the last commit, and the output says so: {text}");
}

#[test]
fn plan_says_what_to_do_where_a_repository_does_not_tell_enough() {
    let empty = tempfile::tempdir().unwrap();
    git(empty.path(), &["init", "--quiet"]);
    let project = project(POLICY);
    let at = |folder: &std::path::Path, arguments: &[&str], wanted: &str| {
        let output = gated(folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(wanted), "{arguments:?}: {}", stderr(&output));
    };
    at(empty.path(), &["plan"], "give --policy FILE");
    at(project.path(), &["plan", "--destination", "nowhere"], "git fetch origin nowhere");
    at(project.path(), &["plan", "--source", "nowhere"], "git fetch origin nowhere");
    git(project.path(), &["checkout", "--quiet", "--orphan", "stranger"]);
    git(project.path(), &["commit", "--quiet", "--message", "Begin elsewhere"]);
    at(project.path(), &["plan"], "no commit in common, so that they cannot be merged");
    let output = gated(project.path(), &["plan", "--changed", "a.c"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    git(project.path(), &["branch", "--quiet", "-D", "main"]);
    at(project.path(), &["plan"], "name the branch with --destination");
}

#[test]
fn plan_knows_its_repository_from_a_subdirectory_and_with_a_detached_head() {
    let project = project(POLICY);
    let below = project.path().join("src");
    fs::create_dir(&below).unwrap();
    git(project.path(), &["checkout", "--quiet", "--detach"]);
    let output = gated(&below, &["plan"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("destination: main"), "{}", stdout(&output));
}

#[test]
fn plan_is_about_the_branch_one_stands_on_though_origin_has_a_head_of_its_own() {
    let (origin, home) = (project(POLICY), tempfile::tempdir().unwrap());
    let from = origin.path().display().to_string();
    git(home.path(), &["clone", "--quiet", &from, "clone"]);
    let clone = home.path().join("clone");
    git(&clone, &["switch", "--quiet", "--create", "feature"]);
    fs::write(clone.join("new.txt"), "new\n").unwrap();
    git(&clone, &["add", "--all"]);
    git(&clone, &["commit", "--quiet", "--message", "Add something new"]);
    let output = gated(&clone, &["plan"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("title from the last commit: \"Add something new\""), "{}", stdout(&output));
    assert!(stdout(&output).contains("changed files since the merge base"), "{}", stdout(&output));
}

#[test]
fn plan_refuses_a_policy_that_is_no_regular_file_as_the_gate_does() {
    let project = project(POLICY);
    fs::rename(project.path().join(".gated.yml"), project.path().join("real.yml")).unwrap();
    std::os::unix::fs::symlink("real.yml", project.path().join(".gated.yml")).unwrap();
    git(project.path(), &["add", "--all"]);
    git(project.path(), &["commit", "--quiet", "--message", "Link the policy"]);
    let output = gated(project.path(), &["plan"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains(".gated.yml: `.gated.yml` is a symbolic link"), "{}", stdout(&output));
}

#[test]
fn plan_and_render_need_no_repository_when_flags_say_everything() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("p.yml"), POLICY).unwrap();
    for arguments in [
        vec!["plan", "--policy", "p.yml", "--changed", "src/a.rs", "--title", "t", "--format", "json"],
        vec!["render", "buildspec", "--policy", "p.yml", "--changed", "src/a.rs"],
        vec!["render", "project", "--policy", "p.yml", "--changed", "src/a.rs"],
    ] {
        let output = gated(directory.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn container_build_on_renders_a_privileged_project_and_off_does_not() {
    let directory = tempfile::tempdir().unwrap();
    for (container, privileged) in [("container: true\n", true), ("", false)] {
        fs::write(directory.path().join("p.yml"), format!("{POLICY}{container}")).unwrap();
        let output = gated(directory.path(), &["render", "project", "--policy", "p.yml", "--changed", "src/a.rs"]);
        let project: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(project["Environment"]["PrivilegedMode"], privileged);
    }
}

#[test]
fn tests_of_a_policy_answer_yes_no_wrong_use_or_trouble() {
    let project =
        project("version: 1\nstages:\n  test: make test\n  lint: {run: make lint, when: {paths: [src/**]}}\n");
    let test = |text: &str| {
        fs::write(project.path().join(".gated.test.yml"), text).unwrap();
        gated(project.path(), &["test"])
    };
    assert_eq!(gated(project.path(), &["test"]).status.code(), Some(2), "a folder without tests was not tested");
    assert_eq!(gated(project.path(), &["test", "nowhere"]).status.code(), Some(3));
    let one = "version: 1\ncases:\n  code is linted: {changed: src/a.c, expect: {stages: {lint: run}}}\n";
    let output = test(one);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("`stages.lint.when` was never false"), "{}", stdout(&output));
    let two = format!("{one}  text is not: {{changed: a.md, expect: {{stages: {{lint: not-applicable}}}}}}\n");
    assert_eq!(test(&two).status.code(), Some(0));
    let below = project.path().join("src");
    fs::create_dir(&below).unwrap();
    assert_eq!(gated(&below, &["test"]).status.code(), Some(0), "found from a subdirectory");
    let junit = gated(project.path(), &["test", "--format", "junit"]);
    assert!(stdout(&junit).contains("<testsuites name=\"gated test\" tests=\"2\" failures=\"0\">"));
    let json: serde_json::Value =
        serde_json::from_slice(&gated(project.path(), &["test", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["files"][0]["cases"][1]["passed"], true);
}

#[test]
fn the_schemas_are_printed_as_they_are_published() {
    let directory = tempfile::tempdir().unwrap();
    let same = ["floor", "decision", "test", "record", "report"].map(|name| (name, name));
    for (name, file) in same.into_iter().chain([("policy", "gated")]) {
        let printed = stdout(&gated(directory.path(), &["schema", name]));
        let published = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{file}.schema.json"));
        assert_eq!(printed, fs::read_to_string(published).unwrap(), "{name}");
    }
}

#[test]
fn wrong_use_and_missing_files_have_their_own_exit_codes() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(gated(directory.path(), &["paln"]).status.code(), Some(2));
    assert_eq!(gated(directory.path(), &["plan"]).status.code(), Some(2));
    let output = gated(directory.path(), &["lint", "nowhere.yml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("nowhere.yml"), "{}", stderr(&output));
    assert_eq!(gated(directory.path(), &["--help"]).status.code(), Some(0));
}

#[test]
fn a_data_directory_of_another_version_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("journal.jsonl"), "{\"version\":99}\n").unwrap();
    let output = gated(directory.path(), &["sandbox", "start", "--listen", "127.0.0.1:0", "--data", "data"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("99"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(data.join("journal.jsonl")).unwrap(), "{\"version\":99}\n");
}

#[test]
fn the_demo_takes_one_pull_request_from_failure_to_merge_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let output = gated(directory.path(), &["demo"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}\n{}", stderr(&output));
    let order = [
        "40",
        "PullRequestApprovalRulesNotSatisfiedException",
        "✅ Approved: 4 requirements met",
        "approved that revision",
        "merged",
        "CodeBuild projects: none",
        "The same by hand",
    ];
    let mut from = 0;
    for part in order {
        let at = text[from..].find(part).unwrap_or_else(|| panic!("{part:?} is missing, or out of order:\n{text}"));
        from += at;
    }
}

#[test]
fn completions_are_scripts_that_their_shell_takes() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let output = gated(directory.path(), &["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).contains("fail-on"), "{shell}: {}", stdout(&output));
    }
    fs::write(directory.path().join("gated.bash"), gated(directory.path(), &["completions", "bash"]).stdout).unwrap();
    let script =
        "source ./gated.bash; COMP_WORDS=(gated li); COMP_CWORD=1; _gated gated li gated; echo ${COMPREPLY[@]}";
    let output = Command::new("bash").args(["-c", script]).current_dir(directory.path()).output().unwrap();
    assert_eq!(stdout(&output).trim(), "lint", "{}", stderr(&output));
}
