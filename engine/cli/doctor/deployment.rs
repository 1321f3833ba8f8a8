//! A deployment, as its functions tell of it, and what is the same for every repository. It asks each account-wide question
//! once.

use gated_aws::{Aws, Fault};
use gated_core::names::RepositoryName;
use gated_lambda::{Function, GATE};
use serde_json::{Value, json};

use super::check::Check;
use super::{account, events, machine, quotas, template, trust};

/// What every function of a deployment is told alike.
const ALIKE: [&str; 8] =
    ["voter", "artifactBucket", "buildRole", "buildRoles", "reportGroups", "floor", "repositories", "stateMachine"];

pub(super) const DEPLOY: &str = "deploy again: cd infra && npx cdk deploy";

/// A deployment, as its functions describe it.
pub(super) struct Deployment<'a> {
    pub(super) aws: &'a Aws,
    pub(super) service: String,
    /// `arn:aws`
    pub(super) partition: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) repositories: Vec<String>,
    pub(super) template: String,
    pub(super) voter: String,
    pub(super) bucket: String,
    pub(super) state_machine: String,
    pub(super) build_role: String,
    /// ARNs of all roles that builds may run under.
    pub(super) build_roles: Vec<String>,
    /// What a build runs on where no policy says it: kind of environment, and size of machine.
    pub(super) machine: [String; 2],
    /// Whether builds write to the deployment's report groups.
    pub(super) report_groups: bool,
    pub(super) floor: Value,
    /// All that intake tells of itself.
    told: Value,
}

impl<'a> Deployment<'a> {
    /// Asks every function about itself. Without intake there is no deployment to check.
    pub(super) async fn find(aws: &'a Aws, service: &str, caller: &str, checks: &mut Vec<Check>) -> Option<Self> {
        let mut told: Vec<(Function, Value)> = Vec::new();
        for function in Function::ALL {
            let name = function.live_name(service);
            match ask(aws, &name, &[]).await {
                Ok(answer) => told.push((function, answer)),
                Err(fault) if fault.is("ResourceNotFoundException") => {
                    let mend = format!("{DEPLOY}, or name the deployment with --service");
                    checks.push(Check::failed("functions", format!("there is no function {name}"), mend));
                }
                Err(fault) => checks.push(Check::fault("functions", &fault).about(&name)),
            }
        }
        let others: Vec<String> = told
            .iter()
            .filter(|(_, answer)| answer["version"] != GATE)
            .map(|(function, answer)| {
                format!("{} is of version {}", function.deployed_name(service), answer["version"])
            })
            .collect();
        if !others.is_empty() {
            let mend =
                format!("{DEPLOY} from the sources of version {GATE}, or install the command of the other version");
            checks.push(Check::failed(
                "versions",
                format!("this command is of version {GATE}; {}", others.join(", ")),
                mend,
            ));
        } else if told.len() == Function::ALL.len() {
            checks.push(Check::ok("versions", format!("all functions and this command are of version {GATE}")));
        }
        let intake = &told.iter().find(|(function, _)| *function == Function::Intake)?.1;
        let own = |function: Function| function != Function::ApprovalRule;
        match told.iter().find(|(function, it)| own(*function) && !alike(it, intake)) {
            Some((function, _)) => {
                let name = function.deployed_name(service);
                checks.push(Check::failed("settings", format!("{name} was told other settings than intake"), DEPLOY));
            }
            None => checks.push(match unasked(&told, service).as_slice() {
                [] => Check::ok("settings", "all functions were told the same"),
                some => {
                    let found = format!("what {} was told is not known", some.join(", "));
                    Check::unknown("settings", found, "mend what the check functions says, then call this again")
                }
            }),
        }
        let text = |key: &str| intake[key].as_str().unwrap_or_default().to_owned();
        let mut parts = caller.split(':');
        Some(Self {
            aws,
            service: service.to_owned(),
            partition: format!("arn:{}", parts.nth(1).unwrap_or("aws")),
            account: parts.nth(2).unwrap_or_default().to_owned(),
            region: aws.region().to_owned(),
            repositories: texts(&intake["repositories"]),
            template: text("approvalRuleTemplate"),
            voter: text("voter"),
            bucket: text("artifactBucket"),
            state_machine: text("stateMachine"),
            build_role: text("buildRole"),
            build_roles: texts(&intake["buildRoles"]),
            machine: [0, 1].map(|part| intake["machine"][part].as_str().unwrap_or_default().to_owned()),
            report_groups: intake["reportGroups"] == true,
            floor: intake["floor"].clone(),
            told: intake.clone(),
        })
    }

