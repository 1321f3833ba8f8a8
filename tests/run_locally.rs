//! `gated run` as a program: what it says of a commit, with which exit code, and that it leaves everything as it was.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{gated, git, stderr, stdout};

const POLICY: &str = "version: 1
stages:
  lint: echo the linter speaks
  test:
    run: ./test.sh
    reports: [{format: junit, files: out/junit.xml}, {format: lcov, files: out/lcov.info}]
  pack: echo the packer speaks
coverage: 60
";

/// A test program that reports cases and coverage as its runner would.
pub(crate) fn script(failed: &[&str], covered: u32) -> String {
    let cases: String = failed
        .iter()
        .map(|name| format!("<testcase classname=\"s\" name=\"{name}\"><failure message=\"expected 4\"/></testcase>"))
        .collect();
    let lines: String = (1..=5).map(|line| format!("DA:{line},{}\n", u8::from(line <= covered))).collect();
    let code = u8::from(!failed.is_empty());
    format!(
        "#!/usr/bin/env bash\nset -e\nmkdir -p out\ncat > out/junit.xml <<'END'\n<testsuite name=\"s\"><testcase \
         classname=\"s\" name=\"good\"/>{cases}</testsuite>\nEND\ncat > out/lcov.info \
         <<'END'\nTN:\nSF:src/lib.sh\n{lines}end_of_record\nEND\nexit {code}\n"
    )
}

/// A repository with a policy and a test program on `main`, and a branch `feature` with a commit of its own.
pub(crate) fn project(test: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    git(root, &["init", "--quiet"]);
    fs::create_dir(root.join("src")).unwrap();
    for (path, text) in [(".gated.yml", POLICY), ("src/lib.sh", "1\n2\n3\n4\n5\n"), (".gitignore", "ignored\n")] {
        fs::write(root.join(path), text).unwrap();
    }
    write_script(root, test);
    commit(root, "Begin");
    git(root, &["switch", "--quiet", "--create", "feature"]);
    fs::write(root.join("new.txt"), "new\n").unwrap();
    commit(root, "Add new");
    directory
}

fn write_script(root: &Path, text: &str) {
    fs::write(root.join("test.sh"), text).unwrap();
    fs::set_permissions(root.join("test.sh"), fs::Permissions::from_mode(0o755)).unwrap();
}

pub(crate) fn commit(root: &Path, message: &str) {
    git(root, &["add", "--all"]);
    git(root, &["commit", "--quiet", "--message", message]);
}

/// Runs it and holds it to its exit code.
pub(crate) fn run(root: &Path, arguments: &[&str], code: i32) -> Output {
    let output = gated(root, &[&["run"], arguments].concat());
    let (out, err) = (stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(code), "gated run {arguments:?}\n{out}\n{err}");
    output
}

/// Every file below a directory with its content, but for what `gated run` remembers.
pub(crate) fn everything(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path.ends_with(".git/gated") => {}
                true => directories.push(path),
                false => drop(files.insert(path.display().to_string(), fs::read(&path).unwrap())),
            }
        }
    }
    files
}

#[test]
fn a_green_commit_passes_and_the_plain_output_has_stages_and_percentages() {
    let project = project(&script(&[], 4));
    let output = run(project.path(), &[], 0);
    let (out, err) = (stdout(&output), stderr(&output));
    assert!(out.contains("It would pass"), "{out}");
    assert!(out.contains("80% of 5 lines covered"), "{out}");
    assert!(err.contains("==> stage test: passed") && err.contains("the linter speaks"), "{err}");
    assert!(err.contains("differs from CodeBuild"), "{err}");
    assert!(!err.contains('\u{1b}') && !err.contains("gated_stage"), "no colour, and not the driver's own text: {err}");
}

#[test]
fn a_failing_test_is_named_with_its_message() {
    let project = project(&script(&["adds up"], 5));
    let out = stdout(&run(project.path(), &[], 1));
    for words in ["would not pass", "adds up", "expected 4", "1 of 2 cases failed"] {
        assert!(out.contains(words), "{words}: {out}");
    }
}

#[test]
fn coverage_below_what_is_demanded_does_not_pass() {
    let project = project(&script(&[], 2));
    let out = stdout(&run(project.path(), &[], 1));
    assert!(out.contains("40% of 5 lines covered, below the 60% demanded"), "{out}");
}

#[test]
fn uncommitted_files_are_left_out_and_counted_unless_they_are_asked_for() {
    let project = project(&script(&["adds up"], 5));
    write_script(project.path(), &script(&[], 5));
    fs::write(project.path().join("untracked"), "u").unwrap();
    fs::write(project.path().join("ignored"), "i").unwrap();
    let output = run(project.path(), &[], 1);
    assert!(stderr(&output).contains("without 2 files that are not committed"), "{}", stderr(&output));
    run(project.path(), &["--dirty"], 0);
}

