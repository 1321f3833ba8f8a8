//! What a task's `Resource` stands for in this sandbox. It calls nothing.

use crate::service::Service;

/// A task that can be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// `arn:aws:states:::lambda:invoke`
    Invoke,
    /// A function's ARN: the parameters are its payload.
    Function(String),
    /// `arn:aws:states:::codebuild:startBuild.sync`: ends with the build.
    Build,
    /// One call of a service's API.
    Api {
        /// Which service.
        service: Service,
        /// What its errors begin with, such as `CodeCommit`.
        prefix: &'static str,
        /// The operation, such as `GetPullRequest`.
        operation: String,
    },
}

/// Reads a `Resource`.
///
/// # Errors
/// Why it is not emulated, naming it.
pub(super) fn parse(resource: &str) -> Result<Call, String> {
    let unknown = || format!("the sandbox does not emulate the resource {resource}");
    if resource.contains(":lambda:") && resource.contains(":function:") {
        return Ok(Call::Function(resource.to_owned()));
    }
    let Some(rest) = resource.strip_prefix("arn:aws:states:::") else { return Err(unknown()) };
    let parts: Vec<&str> = rest.split(':').collect();
    match parts.as_slice() {
        ["lambda", "invoke"] => Ok(Call::Invoke),
        ["codebuild", "startBuild.sync"] => Ok(Call::Build),
        ["codebuild", action @ ("startBuild" | "stopBuild" | "batchDeleteBuilds")] => {
            api("codebuild", action).ok_or_else(unknown)
        }
        ["aws-sdk", service, action] => api(service, action).ok_or_else(unknown),
        _ => Err(unknown()),
    }
}

/// Services of SDK integrations, and what their errors begin with (*documented*: the names of the SDK for Java).
const PREFIXES: &[(&str, Service, &str)] = &[
    ("codecommit", Service::CodeCommit, "CodeCommit"),
    ("codebuild", Service::CodeBuild, "CodeBuild"),
    ("ssm", Service::Ssm, "Ssm"),
    ("sfn", Service::States, "Sfn"),
    ("s3", Service::S3, "S3"),
    ("ecr", Service::Ecr, "Ecr"),
    ("eventbridge", Service::Events, "EventBridge"),
];

/// An operation that is answered here, by its name in camelCase (*documented*: how a resource writes it).
fn api(service: &str, action: &str) -> Option<Call> {
    let (_, service, prefix) = PREFIXES.iter().find(|(name, ..)| *name == service)?;
    let first = action.chars().next().filter(char::is_ascii_lowercase)?;
    let operation = format!("{}{}", first.to_ascii_uppercase(), &action[1..]);
    let known = service.operations().contains(&operation.as_str());
    known.then_some(Call::Api { service: *service, prefix, operation })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_resources_of_tasks() {
        assert_eq!(parse("arn:aws:states:::lambda:invoke"), Ok(Call::Invoke));
        assert_eq!(parse("arn:aws:states:::codebuild:startBuild.sync"), Ok(Call::Build));
        let read = parse("arn:aws:states:::aws-sdk:codecommit:getPullRequest");
        let operation = "GetPullRequest".to_owned();
        assert_eq!(read, Ok(Call::Api { service: Service::CodeCommit, prefix: "CodeCommit", operation }));
    }

    #[test]
    fn names_a_resource_that_is_not_emulated() {
        for resource in [
            "arn:aws:states:::sqs:sendMessage",
            "arn:aws:states:::aws-sdk:dynamodb:putItem",
            "arn:aws:states:::aws-sdk:codebuild:createFleet",
            "arn:aws:states:::aws-sdk:codecommit:getPullRequests",
            "arn:aws:states:::aws-sdk:codecommit:GetPullRequest",
            "arn:aws:states:::aws-sdk:ssm:",
            "arn:aws:states:::aws-sdk:s3:deleteObjects",
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "arn:aws:states:us-east-1:111122223333:activity:x",
        ] {
            assert!(parse(resource).unwrap_err().ends_with(resource), "{resource}");
        }
    }
}
