//! `gated init` as a program: what it writes for what it finds, that all of it lints clean, and what it leaves alone.

use std::fs;

use crate::support::{gated, stderr, stdout};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        fs::write(directory.path().join(path), text).unwrap();
    }
    directory
}

fn written(directory: &tempfile::TempDir) -> String {
    fs::read_to_string(directory.path().join(".gated.yml")).unwrap()
}

#[test]
fn every_kind_of_project_gets_a_policy_on_its_preset_that_lints_clean() {
    let package =
        r#"{"scripts": {"lint": "eslint .", "test": "jest"}, "devDependencies": {"jest": "1", "jest-junit": "1"}}"#;
    let kinds: [(&str, &str, &str); 12] = [
        ("rust", "Cargo.toml", ""),
        ("node", "package.json", package),
        ("node", "package.json", "{}"),
        ("python", "pyproject.toml", ""),
        ("python", "requirements-dev.txt", ""),
        ("maven", "pom.xml", ""),
        ("gradle", "build.gradle.kts", ""),
        ("go", "go.mod", ""),
        ("dotnet", "app.csproj", ""),
        ("make", "Makefile", "lint test:\n\ttrue\n"),
        ("make", "Makefile", "all:\n\ttrue\n"),
        ("make", "GNUmakefile", "test:\n\ttrue\ncov: test\n\ttrue\n"),
    ];
    for (preset, file, text) in kinds {
        let project = folder(&[(file, text)]);
        let output = gated(project.path(), &["init"]);
        assert_eq!(output.status.code(), Some(0), "{file}: {}", stderr(&output));
        let policy = written(&project);
        assert!(policy.contains(&format!("\nextends: {preset} ")), "{policy}");
        assert!(policy.starts_with("# yaml-language-server: $schema=.gated.schema.json\n"), "{policy}");
        let lint = gated(project.path(), &["lint", ".gated.yml", "--format", "concise"]);
        assert_eq!((lint.status.code(), stdout(&lint)), (Some(0), String::new()), "{policy}");
        let plan = gated(project.path(), &["plan", "--policy", ".gated.yml", "--changed", "a", "--title", "t"]);
        assert_eq!(plan.status.code(), Some(0), "something is left to run: {policy}");
    }
}

#[test]
fn the_schema_beside_the_policy_is_the_published_one() {
    let project = folder(&[("Cargo.toml", "")]);
    gated(project.path(), &["init"]);
    let schema = fs::read_to_string(project.path().join(".gated.schema.json")).unwrap();
    let published = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/gated.schema.json");
    assert_eq!(schema, fs::read_to_string(published).unwrap());
    let elsewhere = folder(&[("Cargo.toml", "")]);
    gated(elsewhere.path(), &["init", "--schema", "https://example.com/gated.json"]);
    assert!(written(&elsewhere).starts_with("# yaml-language-server: $schema=https://example.com/gated.json\n"));
    assert!(!elsewhere.path().join(".gated.schema.json").exists());
}

#[test]
fn a_dockerfile_turns_the_container_on() {
    let project = folder(&[("go.mod", ""), ("Dockerfile", "FROM scratch\n")]);
    gated(project.path(), &["init"]);
    assert!(written(&project).contains("\ncontainer: true\n"));
}

