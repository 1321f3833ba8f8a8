//! The binary that Lambda runs. `GATED_FUNCTION` says which function it is; the other settings come from the environment that
//! the deployment writes.
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // the edge reads environment and floor, and prints the log

use std::sync::Arc;

use gated_aws::{Aws, ConnectOptions};
use gated_core::matching::Globs;
use gated_lambda::{Fault, FloorFile, Function, Log, Settings, Sink};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;

#[derive(Debug)]
struct Failure(Fault);

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.0.name.as_str().to_owned(), error_message: failure.0.message }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().json().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let name = setting("GATED_FUNCTION")?;
    let function = Function::ALL
        .into_iter()
        .find(|f| f.name() == name.strip_prefix("gated-").unwrap_or(&name))
        .ok_or(format!("GATED_FUNCTION {name:?} names no function"))?;
    let settings = settings(function)?;
    let sink: Sink = Arc::new(|line: &str| println!("{line}"));
    let log = Log::new(sink, &settings.service, &function.deployed_name(&settings.service));
    let aws = Aws::connect(ConnectOptions::default()).await?;
    let (aws, settings, log) = (&aws, &settings, &log);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        function.handle(aws, settings, log, event.payload).await.map_err(Failure)
    }))
    .await
}

/// What the deployment wrote into the environment.
fn settings(function: Function) -> Result<Settings, Error> {
    // The template is made before, and deleted after, everything that the others work with.
    let required = |name: &str| match function {
        Function::ApprovalRule => Ok(optional(name).unwrap_or_default()),
        Function::Intake | Function::Judge | Function::Voter | Function::Sweeper => setting(name),
    };
    let floor = match optional("GATED_FLOOR") {
        Some(path) => Some(FloorFile { bytes: std::fs::read(&path)?, path }),
        None => None,
    };
    let repositories = match optional("GATED_REPOSITORIES") {
        // Lambda takes 4 KB of variables: where there are more names, this is the file that has them.
        Some(path) if path.starts_with('/') => std::fs::read_to_string(&path)?,
        Some(names) => names,
        None => "*".to_owned(),
    };
    Ok(Settings {
        service: optional("GATED_SERVICE").unwrap_or_else(|| "gated".to_owned()),
        repositories: Globs::new(repositories.split(',').map(|name| name.trim().to_owned()).collect())?,
        rule_template: optional("GATED_APPROVAL_RULE_TEMPLATE").unwrap_or_else(|| "gated".to_owned()),
        state_machine_arn: required("GATED_STATE_MACHINE")?,
        artifact_bucket: required("GATED_ARTIFACT_BUCKET")?,
        voter_arn: required("GATED_VOTER")?,
        build_role: required("GATED_BUILD_ROLE")?,
        own_build_roles: optional("GATED_OWN_BUILD_ROLES")
            .map(|hashes| hashes.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
        lock_days: optional("GATED_LOCK_DAYS").map(|days| days.parse()).transpose()?,
        image_repository: optional("GATED_IMAGE_REPOSITORY"),
        report_groups: optional("GATED_REPORT_GROUPS").is_some(),
        floor,
    })
}

fn optional(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn setting(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| format!("the environment has no {name}").into())
}
