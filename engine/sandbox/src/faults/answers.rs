//! How each service says that it is called too often, that the caller may not, or that it failed. It decides nothing.

use crate::AwsError;
use crate::service::Service;

/// The name that the log of faults gives a service.
pub(super) fn name(service: Service) -> &'static str {
    match service {
        Service::CodeCommit => "codecommit",
        Service::CodeBuild => "codebuild",
        Service::States => "states",
        Service::Events => "events",
        Service::Ssm => "ssm",
        Service::Logs => "logs",
        Service::Ecr => "ecr",
        Service::Lambda => "lambda",
        Service::Sts => "sts",
        Service::S3 => "s3",
    }
}

/// *Documented*: AWS's common errors (`ThrottlingException`, HTTP 400); Lambda's `TooManyRequestsException` (429), S3's
/// `SlowDown` (503) and the query protocol's `Throttling`.
pub(super) fn throttled(service: Service) -> AwsError {
    match service {
        Service::Lambda => AwsError::client("TooManyRequestsException", "Rate Exceeded.").with_status(429),
        Service::S3 => AwsError::client("SlowDown", "Please reduce your request rate.").with_status(503),
        Service::Sts => AwsError::client("Throttling", "Rate exceeded"),
        Service::CodeCommit
        | Service::CodeBuild
        | Service::States
        | Service::Events
        | Service::Ssm
        | Service::Logs
        | Service::Ecr => AwsError::client("ThrottlingException", "Rate exceeded"),
    }
}

/// *Documented*: AWS's common errors (`AccessDeniedException`, HTTP 400); `AccessDenied` (403) of S3 and the query protocol,
/// and Lambda's status 403.
pub(super) fn denied(service: Service) -> AwsError {
    let text = "User is not authorized to perform this action: a fault that this sandbox was asked for";
    match service {
        Service::Lambda => AwsError::client("AccessDeniedException", text).with_status(403),
        Service::S3 | Service::Sts => AwsError::client("AccessDenied", text).with_status(403),
        Service::CodeCommit
        | Service::CodeBuild
        | Service::States
        | Service::Events
        | Service::Ssm
        | Service::Logs
        | Service::Ecr => AwsError::client("AccessDeniedException", text),
    }
}

/// *Documented*: Lambda's `ServiceException`, S3's `InternalError`, SSM's `InternalServerError`; `InternalFailure` is
/// AWS's common one. All are HTTP 500.
pub(super) fn failed(service: Service) -> AwsError {
    let code = match service {
        Service::Lambda => "ServiceException",
        Service::S3 => "InternalError",
        Service::Ssm => "InternalServerError",
        Service::Logs => "ServiceUnavailableException",
        Service::CodeCommit | Service::CodeBuild | Service::States | Service::Events | Service::Ecr | Service::Sts => {
            "InternalFailure"
        }
    };
    AwsError::client(code, "the service failed: a fault that this sandbox was asked for").with_status(500)
}
