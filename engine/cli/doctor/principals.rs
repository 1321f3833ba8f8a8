//! About whom the doctor asks: those that are named, everybody in the account, or only whoever runs it. It asks nothing about
//! them.

use clap::Args;
use gated_aws::Fault;
use gated_lambda::Function;

use super::check::Check;
use super::deployment::Deployment;

pub(super) const ID: &str = "principals";
/// Most users and roles that are asked about: each takes a dozen calls, of which IAM takes some in a second.
const MOST: usize = 1000;

/// About whom the simulator is asked.
#[derive(Debug, Args)]
pub(super) struct PeopleArgs {
    /// ARN of a user or role that must not get around the gate; may be given more than once
    #[arg(long, value_name = "ARN")]
    principal: Vec<String>,
    /// Every user and role of the account, but service-linked roles and the gate's own: shows those that may get around the gate
    #[arg(long, conflicts_with = "principal")]
    all_principals: bool,
    /// ARN of a user or role that --all-principals leaves out: whoever deploys the gate; may be given more than once
    #[arg(long, value_name = "ARN", requires = "all_principals")]
    except: Vec<String>,
}

impl PeopleArgs {
    pub(super) fn all(&self) -> bool {
        self.all_principals
    }
}

/// Who is asked about; and a check that says so.
pub(super) async fn choose(
    deployment: &Deployment<'_>,
    args: &PeopleArgs,
    caller: &str,
    checks: &mut Vec<Check>,
) -> Result<Vec<String>, Fault> {
    if !args.all_principals {
        checks.push(match args.principal.as_slice() {
            [] => {
                let mend = "name users and roles with --principal, or ask about all of them with --all-principals";
                Check::unknown(ID, format!("only {caller} was asked about, and nobody else"), mend)
            }
            some => Check::ok(ID, format!("asked about {}, and about nobody else", some.join(", "))),
        });
        return Ok(if args.principal.is_empty() { vec![caller.to_owned()] } else { args.principal.clone() });
    }
    let mut all = deployment.aws.users_and_roles().await?;
    all.retain(|arn| !is_own(deployment, arn) && !args.except.contains(arn));
    let (every, except) = (all.len(), &args.except);
    all.truncate(MOST);
    let but = match except.as_slice() {
        [] => String::new(),
        some => format!(", but {}, as --except says", some.join(", ")),
    };
    checks.push(match every > MOST {
        true => {
            let found = format!("of {every} users and roles the first {MOST} were asked about");
            Check::unknown(ID, found, "ask about the others with --principal")
        }
        false => Check::ok(ID, format!("asked about all {every} users and roles of the account{but}")),
    });
    Ok(all)
}

/// Whether it is one of the deployment's own roles. `infra/lib/names.ts` names them; those of builds are asked about by
/// themselves.
fn is_own(deployment: &Deployment<'_>, arn: &str) -> bool {
    let Deployment { partition, account, service, region, build_roles, .. } = deployment;
    let start = format!("{partition}:iam::{account}:role/{service}-");
    let name = arn.strip_prefix(&start).and_then(|rest| rest.strip_suffix(&format!("-{region}")));
    let acts = |name| name == "states" || Function::ALL.iter().any(|function| function.name() == name);
    name.is_some_and(acts) || build_roles.iter().any(|role| role == arn)
}
