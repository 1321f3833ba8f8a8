//! One running execution: data that can be stored between any two calls and read back after a crash.
//! Never waits, calls or asks the time: it says what to start, and is told what came of it and when.

mod answer;
mod begin;
mod children;
mod context;
mod drive;
mod failure;
mod flow;
mod strand;
mod task;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::history::{EventDetail, HistoryEvent, Journal};
use crate::json::as_text;
use crate::model::Definition;
use crate::names::{Failure, RUNTIME};
use crate::timestamp::Timestamp;
use drive::Driver;
use strand::{At, Strand, Work};

pub use answer::Answer;

/// Who runs: what the host knows of the execution and its state machine. Shown in the context object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionContext {
    /// `$$.Execution.Id`; its region is also the one of task events.
    pub execution_arn: String,
    /// `$$.Execution.Name`
    pub execution_name: String,
    /// `$$.Execution.RoleArn`
    pub role_arn: String,
    /// `$$.StateMachine.Id`
    pub state_machine_arn: String,
    /// `$$.StateMachine.Name`
    pub state_machine_name: String,
}

/// Names one attempt of one task; unique over all executions. Also `$$.Task.Token` of a `.waitForTaskToken` task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskToken(String);

impl TaskToken {
    /// The token that a stored text stands for.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token as text: 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the host must do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Start a task and answer with its token.
    StartTask(StartTask),
    /// Nobody waits for this task any more; stop it if it can be stopped. Answers to it are ignored.
    CancelTask {
        /// Of the [`StartTask`] that started it.
        token: TaskToken,
    },
    /// The execution is over. Comes once, and last.
    Finished(Outcome),
}

/// A task to be started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartTask {
    /// Names this attempt.
    pub token: TaskToken,
    /// The Task state's `Resource`, as it is written.
    pub resource: String,
    /// What the resource is called with.
    #[serde(with = "as_text")]
    pub parameters: Value,
    /// The name of the Task state.
    pub state: String,
    /// Seconds after which the execution gives up on the task by itself.
    pub timeout_seconds: Option<u64>,
    /// Seconds without a heartbeat after which it gives up.
    pub heartbeat_seconds: Option<u64>,
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// Status `SUCCEEDED`.
    Succeeded {
        /// The output of the last state.
        #[serde(with = "as_text")]
        output: Value,
    },
    /// Status `FAILED`.
    Failed {
        /// The error name; a Fail state may have none.
        error: Option<String>,
        /// What a person is told about it.
        cause: Option<String>,
    },
    /// Status `TIMED_OUT`: the top-level `TimeoutSeconds` is over.
    TimedOut,
    /// Status `ABORTED`: stopped from outside.
    Aborted {
        /// As given to [`Execution::stop`].
        error: Option<String>,
        /// As given to [`Execution::stop`].
        cause: Option<String>,
    },
}

/// One execution of a [`Definition`].
///
/// The host calls [`poll`](Self::poll) after [`start`](Self::start), after every answer, and at
/// [`next_deadline`](Self::next_deadline); stores the execution; then carries the effects out. After a crash it reads
/// the stored execution back and finds the tasks under way in [`pending_tasks`](Self::pending_tasks); a cancellation that
/// the crash swallowed is not repeated, so whatever runs under a token that is not among them is to be stopped. It must
/// always hand in the definition that the execution was started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    head: Head,
    journal: Journal,
    root: Strand,
    /// What was decided and not yet handed out.
    outbox: Vec<Effect>,
    outcome: Option<Outcome>,
}

/// What stays the same, and the number of tokens handed out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    context: ExecutionContext,
    #[serde(with = "as_text")]
    input: Value,
    started: Timestamp,
    deadline: Option<Timestamp>,
    tokens: u64,
}

impl Execution {
    /// An execution that is about to enter its first state. The input's size is the caller's to check: the API refuses
    /// more than 262,144 bytes before there is an execution.
    pub fn start(definition: &Definition, context: ExecutionContext, input: Value, now: Timestamp) -> Self {
        let mut journal = Journal::default();
        let started = EventDetail::ExecutionStarted { input: input.to_string(), role_arn: context.role_arn.clone() };
        journal.add(0, now, started);
        let deadline = definition.timeout_seconds.map(|seconds| now.after_seconds(seconds as f64));
        // recorded: the first state's event points back to 0, not to ExecutionStarted
        let root = Strand::new(0, None, &definition.machine.start_at, input.clone());
        let head = Head { context, input, started: now, deadline, tokens: 0 };
        Self { head, journal, root, outbox: Vec::new(), outcome: None }
    }

