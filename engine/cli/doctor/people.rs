//! What people and builds could do to get around the gate, by IAM's own policy simulator. What the simulator does not say is unknown.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use gated_aws::{Aws, Decision, Deed, Fault, Simulated};
use gated_core::names::RepositoryName;

use super::check::{Check, State};
use super::deployment::Deployment;
use super::matters::{Matter, Mend, matters, of_builds, repository_arn};
use super::principals::{ID, PeopleArgs, choose};
use crate::screen;

/// More than this take a while, which is said.
const SOME: usize = 50;
/// How many are asked about at once.
const AT_ONCE: usize = 4;
/// Most actions that are named.
const SHOWN: usize = 12;
/// What the simulator takes for a denial wherever one of them has conditions.
const CONTROL: &str = "the organisation's service control policies";

/// Asks what the code of pull requests may do, whoever else is asked about.
pub(super) async fn builds(deployment: &Deployment<'_>, repositories: &[RepositoryName], checks: &mut Vec<Check>) {
    let matters = [of_builds(deployment, repositories)];
    let roles = &deployment.build_roles;
    let told = ask_all(deployment, repositories, &matters, roles).await;
    checks.extend(summary(&matters, &told, roles.len(), "roles of builds"));
}

/// Asks what each principal may do to the repositories, to the approval rule, and to the gate itself.
pub(super) async fn check(
    deployment: &Deployment<'_>,
    repositories: &[RepositoryName],
    args: &PeopleArgs,
    caller: &str,
    checks: &mut Vec<Check>,
) {
    let principals = match choose(deployment, args, caller, checks).await {
        Ok(principals) => principals,
        Err(fault) => return checks.push(unknown(ID, &fault)),
    };
    let matters = matters(deployment, repositories);
    if principals.len() > SOME {
        screen::tell(&format!("asking IAM about {} users and roles: this takes minutes", principals.len()));
    }
    let told = ask_all(deployment, repositories, &matters, &principals).await;
    if args.all() {
        checks.extend(summary(&matters, &told, principals.len(), "users and roles"));
    } else {
        checks.extend(told.into_iter().map(|Told { id, principal, result }| match result {
            Ok(check) => check,
            Err(fault) => unknown(id, &fault).about(&principal),
        }));
    }
}

/// One answer.
struct Told {
    id: &'static str,
    principal: String,
    result: Result<Check, Fault>,
}

/// Of many: how many may do none of it, who may, and what could not be asked, each fault once.
fn summary(matters: &[Matter], told: &[Told], principals: usize, kind: &str) -> Vec<Check> {
    let mut ids: Vec<&'static str> = matters.iter().map(|matter| matter.id).collect();
    ids.dedup();
    let mut checks = Vec::new();
    for id in ids {
        let (mut open, mut shown, mut faults) = (BTreeSet::new(), Vec::new(), Vec::<(&Fault, BTreeSet<&str>)>::new());
        for Told { principal, result, .. } in told.iter().filter(|one| one.id == id) {
            match result {
                Ok(check) if check.state == State::Ok => continue,
                Ok(check) => shown.push(check.clone()),
                Err(fault) => match faults.iter_mut().find(|(known, _)| *known == fault) {
                    Some((_, of)) => drop(of.insert(principal)),
                    None => faults.push((fault, BTreeSet::from([principal.as_str()]))),
                },
            }
            open.insert(principal);
        }
        if open.len() < principals {
            let found = format!("{} of {principals} {kind} may do none of it", principals - open.len());
            checks.push(Check::ok(id, found));
        }
        checks.extend(shown);
        checks.extend(faults.iter().map(|(fault, of)| unknown(id, fault).about(&format!("{} {kind}", of.len()))));
    }
    checks
}

