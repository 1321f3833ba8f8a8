//! Which phases and commands run, and how they are reported.

use gated_runner::{BuildStatus, Buildspec, RunFault, cancellation, run};

use crate::support::{Bench, Heard, phases};

#[tokio::test]
async fn state_of_the_shell_survives_from_one_command_and_phase_to_the_next() {
    for shell in ["bash", "/bin/sh"] {
        let spec = format!(
            r#"
version: 0.2
env: {{shell: {shell}}}
phases:
  install:
    commands:
      - mkdir -p sub && cd sub
      - export EXPORTED=1; plain=2
      - "greet() {{ echo \"> hello $1\"; }}"
      - set -f
    finally: [shift_me=3]
  build:
    commands:
      - echo "> $EXPORTED $plain $shift_me ${{PWD##*/}}" *
      - greet you
"#
        );
        let (outcome, heard) = Bench::new().run(&spec).await;
        assert_eq!(outcome.status, BuildStatus::Succeeded, "{}", heard.log());
        assert_eq!(heard.output(), ["1 2 3 sub *", "hello you"]);
        assert_eq!(heard.shells.len(), 1);
    }
}

#[tokio::test]
async fn every_phase_is_reported_in_order_even_when_it_is_not_written() {
    let (outcome, heard) = Bench::new().run("{version: 0.2, phases: {build: {commands: ['true']}}}").await;
    assert_eq!(
        phases(&outcome),
        ["INSTALL SUCCEEDED", "PRE_BUILD SUCCEEDED", "BUILD SUCCEEDED", "POST_BUILD SUCCEEDED"]
    );
    let reported: Vec<String> = heard.events.iter().filter(|event| !event.ends_with("started")).cloned().collect();
    assert_eq!(reported, phases(&outcome));
    assert!(outcome.phases.windows(2).all(|pair| pair[0].ended_ms <= pair[1].started_ms));
    assert!(outcome.phases.iter().all(|phase| phase.started_ms < phase.ended_ms && phase.contexts.is_empty()));
}

#[tokio::test]
async fn a_failing_command_skips_the_rest_of_its_commands_but_not_finally() {
    let spec = r#"
version: 0.2
phases:
  build:
    commands: ['echo "> one"', "(exit 7)", 'echo "> never"']
    finally: ['echo "> finally"', "(exit 8)", 'echo "> nor this"']
"#;
    let (outcome, heard) = Bench::new().run(spec).await;
    assert_eq!(heard.output(), ["one", "finally"]);
    assert_eq!(outcome.status, BuildStatus::Failed);
    let contexts: Vec<&str> = outcome.phases[2].contexts.iter().map(|context| context.message.as_str()).collect();
    assert_eq!(
        contexts,
        [
            "Error while executing command: (exit 7). Reason: exit status 7",
            "Error while executing command: (exit 8). Reason: exit status 8"
        ]
    );
    assert!(outcome.phases[2].contexts.iter().all(|context| context.code == "COMMAND_EXECUTION_ERROR"));
    let log = heard.log();
    assert!(log.contains("Command did not exit successfully (exit 7) exit status 7\n"), "{log}");
    assert!(log.contains("Phase complete: BUILD State: FAILED\n"), "{log}");
}

#[tokio::test]
async fn a_phase_whose_finally_fails_has_failed() {
    let spec = "{version: 0.2, phases: {install: {finally: ['false']}, build: {commands: ['true']}}}";
    let (outcome, _) = Bench::new().run(spec).await;
    assert_eq!(phases(&outcome), ["INSTALL FAILED"]);
}

#[tokio::test]
async fn post_build_runs_after_a_failed_build_and_knows_that_it_failed() {
    let spec = r#"
version: 0.2
phases:
  build:
    commands: ['echo "> $CODEBUILD_BUILD_SUCCEEDING"', 'false']
  post_build:
    commands: ['echo "> $CODEBUILD_BUILD_SUCCEEDING"', "sh -c 'echo \"> $CODEBUILD_BUILD_SUCCEEDING\"'"]
"#;
    let (outcome, heard) = Bench::new().run(spec).await;
    assert_eq!(heard.output(), ["1", "0", "0"]);
    assert_eq!(outcome.status, BuildStatus::Failed);
    assert_eq!(phases(&outcome)[2..], ["BUILD FAILED", "POST_BUILD SUCCEEDED"]);
}

#[tokio::test]
async fn post_build_knows_that_the_build_failed_even_when_the_failure_ended_the_shell() {
    let spec = r#"
version: 0.2
phases:
  build: {commands: ['exit 1']}
  post_build: {commands: ['echo "> $CODEBUILD_BUILD_SUCCEEDING"']}
"#;
    let (_, heard) = Bench::new().run(spec).await;
    assert_eq!(heard.output(), ["0"]);
}

