//! What is the same for every repository: functions, state machine, configuration, floor, template, event rules, quotas, and
//! who may take the gate's roles.

use gated_aws::{Aws, Fault};
use gated_core::names::RepositoryName;
use gated_lambda::{Function, GATE};
use serde_json::{Value, json};

use super::check::Check;
use super::{account, events};
use crate::install;

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
    /// Whether builds write to the deployment's report groups.
    pub(super) report_groups: bool,
    pub(super) floor: Value,
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
                Err(fault) => checks.push(Check::fault("functions", &fault)),
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
        let same = ["voter", "artifactBucket", "buildRole", "reportGroups", "floor", "repositories"];
        let own = |function: Function| function != Function::ApprovalRule;
        match told.iter().find(|(function, it)| own(*function) && same.iter().any(|key| it[*key] != intake[*key])) {
            Some((function, _)) => {
                let name = function.deployed_name(service);
                checks.push(Check::failed("settings", format!("{name} was told other settings than intake"), DEPLOY));
            }
            None => checks.push(Check::ok("settings", "all functions were told the same")),
        }
        let text = |key: &str| intake[key].as_str().unwrap_or_default().to_owned();
        let list = intake["repositories"].as_array().into_iter().flatten();
        let mut parts = caller.split(':');
        Some(Self {
            aws,
            service: service.to_owned(),
            partition: format!("arn:{}", parts.nth(1).unwrap_or("aws")),
            account: parts.nth(2).unwrap_or_default().to_owned(),
            region: aws.region().to_owned(),
            repositories: list.filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            template: text("approvalRuleTemplate"),
            voter: text("voter"),
            bucket: text("artifactBucket"),
            state_machine: text("stateMachine"),
            build_role: text("buildRole"),
            report_groups: intake["reportGroups"] == true,
            floor: intake["floor"].clone(),
        })
    }

    /// Those of the repositories that are only observed.
    pub(super) async fn observed(&self, repositories: &[RepositoryName]) -> Vec<String> {
        let names: Vec<String> = repositories.iter().map(ToString::to_string).collect();
        let answer = ask(self.aws, &Function::Intake.live_name(&self.service), &names).await.unwrap_or_default();
        let observed = answer["observed"].as_array().into_iter().flatten();
        observed.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// The branches that are gated, as the floor's globs; none: every branch.
    pub(super) fn destinations(&self) -> Vec<String> {
        let globs = self.floor["destinations"].as_array().into_iter().flatten();
        globs.filter_map(|glob| glob.as_str().map(str::to_owned)).collect()
    }

    /// Everything but the repositories.
    pub(super) async fn check(&self, repositories: &[RepositoryName], checks: &mut Vec<Check>) {
        checks.push(self.state_machine().await);
        checks.push(self.configuration().await);
        checks.push(self.floor());
        self.template(checks).await;
        events::check(self, repositories, checks).await;
        account::trust(self, checks).await;
        account::report_groups(self, checks).await;
        account::quotas(self, checks).await;
        account::alarms(self, checks).await;
    }

    async fn state_machine(&self) -> Check {
        const ID: &str = "state-machine";
        match self.aws.definitions(&self.state_machine).await {
            Err(fault) => Check::fault(ID, &fault),
            Ok(texts) if texts.is_empty() => Check::failed(ID, format!("there is no {}", self.state_machine), DEPLOY),
            Ok(texts) if texts.iter().all(|text| is_ours(text, &self.partition)) => {
                Check::ok(ID, "it is the one of this version")
            }
            Ok(_) => Check::failed(ID, "its definition is not the one of this version", DEPLOY),
        }
    }

    async fn configuration(&self) -> Check {
        const ID: &str = "parameters";
        let name = format!("/{}/config", self.service);
        let text = match self.aws.parameter(&name).await {
            Ok(Some(text)) => text,
            Ok(None) => return Check::failed(ID, format!("there is no parameter {name}"), DEPLOY),
            Err(fault) => return Check::fault(ID, &fault),
        };
        let Ok(config) = serde_json::from_str::<Value>(&text) else {
            return Check::failed(ID, format!("{name} is not JSON"), DEPLOY);
        };
        let missing: Vec<&str> = ["artifactBucket", "buildRole", "logGroup", "projectArnPrefix", "sourceUrlPrefix"]
            .into_iter()
            .filter(|key| config[*key].as_str().is_none_or(str::is_empty))
            .collect();
        if !missing.is_empty() {
            return Check::failed(ID, format!("{name} lacks {}", missing.join(", ")), DEPLOY);
        }
        if config["artifactBucket"] != self.bucket.as_str() || config["buildRole"] != self.build_role.as_str() {
            return Check::failed(
                ID,
                format!("{name} names another bucket or build role than the functions know"),
                DEPLOY,
            );
        }
        Check::ok(ID, format!("{name} is complete"))
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

    /// The template is there, its pool is exactly the voter, and it stands for the branches that the floor names.
    async fn template(&self, checks: &mut Vec<Check>) {
        let name = &self.template;
        let again = format!(
            "aws codecommit update-approval-rule-template-content --approval-rule-template-name {name} --new-rule-content \
             '{}'",
            self.wanted_content()
        );
        let found = match self.aws.template(name).await {
            Err(fault) => return checks.push(Check::fault("template", &fault)),
            Ok(None) => {
                let mend = format!(
                    "aws codecommit create-approval-rule-template --approval-rule-template-name {name} \
                     --approval-rule-template-content '{}'",
                    self.wanted_content()
                );
                return checks.push(Check::failed(
                    "template",
                    format!("there is no approval rule template {name}"),
                    mend,
                ));
            }
            Ok(Some(found)) => found,
        };
        checks.push(Check::ok("template", format!("the approval rule template {name} is there")));
        let content: Value = serde_json::from_str(&found.content).unwrap_or_default();
        let statements = &content["Statements"];
        let wanted = json!([{"Type": "Approvers", "NumberOfApprovalsNeeded": 1, "ApprovalPoolMembers": [self.voter]}]);
        checks.push(if *statements == wanted {
            Check::ok("pool", format!("exactly {}: no other approver satisfies it", self.voter))
        } else {
            let pool = &statements[0]["ApprovalPoolMembers"];
            Check::failed(
                "pool",
                format!("{pool}, {} of them needed", statements[0]["NumberOfApprovalsNeeded"]),
                again.clone(),
            )
        });
        let said: Value = serde_json::from_str(&self.wanted_content()).unwrap_or_default();
        let every = |value: &Value| value.is_null() || *value == json!(["refs/heads/*"]);
        let (there, said) = (&content["DestinationReferences"], &said["DestinationReferences"]);
        checks.push(if there == said || (every(there) && every(said)) {
            Check::ok("destinations", "template and floor name the same branches")
        } else {
            Check::failed("destinations", format!("the template stands for {there}, the floor for {said}"), again)
        });
    }

    fn wanted_content(&self) -> String {
        let globs =
            gated_core::matching::Globs::new(self.destinations()).ok().filter(|globs| !globs.written().is_empty());
        let pool = std::slice::from_ref(&self.voter);
        gated_core::approval_rule_content(globs.as_ref(), pool, 1)
            .map(|content| content.to_string())
            .unwrap_or_default()
    }
}

/// What a function says of itself: the version that callers from outside reach.
async fn ask(aws: &Aws, name: &str, repositories: &[String]) -> Result<Value, Fault> {
    aws.invoke(name, &json!({"about": {"repositories": repositories}})).await
}

/// Whether a definition is this version's: the same, but for the names that a deployment fills in, and its partition.
fn is_ours(text: &str, partition: &str) -> bool {
    fn same(ours: &Value, theirs: &Value) -> bool {
        match (ours, theirs) {
            (Value::String(ours), Value::String(_)) if ours.starts_with("${") => true,
            (Value::Object(ours), Value::Object(theirs)) => {
                ours.len() == theirs.len()
                    && ours.iter().all(|(key, value)| theirs.get(key).is_some_and(|other| same(value, other)))
            }
            (Value::Array(ours), Value::Array(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
            }
            (ours, theirs) => ours == theirs,
        }
    }
    // The file is of the partition `aws`; a deployment calls the integrations by its own.
    let ours = install::DEFINITION.replace("\"arn:aws:states:::", &format!("\"{partition}:states:::"));
    let ours: Value = serde_json::from_str(&ours).unwrap_or_default();
    serde_json::from_str::<Value>(text).is_ok_and(|theirs| same(&ours, &theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_may_differ_in_the_names_that_a_deployment_fills_in_and_in_nothing_else() {
        let deployed = install::DEFINITION.replace("${JudgeFunction}", "arn:aws:lambda:x:1:function:payments-judge:7");
        assert!(is_ours(&deployed, "arn:aws"));
        assert!(!is_ours(&deployed.replacen("\"Gated.Forged\"", "\"Gated.Other\"", 1), "arn:aws"));
        assert!(!is_ours("{}", "arn:aws"));
    }

    #[test]
    fn a_definition_calls_the_integrations_of_its_own_partition() {
        for partition in ["arn:aws-cn", "arn:aws-us-gov"] {
            let deployed = install::DEFINITION.replace("arn:aws:states:::", &format!("{partition}:states:::"));
            assert!(deployed != install::DEFINITION && is_ours(&deployed, partition));
            assert!(!is_ours(&deployed, "arn:aws"), "of another partition it would call nothing");
        }
    }
}
