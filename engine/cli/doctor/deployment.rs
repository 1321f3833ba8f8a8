//! What is the same for every repository: functions, state machine, configuration, floor, template, event rules, quotas, and
//! who may take the gate's roles.

use std::collections::BTreeMap;

use gated_aws::{Aws, EventRule, Fault};
use gated_core::names::RepositoryName;
use gated_lambda::{Function, GATE};
use serde_json::{Value, json};

use super::check::Check;
use crate::install;

const DEPLOY: &str = "deploy again: cd infra && npx cdk deploy";

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
    state_machine: String,
    build_role: String,
    pub(super) floor: Value,
}

impl<'a> Deployment<'a> {
    /// Asks every function about itself. Without intake there is no deployment to check.
    pub(super) async fn find(aws: &'a Aws, service: &str, caller: &str, checks: &mut Vec<Check>) -> Option<Self> {
        let mut told: Vec<(Function, Value)> = Vec::new();
        for function in Function::ALL {
            let name = function.deployed_name(service);
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
        let same = ["voter", "artifactBucket", "buildRole", "floor", "repositories"];
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
            floor: intake["floor"].clone(),
        })
    }

    /// Those of the repositories that are only observed.
    pub(super) async fn observed(&self, repositories: &[RepositoryName]) -> Vec<String> {
        let names: Vec<String> = repositories.iter().map(ToString::to_string).collect();
        let answer = ask(self.aws, &Function::Intake.deployed_name(&self.service), &names).await.unwrap_or_default();
        let observed = answer["observed"].as_array().into_iter().flatten();
        observed.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// The branches that are gated, as the floor's globs; none: every branch.
    pub(super) fn destinations(&self) -> Vec<String> {
        let globs = self.floor["destinations"].as_array().into_iter().flatten();
        globs.filter_map(|glob| glob.as_str().map(str::to_owned)).collect()
    }

    /// Everything but the repositories.
    pub(super) async fn check(&self, checks: &mut Vec<Check>) {
        checks.push(self.state_machine().await);
        checks.push(self.configuration().await);
        checks.push(self.floor());
        self.template(checks).await;
        self.events(checks).await;
        self.trust(checks).await;
        self.quotas(checks).await;
    }

    async fn state_machine(&self) -> Check {
        const ID: &str = "state-machine";
        match self.aws.definition(&self.state_machine).await {
            Err(fault) => Check::fault(ID, &fault),
            Ok(None) => Check::failed(ID, format!("there is no {}", self.state_machine), DEPLOY),
            Ok(Some(text)) if is_ours(&text) => Check::ok(ID, "it is the one of this version"),
            Ok(Some(_)) => Check::failed(ID, "its definition is not the one of this version", DEPLOY),
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
        let missing: Vec<&str> = ["artifactBucket", "buildRole", "logGroup", "sourceUrlPrefix"]
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

    async fn events(&self, checks: &mut Vec<Check>) {
        let rules = match self.aws.event_rules(&self.service).await {
            Ok(rules) => rules,
            Err(fault) => return checks.push(Check::fault("event-rules", &fault)),
        };
        let calls = |rule: &EventRule, function: Function| {
            let name = format!(":function:{}", function.deployed_name(&self.service));
            rule.targets.iter().any(|arn| arn.ends_with(&name) || arn.contains(&format!("{name}:")))
        };
        let to_intake = || rules.iter().filter(|rule| calls(rule, Function::Intake));
        let off: Vec<String> = to_intake().filter(|rule| !rule.enabled).map(|rule| rule.name.clone()).collect();
        if !off.is_empty() {
            let mend: Vec<String> = off.iter().map(|name| format!("aws events enable-rule --name {name}")).collect();
            checks.push(Check::failed("event-rules", format!("{} is off", off.join(", ")), mend.join(" && ")));
            return;
        }
        let mut missed: BTreeMap<&str, ()> = BTreeMap::new();
        for kind in [
            "pullRequestCreated",
            "pullRequestSourceBranchUpdated",
            "pullRequestStatusChanged",
            "pullRequestMergeStatusUpdated",
            "pullRequestApprovalStateChanged",
            "pullRequestApprovalRuleOverridden",
        ] {
            let mut caught = false;
            for rule in to_intake() {
                let Some(pattern) = &rule.pattern else { continue };
                match self.aws.matches(pattern, &self.sample_event(kind)).await {
                    Ok(matches) => caught |= matches,
                    Err(fault) => return checks.push(Check::fault("event-rules", &fault)),
                }
            }
            if !caught {
                missed.insert(kind, ());
            }
        }
        checks.push(if missed.is_empty() {
            Check::ok("event-rules", "every event of a pull request reaches intake")
        } else {
            let kinds: Vec<&str> = missed.into_keys().collect();
            let mend = format!("{DEPLOY}: the rules whose names begin with {}- must call intake", self.service);
            Check::failed("event-rules", format!("no rule hands {} to intake", kinds.join(", ")), mend)
        });
        let scheduled = rules.iter().filter(|rule| rule.schedule.is_some() && calls(rule, Function::Sweeper));
        checks.push(match scheduled.map(|rule| rule.enabled).max() {
            Some(true) => Check::ok("sweeper", "a schedule wakes it"),
            Some(false) => Check::failed(
                "sweeper",
                "its schedule is off",
                format!("aws events enable-rule --name {}-sweep", self.service),
            ),
            None => {
                let found = format!("no rule whose name begins with {} wakes it on a schedule", self.service);
                Check::unknown("sweeper", found, DEPLOY)
            }
        });
    }

    fn sample_event(&self, kind: &str) -> Value {
        let repository =
            self.repositories.first().map_or("repository".to_owned(), |glob| glob.replace(['*', '?'], "x"));
        let arn = format!("{}:codecommit:{}:{}:{repository}", self.partition, self.region, self.account);
        json!({
            "version": "0",
            "id": "00000000-0000-4000-8000-000000000000",
            "detail-type": "CodeCommit Pull Request State Change",
            "source": "aws.codecommit",
            "account": self.account,
            "time": "2026-01-15T10:20:30Z",
            "region": self.region,
            "resources": [arn],
            "detail": {"event": kind, "pullRequestId": "1", "repositoryNames": [repository]},
        })
    }

    /// A role that people may take lets them choose the session's name, and a session's name is what the pool names.
    async fn trust(&self, checks: &mut Vec<Check>) {
        for arn in [&self.voter, &self.build_role] {
            let role = match arn.split_once(":assumed-role/").or(arn.split_once(":role/")) {
                Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
                None => continue,
            };
            checks.push(match self.aws.trust_policy(role).await {
                Err(fault) => Check::fault("role-trust", &fault),
                Ok(policy) => match others(&policy) {
                    None => Check::ok("role-trust", format!("only a service of AWS can take the role {role}")),
                    Some(who) => {
                        let found = format!("{who} may take the role {role} under a session name of their choice");
                        let mend = format!(
                            "{DEPLOY}, or: aws iam update-assume-role-policy --role-name {role} with the service alone"
                        );
                        Check::failed("role-trust", found, mend)
                    }
                },
            });
        }
    }

    async fn quotas(&self, checks: &mut Vec<Check>) {
        let quotas = match self.aws.quotas("codebuild").await {
            Ok(quotas) => quotas,
            Err(fault) => return checks.push(Check::fault("quotas", &fault)),
        };
        let limit =
            |words: &str| quotas.iter().find(|(name, _)| name.to_lowercase().contains(words)).map(|(_, value)| *value);
        let used = [
            ("build projects", "projects", self.aws.projects().await.map(|projects| projects.len())),
            ("report groups", "report group", self.aws.report_groups().await),
            ("running builds", "concurrently running builds for linux/small", self.aws.running_builds().await),
        ];
        for (what, words, used) in used {
            let id = "quotas";
            checks.push(match (used, limit(words)) {
                (Err(fault), _) => Check::fault(id, &fault),
                (_, None) => {
                    Check::unknown(id, format!("Service Quotas names no limit of {what}"), "look it up in the console")
                }
                (Ok(used), Some(limit)) => {
                    #[allow(clippy::cast_precision_loss)] // counts of thousands
                    let left = limit - used as f64;
                    let found = format!("{what}: {used} of {limit}, {left} left");
                    match left > 0.0 {
                        true => Check::ok(id, found),
                        false => Check::failed(id, found, "ask for a higher quota in Service Quotas"),
                    }
                }
            });
        }
    }
}

/// What a function says of itself: the version that callers from outside reach.
async fn ask(aws: &Aws, name: &str, repositories: &[String]) -> Result<Value, Fault> {
    let question = json!({"about": {"repositories": repositories}});
    match aws.invoke(&format!("{name}:live"), &question).await {
        Err(fault) if fault.is("ResourceNotFoundException") => aws.invoke(name, &question).await,
        answer => answer,
    }
}

/// Whether a definition is this version's: the same, but for the names that a deployment fills in.
fn is_ours(text: &str) -> bool {
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
    let ours: Value = serde_json::from_str(install::DEFINITION).unwrap_or_default();
    serde_json::from_str::<Value>(text).is_ok_and(|theirs| same(&ours, &theirs))
}

/// Who but services of AWS may take a role.
fn others(policy: &Value) -> Option<String> {
    let statements = match &policy["Statement"] {
        Value::Array(many) => many.clone(),
        one => vec![one.clone()],
    };
    statements.iter().filter(|statement| statement["Effect"] == "Allow").find_map(
        |statement| match &statement["Principal"] {
            Value::Object(kinds) => kinds.iter().find(|(kind, _)| *kind != "Service").map(|(_, who)| who.to_string()),
            anyone => Some(anyone.to_string()),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_people_may_take_is_told_from_one_that_only_a_service_may() {
        let policy = |principal: Value| json!({"Statement": [{"Effect": "Allow", "Principal": principal}]});
        assert_eq!(others(&policy(json!({"Service": "lambda.amazonaws.com"}))), None);
        assert!(others(&policy(json!({"Service": "lambda.amazonaws.com", "AWS": "arn:aws:iam::1:root"}))).is_some());
        assert!(others(&policy(json!("*"))).is_some());
        assert!(others(&json!({"Statement": {"Effect": "Allow", "Principal": {"Federated": "x"}}})).is_some());
    }

    #[test]
    fn a_definition_may_differ_in_the_names_that_a_deployment_fills_in_and_in_nothing_else() {
        let deployed = install::DEFINITION.replace("${JudgeFunction}", "arn:aws:lambda:x:1:function:payments-judge:7");
        assert!(is_ours(&deployed));
        assert!(!is_ours(&deployed.replacen("\"Gated.Forged\"", "\"Gated.Other\"", 1)));
        assert!(!is_ours("{}"));
    }
}
