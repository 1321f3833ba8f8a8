//! `gated lint --fix`: what it changes, what it leaves as it was, and what `--diff` shows of it.

use std::fs;
use std::process::Command;

use crate::support::{gated, stderr, stdout};

/// A title's pattern with anchors that say nothing, among comments and a layout of somebody's own.
const FAULTY: &str = "# ours\nversion: 1\n\nstages:\n    test:   make test    # all\n    odd:  { run: make odd, \
                      when: { title: {matches: '^fix .+$'} } }  # some\n";

/// The same, mended: one place of one line differs.
fn mended() -> String {
    FAULTY.replace("^fix .+$", "fix .+")
}

fn folder(text: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("p.yml"), text).unwrap();
    directory
}

fn text(directory: &tempfile::TempDir) -> String {
    fs::read_to_string(directory.path().join("p.yml")).unwrap()
}

#[test]
fn a_fix_mends_its_line_and_leaves_comments_and_layout_as_they_were() {
    let directory = folder(FAULTY);
    let output = gated(directory.path(), &["lint", "p.yml", "--fix"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(text(&directory), mended());
    assert!(stderr(&output).contains("mended: 1"), "{}", stderr(&output));
}

#[test]
fn a_diff_writes_nothing_and_is_one_that_git_takes() {
    let directory = folder(FAULTY);
    let output = gated(directory.path(), &["lint", "p.yml", "--diff"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(text(&directory), FAULTY);
    fs::write(directory.path().join("p.diff"), &output.stdout).unwrap();
    let applied = Command::new("git").args(["apply", "p.diff"]).current_dir(directory.path()).output().unwrap();
    assert!(applied.status.success(), "{}\n{}", stderr(&applied), stdout(&output));
    assert_eq!(text(&directory), mended());
    let clean = gated(directory.path(), &["lint", "p.yml", "--diff"]);
    assert_eq!((clean.status.code(), stdout(&clean)), (Some(0), String::new()));
}

#[test]
fn a_file_that_cannot_be_mended_stays_as_it_is() {
    for hostile in ["version: 1\nstages: [\n", "a: \u{0}\n", "version: 1\r\nstages:\r\n  test: make\r\nxyzzy: 1\r\n"] {
        let directory = folder(hostile);
        let output = gated(directory.path(), &["lint", "p.yml", "--fix"]);
        assert_eq!(output.status.code(), Some(1), "{hostile:?}");
        assert_eq!(text(&directory), hostile);
    }
}
