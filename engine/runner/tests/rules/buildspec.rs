//! What a buildspec may say, and where its faults are.

use gated_runner::{Buildspec, BuildspecFault, FaultKind, OnFailure, Phase, ShellKind};

fn fault(text: &str) -> BuildspecFault {
    Buildspec::parse(text).unwrap_err()
}

#[test]
fn every_key_of_the_grammar_that_is_run_or_accepted_is_read() {
    let spec = Buildspec::parse(
        r#"
version: 0.2
run-as: root
env:
  shell: bash
  variables: {A: "$PATH:x", N: 1.10, T: yes}
  parameter-store: {P: /p}
  secrets-manager: {S: "id:key:stage:version"}
  exported-variables: [A, CODEBUILD_BUILD_ID]
  git-credential-helper: yes
phases:
  install:
    run-as: root
    on-failure: CONTINUE
    runtime-versions: {nodejs: 18, python: 3.10}
    commands: [&ls ls]
    finally: [*ls]
  build:
    on-failure: ABORT
    commands:
      - |
        one
        two
reports:
  arn:aws:codebuild:eu-west-1:111122223333:report-group/g: {files: ["**/*.xml"], base-directory: target, discard-paths: no, file-format: coberturaXml}
  $NAME: {files: [x.xml]}
artifacts:
  files: ["**/*"]
  name: n-$(date +%F)
  discard-paths: yes
  base-directory: $CODEBUILD_SRC_DIR/dist
  exclude-paths: "**/*.map"
  enable-symlinks: no
  s3-prefix: p
  secondary-artifacts: {docs: {files: [doc], discard-paths: true}}
cache: {key: k, fallback-keys: [f], action: restore, paths: ["/root/.cargo/**/*"]}
"#,
    )
    .unwrap();
    assert_eq!(spec.env.shell, ShellKind::Bash);
    let variables = [("A", "$PATH:x"), ("N", "1.10"), ("T", "yes")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(spec.env.variables, variables);
    assert!(spec.env.git_credential_helper);
    let install = spec.phase(Phase::Install).unwrap();
    assert_eq!(install.runtime_versions[1], ("python".to_owned(), "3.10".to_owned()));
    assert_eq!((install.on_failure, &install.finally), (Some(OnFailure::Continue), &vec!["ls".to_owned()]));
    assert_eq!(spec.phase(Phase::Build).unwrap().commands, ["one\ntwo\n"]);
    assert!(spec.phase(Phase::PostBuild).is_none());
    assert_eq!(spec.reports[0].file_format, "COBERTURAXML");
    assert_eq!((spec.reports[1].group.as_str(), spec.reports[1].file_format.as_str()), ("$NAME", "JUNITXML"));
    let artifacts = spec.artifacts.unwrap();
    assert_eq!(artifacts.set.exclude_paths, ["**/*.map"]);
    assert!(artifacts.secondary[0].1.set.discard_paths);
    assert_eq!(spec.cache.unwrap().paths, ["/root/.cargo/**/*"]);
}

#[test]
fn json_is_read_like_yaml_surrogate_pairs_included() {
    let text = "{\n\t\"version\": 0.2,\n\t\"phases\": {\"build\": {\"commands\": [\"echo \\ud83d\\ude00 \\/ \\\"a: b\\\"\"]}}\n}";
    let spec = Buildspec::parse(text).unwrap();
    assert_eq!(spec.phase(Phase::Build).unwrap().commands, ["echo 😀 / \"a: b\""]);
}

#[test]
fn a_command_that_yaml_takes_for_a_mapping_is_refused_in_code_builds_words() {
    let fault = fault("version: 0.2\n\nphases:\n  build:\n    commands:\n     - echo \"Hello: world\"\n");
    assert_eq!(
        fault.to_string(),
        "Expected Commands[0] to be of string type: found subkeys instead at line 6, value of the key tag on line 5 might be empty"
    );
    assert_eq!((fault.line, fault.column, fault.key.as_str()), (6, 8, "phases.build.commands[0]"));
    assert_eq!(BuildspecFault::STATUS_CODE, "YAML_FILE_ERROR");
}

#[test]
fn a_proxy_of_code_builds_own_agent_changes_nothing_here_and_is_read_strictly() {
    let build = "phases: {build: {commands: [ls]}}";
    assert!(Buildspec::parse(&format!("version: 0.2\n{build}\nproxy: {{upload-artifacts: yes, logs: true}}")).is_ok());
    assert_eq!(fault(&format!("version: 0.2\n{build}\nproxy: {{log: yes}}")).key, "proxy.log");
}

#[test]
fn what_is_unknown_or_not_emulated_is_refused_with_key_line_and_column() {
    let build = "phases: {build: {commands: [ls]}}";
    let cases = [
        (format!("version: 0.2\n{build}\nbatch: {{}}"), "batch", 3, FaultKind::NotEmulated),
        (format!("version: 0.2\n{build}\nrun-as: alice"), "run-as", 3, FaultKind::NotEmulated),
        (format!("version: 0.1\n{build}"), "version", 1, FaultKind::NotEmulated),
        (format!("version: 0.3\n{build}"), "version", 1, FaultKind::Invalid),
        (format!("version: 0.2\n{build}\nphase: {{}}"), "phase", 3, FaultKind::Invalid),
        (format!("{build}\n"), "version", 1, FaultKind::Invalid),
        (format!("version: 0.2\n{build}\nenv: {{shell: zsh}}"), "env.shell", 3, FaultKind::Invalid),
        (
            format!("version: 0.2\n{build}\nenv:\n  variables:\n    CODEBUILD_X: 1"),
            "env.variables.CODEBUILD_X",
            5,
            FaultKind::Invalid,
        ),
        (format!("version: 0.2\n{build}\nenv: {{variables: {{A-B: 1}}}}"), "env.variables.A-B", 3, FaultKind::Invalid),
        (
            format!("version: 0.2\n{build}\nenv: {{exported-variables: [AWS_X]}}"),
            "env.exported-variables[0]",
            3,
            FaultKind::Invalid,
        ),
        ("version: 0.2\nphases:\n  test:\n    commands: [ls]".to_owned(), "phases.test", 3, FaultKind::Invalid),
        ("version: 0.2\nphases: {}".to_owned(), "phases", 2, FaultKind::Invalid),
        (
            "version: 0.2\nphases:\n  build:\n    finally: [ls]".to_owned(),
            "phases.build.commands",
            4,
            FaultKind::Invalid,
        ),
        (
            "version: 0.2\nphases:\n  build:\n    commands: ls".to_owned(),
            "phases.build.commands",
            4,
            FaultKind::Invalid,
        ),
        (
            "version: 0.2\nphases:\n  build:\n    commands:\n      -".to_owned(),
            "phases.build.commands[0]",
            5,
            FaultKind::Invalid,
        ),
        (
            "version: 0.2\nphases:\n  build:\n    commands: [ls]\n    on-failure: RETRY-3".to_owned(),
            "phases.build.on-failure",
            5,
            FaultKind::NotEmulated,
        ),
        (
            "version: 0.2\nphases:\n  build:\n    runtime-versions: {}\n    commands: [ls]".to_owned(),
            "phases.build.runtime-versions",
            4,
            FaultKind::Invalid,
        ),
        (
            format!("version: 0.2\n{build}\nartifacts: {{files: [x], enable-symlinks: yes}}"),
            "artifacts.enable-symlinks",
            3,
            FaultKind::NotEmulated,
        ),
        (format!("version: 0.2\n{build}\nartifacts: {{files: []}}"), "artifacts.files", 3, FaultKind::Invalid),
        (
            format!("version: 0.2\n{build}\nartifacts: {{secondary-artifacts: {{a: {{files: [x]}}}}}}"),
            "artifacts.files",
            3,
            FaultKind::Invalid,
        ),
        (
            format!(
                "version: 0.2\n{build}\nartifacts:\n  files: [x]\n  secondary-artifacts:\n    a: {{files: [x], secondary-artifacts: {{}}}}"
            ),
            "artifacts.secondary-artifacts.a.secondary-artifacts",
            6,
            FaultKind::Invalid,
        ),
        (
            format!("version: 0.2\n{build}\nreports: {{r: {{files: [x], file-format: LCOV}}}}"),
            "reports.r.file-format",
            3,
            FaultKind::Invalid,
        ),
        (
            format!("version: 0.2\n{build}\nreports: {{r: {{files: [x], exclude-paths: y}}}}"),
            "reports.r.exclude-paths",
            3,
            FaultKind::Invalid,
        ),
        (format!("version: 0.2\n{build}\ncache: {{action: both}}"), "cache.action", 3, FaultKind::Invalid),
    ];
    for (text, key, line, kind) in cases {
        let fault = fault(&text);
        assert_eq!((fault.key.as_str(), fault.line, fault.kind), (key, line, kind), "{text}\n{fault}");
        assert!(
            fault.to_string().contains(key)
                && fault.to_string().contains(&format!("line {line}, column {}", fault.column)),
            "{fault}"
        );
    }
}

#[test]
fn text_that_is_not_yaml_is_refused_with_its_place() {
    let bomb: String = (1..9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, i| {
        let before = i - 1;
        text + &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{before}"); 9].join(","))
    });
    let cases = [
        ("version: 0.2\nphases: [", 2),
        ("version: 0.2\nversion: 0.2", 2),
        ("", 1),
        ("version: 0.2\n---\nversion: 0.2", 3),
        ("a: &a [*a]", 1),
        ("a: *b", 1),
        ("{\"version\": 0.2,", 1),
        (&"[".repeat(1000), 1),
        (&bomb, 5),
    ];
    for (text, line) in cases {
        let fault = fault(text);
        assert_eq!((fault.kind, fault.line), (FaultKind::Syntax, line), "{text}\n{fault}");
    }
}
