//! How much of CodeBuild's quotas is left for the gate: projects, report groups, and running builds of each kind of machine that
//! its builds use. It asks for no more of them.

use std::collections::{BTreeMap, BTreeSet};

use gated_aws::NewestBuild;
use gated_core::names::project_prefix;

use super::check::{Check, State};
use super::deployment::Deployment;

const ID: &str = "quotas";
/// What Service Quotas calls the limit of running builds in China, where there is one for all machines (CodeBuild user guide,
/// "Quotas").
const RUNNING: &str = "Concurrently running builds";
/// Report groups that an account can have (CodeBuild user guide, "Quotas", as of 2022).
const REPORT_GROUPS: f64 = 1000.0;

pub(super) async fn check(deployment: &Deployment<'_>, checks: &mut Vec<Check>) {
    let quotas = match deployment.aws.quotas("codebuild").await {
        Ok(quotas) => quotas,
        Err(fault) => return checks.push(Check::fault(ID, &fault)),
    };
    let limit = |name: &str| quotas.get(name).copied();
    checks.push(match deployment.aws.projects().await {
        Err(fault) => Check::fault(ID, &fault),
        Ok(projects) => left("build projects", projects.len(), limit("Build projects")),
    });
    checks.push(match deployment.aws.report_groups().await {
        Err(fault) => Check::fault(ID, &fault),
        Ok(groups) => {
            let mut check = left("report groups", groups.len(), Some(REPORT_GROUPS));
            check.found += " (CodeBuild's user guide says so, Service Quotas has none of them)";
            check
        }
    });
    match deployment.aws.newest_builds().await {
        Err(fault) => checks.push(Check::fault(ID, &fault)),
        Ok(builds) => checks.extend(running(deployment, &builds, &quotas)),
    }
}

/// The builds that run, by what has a quota of its own.
fn running(deployment: &Deployment<'_>, builds: &[NewestBuild], quotas: &BTreeMap<String, f64>) -> Vec<Check> {
    let running = || builds.iter().filter(|build| build.running);
    if let Some(limit) = quotas.get(RUNNING) {
        return vec![busy("running builds", running().count(), Some(*limit))];
    }
    let prefix = project_prefix(&deployment.service);
    let own = builds.iter().filter(|build| build.project.starts_with(&prefix)).map(|build| &build.machine);
    let machines: BTreeSet<&[String; 2]> = own.chain([&deployment.machine]).collect();
    let of = |machine: &[String; 2]| {
        let used = running().filter(|build| build.machine == *machine).count();
        match name(machine) {
            Some(name) => {
                let limit = quotas.get(&format!("{RUNNING} for {name} environment")).copied();
                busy(&format!("running builds of {name}"), used, limit)
            }
            None => busy(&format!("running builds of {}", machine.join(" ")), used, None),
        }
    };
    machines.into_iter().map(of).collect()
}

/// What quotas call a machine: `Linux/Small`, `ARM/2XLarge` (Service Quotas, "AWS CodeBuild").
fn name(machine: &[String; 2]) -> Option<String> {
    let kind = match machine[0].as_str() {
        "LINUX_CONTAINER" => "Linux",
        "ARM_CONTAINER" => "ARM",
        _ => return None,
    };
    let size = match machine[1].strip_prefix("BUILD_GENERAL1_")? {
        "SMALL" => "Small",
        "MEDIUM" => "Medium",
        "LARGE" => "Large",
        "XLARGE" => "XLarge",
        "2XLARGE" => "2XLarge",
        _ => return None,
    };
    Some(format!("{kind}/{size}"))
}

/// Of running builds: where all that may run do, the next one waits, which takes nothing off the gate.
fn busy(what: &str, used: usize, limit: Option<f64>) -> Check {
    let found = left(what, used, limit);
    match limit {
        Some(limit) if limit > 0.0 && found.state == State::Failed => {
            Check::ok(ID, format!("{what}: {used} of {limit}, none left: builds wait"))
        }
        _ => found,
    }
}

fn left(what: &str, used: usize, limit: Option<f64>) -> Check {
    let used = f64::from(u32::try_from(used).unwrap_or(u32::MAX));
    match limit {
        Some(limit) => {
            let told = format!("{what}: {used} of {limit}, {} left", limit - used);
            match used < limit {
                true => Check::ok(ID, told),
                false => Check::failed(ID, told, "ask for a higher quota in Service Quotas"),
            }
        }
        None => Check::unknown(
            ID,
            format!("{what}: {used} of a number that Service Quotas does not tell"),
            "ask AWS Support",
        ),
    }
}
