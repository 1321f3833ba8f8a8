//! A valid policy in the shape of the language, everything in long form: what a floor's `constraints` are held against.
//! Durations are text, percentages numbers, and every stage a mapping under its name.

use gated_core::matching::{ArnGlobs, Globs, TitleForm};
use gated_core::policy::{Approval, Condition, Container, Coverage, Environment, Pairs, PathTarget, Policy, Report};
use gated_core::policy::{Scan, SkipRule, Stage};
use gated_core::units::Percent;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The policy as a mapping; what it does not name is absent.
pub(crate) fn shape(policy: &Policy) -> Value {
    let stages = policy.stages.iter().map(|one| (one.name.to_string(), stage(one)));
    let rules = policy.skip.iter().map(|one| (one.name.to_string(), rule(one)));
    let gate = &policy.gate;
    mapping([
        ("version", Some(json!(1))),
        (
            "gate",
            Some(mapping([
                ("fail-fast", value(&gate.fail_fast)),
                ("ignore", gate.ignore.as_ref().map(globs)),
                ("policy-owners", gate.policy_owners.as_ref().map(arns)),
            ])),
        ),
        ("environment", Some(environment(&policy.environment))),
        ("setup", value(&policy.setup)),
        ("stages", Some(Value::Object(stages.collect()))),
        ("container", policy.container.as_ref().map(container)),
        ("coverage", policy.coverage.as_ref().map(coverage)),
        ("skip", Some(Value::Object(rules.collect()))),
    ])
}

fn environment(from: &Environment) -> Value {
    mapping([
        ("image", value(&from.image)),
        ("compute", value(&from.compute)),
        ("timeout", from.timeout.map(|time| json!(time.to_string()))),
        ("profile", value(&from.profile)),
        ("docker", value(&from.docker)),
        ("variables", from.variables.as_ref().map(pairs)),
        ("parameters", from.parameters.as_ref().map(pairs)),
        ("secrets", from.secrets.as_ref().map(pairs)),
        ("runtimes", from.runtimes.as_ref().map(pairs)),
        ("cache", value(&from.cache)),
    ])
}

fn stage(from: &Stage) -> Value {
    mapping([
        ("run", value(&from.run)),
        ("dir", value(&from.dir)),
        ("reports", from.reports.as_ref().map(|all| all.iter().map(report).collect())),
        ("when", from.when.as_ref().map(condition)),
        ("timeout", from.timeout.map(|time| json!(time.to_string()))),
        ("required", value(&from.required)),
        ("retry", value(&from.retry)),
        ("min-duration", from.min_duration.map(|time| json!(time.to_string()))),
    ])
}

fn report(from: &Report) -> Value {
    mapping([("format", value(&Some(from.format))), ("files", Some(globs(&from.files))), ("root", value(&from.root))])
}

fn container(from: &Container) -> Value {
    mapping([
        ("build", value(&from.build)),
        ("dockerfile", value(&from.dockerfile)),
        ("context", value(&from.context)),
        ("when", from.when.as_ref().map(condition)),
        ("scan", from.scan.as_ref().map(scan)),
    ])
}

fn scan(from: &Scan) -> Value {
    mapping([
        ("fail-on", value(&from.fail_on)),
        ("unscannable", value(&from.unscannable)),
        ("accept", value(&from.accept)),
    ])
}

fn coverage(from: &Coverage) -> Value {
    let targets = from.paths.iter().map(|one| (one.files.written().join(" "), target(one)));
    mapping([
        ("line", from.line.map(percent)),
        ("branch", from.branch.map(percent)),
        ("patch", from.patch.map(percent)),
        ("min-patch-lines", value(&from.min_patch_lines)),
        ("exclude", from.exclude.as_ref().map(globs)),
        ("paths", Some(Value::Object(targets.collect()))),
    ])
}

fn target(from: &PathTarget) -> Value {
    mapping([("line", from.line.map(percent)), ("branch", from.branch.map(percent))])
}

fn rule(from: &SkipRule) -> Value {
    mapping([
        ("when", from.when.as_ref().map(condition)),
        ("stages", value(&Some(&from.stages))),
        ("by", from.by.as_ref().map(arns)),
        ("approval", from.approval.as_ref().map(approval)),
    ])
}

fn approval(from: &Approval) -> Value {
    json!({"from": arns(&from.from), "count": from.count})
}

fn condition(from: &Condition) -> Value {
    match from {
        Condition::Paths(list) => json!({"paths": globs(list)}),
        Condition::Source(list) => json!({"source": globs(list)}),
        Condition::Destination(list) => json!({"destination": globs(list)}),
        Condition::Author(list) => json!({"author": arns(list)}),
        Condition::Title(forms) => json!({"title": Value::Object(forms.iter().map(title).collect())}),
        Condition::All(parts) => json!({"all": parts.iter().map(condition).collect::<Vec<_>>()}),
        Condition::Any(parts) => json!({"any": parts.iter().map(condition).collect::<Vec<_>>()}),
        Condition::Not(inner) => json!({"not": condition(inner)}),
    }
}

fn title(form: &TitleForm) -> (String, Value) {
    let (key, text) = match form {
        TitleForm::StartsWith(text) => ("starts-with", text.as_str()),
        TitleForm::Contains(text) => ("contains", text.as_str()),
        TitleForm::Matches(pattern) => ("matches", pattern.written()),
    };
    (key.to_owned(), json!(text))
}

fn globs(list: &Globs) -> Value {
    json!(list.written())
}

fn arns(list: &ArnGlobs) -> Value {
    json!(list.written())
}

fn pairs(from: &Pairs) -> Value {
    Value::Object(from.iter().map(|(key, text)| (key.clone(), json!(text))).collect())
}

fn percent(from: Percent) -> Value {
    from.to_string()
        .parse::<f64>()
        .map_or(Value::Null, |number| if number.fract() == 0.0 { json!(number as u64) } else { json!(number) })
}

fn value<T: Serialize>(from: &Option<T>) -> Option<Value> {
    from.as_ref().and_then(|value| serde_json::to_value(value).ok())
}

fn mapping<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let there = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}
