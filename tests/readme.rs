//! The pages that show commands and policies: what they show is executed.

use std::fs;
use std::path::Path;

use crate::support::{gated, git, stderr, stdout};

/// The fenced blocks of a language in a page of the project.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let fence = format!("```{language}\n");
    let mut rest = text.as_str();
    let mut found = Vec::new();
    while let Some(at) = rest.find(&fence) {
        let body = &rest[at + fence.len()..];
        let end = body.find("```").unwrap();
        found.push(body[..end].to_owned());
        rest = &body[end..];
    }
    found
}

#[test]
fn the_policy_in_the_readme_is_clean() {
    let policies = blocks("README.md", "yaml");
    assert!(!policies.is_empty());
    for policy in policies {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(".gated.yml"), &policy).unwrap();
        let output = gated(directory.path(), &["lint", ".gated.yml"]);
        assert_eq!(output.status.code(), Some(0), "{policy}\n{}{}", stdout(&output), stderr(&output));
    }
}

#[test]
fn what_the_readme_shows_of_plan_and_test_is_what_they_print() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(".gated.yml"), &blocks("README.md", "yaml")[0]).unwrap();
    fs::write(directory.path().join(".gated.test.yml"), &blocks("README.md", "yml")[0]).unwrap();
    let consoles = blocks("README.md", "console");
    assert!(!consoles.is_empty());
    for console in consoles {
        let (command, shown) = console.split_once('\n').unwrap();
        let arguments = words(command.strip_prefix("$ gated ").unwrap());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = gated(directory.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stdout(&output).trim_end(), shown.trim_end(), "the README shows something else for `{command}`");
    }
}

#[test]
fn what_the_page_of_schemas_shows_of_lint_is_what_it_prints() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(".gated.yml"), &blocks("schema/README.md", "yaml wrong")[0]).unwrap();
    let output = gated(directory.path(), &["lint", ".gated.yml"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let shown = &blocks("schema/README.md", "text")[0];
    assert_eq!(stdout(&output), *shown);
}

#[test]
fn what_the_readme_shows_of_run_is_what_run_prints() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    git(root, &["init", "--quiet"]);
    fs::write(root.join(".gated.yml"), &blocks("README.md", "yaml")[0]).unwrap();
    for file in ["old.txt", "new.txt"] {
        fs::write(root.join(file), "").unwrap();
        git(root, &["add", "--all"]);
        git(root, &["commit", "--quiet", "--message", "Change"]);
        if file == "old.txt" {
            git(root, &["switch", "--quiet", "--create", "feature"]);
        }
    }
    let session = &blocks("README.md", "sh-session")[0];
    let (command, shown) = session.split_once('\n').unwrap();
    let arguments: Vec<&str> = command.strip_prefix("$ gated ").unwrap().split(' ').collect();
    let output = gated(root, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), *shown);
}

#[test]
fn the_readme_names_the_two_commands_and_both_are_there() {
    let commands = blocks("README.md", "sh").concat();
    assert!(commands.contains("cargo run -- demo"));
    assert!(commands.contains("tests/run"));
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run").exists());
    let ci = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    assert!(ci.contains("tests/run"), "CI runs the README's test command");
}

/// Splits a command line at blanks; double quotes keep words together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
