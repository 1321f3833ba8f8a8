//! How many states the interpreter goes through in a second. Prints, never judges.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::time::Instant;

use gated_asl::{Definition, Effect, Execution, ExecutionContext, Timestamp};
use serde_json::json;

/// States gone through in one execution: as many as its history can hold.
const STATES: usize = 12_000;
const RUNS: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let loops = json!({"StartAt": "Count", "States": {
        "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)", "most.$": "$.most"}, "Next": "More"},
        "More": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThanPath": "$.most", "Next": "Count"}], "Default": "Done"},
        "Done": {"Type": "Succeed"}
    }});
    let input = json!({"n": 0, "most": STATES / 2});
    report("pass and choice, no store", &loops.to_string(), &input, false)?;
    let tasks = json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {
        "StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}}
    }}}});
    let items = json!((0..200).collect::<Vec<_>>());
    report("map of 200 tasks, no store", &tasks.to_string(), &items, false)?;
    report("map of 200 tasks, stored after every poll", &tasks.to_string(), &items, true)
}

fn report(name: &str, text: &str, input: &serde_json::Value, store: bool) -> Result<(), Box<dyn std::error::Error>> {
    let definition = Definition::parse(text).map_err(|faults| format!("{faults:?}"))?;
    let (mut steps, mut bytes) = (0, 0);
    let begin = Instant::now();
    for run in 0..RUNS {
        let context = ExecutionContext {
            execution_arn: format!("arn:aws:states:us-east-1:111122223333:execution:bench:{run}"),
            execution_name: run.to_string(),
            role_arn: "arn:aws:iam::111122223333:role/bench".to_owned(),
            state_machine_arn: "arn:aws:states:us-east-1:111122223333:stateMachine:bench".to_owned(),
            state_machine_name: "bench".to_owned(),
        };
        let now = Timestamp::from_millis(0);
        let mut execution = Execution::start(&definition, context, input.clone(), now);
        while execution.outcome().is_none() {
            for effect in execution.poll(&definition, now, &mut || 0.5) {
                if let Effect::StartTask(task) = effect {
                    let _ = execution.task_succeeded(&task.token, json!({"done": true}), now);
                }
            }
            if store {
                bytes += serde_json::to_vec(&execution)?.len();
            }
        }
        steps += execution.history().iter().filter(|event| event.event_type().ends_with("StateEntered")).count();
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{name}: {:.0} states per second ({steps} states in {seconds:.3} s, {bytes} bytes stored)",
        steps as f64 / seconds
    );
    Ok(())
}
