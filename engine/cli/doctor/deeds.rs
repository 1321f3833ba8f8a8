//! What would get somebody around the gate: actions, what they are done to, and the managed policy that denies them. It asks
//! nobody.

use gated_aws::ContextEntry;
use gated_core::names::RepositoryName;

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
/// Actions on resources, as far as a request is known.
pub(super) struct Question {
    pub(super) actions: &'static [&'static str],
    pub(super) resources: Vec<String>,
    pub(super) context: Vec<ContextEntry>,
}

/// One check of each principal: what it may not do.
pub(super) struct Matter {
    pub(super) id: &'static str,
    pub(super) questions: Vec<Question>,
    /// Whether the resources are the repositories, each of which is told by itself.
    pub(super) of_repositories: bool,
    /// The branch that it is about: ` on refs/heads/main`.
    pub(super) to: String,
    /// The last part but the region of the managed policy's name: `branches`.
    pub(super) guard: &'static str,
}

pub(super) fn repository_arn(deployment: &Deployment<'_>, repository: &RepositoryName) -> String {
    format!("{}:codecommit:{}:{}:{repository}", deployment.partition, deployment.region, deployment.account)
}

/// Everything that is asked about each principal.
pub(super) fn matters(deployment: &Deployment<'_>, repositories: &[RepositoryName]) -> Vec<Matter> {
    let arns: Vec<String> = repositories.iter().map(|name| repository_arn(deployment, name)).collect();
    let question = |actions, resources: &[String], further: Option<ContextEntry>| Question {
        actions,
        resources: resources.to_vec(),
        context: circumstances(&deployment.region).into_iter().chain(further).collect(),
    };
    let of_repositories = |id, actions, to: String, further, guard| Matter {
        id,
        questions: vec![question(actions, &arns, further)],
        of_repositories: true,
        to,
        guard,
    };
    let mut all = Vec::new();
    for reference in samples(&deployment.destinations()) {
        let to = format!(" on {reference}");
        let entry = ContextEntry { key: "codecommit:References", kind: "stringList", value: reference };
        all.push(of_repositories("direct-push", &DIRECT, to, Some(entry), "branches"));
    }
    all.push(of_repositories("replacement", &REPLACEMENT, String::new(), None, "branches"));
    all.push(of_repositories("rule-edits", &RULES, String::new(), None, "rules"));
    let everywhere = question(&TEMPLATES, &["*".to_owned()], None);
    let matter = |id, questions, guard| Matter { id, questions, of_repositories: false, to: String::new(), guard };
    all.push(matter("template-edits", vec![everywhere], "rules"));
    all
}

/// What is so of a request that gets through: somebody signed in with a second factor calls over TLS, in the deployment's region.
fn circumstances(region: &str) -> Vec<ContextEntry> {
    let entry = |key, kind, value: &str| ContextEntry { key, kind, value: value.to_owned() };
    vec![
        entry("aws:MultiFactorAuthPresent", "boolean", "true"),
        entry("aws:RequestedRegion", "string", region),
        entry("aws:SecureTransport", "boolean", "true"),
    ]
}

/// A branch for each glob. A request names one branch, so that each is asked for by itself: of several, a policy that denies
/// one would hide what it leaves open. Where every branch is gated, a feature branch is gated like the default one.
fn samples(globs: &[String]) -> Vec<String> {
    let every = ["main".to_owned(), "feature/x".to_owned()];
    let globs = if globs.is_empty() { &every } else { globs };
    globs.iter().map(|glob| format!("refs/heads/{}", glob.replace("**", "*").replace('*', "x"))).collect()
}
