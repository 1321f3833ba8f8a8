//! The one door to every emulated service, whoever calls: the HTTP front, a state machine's task, a build. It routes
//! and holds no service's rules.

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::world::{Caller, Shared};
use crate::{AwsError, Store, StoreError, faults};

/// A service that answers calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// `codecommit`
    CodeCommit,
    /// `codebuild`
    CodeBuild,
    /// Step Functions, `states`
    States,
    /// EventBridge, `events`
    Events,
    /// The Parameter Store, `ssm`
    Ssm,
    /// CloudWatch Logs, `logs`
    Logs,
    /// `ecr`
    Ecr,
    /// `lambda`
    Lambda,
    /// `sts`
    Sts,
    /// `s3`
    S3,
}

impl Service {
    /// The service with this signing name, as the scope of a signature or the service part of an ARN writes it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "codecommit" => Self::CodeCommit,
            "codebuild" => Self::CodeBuild,
            "states" | "sfn" => Self::States,
            "events" | "eventbridge" => Self::Events,
            "ssm" => Self::Ssm,
            "logs" | "cloudwatchlogs" => Self::Logs,
            "ecr" => Self::Ecr,
            "lambda" => Self::Lambda,
            "sts" => Self::Sts,
            "s3" => Self::S3,
            _ => return None,
        })
    }

    /// Every operation that is answered.
    pub(crate) fn operations(self) -> &'static [&'static str] {
        match self {
            Self::CodeCommit => crate::codecommit::OPERATIONS,
            Self::CodeBuild => crate::codebuild::OPERATIONS,
            Self::States => crate::states::OPERATIONS,
            Self::Events => crate::events::OPERATIONS,
            Self::Ssm => crate::ssm::OPERATIONS,
            Self::Logs => crate::logs::OPERATIONS,
            Self::Ecr => crate::ecr::OPERATIONS,
            Self::Lambda => crate::lambda::OPERATIONS,
            Self::Sts => crate::sts::OPERATIONS,
            Self::S3 => crate::s3::OPERATIONS,
        }
    }
}

/// Whether every record can be read. A start asks before it changes anything: what it took for absent, it would remove.
///
/// # Errors
/// [`StoreError::Unreadable`], for the first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    crate::world::check(store)?;
    crate::s3::check(store)?;
    crate::ssm::check(store)?;
    crate::logs::check(store)?;
    crate::codecommit::check(store)?;
    crate::lambda::check(store)?;
    crate::codebuild::check(store)?;
    crate::states::check(store)?;
    crate::events::check(store)
}

