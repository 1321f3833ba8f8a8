//! The gate's metrics, in CloudWatch's embedded metric format: one JSON line each in a function's log, which CloudWatch
//! turns into a data point. Source: CloudWatch user guide, "Specification: Embedded metric format". It keeps no totals.

use serde_json::{Value, json};

/// The namespace of every metric.
pub const NAMESPACE: &str = "gated";

/// What is measured. Each is published with the dimension `service`; those that have one more, also by that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// From an execution's start to its end, in milliseconds.
    TimeToVerdict,
    /// How long a build waited in CodeBuild's queue, in milliseconds.
    QueueWait,
    /// Verdicts, by `verdict`: pass, fail, error, waiting.
    Verdicts,
    /// Verdicts that are no pass, by `reason`: each kind of requirement that was not met, as policy, stage, tests, coverage.
    Reasons,
    /// Skip rules that were granted.
    SkipsGranted,
    /// Stages that passed only when they were tried again.
    Flaky,
    /// Functions that ended with an error, by `class`: transient, misconfigured, forged.
    Errors,
    /// State transitions of an execution: what it costs.
    Transitions,
    /// What the sweeper found to do, by `kind`: missed (an event was lost), again, bound, left. 0 when a sweep found nothing.
    SweeperFoundWork,
    /// Approval rules and templates of the gate that somebody changed or deleted.
    RuleEdited,
    /// Pull requests whose approval rules somebody set aside.
    OverrideUsed,
    /// Gated pull requests that were merged without the gate's approval; one may be counted more than once.
    MergedWithoutPass,
    /// Executions that did not end as they should: the gate itself failed.
    GateError,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::TimeToVerdict,
        Self::QueueWait,
        Self::Verdicts,
        Self::Reasons,
        Self::SkipsGranted,
        Self::Flaky,
        Self::Errors,
        Self::Transitions,
        Self::SweeperFoundWork,
        Self::RuleEdited,
        Self::OverrideUsed,
        Self::MergedWithoutPass,
        Self::GateError,
    ];

    /// Its name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::TimeToVerdict => "TimeToVerdict",
            Self::QueueWait => "QueueWait",
            Self::Verdicts => "Verdicts",
            Self::Reasons => "VerdictReasons",
            Self::SkipsGranted => "SkipsGranted",
            Self::Flaky => "Flaky",
            Self::Errors => "Errors",
            Self::Transitions => "Transitions",
            Self::SweeperFoundWork => "SweeperFoundWork",
            Self::RuleEdited => "RuleEdited",
            Self::OverrideUsed => "OverrideUsed",
            Self::MergedWithoutPass => "MergedWithoutPass",
            Self::GateError => "GateError",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::TimeToVerdict | Self::QueueWait => "Milliseconds",
            Self::Verdicts
            | Self::Reasons
            | Self::SkipsGranted
            | Self::Flaky
            | Self::Errors
            | Self::Transitions
            | Self::SweeperFoundWork
            | Self::RuleEdited
            | Self::OverrideUsed
            | Self::MergedWithoutPass
            | Self::GateError => "Count",
        }
    }

    /// The dimension beside `service`.
    fn dimension(self) -> Option<&'static str> {
        match self {
            Self::Verdicts => Some("verdict"),
            Self::Reasons => Some("reason"),
            Self::Errors => Some("class"),
            Self::SweeperFoundWork => Some("kind"),
            Self::TimeToVerdict
            | Self::QueueWait
            | Self::SkipsGranted
            | Self::Flaky
            | Self::Transitions
            | Self::RuleEdited
            | Self::OverrideUsed
            | Self::MergedWithoutPass
            | Self::GateError => None,
        }
    }

    /// One data point, as a line of a log. `kind` is the value of its own dimension; `about` are properties that can be
    /// searched for and make no metric of their own.
    pub(crate) fn line(self, milliseconds: u64, service: &str, value: u64, kind: &str, about: &Value) -> Value {
        let mut dimensions = vec![vec!["service"]];
        let mut line = about.clone();
        line["service"] = json!(service);
        if let Some(own) = self.dimension() {
            dimensions.push(vec!["service", own]);
            line[own] = json!(kind);
        }
        line[self.name()] = json!(value);
        line["_aws"] = json!({
            "Timestamp": milliseconds,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": dimensions,
                "Metrics": [{"Name": self.name(), "Unit": self.unit()}],
            }],
        });
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules of the published specification that a line can break.
    fn check(line: &Value) {
        let about = line["_aws"].as_object().unwrap();
        assert!(about["Timestamp"].as_u64().unwrap() > 1_000_000_000_000, "milliseconds since the epoch");
        let directives = about["CloudWatchMetrics"].as_array().unwrap();
        for directive in directives {
            let namespace = directive["Namespace"].as_str().unwrap();
            assert!((1..=256).contains(&namespace.len()));
            for set in directive["Dimensions"].as_array().unwrap() {
                let set = set.as_array().unwrap();
                assert!(set.len() <= 30);
                for name in set {
                    let value = line[name.as_str().unwrap()].as_str().expect("a dimension's target is text");
                    assert!((1..=1024).contains(&value.len()));
                }
            }
            for metric in directive["Metrics"].as_array().unwrap() {
                assert!(line[metric["Name"].as_str().unwrap()].is_number(), "a metric's target is a number");
                assert!(["Milliseconds", "Count"].contains(&metric["Unit"].as_str().unwrap()));
            }
        }
    }

    #[test]
    fn every_metric_is_a_line_that_the_specification_allows() {
        for metric in Metric::ALL {
            let about = json!({"pullRequestId": "3", "revisionId": null, "execution": "pr-3-x"});
            let line = metric.line(1_768_472_430_000, "gated", 7, "pass", &about);
            check(&line);
            assert_eq!((&line[metric.name()], &line["pullRequestId"]), (&json!(7), &json!("3")));
        }
    }

    #[test]
    fn a_verdict_counts_once_for_all_and_once_for_its_word() {
        let line = Metric::Verdicts.line(1_768_472_430_000, "payments", 1, "fail", &json!({}));
        let sets = json!([["service"], ["service", "verdict"]]);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], sets);
        assert_eq!((line["service"].as_str(), line["verdict"].as_str()), (Some("payments"), Some("fail")));
    }
}
