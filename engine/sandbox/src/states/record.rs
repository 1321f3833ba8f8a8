//! What is kept of an execution: its beginning, its end, and between them the steps, which are everything that the
//! interpreter was told. The interpreter is pure, so the steps give its state and the history again; storing the state
//! itself would write the whole history anew at every step.

use gated_asl::{Answer, Definition, Effect, Execution, ExecutionContext, Outcome, TaskToken, Timestamp};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::machines::definition_of;
use super::names::{execution_arn, machine_arn};
use crate::AwsError;
use crate::world::World;

/// Executions by key, `MACHINE:NAME`.
pub(super) const EXECUTIONS: &str = "executions";
/// Steps by `MACHINE:NAME:NUMBER`.
pub(super) const STEPS: &str = "steps";

/// An execution as lists and descriptions show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// Executions are listed in this order, the latest first.
    pub(super) number: u64,
    pub(super) machine: String,
    pub(super) name: String,
    /// Key of the definition it was started with.
    pub(super) revision: String,
    /// The version that it was started as.
    #[serde(default)]
    pub(super) version: Option<u64>,
    /// The alias that it was started by.
    #[serde(default)]
    pub(super) alias: Option<String>,
    pub(super) role_arn: String,
    pub(super) input: String,
    pub(super) started_ms: u64,
    /// How it ended, when it did.
    pub(super) end: Option<End>,
}

/// How an execution ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) stopped_ms: u64,
    pub(super) outcome: Outcome,
}

/// As much of a [`Record`] as a list needs: not what may be long.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Summary {
    pub(super) number: u64,
    pub(super) machine: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) version: Option<u64>,
    #[serde(default)]
    pub(super) alias: Option<String>,
    pub(super) started_ms: u64,
    pub(super) end: Option<EndSummary>,
}

/// As much of an [`End`].
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EndSummary {
    pub(super) stopped_ms: u64,
    outcome: OutcomeKind,
}

/// An [`Outcome`] without its content.
#[derive(Debug, Clone, Deserialize)]
enum OutcomeKind {
    Succeeded(IgnoredAny),
    Failed(IgnoredAny),
    TimedOut,
    Aborted(IgnoredAny),
}

/// One thing that the interpreter was told, when, and the chances that it took from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Step {
    at_ms: u64,
    /// Each stands for this number in 2³².
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    chances: Vec<u32>,
    told: Told,
}

/// What the interpreter is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Told {
    Begin,
    Time,
    Submitted { token: TaskToken, output: Value },
    Succeeded { token: TaskToken, output: Value },
    Failed { token: TaskToken, error: String, cause: String },
    Stop { error: Option<String>, cause: Option<String> },
}

/// An execution in memory.
pub(super) struct Run {
    pub(super) key: String,
    definition: Definition,
    execution: Execution,
    steps: u64,
}

impl Record {
    pub(super) fn key(&self) -> String {
        format!("{}:{}", self.machine, self.name)
    }

    pub(super) fn status(&self) -> &'static str {
        match self.end.as_ref().map(|end| &end.outcome) {
            None => "RUNNING",
            Some(Outcome::Succeeded { .. }) => "SUCCEEDED",
            Some(Outcome::Failed { .. }) => "FAILED",
            Some(Outcome::TimedOut) => "TIMED_OUT",
            Some(Outcome::Aborted { .. }) => "ABORTED",
        }
    }
}

impl Summary {
    pub(super) fn status(&self) -> &'static str {
        match self.end.as_ref().map(|end| &end.outcome) {
            None => "RUNNING",
            Some(OutcomeKind::Succeeded(_)) => "SUCCEEDED",
            Some(OutcomeKind::Failed(_)) => "FAILED",
            Some(OutcomeKind::TimedOut) => "TIMED_OUT",
            Some(OutcomeKind::Aborted(_)) => "ABORTED",
        }
    }
}

impl Step {
    pub(super) fn at_ms(&self) -> u64 {
        self.at_ms
    }
}

impl Run {
    /// An execution that was told nothing yet.
    pub(super) fn new(world: &World, record: &Record, definition: Definition, input: Value) -> Self {
        let key = record.key();
        let context = ExecutionContext {
            execution_arn: execution_arn(world, &key),
            execution_name: record.name.clone(),
            role_arn: record.role_arn.clone(),
            state_machine_arn: machine_arn(world, &record.machine),
            state_machine_name: record.machine.clone(),
        };
        let execution = Execution::start(&definition, context, input, timestamp(record.started_ms));
        Self { key, definition, execution, steps: 0 }
    }

    /// The execution as its steps left it, and the tokens of the tasks that were handed over.
    pub(super) fn replay(world: &World, record: &Record) -> Result<(Self, Vec<TaskToken>), AwsError> {
        let broken = |what: &str| AwsError::internal(format!("the execution {} has no readable {what}", record.key()));
        let text = definition_of(world, &record.revision)?;
        let definition = Definition::parse(&text).map_err(|_| broken("definition"))?;
        let input = serde_json::from_str(&record.input).map_err(|_| broken("input"))?;
        let mut run = Self::new(world, record, definition, input);
        let mut submitted = Vec::new();
        for (_, step) in world.store.scan::<Step>(STEPS, &format!("{}:", run.key)) {
            if let Told::Submitted { token, .. } = &step.told {
                submitted.push(token.clone());
            }
            let mut chances = step.chances.iter().copied();
            run.tell(step.told, step.at_ms, &mut || chances.next().unwrap_or_default());
        }
        Ok((run, submitted))
    }

    /// Tells the interpreter something. The answer is the step to write, under its key, and what then must be done;
    /// nothing when nobody waited for it.
    pub(super) fn advance(&mut self, told: Told, at_ms: u64) -> Option<((String, Step), Vec<Effect>)> {
        let mut chances = Vec::new();
        let mut draw = || {
            let chance = rand::random::<u32>();
            chances.push(chance);
            chance
        };
        let effects = self.tell(told.clone(), at_ms, &mut draw)?;
        let key = format!("{}:{:06}", self.key, self.steps);
        Some(((key, Step { at_ms, chances, told }), effects))
    }

    /// When the interpreter wants to be asked again, in milliseconds since 1970.
    pub(super) fn next_deadline_ms(&self) -> Option<u64> {
        self.execution.next_deadline().map(|deadline| u64::try_from(deadline.as_millis()).unwrap_or(0))
    }

    pub(super) fn execution(&self) -> &Execution {
        &self.execution
    }

    fn tell(&mut self, told: Told, at_ms: u64, draw: &mut dyn FnMut() -> u32) -> Option<Vec<Effect>> {
        let now = timestamp(at_ms);
        let answer = match told {
            Told::Begin | Told::Time => Answer::Accepted,
            Told::Submitted { token, output } => self.execution.task_submitted(&token, &output, now),
            Told::Succeeded { token, output } => self.execution.task_succeeded(&token, output, now),
            Told::Failed { token, error, cause } => self.execution.task_failed(&token, error, cause, now),
            Told::Stop { error, cause } => self.execution.stop(error, cause, now),
        };
        match answer {
            Answer::Ignored => None,
            Answer::Accepted => {
                self.steps += 1;
                let mut chance = || f64::from(draw()) / (f64::from(u32::MAX) + 1.0);
                Some(self.execution.poll(&self.definition, now, &mut chance))
            }
        }
    }
}

fn timestamp(ms: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}
