//! Reads what a deployment consists of: rules of EventBridge, the state machine's text, quotas and what is used of them. It
//! changes nothing but whether a rule is on.

use std::collections::BTreeMap;

use aws_sdk_codebuild::types::StatusType;
use serde_json::{Value, json};

use crate::json::Service;
use crate::{Aws, Fault, state_machine};

const EVENTS: Service = Service { name: "events", host: "events", target: "AWSEvents", version: "1.1" };
const QUOTAS: Service =
    Service { name: "servicequotas", host: "servicequotas", target: "ServiceQuotasV20190624", version: "1.1" };
const CLOUDWATCH: Service =
    Service { name: "monitoring", host: "monitoring", target: "GraniteServiceVersion20100801", version: "1.0" };
/// Builds that are looked at to count those that run, and that one call tells of.
const NEWEST_BUILDS: usize = 100;

/// What hands something else than the event to a target (EventBridge API, `Target`).
const INSTEAD: [&str; 3] = ["Input", "InputPath", "InputTransformer"];

/// A rule of the default event bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRule {
    /// Its name.
    pub name: String,
    /// Its ARN: what a function's policy knows it by.
    pub arn: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The event pattern, as JSON text.
    pub pattern: Option<String>,
    /// The schedule.
    pub schedule: Option<String>,
    /// What it calls.
    pub targets: Vec<EventTarget>,
}

/// What a rule calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTarget {
    /// ARN of a function, say.
    pub arn: String,
    /// What hands it something else than the event: `Input`, `InputPath` or `InputTransformer`.
    pub instead: Option<&'static str>,
    /// The target without that, as `PutTargets` takes it.
    pub plain: Value,
}

/// A build on CodeBuild's own machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewestBuild {
    /// Its project.
    pub project: String,
    /// Kind of its environment, and size of its machine: `LINUX_CONTAINER` and `BUILD_GENERAL1_SMALL`.
    pub machine: [String; 2],
    /// Whether it runs.
    pub running: bool,
}

impl Aws {
    /// The rules whose names begin like this, with their targets.
    ///
    /// # Errors
    /// When EventBridge refuses or cannot be reached.
    pub async fn event_rules(&self, prefix: &str) -> Result<Vec<EventRule>, Fault> {
        let input = json!({ "NamePrefix": prefix });
        let mut rules = Vec::new();
        for rule in self.json_pages("events:ListRules", &EVENTS, "ListRules", input, "Rules").await? {
            let text = |name: &str| rule[name].as_str().map(str::to_owned);
            let name = text("Name").ok_or_else(|| Fault::odd_answer("events:ListRules", "name"))?;
            let input = json!({ "Rule": name });
            let targets =
                self.json_pages("events:ListTargetsByRule", &EVENTS, "ListTargetsByRule", input, "Targets").await?;
            rules.push(EventRule {
                enabled: rule["State"] == "ENABLED",
                pattern: text("EventPattern"),
                schedule: text("ScheduleExpression"),
                targets: targets.into_iter().map(target).collect(),
                arn: text("Arn").unwrap_or_default(),
                name,
            });
        }
        Ok(rules)
    }

    /// Switches a rule off: from now on it hands nothing over.
    ///
    /// # Errors
    /// When EventBridge refuses or cannot be reached.
    pub async fn disable_rule(&self, name: &str) -> Result<(), Fault> {
        self.json("events:DisableRule", &EVENTS, "DisableRule", &json!({ "Name": name })).await.map(|_| ())
    }

