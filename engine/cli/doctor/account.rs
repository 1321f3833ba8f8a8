//! What the account says: who may take the gate's roles, whether the report groups are there, and how much of CodeBuild's
//! quotas is left.

use serde_json::Value;

use super::check::Check;
use super::deployment::{DEPLOY, Deployment};

/// What Service Quotas calls the limit of running builds; in China there is one for all environments (CodeBuild user guide,
/// "Quotas").
const RUNNING: [&str; 2] = ["Concurrently running builds for Linux/Small environment", "Concurrently running builds"];
/// Report groups that an account can have (CodeBuild user guide, "Quotas", as of 2022).
const REPORT_GROUPS: f64 = 1000.0;

/// A role that people may take lets them choose the session's name, and a session's name is what the pool names.
pub(super) async fn trust(deployment: &Deployment<'_>, checks: &mut Vec<Check>) {
    for arn in [&deployment.voter, &deployment.build_role] {
        let role = match arn.split_once(":assumed-role/").or(arn.split_once(":role/")) {
            Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
            None => continue,
        };
        checks.push(match deployment.aws.trust_policy(role).await {
            Err(fault) => Check::fault("role-trust", &fault).about(role),
            Ok(policy) => match others(&policy) {
                None => Check::ok("role-trust", format!("only a service of AWS can take the role {role}")),
                Some(who) => {
                    let found = format!("{who} may take the role {role} under a session name of their choice");
                    let mend = format!(
                        "{DEPLOY}, or: aws iam update-assume-role-policy --role-name {role} with the service alone"
                    );
                    Check::failed("role-trust", found, mend)
                }
            },
        });
    }
}

/// A build may fail for a report group that its buildspec names and that is gone.
pub(super) async fn report_groups(deployment: &Deployment<'_>, checks: &mut Vec<Check>) {
    const ID: &str = "report-groups";
    if !deployment.report_groups {
        return;
    }
    checks.push(match deployment.aws.report_groups().await {
        Err(fault) => Check::fault(ID, &fault),
        Ok(there) => {
            let wanted = gated_render::report_groups(&deployment.service).into_iter().map(|(name, _)| name);
            let is_there = |name: &String| there.iter().any(|arn| arn.ends_with(&format!(":report-group/{name}")));
            match wanted.filter(|name| !is_there(name)).collect::<Vec<_>>().as_slice() {
                [] => Check::ok(ID, "every report format has its group"),
                missing => {
                    let mend = "let CloudFormation make them anew: deploy with -c reportGroups=false, then with true";
                    Check::failed(ID, format!("there is no report group {}", missing.join(", ")), mend)
                }
            }
        }
    });
}

pub(super) async fn quotas(deployment: &Deployment<'_>, checks: &mut Vec<Check>) {
    const ID: &str = "quotas";
    const GROUPS: &str = "report groups";
    let quotas = match deployment.aws.quotas("codebuild").await {
        Ok(quotas) => quotas,
        Err(fault) => return checks.push(Check::fault(ID, &fault)),
    };
    let named = |names: &[&str]| names.iter().find_map(|name| quotas.get(*name)).copied();
    let used = [
        ("build projects", named(&["Build projects"]), deployment.aws.projects().await.map(|projects| projects.len())),
        (GROUPS, None, deployment.aws.report_groups().await.map(|groups| groups.len())),
        ("running builds", named(&RUNNING), deployment.aws.running_builds().await),
    ];
    for (what, limit, used) in used {
        let used = match used {
            Ok(used) => f64::from(u32::try_from(used).unwrap_or(u32::MAX)),
            Err(fault) => {
                checks.push(Check::fault(ID, &fault));
                continue;
            }
        };
        let told = |limit: f64| format!("{what}: {used} of {limit}, {} left", limit - used);
        checks.push(match limit {
            Some(limit) if used < limit => Check::ok(ID, told(limit)),
            Some(limit) => Check::failed(ID, told(limit), "ask for a higher quota in Service Quotas"),
            None if what == GROUPS && used < REPORT_GROUPS => {
                let whence = "CodeBuild's user guide says so, Service Quotas has none of them";
                Check::ok(ID, format!("{} ({whence})", told(REPORT_GROUPS)))
            }
            None => {
                let found = format!("{what}: {used} of a number that Service Quotas does not tell");
                Check::unknown(ID, found, "ask AWS Support")
            }
        });
    }
}

/// Whether the deployment's alarms wake somebody. That is for whoever runs it to choose: alarms that only a dashboard shows are
/// told, and fail nothing.
pub(super) async fn alarms(deployment: &Deployment<'_>, checks: &mut Vec<Check>) {
    const ID: &str = "alarms";
    let first = format!("{}-gate-error", deployment.service);
    checks.push(match deployment.aws.alarms(&first).await.map(|alarms| alarms.get(&first).copied()) {
        Err(fault) => Check::fault(ID, &fault),
        Ok(None) => Check::failed(ID, format!("there is no alarm {first}"), DEPLOY),
        Ok(Some(0)) => Check::ok(ID, "they are there, and wake nobody: -c alarmTopicArn=… would tell them whom"),
        Ok(Some(_)) => Check::ok(ID, "they are there, and speak to a topic"),
    });
}

/// Who but services of AWS may take a role.
fn others(policy: &Value) -> Option<String> {
    let statements = match &policy["Statement"] {
        Value::Array(many) => many.clone(),
        one => vec![one.clone()],
    };
    statements.iter().filter(|statement| statement["Effect"] == "Allow").find_map(
        |statement| match &statement["Principal"] {
            Value::Object(kinds) => kinds.iter().find(|(kind, _)| *kind != "Service").map(|(_, who)| who.to_string()),
            anyone => Some(anyone.to_string()),
        },
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_that_people_may_take_is_told_from_one_that_only_a_service_may() {
        let policy = |principal: Value| json!({"Statement": [{"Effect": "Allow", "Principal": principal}]});
        assert_eq!(others(&policy(json!({"Service": "lambda.amazonaws.com"}))), None);
        assert!(others(&policy(json!({"Service": "lambda.amazonaws.com", "AWS": "arn:aws:iam::1:root"}))).is_some());
        assert!(others(&policy(json!("*"))).is_some());
        assert!(others(&json!({"Statement": {"Effect": "Allow", "Principal": {"Federated": "x"}}})).is_some());
    }
}
