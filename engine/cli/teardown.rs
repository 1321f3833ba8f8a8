//! `gated teardown`: deletes what a deployment has made, before `cdk destroy` deletes the deployment: a bucket and an image
//! repository that hold something cannot be deleted. Nothing may work beside it: the rules go off first, and it ends no
//! execution. Decision records and repositories stay.

mod attached;

use std::io::{BufRead, Write};

use anyhow::Context;
use clap::Args;
use gated_aws::Aws;
use gated_core::names::{badges, project_prefix};
use gated_lambda::Function;
use serde_json::{Value, json};

use crate::args::AwsArgs;
use crate::exit::Exit;
use crate::{deployment, screen};

/// What in the bucket outlives the deployment.
const KEPT: &str = "decisions/";

#[derive(Debug, Args)]
pub(crate) struct TeardownArgs {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Say what would be deleted, and delete nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Name of the deployment: its serviceName
    #[arg(long, value_name = "NAME", default_value = crate::install::SERVICE)]
    service: String,
    #[command(flatten)]
    aws: AwsArgs,
}

/// What there is to delete.
struct Leftovers {
    bucket: String,
    /// Key and version of each object that goes.
    objects: Vec<(String, String)>,
    kept: usize,
    images: Option<String>,
    tags: usize,
    projects: Vec<String>,
    badges: Vec<String>,
}

pub(crate) async fn run(args: TeardownArgs) -> anyhow::Result<Exit> {
    let aws = deployment::connect(args.aws).await?;
    let intake = Function::Intake.live_name(&args.service);
    let about = aws.invoke(&intake, &json!({"about": {}})).await.with_context(|| {
        format!("{intake} does not say what it works with: name the deployment with --service, before it is destroyed")
    })?;
    if !nobody_has_its_policies(&aws, &args.service).await? {
        return Ok(Exit::No);
    }
    let found = find(&aws, &args.service, &about).await?;
    screen::print(&format!(
        "of the deployment {} this deletes:\n  {} of {} objects in the bucket {}\n  {} images\n  {} CodeBuild projects and {} \
         badge parameters of pull requests\nwhat stays: {} decision records in {}, every repository, and the deployment itself\n",
        args.service,
        found.objects.len(),
        found.objects.len() + found.kept,
        found.bucket,
        found.tags,
        found.projects.len(),
        found.badges.len(),
        found.kept,
        found.bucket,
    ))?;
    if args.dry_run {
        return Ok(Exit::Yes);
    }
    if !args.yes && !agreed(&args.service)? {
        screen::print("nothing was deleted\n")?;
        return Ok(Exit::No);
    }
    let off = switch_off(&aws, &args.service).await?;
    let machine = about["stateMachine"].as_str().context("the function names no state machine")?;
    let running = aws.running_executions(machine).await?;
    if !running.is_empty() {
        screen::print(&format!(
            "nothing was deleted: {} still run, and would write again: {}\nWait for their end, or stop them (aws stepfunctions \
             stop-execution), then call this again. No event starts another: {} are off (aws events enable-rule turns one on).\n",
            running.len(),
            running.join(", "),
            off.join(", "),
        ))?;
        return Ok(Exit::No);
    }
    delete(&aws, &found).await?;
    // A function that was called before the rules went off may have written meanwhile.
    let again = find(&aws, &args.service, &about).await?;
    delete(&aws, &again).await?;
    let left = find(&aws, &args.service, &about).await?.count();
    if left > 0 {
        screen::print(&format!(
            "{left} things are there again: somebody works with the deployment; call this again\n"
        ))?;
        return Ok(Exit::No);
    }
    screen::print("done: now cdk destroy deletes the deployment\n")?;
    Ok(Exit::Yes)
}

/// Says who has a managed policy of the deployment, which could then not be deleted.
async fn nobody_has_its_policies(aws: &Aws, service: &str) -> anyhow::Result<bool> {
    match attached::attached(aws, service).await {
        Ok(held) if held.is_empty() => Ok(true),
        Ok(held) => {
            screen::print(&format!(
                "nothing was deleted: IAM deletes no policy that somebody has, so that cdk destroy would fail. Take these away \
                 first, then call this again:\n  {}\n",
                held.join("\n  ")
            ))?;
            Ok(false)
        }
        Err(fault) => {
            screen::tell(&format!(
                "nobody knows whether somebody has the policies {service}-guard-…: {fault}. While somebody does, cdk destroy fails"
            ));
            Ok(true)
        }
    }
}

/// Switches off what wakes the deployment's functions, and names it. Another deployment's rules may begin with the same name.
async fn switch_off(aws: &Aws, service: &str) -> anyhow::Result<Vec<String>> {
    let mut off = Vec::new();
    for rule in aws.event_rules(service).await? {
        let own = |function: Function| {
            let name = format!(":function:{}", function.live_name(service));
            rule.targets.iter().any(|target| target.arn.ends_with(&name))
        };
        if own(Function::Intake) || own(Function::Sweeper) {
            aws.disable_rule(&rule.name).await?;
            off.push(rule.name);
        }
    }
    Ok(off)
}

impl Leftovers {
    fn count(&self) -> usize {
        self.objects.len() + self.tags + self.projects.len() + self.badges.len()
    }
}

async fn find(aws: &Aws, service: &str, about: &Value) -> anyhow::Result<Leftovers> {
    let bucket = about["artifactBucket"].as_str().context("the function names no bucket")?.to_owned();
    let images = about["imageRepository"].as_str().map(str::to_owned);
    let all = aws.object_versions(&bucket).await?;
    let (kept, objects): (Vec<_>, Vec<_>) = all.into_iter().partition(|(key, _)| key.starts_with(KEPT));
    let badges = aws.parameter_names(&badges(service)).await?;
    let prefix = project_prefix(service);
    let mut projects = aws.projects().await?;
    projects.retain(|name| name.starts_with(&prefix) && name.contains("-pr-"));
    // A project of somebody else's may be called much like ours.
    let tagged = aws.project_tags(&projects).await?;
    projects.retain(|name| tagged.get(name).is_some_and(|tags| tags.contains_key("gated:pull-request")));
    let tags = match &images {
        Some(uri) => aws.image_tags(uri).await?.len(),
        None => 0,
    };
    Ok(Leftovers { bucket, objects, kept: kept.len(), images, tags, projects, badges })
}

fn agreed(service: &str) -> anyhow::Result<bool> {
    let mut out = std::io::stdout();
    write!(out, "type {service} to delete it: ")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim() == service)
}

async fn delete(aws: &Aws, found: &Leftovers) -> anyhow::Result<()> {
    for project in &found.projects {
        aws.delete_project(project).await?;
    }
    for badge in &found.badges {
        aws.delete_parameter(badge).await?;
    }
    if let Some(uri) = &found.images {
        aws.delete_all_images(uri).await?;
    }
    for (key, version) in &found.objects {
        aws.delete_version(&found.bucket, key, version).await?;
    }
    Ok(())
}