/// Runs one operation. `operation` is the model's own name (`GetPullRequest`); `input` and the answer have the
/// service's own JSON shapes: camelCase for CodeCommit, CodeBuild, Logs, ECR and Step Functions, PascalCase for SSM,
/// Events, Lambda, S3 and STS. Timestamps are numbers of epoch seconds.
///
/// # Errors
/// The service's modelled error, or one that says that the sandbox does not emulate the operation or the field.
pub(crate) fn dispatch<'a>(
    world: &'a Shared,
    caller: &'a Caller,
    service: Service,
    operation: &'a str,
    input: Value,
) -> BoxFuture<'a, Result<Value, AwsError>> {
    let subject = world.faults.as_ref().and_then(|_| faults::subject(&input));
    // Boxed, because services call each other through here.
    let work: BoxFuture<'a, Result<Value, AwsError>> = match service {
        Service::CodeCommit => Box::pin(crate::codecommit::call(world, caller, operation, input)),
        Service::CodeBuild => Box::pin(crate::codebuild::call(world, caller, operation, input)),
        Service::States => Box::pin(crate::states::call(world, caller, operation, input)),
        Service::Events => Box::pin(crate::events::call(world, caller, operation, input)),
        Service::Ssm => Box::pin(crate::ssm::call(world, caller, operation, input)),
        Service::Logs => Box::pin(crate::logs::call(world, caller, operation, input)),
        Service::Ecr => Box::pin(crate::ecr::call(world, caller, operation, input)),
        Service::Lambda => Box::pin(crate::lambda::call(world, caller, operation, input)),
        Service::Sts => Box::pin(crate::sts::call(world, caller, operation, input)),
        Service::S3 => Box::pin(crate::s3::call(world, caller, operation, input)),
    };
    if world.faults.is_none() {
        return work;
    }
    Box::pin(async move { faults::call(world, caller, (service, operation), subject.as_deref(), work).await })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;
    use serde_json::json;

    use super::*;
    use crate::world::World;

    const EVERY: [Service; 10] = [
        Service::CodeCommit,
        Service::CodeBuild,
        Service::States,
        Service::Events,
        Service::Ssm,
        Service::Logs,
        Service::Ecr,
        Service::Lambda,
        Service::Sts,
        Service::S3,
    ];

    #[tokio::test]
    async fn every_operation_that_a_service_lists_is_answered_and_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let world: Shared = Arc::new(World::bare(directory.path()));
        let alice = world.user("alice");
        for service in EVERY {
            for operation in service.operations() {
                let answer =
                    dispatch(&world, &alice, service, operation, json!({ "Bucket": "b", "nobodyKnows": 1 })).await;
                let refused = answer.err().map(|error| error.message).unwrap_or_default();
                assert!(!refused.contains("the operation"), "{service:?}: {refused}");
            }
            let error = dispatch(&world, &alice, service, "GetNothing", json!({ "Bucket": "b" })).await.unwrap_err();
            assert!(error.message.contains("the operation GetNothing"), "{error}");
        }
    }

    /// Two calls that begin at the same moment, each on a thread of its own.
    fn at_once(world: &Shared, calls: [(Service, &str, Value); 2]) {
        let begin = std::sync::Barrier::new(2);
        let call = |(service, operation, input): (Service, &str, Value)| {
            begin.wait();
            let alice = world.user("alice");
            let answer = dispatch(world, &alice, service, operation, input).now_or_never();
            answer.expect("these operations wait for nothing").unwrap()
        };
        std::thread::scope(|scope| calls.map(|one| scope.spawn(|| call(one))).map(|thread| thread.join().unwrap()));
    }

    #[test]
    fn two_updates_at_once_are_both_there() {
        let directory = tempfile::tempdir().unwrap();
        let world: Shared = Arc::new(World::bare(directory.path()));
        let now = |service, operation, input| {
            let alice = world.user("alice");
            dispatch(&world, &alice, service, operation, input).now_or_never().unwrap().unwrap()
        };
        let definition = |comment: &str| {
            let pass =
                json!({ "Comment": comment, "StartAt": "A", "States": { "A": { "Type": "Pass", "End": true } } });
            pass.to_string()
        };
        let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
        let made = json!({ "name": "machine", "definition": definition("first"), "roleArn": role("first") });
        let machine = now(Service::States, "CreateStateMachine", made)["stateMachineArn"].clone();
        let rule = json!({ "Name": "many", "EventPattern": "{\"source\":[\"a\"]}" });
        now(Service::Events, "PutRule", rule);
        for round in 0..200 {
            let (text, role) = (definition(&round.to_string()), role(&round.to_string()));
            let one = json!({ "stateMachineArn": machine, "definition": text });
            let other = json!({ "stateMachineArn": machine, "roleArn": role });
            let update = "UpdateStateMachine";
            at_once(&world, [(Service::States, update, one), (Service::States, update, other)]);
            let found = now(Service::States, "DescribeStateMachine", json!({ "stateMachineArn": machine }));
            assert_eq!((&found["definition"], &found["roleArn"]), (&json!(text), &json!(role)), "round {round}");
            let put = |id: &str| {
                let arn = "arn:aws:lambda:us-east-1:111122223333:function:listener";
                let input = json!({ "Rule": "many", "Targets": [{ "Id": id, "Arn": arn }] });
                (Service::Events, "PutTargets", input)
            };
            at_once(&world, [put("a"), put("b")]);
            let found = now(Service::Events, "ListTargetsByRule", json!({ "Rule": "many" }));
            assert_eq!(found["Targets"].as_array().unwrap().len(), 2, "round {round}: {found}");
            now(Service::Events, "RemoveTargets", json!({ "Rule": "many", "Ids": ["a", "b"] }));
        }
    }
}
