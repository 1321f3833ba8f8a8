//! The questions that IAM is asked about each principal: deeds, as far as a request for them is known, and what is to be done
//! where one is allowed. It asks nobody.

use gated_aws::ContextEntry;
use gated_core::names::{PullRequestId, RepositoryName, project_name};

use super::deeds::{BUILDS, DIRECT, OVERRIDING, REPLACEMENT, RULES, TEMPLATES, itself};
use super::deployment::Deployment;

/// What the gate alone says of a pull request, and what people then do with it; no build does.
const VOTES: [&str; 4] = [
    "codecommit:UpdatePullRequestApprovalState",
    "codecommit:MergePullRequestByFastForward",
    "codecommit:MergePullRequestBySquash",
    "codecommit:MergePullRequestByThreeWay",
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
    pub(super) mend: Mend,
}

/// What is to be done where it is allowed.
pub(super) enum Mend {
    /// Attach a guard: the last part but the region of the managed policy's name, `branches`.
    Guard(&'static str),
    /// Something else, in words.
    Words(String),
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
        mend: Mend::Guard(guard),
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
    let matter = |id, questions, guard| Matter {
        id,
        questions,
        of_repositories: false,
        to: String::new(),
        mend: Mend::Guard(guard),
    };
    all.push(matter("template-edits", vec![everywhere], "rules"));
    let projects = projects(deployment, repositories);
    let buildspec = ContextEntry { key: "codebuild:source.buildspec", kind: "string", value: "x".to_owned() };
    let builds = vec![question(&BUILDS, &projects, None), question(&OVERRIDING, &projects, Some(buildspec))];
    all.push(matter("builds", builds, "builds"));
    let own =
        itself(deployment).into_iter().map(|(actions, resources, further)| question(actions, &resources, further));
    all.push(matter("gate-itself", own.collect(), "gate"));
    all
}

/// What is asked about each role that builds run under, beside all of the above: a pull request's own code has its rights, and
/// nobody attaches a guard to it.
pub(super) fn of_builds(deployment: &Deployment<'_>, repositories: &[RepositoryName]) -> Matter {
    let arns = repositories.iter().map(|name| repository_arn(deployment, name)).collect();
    let projects = projects(deployment, repositories);
    let project = projects.first().cloned().unwrap_or_default();
    let further = [(VOTES.as_slice(), arns), (OVERRIDING.as_slice(), projects)];
    let further =
        further.map(|(actions, resources)| Question { actions, resources, context: circumstances(&deployment.region) });
    let all = matters(deployment, repositories).into_iter().flat_map(|matter| matter.questions).chain(further);
    // CodeBuild says whose build it is: the role's own policy goes by that (`infra/lib/builds.ts`).
    let whose = ContextEntry { key: "codebuild:projectArn", kind: "string", value: project };
    let questions = all.map(|mut question| {
        question.context.push(whose.clone());
        question
    });
    Matter {
        id: "build-roles",
        questions: questions.collect(),
        of_repositories: false,
        to: String::new(),
        mend: Mend::Words(format!(
            "set the boundary {}-build-boundary-{} on the role again, and take off whatever policy lets it do that: every pull \
             request's code has its rights",
            deployment.service, deployment.region
        )),
    }
}

/// ARN of a project of each repository.
fn projects(deployment: &Deployment<'_>, repositories: &[RepositoryName]) -> Vec<String> {
    let first = PullRequestId::new("1");
    let names =
        first.iter().flat_map(|first| repositories.iter().map(|name| project_name(&deployment.service, name, first)));
    names.map(|project| deployment.arn("codebuild", &format!("project/{project}"))).collect()
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
