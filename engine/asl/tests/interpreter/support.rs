//! A host for tests: it holds the clock, the chance and the tasks. Never starts anything.

use gated_asl::{Answer, Definition, Effect, Execution, ExecutionContext, Outcome, StartTask, Timestamp};
use serde_json::{Value, json};

pub(crate) struct Host {
    pub(crate) definition: Definition,
    pub(crate) execution: Execution,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// What chance gives, always.
    pub(crate) chance: f64,
    /// Stores and reads back the execution after every call, as after a crash.
    pub(crate) crashing: bool,
    /// Started and neither answered nor cancelled, oldest first.
    pub(crate) running: Vec<StartTask>,
    /// The states of tasks that were cancelled.
    pub(crate) cancelled: Vec<String>,
    pub(crate) finished: Option<Outcome>,
}

impl Host {
    /// Starts and polls once.
    pub(crate) fn start(definition: &Value, input: Value) -> Self {
        let mut host = Self::start_without_polling(definition, input);
        host.poll();
        host
    }

    pub(crate) fn start_without_polling(definition: &Value, input: Value) -> Self {
        let definition = Definition::parse(&definition.to_string()).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let context = ExecutionContext {
            execution_arn: "arn:aws:states:eu-west-1:111122223333:execution:machine:one".into(),
            execution_name: "one".into(),
            role_arn: "arn:aws:iam::111122223333:role/machine".into(),
            state_machine_arn: "arn:aws:states:eu-west-1:111122223333:stateMachine:machine".into(),
            state_machine_name: "machine".into(),
        };
        let execution = Execution::start(&definition, context, input, Timestamp::from_millis(0));
        Self {
            definition,
            execution,
            now: 0,
            chance: 0.5,
            crashing: false,
            running: Vec::new(),
            cancelled: Vec::new(),
            finished: None,
        }
    }

    pub(crate) fn poll(&mut self) {
        let chance = self.chance;
        let effects = self.execution.poll(&self.definition, Timestamp::from_millis(self.now), &mut || chance);
        self.crash();
        for effect in effects {
            assert!(self.finished.is_none(), "nothing comes after the end");
            match effect {
                Effect::StartTask(task) => self.running.push(task),
                Effect::CancelTask { token } => {
                    let place = self.running.iter().position(|task| task.token == token).expect("a running task");
                    self.cancelled.push(self.running.remove(place).state);
                }
                Effect::Finished(outcome) => self.finished = Some(outcome),
            }
        }
        let pending: Vec<&StartTask> = self.execution.pending_tasks();
        assert_eq!(pending.len(), self.running.len(), "what runs is what the execution waits for");
        assert!(self.running.iter().all(|task| pending.contains(&task)));
    }

    /// Jumps to the next deadline and polls.
    pub(crate) fn jump(&mut self) {
        self.now = self.execution.next_deadline().expect("something to wait for").as_millis();
        self.poll();
    }

    /// Seconds from now to the next deadline.
    pub(crate) fn next_in(&self) -> Option<f64> {
        self.execution.next_deadline().map(|next| (next.as_millis() - self.now) as f64 / 1000.0)
    }

    /// Answers the oldest task of a state.
    pub(crate) fn succeed(&mut self, state: &str, output: Value) {
        let task = self.take(state);
        let answer = self.execution.task_succeeded(&task.token, output, Timestamp::from_millis(self.now));
        assert_eq!(answer, Answer::Accepted);
        self.crash();
        self.poll();
    }

    /// Fails the oldest task of a state.
    pub(crate) fn fail(&mut self, state: &str, error: &str) {
        let task = self.take(state);
        let answer = self.execution.task_failed(&task.token, error, "because", Timestamp::from_millis(self.now));
        assert_eq!(answer, Answer::Accepted);
        self.crash();
        self.poll();
    }

    /// The output, of an execution that succeeded.
    pub(crate) fn output(&self) -> &Value {
        match &self.finished {
            Some(Outcome::Succeeded { output }) => output,
            other => panic!("not succeeded: {other:?}"),
        }
    }

    /// Error and cause of an execution that failed.
    pub(crate) fn failure(&self) -> (&str, &str) {
        match &self.finished {
            Some(Outcome::Failed { error, cause }) => {
                (error.as_deref().unwrap_or_default(), cause.as_deref().unwrap_or_default())
            }
            other => panic!("not failed: {other:?}"),
        }
    }

    /// The history as `id<-previous Type` lines.
    pub(crate) fn events(&self) -> Vec<String> {
        let line = |event: &gated_asl::HistoryEvent| {
            format!("{}<-{} {}", event.id, event.previous_event_id, event.event_type())
        };
        self.execution.history().iter().map(line).collect()
    }

    pub(crate) fn event_types(&self) -> Vec<&'static str> {
        self.execution.history().iter().map(|event| event.event_type()).collect()
    }

    /// The states whose tasks run.
    pub(crate) fn running_states(&self) -> Vec<&str> {
        self.running.iter().map(|task| task.state.as_str()).collect()
    }

    fn take(&mut self, state: &str) -> StartTask {
        let place = self.running.iter().position(|task| task.state == state);
        self.running.remove(place.unwrap_or_else(|| panic!("no task of {state} runs: {:?}", self.running)))
    }

    fn crash(&mut self) {
        if self.crashing {
            let stored = serde_json::to_string(&self.execution).expect("an execution can be stored");
            self.execution = serde_json::from_str(&stored).expect("a stored execution can be read");
        }
    }
}

/// A machine of one state, `Only`, which ends.
pub(crate) fn only(mut state: Value) -> Value {
    if !["Succeed", "Fail", "Choice"].contains(&state["Type"].as_str().unwrap_or_default()) {
        state["End"] = json!(true);
    }
    json!({"StartAt": "Only", "States": {"Only": state}})
}

/// A Task state that calls a function and ends.
pub(crate) fn task() -> Value {
    json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true})
}

/// `base` with the members of `more`.
pub(crate) fn with(mut base: Value, more: Value) -> Value {
    for (name, value) in more.as_object().expect("an object") {
        base[name] = value.clone();
    }
    base
}

/// The messages of a definition's faults, `pointer: message`.
pub(crate) fn faults(definition: &Value) -> Vec<String> {
    match Definition::parse(&definition.to_string()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}