    /// Goes on until nothing more can be done without the host, and says what the host must do. `chance` gives a number
    /// in `[0, 1)` at every call. Calling it again at once changes nothing and gives nothing.
    pub fn poll(&mut self, definition: &Definition, now: Timestamp, chance: &mut dyn FnMut() -> f64) -> Vec<Effect> {
        if self.outcome.is_none() {
            if self.head.deadline.is_some_and(|deadline| deadline <= now) {
                self.end(now, EventDetail::ExecutionTimedOut, Outcome::TimedOut);
            } else {
                self.drive(definition, now, chance);
            }
        }
        std::mem::take(&mut self.outbox)
    }

    /// The instant at which [`poll`](Self::poll) will find something to do although nobody answered.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.outcome.is_some() {
            return None;
        }
        let mut next = self.head.deadline;
        self.root.visit(&mut |visit| next = [next, visit.work.deadline()].into_iter().flatten().min());
        next
    }

    /// The tasks that were started and not answered, in the order of the states. Among them are those whose
    /// [`Effect::StartTask`] may have been lost in a crash: start them again, or attach to what runs.
    pub fn pending_tasks(&self) -> Vec<&StartTask> {
        let mut tasks = Vec::new();
        if self.outcome.is_some() {
            return tasks;
        }
        self.root.visit(&mut |visit| {
            if let Work::Task(run) = &visit.work
                && run.answer.is_none()
            {
                tasks.push(&run.start);
            }
        });
        tasks
    }

    /// How the execution ended, if it did.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Everything that happened so far.
    pub fn history(&self) -> &[HistoryEvent] {
        &self.journal.events
    }

    /// What the execution was started with.
    pub fn input(&self) -> &Value {
        &self.head.input
    }

    /// Who runs.
    pub fn context(&self) -> &ExecutionContext {
        &self.head.context
    }

    /// When the execution was started.
    pub fn started(&self) -> Timestamp {
        self.head.started
    }

    /// When the execution ended, if it did.
    pub fn stopped(&self) -> Option<Timestamp> {
        self.outcome.as_ref().and(self.journal.events.last()).map(|event| event.timestamp)
    }

    /// Ends the execution from outside (`StopExecution`). The next [`poll`](Self::poll) cancels what runs. Ignored when
    /// the execution is over.
    pub fn stop(&mut self, error: Option<String>, cause: Option<String>, now: Timestamp) -> Answer {
        if self.outcome.is_some() {
            return Answer::Ignored;
        }
        let detail = EventDetail::ExecutionAborted { error: error.clone(), cause: cause.clone() };
        self.end(now, detail, Outcome::Aborted { error, cause });
        Answer::Accepted
    }

    fn drive(&mut self, definition: &Definition, now: Timestamp, chance: &mut dyn FnMut() -> f64) {
        let Self { head, journal, root, outbox, .. } = self;
        Driver { head, journal, outbox, now, chance }.drive(root, &definition.machine);
        match &self.root.at {
            At::Done(output) => {
                let output = output.0.clone();
                let detail = EventDetail::ExecutionSucceeded { output: output.to_string() };
                self.end(now, detail, Outcome::Succeeded { output });
            }
            At::Failed(failure) => {
                let failure = failure.clone();
                self.fail(now, failure);
            }
            At::Entering { .. } | At::Inside(_) if self.journal.is_full() => {
                let cause = "The execution reached the maximum number of history events (25000).";
                self.fail(now, Failure::new(RUNTIME, cause));
            }
            At::Entering { .. } | At::Inside(_) => {}
        }
    }

    fn fail(&mut self, now: Timestamp, failure: Failure) {
        let Failure { error, cause, .. } = failure;
        let detail = EventDetail::ExecutionFailed { error: error.clone(), cause: cause.clone() };
        self.end(now, detail, Outcome::Failed { error, cause });
    }

    /// Aborts what still runs, then writes the last event.
    fn end(&mut self, now: Timestamp, detail: EventDetail, outcome: Outcome) {
        let Self { head, journal, root, outbox, .. } = self;
        let previous = root.last;
        Driver { head, journal, outbox, now, chance: &mut || 0.0 }.abort(root, previous);
        self.journal.add_last(previous, now, detail);
        self.outbox.push(Effect::Finished(outcome.clone()));
        self.outcome = Some(outcome);
    }
}
