//! What a Task state calls. Knows the shapes of resource names, never what stands behind them.

/// A Task state's `Resource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// `arn:aws:states:::service:action[.sync|.waitForTaskToken]`; `service` is `aws-sdk:name` for SDK integrations.
    Integration { arn: String, service: String, action: String },
    /// A Lambda function named directly.
    Function { arn: String },
}

impl Resource {
    pub(crate) fn parse(arn: &str) -> Result<Self, String> {
        let parts: Vec<&str> = arn.split(':').collect();
        match parts.as_slice() {
            ["arn", partition, "states", "", "", service @ .., action]
                if partition.starts_with("aws") && !action.is_empty() && is_service(service) =>
            {
                let pattern = action.split_once('.').map_or("", |(_, pattern)| pattern);
                match pattern {
                    "" | "sync" | "waitForTaskToken" => Ok(Resource::Integration {
                        arn: arn.to_owned(),
                        service: service.join(":"),
                        action: (*action).to_owned(),
                    }),
                    other => Err(format!("the pattern .{other} is not known, only .sync and .waitForTaskToken")),
                }
            }
            ["arn", _, "states", "", "", service @ .., version]
                if version.bytes().all(|byte| byte.is_ascii_digit()) && !service.is_empty() =>
            {
                Err(format!("{arn:?}: versioned patterns such as .sync:2 are not emulated"))
            }
            ["arn", _, "lambda", _, _, "function", ..] => Ok(Resource::Function { arn: arn.to_owned() }),
            ["arn", _, "states", _, _, "activity", ..] => Err("activities are not emulated".to_owned()),
            _ => Err(format!("{arn:?} is neither arn:aws:states:::service:action nor a Lambda function's ARN")),
        }
    }

    /// As it was written.
    pub(crate) fn arn(&self) -> &str {
        match self {
            Resource::Integration { arn, .. } | Resource::Function { arn } => arn,
        }
    }

    /// What Step Functions calls it in error texts (recorded).
    pub(crate) fn label(&self) -> &str {
        match self {
            Resource::Integration { service, .. } => service,
            Resource::Function { arn } => arn,
        }
    }

    /// Whether the task answers by its token, which `$$.Task.Token` then hands out.
    pub(crate) fn waits_for_token(&self) -> bool {
        match self {
            Resource::Integration { action, .. } => action.ends_with(".waitForTaskToken"),
            Resource::Function { .. } => false,
        }
    }
}

fn is_service(parts: &[&str]) -> bool {
    match parts {
        [service] => !service.is_empty() && *service != "aws-sdk",
        ["aws-sdk", service] => !service.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_integrations_and_functions_and_refuses_the_rest() {
        let parsed = |arn: &str| Resource::parse(arn);
        let Ok(Resource::Integration { service, action, .. }) = parsed("arn:aws:states:::codebuild:startBuild.sync")
        else {
            panic!("an optimised integration");
        };
        assert_eq!((service.as_str(), action.as_str()), ("codebuild", "startBuild.sync"));
        let Ok(Resource::Integration { service, .. }) = parsed("arn:aws:states:::aws-sdk:codecommit:getPullRequest")
        else {
            panic!("an SDK integration");
        };
        assert_eq!(service, "aws-sdk:codecommit");
        assert!(parsed("arn:aws:lambda:us-east-1:111122223333:function:judge").is_ok());
        for arn in [
            "",
            "lambda:invoke",
            "arn:aws:states:::lambda",
            "arn:aws:states:::lambda:invoke.later",
            "arn:aws:states:::states:startExecution.sync:2",
            "arn:aws:states:us-east-1:111122223333:activity:count",
        ] {
            assert!(parsed(arn).is_err(), "{arn}");
        }
    }
}
