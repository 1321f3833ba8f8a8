//! Time-outs of tasks, of heartbeats and of the whole execution.

use gated_asl::{Answer, Outcome, Timestamp};
use serde_json::{Value, json};

use crate::support::{Host, only, task, with};

fn caught_as(error: &str, fields: Value) -> Value {
    let mut machine = only(with(with(task(), fields), json!({"Catch": [{"ErrorEquals": [error], "Next": "Caught"}]})));
    machine["States"]["Caught"] = json!({"Type": "Pass", "End": true});
    machine
}

#[test]
fn a_task_that_takes_too_long_is_cancelled_and_fails() {
    let mut host = Host::start(&only(with(task(), json!({"TimeoutSeconds": 60}))), json!({}));
    let token = host.running[0].token.clone();
    assert_eq!(host.next_in(), Some(60.0));
    host.jump();
    assert_eq!(host.cancelled, ["Only"]);
    assert_eq!(host.finished, Some(Outcome::Failed { error: Some("States.Timeout".into()), cause: None }));
    let late = host.execution.task_succeeded(&token, json!(1), Timestamp::from_millis(host.now));
    assert_eq!(late, Answer::Ignored);
}

#[test]
fn a_timeout_can_be_read_from_the_input() {
    let state = with(task(), json!({"TimeoutSecondsPath": "$.t", "HeartbeatSecondsPath": "$.h"}));
    let host = Host::start(&only(state.clone()), json!({"t": 30, "h": 10}));
    assert_eq!((host.running[0].timeout_seconds, host.running[0].heartbeat_seconds), (Some(30), Some(10)));
    assert_eq!(host.next_in(), Some(10.0));
    assert_eq!(Host::start(&only(state), json!({"t": "soon", "h": 10})).failure().0, "States.Runtime");
}

#[test]
fn a_timeout_is_caught_by_its_name_and_by_all_but_not_as_a_failed_task() {
    for (matcher, fits) in [
        ("States.Timeout", true),
        ("States.ALL", true),
        ("States.TaskFailed", false),
        ("States.HeartbeatTimeout", false),
    ] {
        let mut host = Host::start(&caught_as(matcher, json!({"TimeoutSeconds": 60})), json!({}));
        host.jump();
        match fits {
            true => assert_eq!(host.output(), &json!({"Error": "States.Timeout"}), "{matcher}"),
            false => assert_eq!(host.failure().0, "States.Timeout", "{matcher}"),
        }
    }
}

#[test]
fn heartbeats_keep_a_task_alive_until_they_stop() {
    for matcher in ["States.HeartbeatTimeout", "States.Timeout"] {
        let mut host =
            Host::start(&caught_as(matcher, json!({"HeartbeatSeconds": 10, "TimeoutSeconds": 100})), json!({}));
        let token = host.running[0].token.clone();
        for _ in 0..3 {
            host.now += 9_000;
            assert_eq!(host.execution.task_heartbeat(&token, Timestamp::from_millis(host.now)), Answer::Accepted);
            host.poll();
            assert_eq!(host.next_in(), Some(10.0));
        }
        host.jump();
        assert_eq!(host.now, 37_000);
        assert_eq!(host.output(), &json!({"Error": "States.Timeout"}));
        assert_eq!(host.cancelled, ["Only"]);
    }
}

#[test]
fn each_attempt_has_the_whole_time() {
    let state =
        with(task(), json!({"TimeoutSeconds": 60, "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}]}));
    let mut host = Host::start(&only(state), json!({}));
    host.jump();
    assert_eq!((host.now, host.running.len(), host.next_in()), (60_000, 0, Some(1.0)));
    host.jump();
    assert_eq!((host.running.len(), host.next_in()), (1, Some(60.0)));
    host.succeed("Only", json!(1));
    host.output();
}

#[test]
fn an_execution_that_takes_too_long_is_over_whatever_is_caught() {
    let machine = with(caught_as("States.ALL", json!({"TimeoutSeconds": 600})), json!({"TimeoutSeconds": 300}));
    let mut host = Host::start(&machine, json!({}));
    assert_eq!(host.next_in(), Some(300.0));
    host.jump();
    assert_eq!(host.finished, Some(Outcome::TimedOut));
    assert_eq!(host.cancelled, ["Only"]);
    assert_eq!(host.event_types().last(), Some(&"ExecutionTimedOut"));
}

#[test]
fn an_answer_that_came_before_the_poll_counts_though_the_deadline_passed() {
    let mut host = Host::start(&only(with(task(), json!({"TimeoutSeconds": 60}))), json!({}));
    host.now = 61_000;
    host.succeed("Only", json!("just in time"));
    assert_eq!(host.output(), &json!("just in time"));
}
