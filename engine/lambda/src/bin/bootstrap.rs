//! The binary that Lambda runs. `GATED_FUNCTION` says which function it is; the other settings come from the environment that
//! the deployment writes.
#![allow(clippy::disallowed_methods)] // the edge reads the environment and the floor's file

use gated_aws::{Aws, ConnectOptions};
use gated_lambda::{Fault, FloorFile, Function, Settings};
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
        .find(|f| f.name() == name)
        .ok_or(format!("GATED_FUNCTION {name:?} names no function"))?;
    let floor = match std::env::var("GATED_FLOOR") {
        Ok(path) => Some(FloorFile { bytes: std::fs::read(&path)?, path }),
        Err(_) => None,
    };
    let settings = Settings {
        state_machine_arn: setting("GATED_STATE_MACHINE")?,
        artifact_bucket: setting("GATED_ARTIFACT_BUCKET")?,
        voter_arn: setting("GATED_VOTER")?,
        build_role: setting("GATED_BUILD_ROLE")?,
        image_repository: std::env::var("GATED_IMAGE_REPOSITORY").ok().filter(|uri| !uri.is_empty()),
        floor,
    };
    let aws = Aws::connect(ConnectOptions::default()).await?;
    let (aws, settings) = (&aws, &settings);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let answer = function.handle(aws, settings, event.payload).await;
        if let Err(fault) = &answer {
            tracing::error!(function = function.name(), error = fault.name.as_str(), message = fault.message);
        }
        answer.map_err(Failure)
    }))
    .await
}

fn setting(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| format!("the environment has no {name}").into())
}
