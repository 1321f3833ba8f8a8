//! The approval rule template: there, demanding exactly the voter, for the branches that the floor names. It changes nothing.

use serde_json::{Value, json};

use super::check::Check;
use super::deployment::Deployment;

/// Looks at the template, its pool and its branches.
pub(super) async fn check(deployment: &Deployment<'_>, checks: &mut Vec<Check>) {
    let name = &deployment.template;
    let again = format!(
        "aws codecommit update-approval-rule-template-content --approval-rule-template-name {name} --new-rule-content \
         '{}'",
        wanted_content(deployment)
    );
    let found = match deployment.aws.template(name).await {
        Err(fault) => return checks.push(Check::fault("template", &fault)),
        Ok(None) => {
            let mend = format!(
                "aws codecommit create-approval-rule-template --approval-rule-template-name {name} \
                 --approval-rule-template-content '{}'",
                wanted_content(deployment)
            );
            return checks.push(Check::failed("template", format!("there is no approval rule template {name}"), mend));
        }
        Ok(Some(found)) => found,
    };
    checks.push(Check::ok("template", format!("the approval rule template {name} is there")));
    let content: Value = serde_json::from_str(&found.content).unwrap_or_default();
    let statements = &content["Statements"];
    let wanted =
        json!([{"Type": "Approvers", "NumberOfApprovalsNeeded": 1, "ApprovalPoolMembers": [deployment.voter]}]);
    checks.push(if *statements == wanted {
        Check::ok("pool", format!("exactly {}: no other approver satisfies it", deployment.voter))
    } else {
        let pool = &statements[0]["ApprovalPoolMembers"];
        Check::failed(
            "pool",
            format!("{pool}, {} of them needed", statements[0]["NumberOfApprovalsNeeded"]),
            again.clone(),
        )
    });
    let said: Value = serde_json::from_str(&wanted_content(deployment)).unwrap_or_default();
    let every = |value: &Value| value.is_null() || *value == json!(["refs/heads/*"]);
    let (there, said) = (&content["DestinationReferences"], &said["DestinationReferences"]);
    checks.push(if there == said || (every(there) && every(said)) {
        Check::ok("destinations", "template and floor name the same branches")
    } else {
        Check::failed("destinations", format!("the template stands for {there}, the floor for {said}"), again)
    });
}

fn wanted_content(deployment: &Deployment<'_>) -> String {
    let globs =
        gated_core::matching::Globs::new(deployment.destinations()).ok().filter(|globs| !globs.written().is_empty());
    let pool = std::slice::from_ref(&deployment.voter);
    gated_core::approval_rule_content(globs.as_ref(), pool, 1).map(|content| content.to_string()).unwrap_or_default()
}
