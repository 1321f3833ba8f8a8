//! The gate as it is installed in a sandbox: what a deployed stack would hold, as values. The same state machine file and the
//! same functions as on AWS.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use gated_aws::{Aws, SessionCredentials};
use gated_core::layers::Found;
use gated_core::matching::Globs;
use gated_core::names::RepositoryName;
use gated_core::policy::Mode;
use gated_lambda::{FloorFile, Function, Log, Settings, Sink};
use gated_render::StackConfig;
use gated_sandbox::{
    ApprovalRuleTemplate, FunctionError, Handler, Installation, Invocation, Program, Rule, StateMachine, Trigger,
};
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// The account that a sandbox plays.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The region that a sandbox plays.
pub(crate) const REGION: &str = "us-east-1";

/// How often the sweeper looks for what events missed.
pub(crate) const SWEEP: &str = "rate(15 minutes)";
pub(crate) const DEFINITION: &str = include_str!("../../infra/gate.asl.json");
const CONFIGURATION: &str = "/gated/config";
/// The deployment's name.
pub(crate) const SERVICE: &str = "gated";

/// A deployment's constants, as a sandbox has them.
pub(crate) fn stack_config(service: &str) -> StackConfig {
    StackConfig {
        artifact_bucket: format!("{service}-artifacts"),
        build_role: format!("arn:aws:iam::{ACCOUNT}:role/{service}-build"),
        log_group: format!("/{service}/builds"),
        project_arn_prefix: format!("arn:aws:codebuild:{REGION}:{ACCOUNT}:project/"),
        source_url_prefix: format!("https://git-codecommit.{REGION}.amazonaws.com/v1/repos/"),
        image_repository: Some(format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{service}")),
    }
}

/// What the functions are told.
pub(crate) fn settings(floor: Option<FloorFile>, report_groups: bool) -> Settings {
    let voter = Function::Voter.deployed_name(SERVICE);
    let config = stack_config(SERVICE);
    Settings {
        service: SERVICE.to_owned(),
        repositories: Globs::everything(),
        rule_template: SERVICE.to_owned(),
        state_machine_arn: format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{SERVICE}"),
        artifact_bucket: config.artifact_bucket,
        voter_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{voter}/{voter}"),
        build_role: config.build_role,
        own_build_roles: Vec::new(),
        lock_days: None,
        image_repository: config.image_repository,
        report_groups,
        floor,
    }
}

/// Everything that is in the sandbox from the start.
///
/// # Errors
/// When the floor cannot be read, or the approval rule template cannot say what it says.
pub(crate) fn installation(
    floor: Option<FloorFile>,
    bootstrap: Option<PathBuf>,
    report_groups: bool,
) -> anyhow::Result<Installation> {
    let settings = settings(floor, report_groups);
    let floor = match settings.read_floor().map(|reading| reading.found) {
        None | Some(Found::Absent) => None,
        Some(Found::Valid(floor, _)) => Some(floor),
        Some(Found::Invalid(problems)) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            bail!("the floor cannot be used:\n{}", lines.join("\n"));
        }
    };
    let modes = floor.as_ref().map(|floor| floor.mode.clone()).unwrap_or_default();
    let enforced = move |name: &str| RepositoryName::new(name).is_ok_and(|name| modes.of(&name) == Mode::Enforce);
    let content = gated_core::approval_rule_template(floor.as_ref(), &settings.voter_arn)?;
    let template = ApprovalRuleTemplate {
        name: settings.rule_template.clone(),
        description: "The gate's approval of the revision that was built".to_owned(),
        content: content.to_string(),
        covers: Arc::new(enforced),
    };
    Ok(Installation {
        state_machines: vec![StateMachine {
            name: SERVICE.to_owned(),
            definition: definition(),
            role: "gated-states".to_owned(),
        }],
        rules: rules(&settings),
        templates: vec![template],
        parameters: vec![(
            CONFIGURATION.to_owned(),
            serde_json::to_string(&stack_config(SERVICE)).context("the stack's constants")?,
        )],
        buckets: vec![settings.artifact_bucket.clone()],
        image_repositories: vec![SERVICE.to_owned()],
        report_groups: if report_groups { gated_render::report_groups(SERVICE) } else { Vec::new() },
        functions: live(match bootstrap {
            Some(path) => programs(&settings, path)?,
            None => functions(&settings),
        }),
    })
}

/// The state machine's text, with the deployment's names filled in.
fn definition() -> String {
    // A stack names a version, which a sandbox has none of.
    let live =
        |function: Function| format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", function.live_name(SERVICE));
    DEFINITION
        .replace("${ConfigurationParameter}", CONFIGURATION)
        .replace("${JudgeFunction}", &live(Function::Judge))
        .replace("${VoterFunction}", &live(Function::Voter))
}

/// The events of pull requests that make intake look, or count.
pub(crate) const PULL_REQUEST_EVENTS: [&str; 8] = [
    "pullRequestCreated",
    "pullRequestSourceBranchUpdated",
    "pullRequestStatusChanged",
    "pullRequestMergeStatusUpdated",
    "pullRequestApprovalStateChanged",
    "pullRequestApprovalRuleOverridden",
    "pullRequestApprovalRuleUpdated",
    "pullRequestApprovalRuleDeleted",
];

