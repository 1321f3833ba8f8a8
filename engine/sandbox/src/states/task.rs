//! Carries out one task of an execution and reports what came of it. It decides nothing about the execution.

use std::sync::Arc;

use gated_asl::{DEPTH_LIMIT, StartTask, nests_deeper};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::case;
use super::drive::Message;
use super::record::Told;
use super::resource::{self, Call};
use crate::service::{Service, dispatch};
use crate::world::{Caller, Shared};
use crate::{AwsError, FunctionError, codebuild, faults, lambda};

/// *Documented*: the most characters of a cause.
const MAX_CAUSE: usize = 32_768;

/// A task to carry out.
pub(super) struct Job {
    pub(super) world: Shared,
    /// The execution's key.
    pub(super) execution: String,
    /// The state machine's role.
    pub(super) role: String,
    pub(super) start: StartTask,
    /// It is known to have been handed over before a restart.
    pub(super) submitted: bool,
    /// Rung when nobody waits for it any more.
    pub(super) cancel: Arc<Notify>,
    pub(super) sender: UnboundedSender<Message>,
}

/// An error name and a cause.
type Failure = (String, String);

impl Job {
    /// Carries it out. After a restart this runs again: a build is found by its link, other calls are made once more
    /// (*assumed*: AWS promises at least once for neither).
    pub(super) async fn run(self) {
        let token = self.start.token.clone();
        let told = match self.outcome().await {
            // The interpreter lets no deeper payload out of a state, and the step could not be read again.
            Ok(output) if nests_deeper(&output, DEPTH_LIMIT) => {
                let cause = format!("The result of the task nests deeper than {DEPTH_LIMIT} levels.");
                Told::Failed { token, error: "States.Runtime".to_owned(), cause }
            }
            Ok(output) => Told::Succeeded { token, output },
            Err((error, cause)) => {
                let cause = cause.chars().take(MAX_CAUSE).collect(); // *assumed*: cut
                Told::Failed { token, error, cause }
            }
        };
        self.sender.send(Message::Task(told)).ok(); // the execution may be over
    }

    async fn outcome(&self) -> Result<Value, Failure> {
        let call = resource::parse(&self.start.resource).map_err(|reason| ("States.Runtime".to_owned(), reason))?;
        match call {
            Call::Invoke => self.invoke().await,
            Call::Function(arn) => self.function(&arn, self.start.parameters.clone()).await,
            Call::Build => self.build().await,
            Call::Api { service, prefix, operation } => self.api(service, prefix, &operation).await,
        }
    }

    /// *Documented* (Step Functions, Lambda): parameters and result of the optimised integration. *Assumed*: the
    /// metadata holds no headers.
    async fn invoke(&self) -> Result<Value, Failure> {
        let parameters = &self.start.parameters;
        let known = ["FunctionName", "Payload"];
        if let Some(other) =
            parameters.as_object().into_iter().flatten().find(|(name, _)| !known.contains(&name.as_str()))
        {
            return Err(refused(&format!("the parameter {} of lambda:invoke", other.0)));
        }
        let name = parameters["FunctionName"].as_str().unwrap_or_default();
        let payload = parameters.get("Payload").cloned().unwrap_or_else(|| json!({}));
        let answer = self.function(name, payload).await?;
        Ok(json!({
            "ExecutedVersion": "$LATEST",
            "Payload": answer,
            "SdkHttpMetadata": { "AllHttpHeaders": {}, "HttpHeaders": {}, "HttpStatusCode": 200 },
            "SdkResponseMetadata": { "RequestId": uuid::Uuid::new_v4().to_string() },
            "StatusCode": 200,
        }))
    }