#[tokio::test]
async fn nothing_runs_after_a_failed_install_or_pre_build() {
    for failing in ["install", "pre_build"] {
        let spec = format!(
            "{{version: 0.2, phases: {{{failing}: {{commands: ['false']}}, build: {{commands: ['echo \"> build\"']}}, \
             post_build: {{commands: ['echo \"> post\"']}}}}}}"
        );
        let (outcome, heard) = Bench::new().run(&spec).await;
        assert_eq!(heard.output(), [""; 0]);
        assert_eq!(phases(&outcome).last().unwrap(), &format!("{} FAILED", failing.to_uppercase()));
    }
}

#[tokio::test]
async fn on_failure_decides_whether_the_next_phase_runs() {
    let spec = "{version: 0.2, phases: {install: {on-failure: CONTINUE, commands: ['false']}, \
                build: {on-failure: ABORT, commands: ['false']}, post_build: {commands: ['echo \"> post\"']}}}";
    let (outcome, heard) = Bench::new().run(spec).await;
    assert_eq!(phases(&outcome), ["INSTALL FAILED", "PRE_BUILD SUCCEEDED", "BUILD FAILED"]);
    assert_eq!(heard.output(), [""; 0]);
    assert_eq!(outcome.status, BuildStatus::Failed);
}

#[tokio::test]
async fn exported_variables_are_those_that_a_program_would_see() {
    let mut bench = Bench::new();
    bench.build.resolved.insert("TOKEN".to_owned(), "hush".to_owned());
    let spec = r#"
version: 0.2
env:
  shell: bash
  parameter-store: {TOKEN: /token}
  exported-variables: [VERSION, PLAIN, MISSING, TOKEN, CODEBUILD_BUILD_ID]
phases:
  build:
    commands:
      - export VERSION="1.2 =
        three"
      - PLAIN=not-exported
      - printf() { :; }; export() { :; }; declare -fx printf
      - 'false'
"#;
    bench.build.variables.insert("CODEBUILD_BUILD_ID".to_owned(), "p:1".to_owned());
    let (outcome, heard) = bench.run(spec).await;
    let exported = [("VERSION", "1.2 = three"), ("CODEBUILD_BUILD_ID", "p:1")];
    let exported = exported.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(outcome.exported_variables, exported, "{}", heard.log());
}

#[tokio::test]
async fn a_variable_of_the_start_wins_over_the_buildspec_and_that_over_the_image() {
    let mut bench = Bench::new();
    bench.build.base.insert("A".to_owned(), "image".to_owned());
    bench.build.base.insert("B".to_owned(), "image".to_owned());
    bench.build.base.insert("C".to_owned(), "image".to_owned());
    bench.build.variables.insert("C".to_owned(), "start".to_owned());
    let spec = r#"
version: 0.2
env: {variables: {B: "$A:literal", C: spec}}
phases: {build: {commands: ['echo "> $A $B $C"']}}
"#;
    assert_eq!(bench.run(spec).await.1.output(), ["image $A:literal start"]);
}

#[tokio::test]
async fn a_build_does_not_start_without_the_value_of_a_secret() {
    let bench = Bench::new();
    let spec = "{version: 0.2, env: {secrets-manager: {KEY: 'app:key'}}, phases: {build: {commands: [ls]}}}";
    let (_handle, cancel) = cancellation();
    let mut heard = Heard::new();
    let answer = run(&Buildspec::parse(spec).unwrap(), &bench.build, &mut heard, cancel, None).await;
    assert!(
        matches!(answer, Err(RunFault::Unresolved { variable, reference }) if variable == "KEY" && reference == "app:key")
    );
    assert!(heard.lines.is_empty());
}

#[tokio::test]
async fn a_shell_that_is_not_there_is_the_machines_fault() {
    let mut bench = Bench::new();
    bench.build.base.insert("PATH".to_owned(), "/nowhere".to_owned());
    let spec = Buildspec::parse("{version: 0.2, env: {shell: bash}, phases: {build: {commands: [ls]}}}").unwrap();
    let (_handle, cancel) = cancellation();
    let answer = run(&spec, &bench.build, &mut Heard::new(), cancel, None).await;
    assert!(answer.unwrap_err().to_string().starts_with("cannot start a shell in "));
}

#[tokio::test]
async fn a_build_can_run_on_a_task_of_its_own_and_leaves_no_state_in_a_used_scratch_directory() {
    let bench = Bench::new();
    for _ in 0..2 {
        let build = bench.build.clone();
        let spec = "{version: 0.2, phases: {build: {commands: ['echo \"> ${LEFT-nothing}\"; export LEFT=1']}}}";
        let task = tokio::spawn(async move {
            let (_handle, cancel) = cancellation();
            let mut heard = Heard::new();
            run(&Buildspec::parse(spec).unwrap(), &build, &mut heard, cancel, None).await.unwrap();
            heard.output()
        });
        assert_eq!(task.await.unwrap(), ["nothing"]);
        assert!(!bench.build.scratch.join("environment.sh").exists());
    }
}
