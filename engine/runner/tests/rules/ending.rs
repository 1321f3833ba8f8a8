//! How builds are stopped, and that nothing of them stays behind.

use std::future::Future;
use std::os::unix::process::CommandExt;
use std::pin::pin;
use std::process::Command;
use std::time::Duration;

use gated_runner::{BuildStatus, Buildspec, Leftover, Phase, ShellProcess, cancellation, kill_leftover, run};

use crate::support::{Bench, Heard, phases};

/// Writes the id of a grandchild, of one in a session of its own, and waits for ever.
const FAMILY: &str = r#"
version: 0.2
phases:
  build:
    commands:
      - |
        sh -c 'sleep 1000 & echo $! > grandchild; wait' &
        setsid sh -c 'echo $$ > moved; exec sleep 1000' >/dev/null 2>&1 </dev/null &
        until [ -s grandchild ] && [ -s moved ]; do :; done
        echo "> ready"
        wait
    finally: ['echo "> finally"']
  post_build: {commands: ['echo "> post"']}
"#;

fn is_alive(pid: &str) -> bool {
    // The state follows the name in parentheses; a zombie has ended.
    std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'))
}

fn assert_family_is_gone(bench: &Bench) {
    for name in ["grandchild", "moved"] {
        let pid = std::fs::read_to_string(bench.path(name)).unwrap();
        assert!(!is_alive(&pid), "{name} {pid} is still running");
    }
}

#[tokio::test]
async fn a_stop_ends_grandchildren_and_processes_in_other_sessions() {
    let bench = Bench::new();
    let (outcome, heard) = bench.stop_at(FAMILY, "> ready").await;
    assert_eq!(outcome.status, BuildStatus::Stopped);
    assert_eq!(phases(&outcome)[2..], ["BUILD STOPPED"]);
    assert_eq!(heard.output(), ["ready"]);
    assert_eq!(outcome.survivors, [0; 0]);
    assert_family_is_gone(&bench);
}

#[tokio::test]
async fn a_stop_lets_a_process_end_by_itself_within_the_grace() {
    let spec = r#"
version: 0.2
env: {shell: bash}
phases:
  build:
    commands:
      - |
        sh -c 'trap "echo \"> cleaned up\"; exit" TERM; echo "> ready"; sleep 1000 & wait'
"#;
    let (outcome, heard) = Bench::new().stop_at(spec, "> ready").await;
    assert_eq!(outcome.status, BuildStatus::Stopped);
    assert_eq!(heard.output(), ["ready", "cleaned up"], "{}", heard.log());
}

#[tokio::test]
async fn a_process_that_ignores_the_request_is_killed_after_the_grace() {
    let mut bench = Bench::new();
    bench.build.grace = Duration::ZERO;
    let spec =
        "{version: 0.2, phases: {build: {commands: [\"trap '' TERM; echo '> ready'; while :; do sleep 1000; done\"]}}}";
    let (outcome, _) = bench.stop_at(spec, "> ready").await;
    assert_eq!(outcome.status, BuildStatus::Stopped);
}

#[tokio::test]
async fn a_time_out_ends_the_build_and_says_so() {
    let mut bench = Bench::new();
    bench.limit = Some(Duration::from_millis(300));
    let spec =
        "{version: 0.2, phases: {build: {commands: ['sleep 1000']}, post_build: {commands: ['echo \"> post\"']}}}";
    let (outcome, heard) = bench.run(spec).await;
    assert_eq!(outcome.status, BuildStatus::TimedOut);
    let last = outcome.phases.last().unwrap();
    assert_eq!((last.status, last.contexts[0].code), (BuildStatus::TimedOut, "BUILD_TIMED_OUT"));
    assert!(outcome.phases.iter().all(|report| report.phase != Phase::PostBuild));
    assert_eq!(heard.output(), [""; 0]);
}

#[tokio::test]
async fn a_command_that_replaces_the_shell_for_long_can_be_stopped() {
    let spec = "{version: 0.2, phases: {build: {commands: ['echo \"> ready\"; exec sleep 1000']}}}";
    let (outcome, _) = Bench::new().stop_at(spec, "> ready").await;
    assert_eq!(outcome.status, BuildStatus::Stopped);
}

#[tokio::test]
async fn a_build_that_is_stopped_before_it_starts_runs_nothing() {
    let bench = Bench::new();
    let (handle, cancel) = cancellation();
    handle.cancel();
    let spec = "{version: 0.2, phases: {install: {commands: ['touch started']}}}";
    let (outcome, heard) = bench.run_until(spec, cancel, Heard::new()).await;
    assert_eq!(phases(&outcome), ["INSTALL STOPPED"]);
    assert!(!bench.path("started").exists() && heard.shells.is_empty());
}