async fn ask_all(
    deployment: &Deployment<'_>,
    repositories: &[RepositoryName],
    matters: &[Matter],
    principals: &[String],
) -> Vec<Told> {
    let asked = principals.iter().map(|principal| ask(deployment, repositories, matters, principal));
    stream::iter(asked).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

async fn ask(
    deployment: &Deployment<'_>,
    repositories: &[RepositoryName],
    matters: &[Matter],
    principal: &str,
) -> Vec<Told> {
    let source = deployment.aws.policy_source(principal).await;
    let mut all = Vec::new();
    for matter in matters {
        let told = match &source {
            Ok(source) => simulate(deployment.aws, source, matter).await,
            Err(fault) => Err(fault.clone()),
        };
        let results = match told {
            Err(fault) => vec![Err(fault)],
            Ok(told) if matter.of_repositories => {
                of_each(deployment, matter, principal, repositories, &told).into_iter().map(Ok).collect()
            }
            Ok(told) => vec![Ok(judge(deployment, matter, principal, &told.iter().collect::<Vec<_>>()))],
        };
        all.extend(results.into_iter().map(|result| Told { id: matter.id, principal: principal.to_owned(), result }));
    }
    all
}

/// A check for each repository; one for all where they are alike.
fn of_each(
    deployment: &Deployment<'_>,
    matter: &Matter,
    principal: &str,
    repositories: &[RepositoryName],
    told: &[Simulated],
) -> Vec<Check> {
    let of_one = |name: &RepositoryName| {
        let arn = repository_arn(deployment, name);
        judge(deployment, matter, principal, &told.iter().filter(|one| one.resource == arn).collect::<Vec<_>>())
    };
    let each: Vec<Check> = repositories.iter().map(of_one).collect();
    match each.as_slice() {
        [first, others @ ..] if !others.is_empty() && others.iter().all(|other| other == first) => {
            let found = format!("{}, in each of {} repositories", first.found, each.len());
            vec![Check { found, ..first.clone() }]
        }
        _ => each.into_iter().zip(repositories).map(|(check, name)| check.of(name.as_str())).collect(),
    }
}

async fn simulate(aws: &Aws, source: &str, matter: &Matter) -> Result<Vec<Simulated>, Fault> {
    let mut told = Vec::new();
    for question in &matter.questions {
        let deed = Deed { actions: question.actions, resources: &question.resources, context: &question.context };
        told.extend(aws.simulate(source, &deed).await?);
    }
    Ok(told)
}

/// A denial is one when it does not depend on what was not asked: by the guard's own policies, or whatever else is the case.
fn judge(deployment: &Deployment<'_>, matter: &Matter, principal: &str, told: &[&Simulated]) -> Check {
    let Matter { id, to, mend, .. } = matter;
    let guards = format!("{}-guard-", deployment.service);
    let (mut allowed, mut open, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for Simulated { action, decision, .. } in told {
        match decision {
            Decision::Allowed => allowed.push(action.as_str()),
            Decision::Denied { by, .. } if by.iter().any(|policy| policy.starts_with(&guards)) => {}
            Decision::Denied { missing, organization, .. } if *organization || !missing.is_empty() => {
                open.push(action.as_str());
                keys.extend(missing.iter().map(String::as_str));
                keys.extend(organization.then_some(CONTROL));
            }
            Decision::Denied { .. } => {}
        }
    }
    for list in [&mut allowed, &mut open, &mut keys] {
        list.sort_unstable();
        list.dedup();
    }
    let (mend, denies) = match mend {
        Mend::Words(mend) => (mend.clone(), ""),
        Mend::Guard(guard) => {
            let policy = format!("{guards}{guard}-{}", deployment.region);
            let mend = match *guard {
                "gate" => format!(
                    "attach the managed policy {policy} to all but those who deploy the gate: they can change it, and are to be few"
                ),
                // Each of its parts names as many repositories as fit.
                "branches" | "rules" => format!(
                    "attach the managed policy {policy} to them, and its further parts, if there are any ({guards}{guard}-2-{} …)",
                    deployment.region
                ),
                _ => format!("attach the managed policy {policy} to them"),
            };
            (mend, ": it denies whatever else is the case")
        }
    };
    match (allowed.as_slice(), open.as_slice()) {
        ([], []) => Check::ok(id, format!("{principal} may do none of it{to}")),
        ([], open) => {
            let found = format!("{principal} may call {}{to} or not, by {}", some_of(open), keys.join(", "));
            let untested = match keys.contains(&CONTROL) {
                true => "; or try it: IAM's simulator cannot test service control policies that have conditions",
                false => "",
            };
            Check::unknown(id, found, format!("{mend}{denies}{untested}"))
        }
        (allowed, _) => Check::failed(id, format!("{principal} may call {}{to}", some_of(allowed)), mend),
    }
}

/// The actions; of very many only the first, for an administrator may do all.
fn some_of(actions: &[&str]) -> String {
    match actions.split_at_checked(SHOWN) {
        Some((first, others)) if !others.is_empty() => format!("{} and {} others", first.join(", "), others.len()),
        _ => actions.join(", "),
    }
}

/// What could not be asked, and whose fault that is.
fn unknown(id: &'static str, fault: &Fault) -> Check {
    let mend = match fault.code.as_deref() {
        _ if fault.transient => "ask again, or about fewer: IAM takes so many calls in a time",
        Some("NoSuchEntity" | "InvalidInput" | "ValidationError") => {
            "name a user or role of this account by its whole ARN: aws iam list-users, aws iam list-roles"
        }
        _ => return Check::fault(id, fault),
    };
    Check::unknown(id, fault.to_string(), mend)
}