#[test]
fn a_policy_that_is_there_is_shown_against_but_replaced_only_by_force() {
    let mine = "version: 1\nstages:\n  test: make\n";
    let project = folder(&[("Cargo.toml", ""), (".gated.yml", mine)]);
    let refused = gated(project.path(), &["init"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--force"), "{}", stderr(&refused));
    let shown = gated(project.path(), &["init", "--diff"]);
    assert_eq!(shown.status.code(), Some(0));
    let text = stdout(&shown);
    assert!(
        text.starts_with("--- a/.gated.yml\n+++ b/.gated.yml\n@@ ") && text.contains("\n-  test: make\n"),
        "{text}"
    );
    assert_eq!(written(&project), mine);
    assert_eq!(gated(project.path(), &["init", "--force"]).status.code(), Some(0));
    assert!(written(&project).contains("extends: rust"));
}

#[test]
fn where_nothing_says_how_a_project_is_built_it_asks() {
    let project = folder(&[("notes.txt", "")]);
    let output = gated(project.path(), &["init"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--preset"), "{}", stderr(&output));
    assert!(!project.path().join(".gated.yml").exists());
}

const BUILDSPEC: &str = r#"version: 0.2
run-as: builder
env:
  shell: bash
  variables:
    STAGE: test
    AWS_REGION: eu-west-1
  parameter-store:
    DB_URL: /app/test/db-url
  secrets-manager:
    TOKEN: "ci/npm:token"
  exported-variables: [BUILD_ID]
phases:
  install:
    runtime-versions:
      python: 3.10
    commands:
      - pip install -r requirements.txt
  pre_build:
    commands: ["echo 'it''s: ready'"]
  build:
    on-failure: ABORT
    commands:
      - pytest --junitxml=out/junit.xml
      - |
        if [ -f x ]; then
          echo "a: b"
        fi
      - echo result: ok
    finally: [echo done]
  post_build:
    commands: [./package.sh]
reports:
  unit:
    files: [junit.xml, "e2e/**/*.xml"]
    base-directory: out
  coverage:
    files: cobertura.xml
    file-format: COBERTURAXML
artifacts:
  files: ["**/*"]
cache:
  paths: ["/root/.cache/pip/**/*"]
"#;

#[test]
fn a_buildspec_is_carried_over_and_each_loss_is_named() {
    let project = folder(&[("buildspec.yml", BUILDSPEC)]);
    let output = gated(project.path(), &["init", "--from", "buildspec.yml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let policy = written(&project);
    for kept in [
        "  variables:\n    STAGE: test\n",
        "  parameters:\n    DB_URL: /app/test/db-url\n",
        "  secrets:\n    TOKEN: 'ci/npm:token'\n",
        "  runtimes:\n    python: 3.10\n",
        "  cache:\n    - /root/.cache/pip\n",
        "setup:\n  - pip install -r requirements.txt\n  - 'echo ''it''''s: ready'''\n",
        "  build:\n    run:\n      - pytest --junitxml=out/junit.xml\n      - |\n        if [ -f x ]; then\n          echo \"a: b\"\n",
        "      - {format: junit, files: [out/junit.xml, 'out/e2e/**/*.xml']}\n",
        "      - {format: cobertura, files: [cobertura.xml]}\n",
        "  post-build:\n    run:\n      - ./package.sh\n",
    ] {
        assert!(policy.contains(kept), "{kept}\n---\n{policy}");
    }
    let told = stderr(&output);
    let losses = [
        "run-as",
        "variables AWS_REGION",
        "env.exported-variables",
        "phases.build.on-failure",
        "phases.build.commands[2]",
        "phases.build.finally",
        "artifacts",
        "the group unit",
    ];
    for lost in losses {
        assert!(told.contains(&format!("lost: {lost}")), "{lost}\n---\n{told}");
        assert!(policy.contains(&format!("# lost: {lost}")), "{lost}\n---\n{policy}");
    }
    let lint = gated(project.path(), &["lint", ".gated.yml", "--format", "concise"]);
    assert_eq!((lint.status.code(), stdout(&lint)), (Some(0), String::new()), "{policy}");
}

#[test]
fn a_buildspec_that_is_no_yaml_or_runs_nothing_is_refused_with_its_place() {
    let project = folder(&[("bad.yml", "version: 0.2\nphases: [\n"), ("empty.yml", "version: 0.2\n")]);
    for (file, said) in [("bad.yml", "bad.yml:2:"), ("empty.yml", "no commands")] {
        let output = gated(project.path(), &["init", "--from", file]);
        assert_ne!(output.status.code(), Some(0));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        assert!(!project.path().join(".gated.yml").exists());
    }
}
