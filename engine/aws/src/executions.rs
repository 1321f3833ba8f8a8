//! Starts executions of the state machine and asks how they are.

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

    /// Whether the execution of that name runs; `None` when there is none.
    ///
    /// # Errors
    /// When Step Functions refuses or cannot be reached.
    pub async fn execution_runs(&self, state_machine_arn: &str, name: &str) -> Result<Option<bool>, Fault> {
        let arn = format!("{}:{name}", state_machine_arn.replacen(":stateMachine:", ":execution:", 1));
        match self
            .sfn
            .describe_execution()
            .execution_arn(arn)
            .send()
            .await
            .map_err(Fault::of("states:DescribeExecution"))
        {
            Ok(answer) => Ok(Some(answer.status == aws_sdk_sfn::types::ExecutionStatus::Running)),
            Err(fault) if fault.is("ExecutionDoesNotExist") => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}
