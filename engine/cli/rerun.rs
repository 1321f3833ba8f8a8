//! `gated rerun`: a new attempt at a pull request's live revision, recorded with who asked.

use anyhow::{Context, anyhow};
use gated_lambda::{ErrorName, Function};
use serde_json::json;

use crate::args::RerunArgs;
use crate::deployment::{self, caller, connect};
use crate::exit::{Exit, WrongUse};
use crate::screen;

pub(crate) async fn run(args: RerunArgs) -> anyhow::Result<Exit> {
    let id = deployment::pull_request_id(&args.pull_request)?;
    let service = &args.deployment.service;
    let intake = Function::Intake.live_name(service);
    let aws = connect(args.deployment.aws).await?;
    let who = caller(&aws).await?;
    // The function knows the deployment's floor and constants; asking it is also what IAM can allow or deny.
    let wish = json!({"rerun": {"pullRequestId": id, "requestedBy": who}});
    let answer = match aws.invoke(&intake, &wish).await {
        Ok(answer) => answer,
        // The function's own words: closed, already running, tried too often.
        Err(fault) if fault.is(ErrorName::Misconfigured.as_str()) => {
            screen::tell(&format!("pull request {id} was not started again: {}", fault.message));
            return Ok(Exit::No);
        }
        Err(fault) if fault.is("ResourceNotFoundException") => {
            let region = aws.region();
            let message =
                format!("there is no gate named {service} in {region}: give --service, --region or --profile");
            return Err(WrongUse(message).into());
        }
        Err(fault) if fault.is("AccessDeniedException") => {
            return Err(anyhow!(
                "{who} may not start pull requests again: lambda:InvokeFunction on {intake} is denied"
            ));
        }
        Err(fault) => return Err(fault.into()),
    };
    let execution = answer["execution"].as_str().context("the function's answer names no execution")?;
    let attempt = &answer["attempt"];
    screen::print(&format!(
        "pull request {id} is gated again: attempt {attempt} has begun, asked for by {who}, execution {execution}\n\
         what was approved is taken back until it ends: `gated status {id} --watch`\n"
    ))?;
    Ok(Exit::Yes)
}
