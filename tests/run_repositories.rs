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
fn a_hook_runs_it_whatever_git_tells_the_hook_of_the_repository() {
    let project = project(&script(&[], 5));
    let root = project.path().to_owned();
    fs::write(root.join("test.sh"), script(&["only what is not committed fails"], 5)).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("moved.git");
    fs::rename(root.join(".git"), &moved).unwrap();
    for (own, index) in [(moved.clone(), moved.join("index")), (root.join(".git"), root.join(".git/index"))] {
        fs::rename(&moved, &own).unwrap();
        for (arguments, code) in [(&[][..], 0), (&["--merge"], 0), (&["--dirty"], 1)] {
            let output = Command::new(env!("CARGO_BIN_EXE_gated"))
                .args([&["run"], arguments].concat())
                .current_dir(&root)
                .envs([("GIT_DIR", &own), ("GIT_WORK_TREE", &root), ("GIT_INDEX_FILE", &index)])
                .env("GIT_PREFIX", "")
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(code), "{own:?} {arguments:?}: {}", stderr(&output));
        }
        fs::rename(&own, &moved).unwrap();
    }
}

#[test]
fn a_partial_clone_fetches_what_it_needs_and_says_so_when_that_cannot_be_reached() {
    let (project, clones) = (project(&script(&[], 5)), tempfile::tempdir().unwrap());
    git(project.path(), &["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", project.path().display());
    for place in ["reached", "not-reached"] {
        let blobless = ["clone", "--quiet", "--filter=blob:none", "--no-checkout", "--branch", "feature"];
        git(clones.path(), &[&blobless[..], &[&from, place]].concat());
    }
    let before = everything(&clones.path().join("not-reached"));
    run(&clones.path().join("reached"), &[], 0);
    fs::rename(project.path(), clones.path().join("gone")).unwrap();
    for arguments in [&[][..], &["--merge"], &["--destination", "feature"]] {
        let err = stderr(&run(&clones.path().join("not-reached"), arguments, 3));
        assert!(err.contains("this is a partial clone") && err.contains("git fetch --refetch"), "{err}");
    }
    assert!(before == everything(&clones.path().join("not-reached")));
    fs::create_dir(project.path()).unwrap();
}

#[test]
fn a_repository_that_code_commit_cannot_take_is_told_apart_from_an_empty_one() {
    let directory = tempfile::tempdir().unwrap();
    git(directory.path(), &["init", "--quiet", "--object-format=sha256"]);
    fs::write(directory.path().join(".gated.yml"), "version: 1\nstages: {one: true}\n").unwrap();
    assert!(stderr(&run(directory.path(), &[], 2)).contains("nothing is committed here yet"));
    commit(directory.path(), "Begin");
    for arguments in [&[][..], &["--merge"], &["--dirty"]] {
        assert!(stderr(&run(directory.path(), arguments, 2)).contains("SHA-256"), "{arguments:?}");
    }
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
