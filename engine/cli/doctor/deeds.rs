//! What would get somebody around the gate: actions, and the parts of the gate that they are done to. It asks nobody.

use gated_aws::ContextEntry;
use gated_lambda::Function;

use super::deployment::Deployment;

/// What changes a branch without a pull request (CodeCommit user guide, "Limit pushes and merges to branches").
pub(super) const DIRECT: [&str; 9] = [
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
pub(super) const REPLACEMENT: [&str; 2] = ["codecommit:UpdateRepositoryName", "codecommit:DeleteRepository"];
/// What takes the rule off one pull request, or off a repository.
pub(super) const RULES: [&str; 5] = [
    "codecommit:OverridePullRequestApprovalRules",
    "codecommit:UpdatePullRequestApprovalRuleContent",
    "codecommit:DeletePullRequestApprovalRule",
    "codecommit:DisassociateApprovalRuleTemplateFromRepository",
    "codecommit:BatchDisassociateApprovalRuleTemplateFromRepositories",
];
/// What takes the rule off everything; these actions know no resource.
pub(super) const TEMPLATES: [&str; 3] = [
    "codecommit:UpdateApprovalRuleTemplateContent",
    "codecommit:UpdateApprovalRuleTemplateName",
    "codecommit:DeleteApprovalRuleTemplate",
];
/// What makes something else of a gate's project, or runs something else under the role of its builds.
pub(super) const BUILDS: [&str; 10] = [
    "codebuild:CreateProject",
    "codebuild:CreateWebhook",
    "codebuild:DeleteProject",
    "codebuild:RetryBuild",
    "codebuild:RetryBuildBatch",
    "codebuild:StartBuildBatch",
    "codebuild:StartSandbox",
    "codebuild:UpdateProject",
    "codebuild:UpdateProjectVisibility",
    "codebuild:UpdateWebhook",
];
/// What is denied where it hands something over: a build that is started as it is changes nothing.
pub(super) const OVERRIDING: [&str; 1] = ["codebuild:StartBuild"];
/// What makes a function another, or keeps it from running.
const FUNCTIONS: [&str; 7] = [
    "lambda:AddPermission",
    "lambda:DeleteAlias",
    "lambda:DeleteFunction",
    "lambda:PutFunctionConcurrency",
    "lambda:UpdateAlias",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
];
/// What makes the function that keeps the template delete it, by a made-up message of CloudFormation's.
const CALLS: [&str; 2] = ["lambda:InvokeAsync", "lambda:InvokeFunction"];
/// What makes the state machine another, or starts it with made-up input.
const MACHINE: [&str; 5] = [
    "states:DeleteStateMachine",
    "states:DeleteStateMachineAlias",
    "states:StartExecution",
    "states:UpdateStateMachine",
    "states:UpdateStateMachineAlias",
];
/// What lets others than the gate write its records.
const BUCKET: [&str; 2] = ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"];
/// What changes the records that the voter believes.
const RECORDS: [&str; 4] = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:ReplicateObject"];
/// What changes the settings that the state machine reads.
const SETTINGS: [&str; 3] = ["ssm:DeleteParameter", "ssm:DeleteParameters", "ssm:PutParameter"];
/// What keeps events from the gate.
const EVENTS: [&str; 5] =
    ["events:DeleteRule", "events:DisableRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"];
/// What takes a role of the gate, or makes it another.
const ROLES: [&str; 9] = [
    "iam:AttachRolePolicy",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "sts:AssumeRole",
];
/// What lends a role of the gate to a function of one's own.
const LENDING: [&str; 1] = ["iam:PassRole"];
/// What makes the policies that guard the gate others.
const GUARDS: [&str; 4] =
    ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"];
/// What takes those policies off somebody.
const DETACHING: [&str; 3] = ["iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy"];
/// What deploys another gate: the stack acts with a role of its own.
const STACK: [&str; 4] = [
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteStack",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:UpdateStack",
];

pub(super) type Itself = (&'static [&'static str], Vec<String>, Option<ContextEntry>);

/// What changes the gate itself. `infra/lib/deeds.ts` denies it.
pub(super) fn itself(deployment: &Deployment<'_>) -> Vec<Itself> {
    let Deployment { partition, region, account, service, bucket, .. } = deployment;
    let arn = |of: &str, what: String| format!("{partition}:{of}:{region}:{account}:{what}");
    let several = |of: &str, what: &[String]| what.iter().map(|what| arn(of, what.clone())).collect::<Vec<_>>();
    let role = |name: &str| format!("{partition}:iam::{account}:role/{service}-{name}-{region}");
    let functions = Function::ALL.map(|function| format!("function:{}", function.deployed_name(service)));
    let rule = format!("function:{}", Function::ApprovalRule.deployed_name(service));
    let machine = format!("stateMachine:{service}");
    let records = ["plans", "evidence", "decisions"].map(|prefix| format!("{partition}:s3:::{bucket}/{prefix}/x"));
    let rules =
        ["pull-requests", "branches", "templates", "executions", "sweep"].map(|name| format!("rule/{service}-{name}"));
    let of_functions: Vec<String> = Function::ALL.iter().map(|function| role(function.name())).collect();
    let roles = of_functions.iter().cloned().chain(["states", "build"].map(role)).collect();
    let guards = ["branches", "rules", "builds", "gate"];
    let guards = guards.map(|what| format!("{partition}:iam::{account}:policy/{service}-guard-{what}-{region}"));
    let people = ["group", "role", "user"].map(|kind| format!("{partition}:iam::{account}:{kind}/x"));
    let guard = ContextEntry { key: "iam:PolicyARN", kind: "string", value: guards[0].clone() };
    let lent = ContextEntry { key: "iam:PassedToService", kind: "string", value: "lambda.amazonaws.com".to_owned() };
    vec![
        (&FUNCTIONS, several("lambda", &functions), None),
        (&CALLS, several("lambda", &[rule.clone(), format!("{rule}:live")]), None),
        (&MACHINE, several("states", &[machine.clone(), format!("{machine}:live")]), None),
        (&BUCKET, vec![format!("{partition}:s3:::{bucket}")], None),
        (&RECORDS, records.to_vec(), None),
        (&SETTINGS, vec![arn("ssm", format!("parameter/{service}/config"))], None),
        (&EVENTS, several("events", &rules), None),
        (&ROLES, roles, None),
        (&LENDING, of_functions, Some(lent)),
        (&GUARDS, guards.to_vec(), None),
        (&DETACHING, people.to_vec(), Some(guard)),
        (&STACK, vec![arn("cloudformation", format!("stack/{service}/x"))], None),
    ]
}