    /// Those of the repositories that are only observed.
    pub(super) async fn observed(&self, repositories: &[RepositoryName]) -> Result<Vec<String>, Fault> {
        let names: Vec<String> = repositories.iter().map(ToString::to_string).collect();
        let answer = ask(self.aws, &Function::Intake.live_name(&self.service), &names).await?;
        match answer["observed"].is_array() {
            true => Ok(texts(&answer["observed"])),
            false => Err(Fault {
                call: "lambda:Invoke",
                code: None,
                message: "intake does not say which repositories it only observes".to_owned(),
                transient: false,
            }),
        }
    }

    /// ARN of something of this account in this region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// ARN of the alias of a function that callers from outside use.
    pub(super) fn live(&self, function: Function) -> String {
        self.arn("lambda", &format!("function:{}", function.live_name(&self.service)))
    }

    /// Name of the parameter that holds the stack's constants.
    pub(super) fn configuration(&self) -> String {
        format!("/{}/config", self.service)
    }

    /// Whether a version of a function is one of this deployment as it stands: of the same settings.
    pub(super) fn is_current(&self, told: &Value) -> bool {
        alike(told, &self.told)
    }

    /// The branches that are gated, as the floor's globs; none: every branch.
    pub(super) fn destinations(&self) -> Vec<String> {
        texts(&self.floor["destinations"])
    }

    /// Everything but the repositories.
    pub(super) async fn check(&self, repositories: &[RepositoryName], checks: &mut Vec<Check>) {
        checks.push(machine::check(self).await);
        checks.push(self.parameters().await);
        checks.push(self.floor());
        template::check(self, checks).await;
        events::check(self, repositories, checks).await;
        trust::check(self, checks).await;
        account::report_groups(self, checks).await;
        quotas::check(self, checks).await;
        account::alarms(self, checks).await;
    }

    async fn parameters(&self) -> Check {
        const ID: &str = "parameters";
        let name = self.configuration();
        let text = match self.aws.parameter(&name).await {
            Ok(Some(text)) => text,
            Ok(None) => return Check::failed(ID, format!("there is no parameter {name}"), DEPLOY),
            Err(fault) => return Check::fault(ID, &fault),
        };
        let Ok(config) = serde_json::from_str::<Value>(&text) else {
            return Check::failed(ID, format!("{name} is not JSON"), DEPLOY);
        };
        let wanted = self.constants();
        let lacks = |key: &str| config[key].as_str().is_none_or(str::is_empty);
        let missing: Vec<&str> =
            wanted.iter().filter(|(key, value)| !value.is_null() && lacks(key)).map(|(key, _)| *key).collect();
        if !missing.is_empty() {
            return Check::failed(ID, format!("{name} lacks {}", missing.join(", ")), DEPLOY);
        }
        let voter = (!config["voter"].is_null()).then(|| ("voter", json!(self.voter)));
        for (key, value) in wanted.into_iter().chain(voter) {
            if config[key] != value {
                let found = format!("{name} says {} as {key}; of this deployment it is {value}", config[key]);
                return Check::failed(ID, found, DEPLOY);
            }
        }
        Check::ok(ID, format!("{name} says what is so of this deployment"))
    }

    /// What the state machine has to know of its stack. `infra/lib/storage.ts` writes it.
    fn constants(&self) -> [(&'static str, Value); 6] {
        [
            ("artifactBucket", json!(self.bucket)),
            ("buildRole", json!(self.build_role)),
            ("logGroup", json!(format!("/{}/builds", self.service))),
            ("projectArnPrefix", json!(self.arn("codebuild", "project/"))),
            ("sourceUrlPrefix", json!(format!("{}/v1/repos/", self.aws.host("git-codecommit")))),
            ("imageRepository", self.told["imageRepository"].clone()),
        ]
    }

    fn floor(&self) -> Check {
        const ID: &str = "floor";
        let problems = self.floor["problems"].as_array().cloned().unwrap_or_default();
        match (&self.floor, problems.first()) {
            (Value::Null, _) => Check::ok(ID, "there is none: every branch of every repository is gated"),
            (_, None) => Check::ok(ID, "it is valid"),
            (_, Some(problem)) => {
                let first = problem.as_str().unwrap_or_default();
                Check::failed(
                    ID,
                    format!("it is not valid: {first}"),
                    "mend the floor's file (gated lint), then deploy again",
                )
            }
        }
    }
}

/// What a function says of itself, by its name or ARN.
pub(super) async fn ask(aws: &Aws, name: &str, repositories: &[String]) -> Result<Value, Fault> {
    aws.invoke(name, &json!({"about": {"repositories": repositories}})).await
}

/// The functions that did not answer.
fn unasked(told: &[(Function, Value)], service: &str) -> Vec<String> {
    let silent = Function::ALL.into_iter().filter(|function| told.iter().all(|(known, _)| known != function));
    silent.map(|function| function.deployed_name(service)).collect()
}

fn alike(told: &Value, other: &Value) -> bool {
    ALIKE.iter().all(|key| told[*key] == other[*key])
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}
