//! `gated doctor`: proves that a deployed gate binds, or says what is open and how to mend it. It reads and changes nothing.

mod account;
mod check;
mod deployment;
mod events;
mod people;
mod repository;

use anyhow::Context;
use clap::Args;
use gated_core::matching::Globs;
use gated_core::names::RepositoryName;
use serde_json::{Value, json};

use crate::args::{AwsArgs, Format};
use crate::exit::{Exit, WrongUse};
use crate::screen;
use check::{Check, State};
use deployment::Deployment;

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// A repository that the gate must bind; may be given more than once
    #[arg(long, value_name = "NAME", required_unless_present = "all")]
    repository: Vec<String>,
    /// Every repository of the deployment, and how many pull requests it stopped or would have stopped
    #[arg(long, conflicts_with = "repository")]
    all: bool,
    /// ARN of a user or role that must not get around the gate; default: whoever runs this command
    #[arg(long, value_name = "ARN")]
    principal: Vec<String>,
    /// Accept what could not be checked (in a sandbox: IAM, quotas and alarms); it is named all the same
    #[arg(long)]
    allow_unknown: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Name of the deployment: its serviceName
    #[arg(long, value_name = "NAME", default_value = crate::install::SERVICE)]
    service: String,
    #[command(flatten)]
    aws: AwsArgs,
}

pub(crate) async fn run(args: DoctorArgs) -> anyhow::Result<Exit> {
    let named = args.repository.iter().map(|name| RepositoryName::new(name.clone()));
    let named = named.collect::<Result<Vec<_>, _>>().map_err(|error| WrongUse(error.to_string()))?;
    let aws = crate::deployment::connect(args.aws).await?;
    let caller =
        crate::deployment::caller(&aws).await.context("who is calling cannot be told, so nothing can be checked")?;
    let mut checks = Vec::new();
    let deployment = Deployment::find(&aws, &args.service, &caller, &mut checks).await;
    let mut verdicts = Vec::new();
    if let Some(deployment) = &deployment {
        let repositories = match args.all {
            true => of_deployment(deployment, &mut checks).await,
            false => named,
        };
        deployment.check(&repositories, &mut checks).await;
        let observed = deployment.observed(&repositories).await;
        let principals = if args.principal.is_empty() { vec![caller.clone()] } else { args.principal };
        for name in &repositories {
            repository::check(deployment, name, observed.contains(&name.to_string()), &mut checks).await;
            people::check(deployment, name, &principals, &mut checks).await;
            if args.all {
                verdicts.push(repository::verdicts(deployment, name).await?);
            }
        }
    }
    let holds = checks.iter().all(|check| match check.state {
        State::Ok => true,
        State::Failed => false,
        State::Unknown => args.allow_unknown,
    });
    match args.format {
        Format::Json => {
            let told = json!({
                "version": 1,
                "service": args.service,
                "holds": holds,
                "checks": checks.iter().map(Check::json).collect::<Vec<_>>(),
                "verdicts": verdicts,
            });
            screen::print(&(serde_json::to_string_pretty(&told)? + "\n"))?;
        }
        Format::Human => screen::print(&human(&checks, &verdicts, holds))?,
    }
    Ok(if holds { Exit::Yes } else { Exit::No })
}

async fn of_deployment(deployment: &Deployment<'_>, checks: &mut Vec<Check>) -> Vec<RepositoryName> {
    let globs = Globs::new(deployment.repositories.clone());
    match (deployment.aws.repositories().await, globs) {
        (Ok(all), Ok(globs)) => all.into_iter().filter(|name| globs.matches(name.as_str())).collect(),
        (Err(fault), _) => {
            checks.push(Check::unknown(
                "repositories",
                fault.to_string(),
                "let the caller call codecommit:ListRepositories",
            ));
            Vec::new()
        }
        (_, Err(error)) => {
            checks.push(Check::failed("repositories", error.to_string(), "deploy with other repository patterns"));
            Vec::new()
        }
    }
}

/// The answer, then what it rests on.
fn human(checks: &[Check], verdicts: &[Value], holds: bool) -> String {
    let count = |state: State| checks.iter().filter(|check| check.state == state).count();
    let (ok, failed, unknown) = (count(State::Ok), count(State::Failed), count(State::Unknown));
    let word = match (holds, unknown) {
        (true, 0) => "the gate binds",
        (true, _) => "the gate binds as far as could be checked",
        (false, _) => "the gate is not proven to bind",
    };
    let mut out = format!("{word}: {ok} ok, {failed} failed, {unknown} unknown\n");
    for check in checks {
        out += &check.human();
    }
    for told in verdicts {
        let stopped = if told["observed"] == true { "would have been stopped" } else { "are or were stopped" };
        let (name, of) = (told["repository"].as_str().unwrap_or_default(), &told["pullRequests"]);
        out += &format!("{name}: {} of {of} judged pull requests {stopped}\n", told["stopped"]);
    }
    out
}
