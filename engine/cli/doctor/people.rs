//! What people could do to get around the gate, by IAM's own policy simulator.

use gated_aws::Deed;
use gated_core::names::RepositoryName;

use super::check::Check;
use super::deployment::Deployment;

/// What changes a branch without a pull request (CodeCommit user guide, "Limit pushes and merges to branches").
const DIRECT: [&str; 8] = [
    "codecommit:GitPush",
    "codecommit:PutFile",
    "codecommit:DeleteFile",
    "codecommit:CreateCommit",
    "codecommit:DeleteBranch",
    "codecommit:MergeBranchesByFastForward",
    "codecommit:MergeBranchesBySquash",
    "codecommit:MergeBranchesByThreeWay",
];
/// What takes the rule off one pull request, or off a repository.
const RULES: [&str; 5] = [
    "codecommit:OverridePullRequestApprovalRules",
    "codecommit:UpdatePullRequestApprovalRuleContent",
    "codecommit:DeletePullRequestApprovalRule",
    "codecommit:DisassociateApprovalRuleTemplateFromRepository",
    "codecommit:BatchDisassociateApprovalRuleTemplateFromRepositories",
];
/// What takes the rule off everything; these actions know no resource.
const TEMPLATES: [&str; 3] = [
    "codecommit:UpdateApprovalRuleTemplateContent",
    "codecommit:UpdateApprovalRuleTemplateName",
    "codecommit:DeleteApprovalRuleTemplate",
];

/// Asks for each principal what it may do to a repository.
pub(super) async fn check(
    deployment: &Deployment<'_>,
    repository: &RepositoryName,
    principals: &[String],
    checks: &mut Vec<Check>,
) {
    let arn = format!("{}:codecommit:{}:{}:{repository}", deployment.partition, deployment.region, deployment.account);
    // A branch that each glob stands for. Every branch is gated when there is none: the default one stands for them.
    let globs = deployment.destinations();
    let branches = if globs.is_empty() { vec!["main".to_owned()] } else { globs };
    let references: Vec<String> =
        branches.iter().map(|glob| format!("refs/heads/{}", glob.replace('*', "x"))).collect();
    let policy = |what: &str| {
        format!("attach the managed policy {}-guard-{what}-{} to them", deployment.service, deployment.region)
    };
    let deeds = [
        ("direct-push", Deed { actions: &DIRECT, resource: &arn, references: &references }, policy("branches")),
        ("rule-edits", Deed { actions: &RULES, resource: &arn, references: &[] }, policy("rules")),
        ("template-edits", Deed { actions: &TEMPLATES, resource: "*", references: &[] }, policy("rules")),
    ];
    for (id, deed, mend) in deeds {
        for principal in principals {
            checks.push(
                match deployment.aws.allowed(principal, &deed).await {
                    Err(fault) => Check::fault(id, &fault),
                    Ok(actions) if actions.is_empty() => Check::ok(id, format!("{principal} may do none of it")),
                    Ok(actions) => {
                        Check::failed(id, format!("{principal} may call {}", actions.join(", ")), mend.clone())
                    }
                }
                .of(repository.as_str()),
            );
        }
    }
}