    /// The texts that executions begun by this ARN run: of an alias, those of the versions that it points to. None: there is no
    /// such state machine or alias.
    ///
    /// # Errors
    /// When Step Functions refuses or cannot be reached.
    pub async fn definitions(&self, arn: &str) -> Result<Vec<String>, Fault> {
        let mut machines = vec![arn.to_owned()];
        if state_machine(arn) != arn {
            let request = self.sfn.describe_state_machine_alias().state_machine_alias_arn(arn);
            machines = match request.send().await.map_err(Fault::of("states:DescribeStateMachineAlias")) {
                Ok(alias) => {
                    let routes = alias.routing_configuration.unwrap_or_default().into_iter();
                    routes.map(|route| route.state_machine_version_arn).collect()
                }
                Err(fault) if fault.is("ResourceNotFound") => return Ok(Vec::new()),
                Err(fault) => return Err(fault),
            };
        }
        let mut found = Vec::new();
        for machine in machines {
            let request = self.sfn.describe_state_machine().state_machine_arn(machine);
            match request.send().await.map_err(Fault::of("states:DescribeStateMachine")) {
                Ok(answer) => found.push(answer.definition),
                Err(fault) if fault.is("StateMachineDoesNotExist") => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(found)
    }

    /// The quotas of a service by name: what was granted, and AWS's default where nothing was.
    ///
    /// # Errors
    /// When Service Quotas refuses or cannot be reached.
    pub async fn quotas(&self, service: &str) -> Result<BTreeMap<String, f64>, Fault> {
        let input = json!({ "ServiceCode": service });
        // The list of what applies leaves out what has its default only.
        let (default, applied) = ("servicequotas:ListAWSDefaultServiceQuotas", "servicequotas:ListServiceQuotas");
        let mut found =
            self.json_pages(default, &QUOTAS, "ListAWSDefaultServiceQuotas", input.clone(), "Quotas").await?;
        found.extend(self.json_pages(applied, &QUOTAS, "ListServiceQuotas", input, "Quotas").await?);
        let quota = |quota: &Value| Some((quota["QuotaName"].as_str()?.to_owned(), quota["Value"].as_f64()?));
        Ok(found.iter().filter_map(quota).collect())
    }

    /// The alarms whose names begin like this, and how many things each of them speaks to.
    ///
    /// # Errors
    /// When CloudWatch refuses or cannot be reached.
    pub async fn alarms(&self, prefix: &str) -> Result<BTreeMap<String, usize>, Fault> {
        const CALL: &str = "cloudwatch:DescribeAlarms";
        let input = json!({ "AlarmNamePrefix": prefix });
        let found = self.json_pages(CALL, &CLOUDWATCH, "DescribeAlarms", input, "MetricAlarms").await?;
        let actions = |alarm: &Value| alarm["AlarmActions"].as_array().map_or(0, Vec::len);
        let alarm = |alarm: &Value| Some((alarm["AlarmName"].as_str()?.to_owned(), actions(alarm)));
        Ok(found.iter().filter_map(alarm).collect())
    }

    /// ARNs of the account's report groups in this region, all pages.
    ///
    /// # Errors
    /// When CodeBuild refuses or cannot be reached.
    pub async fn report_groups(&self) -> Result<Vec<String>, Fault> {
        let mut pages = self.codebuild.list_report_groups().into_paginator().send();
        let mut arns = Vec::new();
        while let Some(page) = pages.next().await {
            arns.extend(page.map_err(Fault::of("codebuild:ListReportGroups"))?.report_groups.unwrap_or_default());
        }
        Ok(arns)
    }

    /// The account's newest hundred builds, but for those of reserved fleets, which take nothing of its quotas.
    ///
    /// # Errors
    /// When CodeBuild refuses or cannot be reached.
    pub async fn newest_builds(&self) -> Result<Vec<NewestBuild>, Fault> {
        let newest = self.codebuild.list_builds().send().await.map_err(Fault::of("codebuild:ListBuilds"))?;
        let mut ids = newest.ids.unwrap_or_default();
        ids.truncate(NEWEST_BUILDS);
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let request = self.codebuild.batch_get_builds().set_ids(Some(ids));
        let builds = request.send().await.map_err(Fault::of("codebuild:BatchGetBuilds"))?.builds.unwrap_or_default();
        let told = builds.into_iter().filter_map(|build| {
            let environment = build.environment.filter(|environment| environment.fleet.is_none())?;
            Some(NewestBuild {
                project: build.project_name.unwrap_or_default(),
                machine: [environment.r#type.as_str().to_owned(), environment.compute_type.as_str().to_owned()],
                running: build.build_status == Some(StatusType::InProgress),
            })
        });
        Ok(told.collect())
    }
}

fn target(mut plain: Value) -> EventTarget {
    let instead = INSTEAD.into_iter().find(|key| !plain[*key].is_null());
    if let Some(fields) = plain.as_object_mut() {
        fields.retain(|key, _| !INSTEAD.contains(&key.as_str()));
    }
    EventTarget { arn: plain["Arn"].as_str().unwrap_or_default().to_owned(), instead, plain }
}
