//! The deployment's managed policies that somebody has: IAM deletes none of them, and the deletion of the stack would fail in
//! its middle. It detaches nothing.

use gated_aws::{Aws, Fault, Holder, ManagedPolicy};

/// Everybody outside of the deployment who has one of its policies, each with the command that takes it away.
pub(super) async fn attached(aws: &Aws, service: &str) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    for policy in aws.managed_policies().await? {
        if !is_of(&policy.name, service, aws.region()) {
            continue;
        }
        let mut holders = aws.holders(&policy).await?;
        // A build role has the boundary, and goes with the stack.
        holders.retain(|holder| !(holder.as_boundary && is_build_role(&holder.name, service, aws.region())));
        found.extend(holders.iter().map(|holder| line(&policy, holder)));
    }
    Ok(found)
}

fn line(policy: &ManagedPolicy, holder: &Holder) -> String {
    let Holder { kind, name, as_boundary } = holder;
    let mend = if *as_boundary {
        format!(
            "aws iam delete-{kind}-permissions-boundary --{kind}-name {name} (or put another boundary in its place)"
        )
    } else {
        format!("aws iam detach-{kind}-policy --{kind}-name {name} --policy-arn {}", policy.arn)
    };
    let usage = if *as_boundary { "as its permissions boundary" } else { "attached" };
    format!("the {kind} {name} has {} {usage}: {mend}", policy.name)
}

/// Whether a policy is one for people, `SERVICE-guard-PART-REGION` or a further piece of it, `SERVICE-guard-PART-2-REGION`, or
/// the boundary of builds. What begins like this may be another deployment's, with a longer name.
fn is_of(policy: &str, service: &str, region: &str) -> bool {
    let Some(rest) = between(policy, service, region) else { return false };
    let Some(guard) = rest.strip_prefix("guard-") else { return rest == "build-boundary" };
    let (part, piece) = guard.split_once('-').unwrap_or((guard, "2"));
    !part.is_empty() && !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_build_role(role: &str, service: &str, region: &str) -> bool {
    let Some(rest) = between(role, service, region) else { return false };
    let hash = rest.strip_prefix("build-");
    rest == "build" || hash.is_some_and(|hash| hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What stands between the deployment's name and its region.
fn between<'a>(name: &'a str, service: &str, region: &str) -> Option<&'a str> {
    let rest = name.strip_prefix(service)?.strip_prefix('-')?;
    rest.strip_suffix(region)?.strip_suffix('-')
}

#[cfg(test)]
mod tests {
    use super::{is_build_role, is_of};

    #[test]
    fn policies_are_those_of_this_deployment_and_no_other() {
        for ours in ["guard-branches", "guard-gate", "guard-builds-2", "build-boundary"] {
            assert!(is_of(&format!("gated-{ours}-eu-west-1"), "gated", "eu-west-1"), "{ours}");
        }
        for theirs in [
            "gated-guard-guard-branches-eu-west-1",
            "gated-guard-build-boundary-eu-west-1",
            "gated-guard-branches-us-east-1",
            "gated-judge-2-eu-west-1",
            "gated2-guard-branches-eu-west-1",
        ] {
            assert!(!is_of(theirs, "gated", "eu-west-1"), "{theirs}");
        }
    }

    #[test]
    fn build_roles_are_the_shared_one_and_those_with_a_hash() {
        assert!(is_build_role("gated-build-eu-west-1", "gated", "eu-west-1"));
        assert!(is_build_role("gated-build-0a1b2c3d-eu-west-1", "gated", "eu-west-1"));
        assert!(!is_build_role("gated-build-profile-eu-west-1", "gated", "eu-west-1"));
        assert!(!is_build_role("profile", "gated", "eu-west-1"));
    }
}