#[tokio::test]
async fn a_process_in_the_background_that_keeps_the_output_open_holds_up_nothing_and_is_ended() {
    let bench = Bench::new();
    let spec = r#"
version: 0.2
phases:
  build:
    commands:
      - sleep 1000 & echo $! > grandchild
      - (while :; do echo noise; done) & echo $! > moved
      - echo "> done"
"#;
    let (outcome, heard) = bench.run(spec).await;
    assert_eq!(outcome.status, BuildStatus::Succeeded);
    assert_eq!(heard.output(), ["done"]);
    assert_family_is_gone(&bench);
}

#[tokio::test]
async fn a_process_in_the_background_serves_the_commands_after_it() {
    let spec = r#"
version: 0.2
phases:
  pre_build: {commands: ['mkfifo pipe; (read line < pipe; echo "> served $line") & server=$!']}
  build: {commands: ['echo request > pipe; wait $server']}
"#;
    let (outcome, heard) = Bench::new().run(spec).await;
    assert_eq!(outcome.status, BuildStatus::Succeeded, "{}", heard.log());
    assert_eq!(heard.output(), ["served request"]);
}

#[tokio::test]
async fn a_host_that_drops_the_build_leaves_nothing_in_its_process_group() {
    let bench = Bench::new();
    let spec = Buildspec::parse(&FAMILY.replace("setsid ", "")).unwrap();
    let (_handle, cancel) = cancellation();
    let mut heard = Heard::new();
    let mut seen = heard.subscribe();
    {
        let mut build = pin!(run(&spec, &bench.build, &mut heard, cancel, None));
        let ready = pin!(seen.wait_for(|line| line == "> ready"));
        tokio::select! {
            outcome = &mut build => panic!("{outcome:?}"),
            seen = ready => assert!(seen.is_ok()),
        }
    }
    until(|| ["grandchild", "moved"].iter().all(|name| !is_alive(&std::fs::read_to_string(bench.path(name)).unwrap())))
        .await;
}

#[tokio::test]
async fn what_a_killed_host_left_behind_is_ended_by_process_group_and_by_marker() {
    let bench = Bench::new();
    let marker = format!("test-{}", std::process::id());
    let mut leader = Command::new("sh")
        .arg("-c")
        .arg("setsid sleep 1000 & echo $! > moved; env -i sleep 1000 & echo $! > grandchild; wait")
        .current_dir(&bench.build.directory)
        .env("CODEBUILD_RUNNER_MARKER", &marker)
        .process_group(0)
        .spawn()
        .unwrap();
    until(|| {
        ["grandchild", "moved"]
            .iter()
            .all(|name| std::fs::read_to_string(bench.path(name)).is_ok_and(|text| text.ends_with('\n')))
    })
    .await;
    let start_time = start_time(leader.id());
    let recorded = ShellProcess { pid: leader.id(), start_time, marker };
    assert_eq!(kill_leftover(&recorded), Leftover::Ended);
    assert_family_is_gone(&bench);
    leader.wait().unwrap();
    assert_eq!(kill_leftover(&recorded), Leftover::Gone);
}

#[tokio::test]
async fn a_process_id_that_belongs_to_another_process_by_now_is_left_alone() {
    let mut other = Command::new("sleep").arg("1000").process_group(0).spawn().unwrap();
    let recorded =
        ShellProcess { pid: other.id(), start_time: start_time(other.id()) + 1, marker: "nobody".to_owned() };
    assert_eq!(kill_leftover(&recorded), Leftover::Gone);
    assert!(is_alive(&other.id().to_string()));
    other.kill().unwrap();
    other.wait().unwrap();
}

#[tokio::test]
async fn the_recorded_shell_is_the_running_one() {
    let spec = "{version: 0.2, phases: {build: {commands: ['echo \"> $$\"; cut -d\" \" -f22 /proc/$$/stat | sed \"s/^/> /\"']}}}";
    let (_, heard) = Bench::new().run(spec).await;
    let shell = &heard.shells[0];
    assert_eq!(heard.output(), [shell.pid.to_string(), shell.start_time.to_string()]);
}

fn start_time(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap().parse().unwrap()
}

/// Looks until the condition holds, for at most ten seconds.
async fn until(condition: impl Fn() -> bool) {
    let holds = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    bounded(holds).await;
}

async fn bounded(wait: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the condition never held");
}
