//! Who may take the gate's roles. A session's name is what the pool names, and whoever takes a role chooses the session's name:
//! a function's role is Lambda's alone, and so on. It takes no role.

use gated_lambda::Function;
use serde_json::Value;

use super::check::Check;
use super::deployment::{DEPLOY, Deployment};
use super::permission::texts;

const ID: &str = "role-trust";

pub(super) async fn check(deployment: &Deployment<'_>, checks: &mut Vec<Check>) {
    let (mut sound, mut unasked): (Vec<String>, Vec<(Check, Vec<String>)>) = (Vec::new(), Vec::new());
    for (role, service) in roles(deployment) {
        match deployment.aws.trust_policy(&role).await {
            Err(fault) if fault.is("NoSuchEntity") => {
                checks.push(Check::failed(ID, format!("there is no role {role}"), DEPLOY));
            }
            Err(fault) => {
                let unknown = Check::fault(ID, &fault);
                match unasked.iter_mut().find(|(known, _)| *known == unknown) {
                    Some((_, roles)) => roles.push(role),
                    None => unasked.push((unknown, vec![role])),
                }
            }
            Ok(policy) => match fault(&policy, &role, service, deployment) {
                None => sound.push(role),
                Some(fault) => checks.push(fault),
            },
        }
    }
    for (unknown, roles) in unasked {
        checks.push(unknown.about(&roles.join(", ")));
    }
    if !sound.is_empty() {
        checks.push(Check::ok(ID, format!("only its own service may take each of {}", sound.join(", "))));
    }
}

/// The gate's roles, each with the service that acts under it.
fn roles(deployment: &Deployment<'_>) -> Vec<(String, &'static str)> {
    let voter = deployment.voter.split('/').nth(1).unwrap_or_default();
    // Roles are the account's, not the region's: a stack's say which region they belong to.
    let region = voter.strip_prefix(&Function::Voter.deployed_name(&deployment.service)).unwrap_or_default();
    let functions = Function::ALL.into_iter().map(|function| function.deployed_name(&deployment.service));
    let mut roles: Vec<(String, &str)> = functions.map(|name| (format!("{name}{region}"), "lambda")).collect();
    roles.push((format!("{}-states{region}", deployment.service), "states"));
    let name = |arn: &String| arn.rsplit('/').next().unwrap_or_default().to_owned();
    roles.extend(deployment.build_roles.iter().map(|arn| (name(arn), "codebuild")));
    roles
}

/// Who but its service may take a role, or that even that one may not.
fn fault(policy: &Value, role: &str, service: &str, deployment: &Deployment<'_>) -> Option<Check> {
    let plain = format!("{service}.amazonaws.com");
    let mend = format!(
        "{DEPLOY}, or: aws iam update-assume-role-policy --role-name {role} --policy-document FILE, in which {plain} alone may"
    );
    let takers = takers(policy);
    let is_own = |taker: &&String| is_service(taker, service, &deployment.region);
    let others: Vec<&str> = takers.iter().filter(|taker| !is_own(taker)).map(String::as_str).collect();
    if !others.is_empty() {
        let found = format!("{} may take the role {role} and could choose the session's name", others.join(", "));
        return Some(Check::failed(ID, found, mend));
    }
    takers.is_empty().then(|| Check::failed(ID, format!("{plain} may not take the role {role}"), mend))
}

/// Everybody whom a trust policy lets take its role.
fn takers(policy: &Value) -> Vec<String> {
    let statements = match &policy["Statement"] {
        Value::Array(many) => many.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut found = Vec::new();
    for statement in statements.iter().filter(|statement| statement["Effect"] == "Allow") {
        match &statement["Principal"] {
            Value::Object(kinds) => found.extend(kinds.values().flat_map(texts).map(str::to_owned)),
            Value::Null => found.push(format!("everybody but {}", statement["NotPrincipal"])),
            anyone => found.extend(texts(anyone).map(str::to_owned)),
        }
    }
    found
}

/// Whether a principal is this service, by any of the names that it has in partitions and regions (CDK's `region-info`).
fn is_service(principal: &str, service: &str, region: &str) -> bool {
    let suffixes =
        if region.starts_with("cn-") { &["amazonaws.com", "amazonaws.com.cn"][..] } else { &["amazonaws.com"] };
    let names =
        suffixes.iter().flat_map(|suffix| [format!("{service}.{suffix}"), format!("{service}.{region}.{suffix}")]);
    names.into_iter().any(|name| name == principal)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everybody_whom_a_trust_policy_names_may_take_the_role() {
        let of = |principal: Value| takers(&json!({"Statement": [{"Effect": "Allow", "Principal": principal}]}));
        assert_eq!(of(json!({"Service": "lambda.amazonaws.com"})), ["lambda.amazonaws.com"]);
        assert_eq!(of(json!({"Service": ["a", "b"], "AWS": "arn:aws:iam::1:root"})).len(), 3);
        assert_eq!(of(json!("*")), ["*"]);
        let statement = |more: Value| takers(&json!({"Statement": more}));
        assert_eq!(statement(json!({"Effect": "Allow", "Principal": {"Federated": "x"}})), ["x"]);
        assert_eq!(statement(json!({"Effect": "Allow", "NotPrincipal": {"AWS": "x"}})).len(), 1);
        assert!(statement(json!({"Effect": "Deny", "Principal": "*"})).is_empty());
    }

    #[test]
    fn a_service_has_a_name_of_its_own_in_some_partitions_and_regions_and_no_other_service_has_it() {
        assert!(is_service("lambda.amazonaws.com", "lambda", "eu-central-1"));
        assert!(is_service("states.eu-central-1.amazonaws.com", "states", "eu-central-1"));
        assert!(is_service("states.cn-north-1.amazonaws.com.cn", "states", "cn-north-1"));
        assert!(!is_service("states.us-east-1.amazonaws.com", "states", "eu-central-1"));
        assert!(!is_service("lambda.amazonaws.com.cn", "lambda", "eu-central-1"));
        assert!(!is_service("rolesanywhere.amazonaws.com", "lambda", "eu-central-1"));
        assert!(!is_service("ec2.amazonaws.com", "lambda", "eu-central-1"));
    }
}
