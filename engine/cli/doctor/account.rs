//! What else the account says: whether the report groups are there, and whether alarms wake somebody.

use super::check::Check;
use super::deployment::{DEPLOY, Deployment};

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
