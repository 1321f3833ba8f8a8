//! `gated run` in the repositories that people have: with submodules and large files, huge, linked, shallow, and none at all.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::run_locally::{commit, everything, project, run, script};
use crate::support::{gated, git, stderr, stdout};

#[test]
fn submodules_stay_empty_as_in_the_gate_and_what_lies_in_them_is_not_counted() {
    let library = project(&script(&[], 5));
    let project = project("#!/bin/bash\nls -A library | wc -l\n");
    let from = library.path().display().to_string();
    git(project.path(), &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "library"]);
    commit(project.path(), "Add the library");
    fs::write(project.path().join("library/untracked"), "x").unwrap();
    let output = run(project.path(), &["test"], 1);
    let err = stderr(&output);
    assert!(err.contains("as in the gate: submodules are empty directories\n"), "{err}");
    assert!(err.contains("\n0\n") && !err.contains("not committed"), "{err}");
}

#[test]
fn pointers_of_git_lfs_stay_pointers_as_in_the_gate_and_nothing_is_stored_in_the_repository() {
    let here = Command::new("git").args(["lfs", "version"]).output().unwrap();
    if !here.status.success() {
        println!("left out: there is no git-lfs here (apt-get install git-lfs)");
        return;
    }
    let project = project("#!/bin/bash\ncat data.bin\n");
    let root = project.path();
    for arguments in [&["lfs", "install", "--local"][..], &["lfs", "track", "*.bin"]] {
        assert!(Command::new("git").args(arguments).current_dir(root).output().unwrap().status.success());
    }
    fs::write(root.join("data.bin"), "what was committed\n").unwrap();
    commit(root, "Track data");
    fs::write(root.join("data.bin"), "what was not\n").unwrap();
    let before = everything(root);
    for dirty in [&["test"][..], &["test", "--dirty"]] {
        let err = stderr(&run(root, dirty, 1));
        assert!(err.contains("as in the gate: files of Git LFS are their pointers\n"), "{err}");
        assert!(err.contains("\noid sha256:") && !err.contains("what was"), "{err}");
    }
    assert_eq!(before.keys().collect::<Vec<_>>(), everything(root).keys().collect::<Vec<_>>());
}

#[test]
fn where_there_is_no_working_tree_it_says_so_and_what_to_do() {
    let project = project(&script(&[], 5));
    let bare = tempfile::tempdir().unwrap();
    git(bare.path(), &["clone", "--quiet", "--bare", &project.path().display().to_string(), "there.git"]);
    for (place, wanted) in [
        (
            bare.path().join("there.git"),
            "there.git is a bare repository, which has no working tree: run this in a clone",
        ),
        (project.path().join(".git"), "git's own directory: run this in the working tree that it belongs to"),
    ] {
        for command in ["run", "plan"] {
            let output = gated(&place, &[command]);
            let err = stderr(&output);
            assert!(err.contains(wanted) && !err.contains("fatal:"), "{command}: {err}");
            assert_eq!(output.status.code(), Some(2), "{err}");
        }
    }
}

#[test]
fn a_linked_working_tree_runs_its_own_head_and_remembers_its_own_failures() {
    let project = project(&script(&["adds"], 5));
    let linked = tempfile::tempdir().unwrap();
    let there = linked.path().join("there");
    git(project.path(), &["worktree", "add", "--quiet", "-b", "other", &there.display().to_string()]);
    fs::write(there.join("test.sh"), script(&[], 5)).unwrap();
    commit(&there, "Mend the test");
    run(&there, &[], 0);
    run(project.path(), &[], 1);
    assert!(stdout(&run(&there, &["--failed"], 4)).contains("nothing that runs now failed last time"));
    assert!(stdout(&run(project.path(), &["--failed"], 1)).contains("stage test"));
}

#[test]
fn a_shallow_clone_runs_and_where_the_merge_base_is_missing_it_says_what_fetches_it() {
    let project = project(&script(&[], 5));
    git(project.path(), &["switch", "--quiet", "-"]);
    fs::write(project.path().join("meanwhile"), "x").unwrap();
    commit(project.path(), "Move on");
    let clones = tempfile::tempdir().unwrap();
    let from = format!("file://{}", project.path().display());
    let shallow = |name: &str, more: &[&str]| {
        let branch = ["clone", "--quiet", "--depth", "1", "--branch", "feature"];
        git(clones.path(), &[&branch, more, &[&from, name]].concat());
        clones.path().join(name)
    };
    let both = shallow("both", &["--no-single-branch"]);
    assert!(stderr(&run(&both, &[], 2)).contains("run git fetch --unshallow"));
    git(&both, &["fetch", "--quiet", "--unshallow"]);
    run(&both, &[], 0);
    let whole = shallow("one", &[]);
    run(&whole, &["--destination", "feature"], 0);
}

#[test]
fn thousands_of_files_and_branches_are_no_hindrance() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    git(root, &["init", "--quiet", "--initial-branch=main"]);
    let policy = "version: 1\nstages: {count: \"find . -name '*.txt' | wc -l\"}\n";
    let person = "committer gated <gated@localhost>";
    let mut stream = format!("commit refs/heads/main\nmark :1\n{person} 1700000000 +0000\ndata 5\nBegin\n");
    stream.push_str(&format!("M 100644 inline .gated.yml\ndata {}\n{policy}\n", policy.len()));
    for file in 0..3000 {
        stream.push_str(&format!("M 100644 inline src/{}/{file}.txt\ndata 2\nx\n\n", file % 50));
    }
    for branch in 0..2000 {
        stream.push_str(&format!("reset refs/heads/a-branch-with-a-long-name-{branch}\nfrom :1\n\n"));
    }
    for number in 0..500 {
        stream.push_str(&format!("commit refs/heads/feature\n{person} 1700000001 +0000\ndata 4\nMore\n"));
        stream.push_str(if number == 0 { "from :1\n" } else { "" });
        stream.push_str(&format!("M 100644 inline src/0/0.txt\ndata 4\n{number:04}\n"));
    }
    let mut import =
        Command::new("git").args(["fast-import", "--quiet"]).current_dir(root).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    git(root, &["checkout", "--quiet", "feature"]);
    let output = run(root, &[], 0);
    assert!(stderr(&output).contains("\n3000\n"), "{}", stderr(&output));
    assert!(stdout(&gated(root, &["plan"])).contains("changed files since the merge base"), "plan");
}
