//! Starts executions of the state machine and asks how they are.

use aws_sdk_sfn::operation::get_execution_history::builders::GetExecutionHistoryFluentBuilder;
use aws_sdk_sfn::types::ExecutionStatus;
use gated_core::report::Step;
use serde_json::Value;

use crate::{Aws, Fault};

/// What became of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// It runs now.
    New,
    /// One of that name was started before: there is nothing to do.
    Already,
}

/// How an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionState {
    /// It has not ended.
    Running,
    /// It ended as it should.
    Succeeded,
    /// It failed, ran out of time, or somebody stopped it.
    Failed,
}

impl Aws {
    /// Starts an execution. Names are taken for 90 days, which is what makes a repeated event harmless.
    ///
    /// # Errors
    /// When Step Functions refuses or cannot be reached.
    pub async fn start_execution(&self, state_machine_arn: &str, name: &str, input: &Value) -> Result<Started, Fault> {
        let request =
            self.sfn.start_execution().state_machine_arn(state_machine_arn).name(name).input(input.to_string());
        match request.send().await.map_err(Fault::of("states:StartExecution")) {
            Ok(_) => Ok(Started::New),
            Err(fault) if fault.is("ExecutionAlreadyExists") => Ok(Started::Already),
            Err(fault) => Err(fault),
        }
    }

    /// How the execution of that name stands; `None` when there is none.
    ///
    /// # Errors
    /// When Step Functions refuses or cannot be reached.
    pub async fn execution(&self, state_machine_arn: &str, name: &str) -> Result<Option<ExecutionState>, Fault> {
        Ok(self.execution_and_input(state_machine_arn, name).await?.map(|(state, _)| state))
    }

    /// The same, and what it was started with.
    ///
    /// # Errors
    /// When Step Functions refuses or cannot be reached.
    pub async fn execution_and_input(
        &self,
        state_machine_arn: &str,
        name: &str,
    ) -> Result<Option<(ExecutionState, Value)>, Fault> {
        let request = self.sfn.describe_execution().execution_arn(execution_arn(state_machine_arn, name));
        match request.send().await.map_err(Fault::of("states:DescribeExecution")) {
            Ok(answer) => {
                let state = match answer.status {
                    ExecutionStatus::Running | ExecutionStatus::PendingRedrive => ExecutionState::Running,
                    ExecutionStatus::Succeeded => ExecutionState::Succeeded,
                    // A status that AWS adds one day is not a success.
                    _ => ExecutionState::Failed,
                };
                let input = answer.input.and_then(|input| serde_json::from_str(&input).ok());
                Ok(Some((state, input.unwrap_or_default())))
            }
            Err(fault) if fault.is("ExecutionDoesNotExist") => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// How many state transitions an execution has cost so far: states entered, and tries after the first.
    ///
    /// # Errors
    /// When Step Functions refuses or cannot be reached.
    pub async fn transitions(&self, state_machine_arn: &str, name: &str) -> Result<u64, Fault> {
        let mut pages = self.history(state_machine_arn, name).into_paginator().send();
        let (mut entered, mut tries, mut tasks) = (0, 0, 0);
        while let Some(page) = pages.next().await {
            for event in page.map_err(Fault::of("states:GetExecutionHistory"))?.events {
                let kind = event.r#type.as_str();
                entered += u64::from(kind.ends_with("StateEntered"));
                tasks += u64::from(kind == "TaskStateEntered");
                tries += u64::from(kind == "TaskScheduled");
            }
        }
        // Each retry is a transition too (Step Functions pricing).
        Ok(entered + tries.saturating_sub(tasks))
    }

    /// The states that an execution has entered, in order, and when.
    ///
    /// # Errors
    /// When Step Functions refuses or cannot be reached.
    pub async fn path(&self, state_machine_arn: &str, name: &str) -> Result<Vec<Step>, Fault> {
        let mut pages = self.history(state_machine_arn, name).into_paginator().send();
        let mut steps = Vec::new();
        while let Some(page) = pages.next().await {
            for event in page.map_err(Fault::of("states:GetExecutionHistory"))?.events {
                let entered_ms = event.timestamp.to_millis().ok().and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0);
                if let Some(entered) = event.state_entered_event_details {
                    steps.push(Step { state: entered.name, entered_ms });
                }
            }
        }
        Ok(steps)
    }

    /// The question for all events of an execution, without their data.
    fn history(&self, state_machine_arn: &str, name: &str) -> GetExecutionHistoryFluentBuilder {
        let request = self.sfn.get_execution_history().execution_arn(execution_arn(state_machine_arn, name));
        request.include_execution_data(false).max_results(1_000)
    }

    /// Names of the executions that run now, all pages.
    ///
    /// # Errors
    /// When Step Functions refuses or cannot be reached.
    pub async fn running_executions(&self, state_machine_arn: &str) -> Result<Vec<String>, Fault> {
        let request = self
            .sfn
            .list_executions()
            .state_machine_arn(state_machine(state_machine_arn))
            .status_filter(ExecutionStatus::Running)
            .max_results(1_000);
        let mut pages = request.into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(Fault::of("states:ListExecutions"))?;
            names.extend(page.executions.into_iter().map(|execution| execution.name));
        }
        Ok(names)
    }
}

/// The state machine's ARN without the version or alias that executions are started by: executions belong to the machine.
pub fn state_machine(arn: &str) -> &str {
    arn.match_indices(':').nth(6).map_or(arn, |(at, _)| &arn[..at])
}

fn execution_arn(state_machine_arn: &str, name: &str) -> String {
    format!("{}:{name}", state_machine(state_machine_arn).replacen(":stateMachine:", ":execution:", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_that_an_alias_started_belongs_to_the_machine() {
        let machine = "arn:aws:states:eu-central-1:111122223333:stateMachine:payments";
        for arn in [machine.to_owned(), format!("{machine}:live"), format!("{machine}:7")] {
            assert_eq!(state_machine(&arn), machine);
            let execution = "arn:aws:states:eu-central-1:111122223333:execution:payments:pr-3-x";
            assert_eq!(execution_arn(&arn, "pr-3-x"), execution);
        }
    }
}
