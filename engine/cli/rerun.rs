//! `gated rerun`: a new attempt at a pull request's live revision, recorded with who asked.

use anyhow::Context;
use gated_lambda::Function;
use serde_json::json;

use crate::args::RerunArgs;
use crate::deployment::{self, connect};
use crate::exit::Exit;
use crate::screen;

pub(crate) async fn run(args: RerunArgs) -> anyhow::Result<Exit> {
    let id = deployment::pull_request_id(&args.pull_request)?;
    let intake = Function::Intake.live_name(&args.deployment.service);
    let aws = connect(args.deployment.aws).await?;
    let who = aws.caller_arn().await?;
    // The function knows the deployment's floor and constants; asking it is also what IAM can allow or deny.
    let wish = json!({"rerun": {"pullRequestId": id, "requestedBy": who}});
    let answer = aws.invoke(&intake, &wish).await?;
    let execution = answer["execution"].as_str().context("the function's answer names no execution")?;
    screen::print(&format!("attempt {} at pull request {id} has started: execution {execution}\n", answer["attempt"]))?;
    Ok(Exit::Yes)
}