#[test]
fn a_dirty_run_takes_the_policy_of_the_working_tree() {
    let project = project(&script(&[], 5));
    fs::write(project.path().join(".gated.yml"), POLICY.replace("  pack:", "  more: echo one more\n  pack:")).unwrap();
    assert!(!stdout(&run(project.path(), &["--list"], 0)).contains("more"));
    assert!(stdout(&run(project.path(), &["--list", "--dirty"], 0)).contains("more"));
    assert!(stderr(&run(project.path(), &["--dirty"], 0)).contains("==> stage more: passed"));
}

#[test]
fn the_merge_sees_what_the_destination_got_meanwhile() {
    let project = project(&script(&[], 5));
    git(project.path(), &["switch", "--quiet", "main"]);
    write_script(project.path(), &script(&["broken on main"], 5));
    commit(project.path(), "Break main");
    git(project.path(), &["switch", "--quiet", "feature"]);
    run(project.path(), &[], 0);
    let out = stdout(&run(project.path(), &["--merge"], 1));
    assert!(out.contains("broken on main"), "{out}");
}

#[test]
fn a_merge_with_conflicts_names_the_files() {
    let project = project(&script(&[], 5));
    git(project.path(), &["switch", "--quiet", "main"]);
    fs::write(project.path().join("new.txt"), "other\n").unwrap();
    commit(project.path(), "Add another new");
    git(project.path(), &["switch", "--quiet", "feature"]);
    let output = run(project.path(), &["--merge"], 1);
    assert!(stderr(&output).contains("conflicts") && stderr(&output).contains("new.txt"), "{}", stderr(&output));
}

#[test]
fn a_part_is_never_called_a_pass() {
    let project = project(&script(&[], 5));
    let output = run(project.path(), &["lint"], 4);
    let (out, err) = (stdout(&output), stderr(&output));
    assert!(out.contains("which is not a pass") && out.contains("stage test"), "{out}");
    assert!(err.contains("the linter speaks") && !err.contains("==> stage test"), "{err}");
    run(project.path(), &["--from", "test"], 4);
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&run(project.path(), &["--format", "json", "pack"], 4))).unwrap();
    assert_eq!(json["part"], true);
    run(project.path(), &["lint", "test", "pack"], 0);
}

#[test]
fn from_a_stage_on_runs_it_and_the_later_ones() {
    let project = project(&script(&[], 5));
    let err = stderr(&run(project.path(), &["--from", "test"], 4));
    assert!(
        err.contains("==> stage test") && err.contains("==> stage pack") && !err.contains("==> stage lint"),
        "{err}"
    );
}

#[test]
fn failed_runs_what_did_not_pass_last_time() {
    let project = project(&script(&["adds up"], 5));
    assert!(stderr(&run(project.path(), &["--failed"], 2)).contains("nothing was run here yet"));
    run(project.path(), &[], 1);
    run(project.path(), &["lint"], 4);
    write_script(project.path(), &script(&[], 5));
    commit(project.path(), "Mend");
    let err = stderr(&run(project.path(), &["--failed"], 4));
    assert!(err.contains("==> stage test: passed") && !err.contains("==> stage lint"), "{err}");
    assert!(stdout(&run(project.path(), &["--failed"], 4)).contains("nothing that runs now failed"));
}

#[test]
fn list_and_dry_run_run_nothing() {
    let project = project("#!/bin/sh\ntouch /nonexistent/proof; exit 1\n");
    let list = stdout(&run(project.path(), &["--list"], 0));
    assert_eq!(list.lines().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>(), ["lint", "test", "pack"]);
    let dry = stdout(&run(project.path(), &["--dry-run", "test"], 0));
    assert!(dry.contains("./test.sh") && !dry.contains("linter"), "{dry}");
}

#[test]
fn junit_has_a_case_for_each_demand() {
    let project = project(&script(&["adds up"], 5));
    let out = stdout(&run(project.path(), &["--format", "junit"], 1));
    assert!(out.starts_with("<?xml"), "{out}");
    assert!(out.contains("classname=\"tests/test/0\"") && out.contains("adds up"), "{out}");
}

#[test]
fn the_page_says_what_the_terminal_says_and_never_that_something_was_approved() {
    let project = project(&script(&[], 5));
    let elsewhere = tempfile::tempdir().unwrap();
    let page = elsewhere.path().join("new folder/page.html");
    for (stages, code, words) in [(&[][..], 0, "It would pass"), (&["lint"], 4, "which is not a pass")] {
        let output = run(project.path(), &[&["--html", page.to_str().unwrap()], stages].concat(), code);
        let text = fs::read_to_string(&page).unwrap();
        assert!(stdout(&output).contains(words) && text.contains(words), "{words}");
        assert!(stderr(&output).contains("new folder/page.html"), "{}", stderr(&output));
        assert!(!text.contains("Approved") && !text.contains("gated rerun"), "{words}: {text}");
    }
}

