//! What people could do to get around the gate, by IAM's own policy simulator.

use gated_aws::Deed;
use gated_core::names::RepositoryName;

use super::check::Check;
use super::deployment::Deployment;

/// What changes a branch without a pull request (CodeCommit user guide, "Limit pushes and merges to branches").
const DIRECT: [&str; 9] = [
    "codecommit:GitPush",
    "codecommit:PutFile",
    "codecommit:DeleteFile",
    "codecommit:CreateCommit",
    "codecommit:CreateBranch",
    "codecommit:DeleteBranch",
    "codecommit:MergeBranchesByFastForward",
    "codecommit:MergeBranchesBySquash",
    "codecommit:MergeBranchesByThreeWay",
];
/// What leaves a repository of that name without what bound it: rename, push, rename back.
const REPLACEMENT: [&str; 2] = ["codecommit:UpdateRepositoryName", "codecommit:DeleteRepository"];
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
    let references = samples(&deployment.destinations());
    let policy = |what: &str| {
        format!("attach the managed policy {}-guard-{what}-{} to them", deployment.service, deployment.region)
    };
    let deed = |actions, resource, reference| Deed { actions, resource, reference };
    let mut deeds: Vec<(&str, Deed<'_>, String)> = Vec::new();
    for reference in &references {
        deeds.push(("direct-push", deed(&DIRECT, &arn, Some(reference)), policy("branches")));
    }
    deeds.push(("replacement", deed(&REPLACEMENT, &arn, None), policy("branches")));
    deeds.push(("rule-edits", deed(&RULES, &arn, None), policy("rules")));
    deeds.push(("template-edits", deed(&TEMPLATES, "*", None), policy("rules")));
    for (id, deed, mend) in deeds {
        let to = deed.reference.map(|reference| format!(" on {reference}")).unwrap_or_default();
        for principal in principals {
            checks.push(
                match deployment.aws.allowed(principal, &deed).await {
                    Err(fault) => Check::fault(id, &fault),
                    Ok(actions) if actions.is_empty() => Check::ok(id, format!("{principal} may do none of it{to}")),
                    Ok(actions) => {
                        Check::failed(id, format!("{principal} may call {}{to}", actions.join(", ")), mend.clone())
                    }
                }
                .of(repository.as_str()),
            );
        }
    }
}

/// A branch for each glob. A request names one branch, so that each is asked for by itself: of several, a policy that denies
/// one would hide what it leaves open. Where every branch is gated, a feature branch is gated like the default one.
fn samples(globs: &[String]) -> Vec<String> {
    let every = ["main".to_owned(), "feature/x".to_owned()];
    let globs = if globs.is_empty() { &every } else { globs };
    globs.iter().map(|glob| format!("refs/heads/{}", glob.replace("**", "*").replace('*', "x"))).collect()
}