    /// *Documented*: a function's error is named by its `errorType`, its cause is the error's JSON.
    async fn function(&self, name: &str, payload: Value) -> Result<Value, Failure> {
        let caller = self.session();
        let call = (Service::Lambda, "Invoke");
        let work = lambda::invoke(&self.world, name, payload);
        match faults::call(&self.world, &caller, call, Some(lambda::bare_name(name)), work).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(FunctionError { error_type, error_message })) => {
                let cause = json!({ "errorMessage": error_message, "errorType": error_type });
                Err((error_type, cause.to_string()))
            }
            Err(error) => Err(failure("Lambda", &error)),
        }
    }

    /// *Documented*: each call of an integration is made in a session of its own, with a random name.
    fn session(&self) -> Caller {
        self.world.role_session(&self.role, &uuid::Uuid::new_v4().simple().to_string())
    }

    async fn api(&self, service: Service, prefix: &str, operation: &str) -> Result<Value, Failure> {
        let parameters = &self.start.parameters;
        let pascal = matches!(service, Service::Ssm | Service::S3 | Service::Events | Service::Lambda | Service::Sts);
        let input = if pascal { case::as_they_are(parameters) } else { case::to_service(operation, parameters) };
        let input = input.map_err(|name| refused(&format!("the parameter {name}: names are in PascalCase")))?;
        let caller = self.session();
        let answer = dispatch(&self.world, &caller, service, operation, input).await;
        answer.map(|answer| case::to_machine(&answer)).map_err(|error| failure(prefix, &error))
    }

    /// *Documented*: the task ends with the build; a build that did not succeed fails the task with
    /// `States.TaskFailed` and the build as the cause; a task that is given up stops its build.
    async fn build(&self) -> Result<Value, Failure> {
        let input = case::to_service("StartBuild", &self.start.parameters);
        let input = input.map_err(|name| refused(&format!("the parameter {name}: names are in PascalCase")))?;
        let caller = self.session();
        let link = format!("{}:{}", self.execution, self.start.token.as_str());
        let project = faults::subject(&input);
        let work = async { codebuild::start_linked(&self.world, &caller, input, &link) };
        let call = (Service::CodeBuild, "StartBuild");
        let started = faults::call(&self.world, &caller, call, project.as_deref(), work).await;
        let build = started.map_err(|error| failure("CodeBuild", &error))?;
        let id = build["id"].as_str().unwrap_or_default().to_owned();
        if !self.submitted {
            let output = json!({ "Build": case::to_machine(&build) });
            let told = Told::Submitted { token: self.start.token.clone(), output };
            self.sender.send(Message::Task(told)).ok();
        }
        let ended = tokio::select! {
            ended = codebuild::ended(&self.world, &id) => ended,
            () = self.cancel.notified() => {
                codebuild::stop_build(&self.world, &id).await.ok(); // *documented*: best effort
                return Err(("States.TaskFailed".to_owned(), "nobody waits for this task".to_owned()));
            }
        };
        let ended = ended.map_err(|error| failure("CodeBuild", &error))?;
        let output = json!({ "Build": case::to_machine(&ended) });
        match ended["buildStatus"].as_str() {
            Some("SUCCEEDED") => Ok(output),
            Some(_) | None => Err(("States.TaskFailed".to_owned(), output.to_string())),
        }
    }
}

/// An error of a service as a state machine sees it: `CodeCommit.RevisionNotCurrentException` (*documented*: the suffix
/// is always there). What the service does not model is `CodeBuild.CodeBuildException` (*recorded*).
fn failure(prefix: &str, error: &AwsError) -> Failure {
    if error.is_not_emulated() {
        // AWS would have done it: a definition must not take our gap for an answer of the service.
        return ("States.Runtime".to_owned(), error.message.clone());
    }
    let name = match error.code.as_str() {
        "InternalFailure" => format!("{prefix}.{prefix}Exception"),
        code if code.ends_with("Exception") => format!("{prefix}.{code}"),
        code => format!("{prefix}.{code}Exception"),
    };
    let cause = format!("{} (Service: {prefix}, Status Code: {})", error.message, error.status);
    (name, cause)
}

fn refused(what: &str) -> Failure {
    ("States.Runtime".to_owned(), AwsError::not_emulated(what).message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_services_carry_the_services_name_and_the_suffix() {
        let name = |prefix: &str, code: &str| failure(prefix, &AwsError::client(code, "no")).0;
        assert_eq!(name("CodeCommit", "RevisionNotCurrentException"), "CodeCommit.RevisionNotCurrentException");
        assert_eq!(name("Ssm", "ParameterNotFound"), "Ssm.ParameterNotFoundException");
        assert_eq!(failure("CodeBuild", &AwsError::internal("no")).0, "CodeBuild.CodeBuildException");
    }
}
