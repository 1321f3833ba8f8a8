//! `gated doctor`: proves that a deployed gate binds, or says what is open and how to mend it. It reads and changes nothing.

mod account;
mod check;
mod deeds;
mod deployment;
mod events;
mod machine;
mod matters;
mod people;
mod permission;
mod principals;
mod quotas;
mod repository;
mod template;
mod told;
mod trust;

use anyhow::Context;
use clap::Args;
use gated_core::matching::Globs;
use gated_core::names::RepositoryName;
use serde_json::json;

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
    #[command(flatten)]
    people: principals::PeopleArgs,
    /// Accept what could not be checked (in a sandbox: IAM, permissions of functions, quotas and alarms); it is named all the same
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
    let (mut verdicts, mut looked) = (Vec::new(), false);
    if let Some(deployment) = &deployment {
        let repositories = match args.all {
            true => of_deployment(deployment, &mut checks).await,
            false => named,
        };
        deployment.check(&repositories, &mut checks).await;
        let observed = deployment.observed(&repositories).await;
        let observes = |name: &RepositoryName| observed.as_ref().map(|all| all.contains(&name.to_string()));
        looked = !repositories.is_empty();
        for name in &repositories {
            repository::check(deployment, name, observes(name), &mut checks).await;
            if args.all {
                match repository::verdicts(deployment, name).await {
                    Ok(told) => verdicts.push(told),
                    Err(error) => checks.push(uncounted(&error).of(name.as_str())),
                }
            }
        }
        people::builds(deployment, &repositories, &mut checks).await;
        people::check(deployment, &repositories, &args.people, &caller, &mut checks).await;
    }
    // Where no repository was looked at nothing is proven, whatever may be unknown.
    let holds = looked
        && checks.iter().all(|check| match check.state {
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
        Format::Human => screen::print(&told::human(&checks, &verdicts, holds, screen::width()))?,
    }
    Ok(if holds { Exit::Yes } else { Exit::No })
}

/// What a record that cannot be read leaves uncounted: what the other checks say holds all the same.
fn uncounted(error: &anyhow::Error) -> Check {
    const ID: &str = "verdicts";
    match error.chain().find_map(|cause| cause.downcast_ref()) {
        Some(fault) => Check::fault(ID, fault),
        None => Check::unknown(ID, format!("{error:#}"), "look at that record; with --repository none is counted"),
    }
}

/// The repositories that are there and gated. One that the deployment names and that is not there is not gated any more.
async fn of_deployment(deployment: &Deployment<'_>, checks: &mut Vec<Check>) -> Vec<RepositoryName> {
    const ID: &str = "repositories";
    let globs = match Globs::new(deployment.repositories.clone()) {
        Ok(globs) => globs,
        Err(error) => {
            checks.push(Check::failed(ID, error.to_string(), "deploy with other repository patterns"));
            return Vec::new();
        }
    };
    let mut found = match deployment.aws.repositories().await {
        Ok(found) => found,
        Err(fault) => {
            checks.push(Check::fault(ID, &fault));
            return Vec::new();
        }
    };
    found.retain(|name| globs.matches(name.as_str()));
    let named = deployment.repositories.iter().filter_map(|name| RepositoryName::new(name.clone()).ok());
    let gone: Vec<RepositoryName> = named.filter(|name| !found.contains(name)).collect();
    for name in &gone {
        let mend = "deploy again with -c repositories=… that names it as it is called now, or leaves it out";
        let gone = "there is no such repository: it was renamed or deleted, and under another name it is not gated";
        checks.push(Check::failed(ID, gone, mend).of(name.as_str()));
    }
    if found.is_empty() && gone.is_empty() {
        let mend = "deploy again with -c repositories=… or -c repositoryPattern=… that fits one";
        let written = deployment.repositories.join(", ");
        checks.push(Check::failed(ID, format!("no repository is gated: none fits {written}"), mend));
    } else if gone.is_empty() {
        checks.push(Check::ok(ID, format!("{} are gated, and every one that is named is there", found.len())));
    }
    found
}
