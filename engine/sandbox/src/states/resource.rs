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
        ["codebuild", action @ ("startBuild" | "stopBuild" | "batchDeleteBuilds")] => Ok(api("codebuild", action)),
        ["aws-sdk", service, action] if PREFIXES.iter().any(|(name, ..)| name == service) => {
            match api(service, action) {
                Call::Api { service: Service::CodeBuild, operation, .. }
                    if !crate::codebuild::OPERATIONS.contains(&operation.as_str()) =>
                {
                    Err(unknown())
                }
                Call::Api { service: Service::States, operation, .. }
                    if !super::OPERATIONS.contains(&operation.as_str()) =>
                {
                    Err(unknown())
                }
                known => Ok(known),
            }
        }
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

fn api(service: &str, action: &str) -> Call {
    let found = PREFIXES.iter().find(|(name, ..)| *name == service);
    let (_, service, prefix) = found.copied().unwrap_or(("codebuild", Service::CodeBuild, "CodeBuild"));
    let mut characters = action.chars();
    let operation = characters.next().iter().map(char::to_ascii_uppercase).chain(characters).collect();
    Call::Api { service, prefix, operation }
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
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "arn:aws:states:us-east-1:111122223333:activity:x",
        ] {
            assert!(parse(resource).unwrap_err().ends_with(resource), "{resource}");
        }
    }
}
