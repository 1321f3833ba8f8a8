//! `gated rerun`: a new attempt at a pull request's live revision, recorded with who asked.

use anyhow::Context;
use gated_aws::{Aws, ConnectOptions};
use gated_core::names::PullRequestId;
use gated_lambda::Function;
use serde_json::json;

use crate::args::{AwsArgs, RerunArgs};
use crate::exit::{Exit, WrongUse};

pub(crate) async fn run(args: RerunArgs) -> anyhow::Result<Exit> {
    let id = PullRequestId::new(args.pull_request).map_err(|error| WrongUse(error.to_string()))?;
    let intake = Function::Intake.deployed_name(&args.service);
    let aws = connect(args.aws).await?;
    let who = aws.caller_arn().await?;
    // The function knows the deployment's floor and constants; asking it is also what IAM can allow or deny.
    let wish = json!({"rerun": {"pullRequestId": id, "requestedBy": who}});
    let answer = aws.invoke(&intake, &wish).await?;
    let execution = answer["execution"].as_str().context("the function's answer names no execution")?;
    println!("attempt {} at pull request {id} has started: execution {execution}", answer["attempt"]);
    Ok(Exit::Yes)
}

/// Clients for AWS or a sandbox, as the usual flags and variables say.
pub(crate) async fn connect(args: AwsArgs) -> anyhow::Result<Aws> {
    // The endpoint decides whether TLS is needed, so it is read here as well as by the SDK.
    let endpoint_url = args.endpoint_url.or_else(|| std::env::var("AWS_ENDPOINT_URL").ok());
    Ok(Aws::connect(ConnectOptions { profile: args.profile, region: args.region, endpoint_url }).await?)
}