fn rules(settings: &Settings) -> Vec<Rule> {
    let rule = |name: &str, trigger: Trigger, function: Function| Rule {
        name: name.to_owned(),
        trigger,
        function: function.live_name(SERVICE),
    };
    let patterns = patterns(&settings.rule_template, &settings.state_machine_arn).into_iter();
    let mut rules: Vec<Rule> =
        patterns.map(|(name, pattern)| rule(name, Trigger::Pattern(pattern), Function::Intake)).collect();
    let (name, pattern) = branches();
    rules.push(rule(name, Trigger::Pattern(pattern), Function::Sweeper));
    rules.push(rule("gated-sweep", Trigger::Schedule(SWEEP.to_owned()), Function::Sweeper));
    rules
}

/// The rules whose events intake takes: those that make it look at a pull request, and those that it only counts.
pub(crate) fn patterns(template: &str, state_machine: &str) -> [(&'static str, Value); 3] {
    [
        (
            "gated-pull-requests",
            json!({
                "source": ["aws.codecommit"],
                "detail-type": ["CodeCommit Pull Request State Change"],
                "detail": {"event": PULL_REQUEST_EVENTS},
            }),
        ),
        (
            "gated-templates",
            json!({
                "source": ["aws.codecommit"],
                "detail-type": ["CodeCommit Approval Rule Template Change"],
                "detail": {"approvalRuleTemplateName": [template]},
            }),
        ),
        (
            "gated-executions",
            json!({
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {
                    "stateMachineArn": [state_machine],
                    "status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
                },
            }),
        ),
    ]
}

/// The rule that tells the sweeper of branches that moved. Which of them are gated the function knows.
pub(crate) fn branches() -> (&'static str, Value) {
    let pattern = json!({
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "detail": {"event": ["referenceUpdated"], "referenceType": ["branch"]},
    });
    ("gated-branches", pattern)
}

/// Callers from outside use the alias `live`.
fn live(functions: BTreeMap<String, gated_sandbox::Function>) -> BTreeMap<String, gated_sandbox::Function> {
    let named = Function::ALL.into_iter().filter_map(|function| {
        let found = functions.get(&function.deployed_name(SERVICE))?;
        Some((function.live_name(SERVICE), found.clone()))
    });
    named.collect::<Vec<_>>().into_iter().chain(functions.clone()).collect()
}

/// The functions as they are deployed: one program, told by its environment which of them it is.
fn programs(settings: &Settings, path: PathBuf) -> anyhow::Result<BTreeMap<String, gated_sandbox::Function>> {
    let path = std::fs::canonicalize(&path).with_context(|| path.display().to_string())?;
    let told = [
        ("GATED_SERVICE", Some(settings.service.clone())),
        ("GATED_REPOSITORIES", Some(settings.repositories.written().join(","))),
        ("GATED_APPROVAL_RULE_TEMPLATE", Some(settings.rule_template.clone())),
        ("GATED_STATE_MACHINE", Some(settings.state_machine_arn.clone())),
        ("GATED_ARTIFACT_BUCKET", Some(settings.artifact_bucket.clone())),
        ("GATED_VOTER", Some(settings.voter_arn.clone())),
        ("GATED_BUILD_ROLE", Some(settings.build_role.clone())),
        ("GATED_IMAGE_REPOSITORY", settings.image_repository.clone()),
        ("GATED_REPORT_GROUPS", settings.report_groups.then(|| "true".to_owned())),
        ("GATED_FLOOR", settings.floor.as_ref().map(|floor| floor.path.clone())),
    ];
    let environment: BTreeMap<String, String> =
        told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let program = |function: Function| {
        let mut environment = environment.clone();
        environment.insert("GATED_FUNCTION".to_owned(), function.name().to_owned());
        gated_sandbox::Function::Program(Program { path: path.clone(), environment })
    };
    Ok(Function::ALL.into_iter().map(|function| (function.deployed_name(SERVICE), program(function))).collect())
}

fn functions(settings: &Settings) -> BTreeMap<String, gated_sandbox::Function> {
    let settings = Arc::new(settings.clone());
    Function::ALL
        .into_iter()
        .map(|function| {
            let settings = Arc::clone(&settings);
            // A warm function keeps its clients, as on Lambda.
            let clients: Arc<Mutex<HashMap<String, Aws>>> = Arc::default();
            let handler: Handler = Arc::new(move |invocation: Invocation| {
                let (settings, clients) = (Arc::clone(&settings), Arc::clone(&clients));
                Box::pin(async move {
                    let aws = client(&clients, &invocation).await?;
                    let lines = invocation.log;
                    let sink: Sink = Arc::new(move |line| lines.write(line));
                    let log = Log::new(sink, &settings.service, &invocation.function);
                    function.handle(&aws, &settings, &log, invocation.payload).await.map_err(|fault| FunctionError {
                        error_type: fault.name.as_str().to_owned(),
                        error_message: fault.message,
                    })
                })
            });
            (function.deployed_name(SERVICE), gated_sandbox::Function::InProcess(handler))
        })
        .collect()
}

async fn client(clients: &Mutex<HashMap<String, Aws>>, invocation: &Invocation) -> Result<Aws, FunctionError> {
    let mut clients = clients.lock().await;
    let key = &invocation.credentials.access_key_id;
    if let Some(aws) = clients.get(key) {
        return Ok(aws.clone());
    }
    let credentials = SessionCredentials {
        access_key_id: key.clone(),
        secret_access_key: invocation.credentials.secret_access_key.clone(),
        session_token: Some(invocation.credentials.session_token.clone()),
    };
    let aws = Aws::session(credentials, invocation.region.clone(), invocation.endpoint_url.clone());
    let aws = aws.map_err(|fault| FunctionError {
        error_type: "Runtime.InitError".to_owned(),
        error_message: fault.to_string(),
    })?;
    // Another session's clients are never used again.
    clients.clear();
    clients.insert(key.clone(), aws.clone());
    Ok(aws)
}