#[test]
fn the_page_is_opened_in_the_browser_that_is_named_and_is_no_file_of_the_tree() {
    let project = project(&script(&[], 5));
    let place = tempfile::tempdir().unwrap();
    let (browser, opened) = (place.path().join("browser"), place.path().join("opened"));
    assert!(Command::new("mkfifo").arg(&opened).status().unwrap().success());
    fs::write(&browser, format!("#!/bin/sh\nprintf %s \"$1\" > '{}'\n", opened.display())).unwrap();
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_gated"))
        .args(["run", "--open"])
        .current_dir(project.path())
        .env("BROWSER", &browser)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let page = fs::read_to_string(&opened).unwrap();
    assert!(page.starts_with(project.path().join(".git/gated").to_str().unwrap()), "{page}");
    assert!(fs::read_to_string(&page).unwrap().contains("It would pass"));
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn nothing_of_the_repository_is_touched_whatever_is_run() {
    let project =
        project("#!/bin/sh\necho changed > src/lib.sh; git commit -qam x; git push -q origin HEAD:main; exit 1\n");
    fs::write(project.path().join("src/lib.sh"), "dirty\n").unwrap();
    fs::write(project.path().join("staged"), "s").unwrap();
    git(project.path(), &["add", "staged"]);
    let before = everything(project.path());
    for arguments in [&[][..], &["--dirty"], &["--merge"]] {
        run(project.path(), arguments, 1);
        let after = everything(project.path());
        let changed: Vec<_> =
            after.iter().filter(|(path, text)| before.get(*path) != Some(text)).map(|it| it.0).collect();
        assert!(changed.is_empty() && before.len() == after.len(), "{arguments:?} changed {changed:?}");
    }
}

#[test]
fn a_stage_gets_the_tools_of_its_user_and_none_of_the_secrets() {
    let project = project("#!/bin/sh\nenv | sort; exit 1\n");
    let output = Command::new(env!("CARGO_BIN_EXE_gated"))
        .args(["run", "test"])
        .current_dir(project.path())
        .envs([("MY_TOOL_HOME", "/opt/tool"), ("AWS_PROFILE", "prod"), ("MY_TOKEN", "hidden"), ("BASH_ENV", "/x")])
        .output()
        .unwrap();
    let err = stderr(&output);
    for shown in ["MY_TOOL_HOME=/opt/tool", "GATED_SOURCE_BRANCH=feature", "GIT_TERMINAL_PROMPT=0", "CODEBUILD_CI=true"]
    {
        assert!(err.contains(shown), "{shown}: {err}");
    }
    for hidden in ["AWS_PROFILE", "MY_TOKEN", "BASH_ENV"] {
        assert!(!err.contains(hidden), "{hidden}: {err}");
    }
}

#[test]
fn an_interrupt_ends_every_process_of_the_build_and_still_reports() {
    let place = tempfile::tempdir().unwrap();
    let started = place.path().join("started");
    // A fifo, so that nobody has to wait by the clock: the test reads what the grandchild writes.
    assert!(Command::new("mkfifo").arg(&started).status().unwrap().success());
    let script = format!(
        "#!/bin/bash\necho the last words\n(setsid bash -c 'echo $$ > {}; while :; do sleep 3600; done' &)\nwhile :; do sleep 3600; done\n",
        started.display()
    );
    let project = project(&script);
    let child = Command::new(env!("CARGO_BIN_EXE_gated"))
        .arg("run")
        .current_dir(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let grandchild = fs::read_to_string(&started).unwrap().trim().to_owned();
    assert!(Path::new("/proc").join(&grandchild).exists());
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let out = stdout(&output);
    assert!(out.contains("somebody stopped the build while test ran, before pack"), "{out}");
    assert!(out.contains("the last lines of its output") && out.contains("the last words"), "{out}");
    assert!(out.contains("interrupted: it had run for ") && out.contains("the build was ended before it"), "{out}");
    let state = fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "the grandchild lives on: {state}");
}

#[test]
fn wrong_use_is_told_apart() {
    let nowhere = tempfile::tempdir().unwrap();
    assert!(stderr(&run(nowhere.path(), &[], 2)).contains("not a git repository"));
    git(nowhere.path(), &["init", "--quiet"]);
    assert!(stderr(&run(nowhere.path(), &[], 2)).contains("commit first"));
    let project = project(&script(&[], 5));
    assert!(stderr(&run(project.path(), &["tset"], 2)).contains("lint, test, pack"));
    run(project.path(), &["lint", "--from", "test"], 2);
    run(project.path(), &["--dirty", "--merge"], 2);
}

#[test]
fn a_policy_with_faults_is_an_error_and_nothing_runs() {
    let project = project(&script(&[], 5));
    fs::write(project.path().join(".gated.yml"), "version: 1\nstages: {test: [}\n").unwrap();
    commit(project.path(), "Break the policy");
    let output = run(project.path(), &[], 1);
    assert!(!stderr(&output).contains("==> stage"), "{}", stderr(&output));
    assert!(stdout(&output).contains(".gated.yml:2"), "{}", stdout(&output));
}
