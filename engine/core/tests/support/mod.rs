//! Policies, facts and evidence in few words. Policies are written as JSON in the shape of `Policy`, which is close to
//! that of the file; nothing here decides anything.

pub(crate) mod evidence;
pub(crate) mod generate;

use gated_core::change::Change;
use gated_core::decide;
use gated_core::decision::{Decision, DeltaKind, PlannedSkip, PlannedStage};
use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles, Facts};
use gated_core::layers::{Found, Layer, Layers, Origin, Places, Problem};
use gated_core::names::{CommitId, PullRequestId, RepositoryName, RevisionId};
use gated_core::policy::{Floor, Policy};
use serde_json::{Value, json};

pub(crate) const AUTHOR: &str = "arn:aws:iam::111122223333:user/alice";
pub(crate) const MANAGER: &str = "arn:aws:sts::111122223333:assumed-role/ReleaseManagers/bob";
pub(crate) const OTHER_MANAGER: &str = "arn:aws:sts::111122223333:assumed-role/ReleaseManagers/carol";
pub(crate) const MANAGERS: &str = "arn:aws:sts::*:assumed-role/ReleaseManagers/*";

/// A policy of this JSON.
pub(crate) fn policy(written: Value) -> Policy {
    serde_json::from_value(written).unwrap()
}

/// A floor of this JSON.
pub(crate) fn floor(written: Value) -> Floor {
    serde_json::from_value(written).unwrap()
}

/// One stage `test` that always runs.
pub(crate) fn plain() -> Policy {
    policy(json!({"stages": [stage("test")]}))
}

/// A stage whose command is its name.
pub(crate) fn stage(name: &str) -> Value {
    json!({"name": name, "run": [format!("make {name}")]})
}

/// A stage with more keys.
pub(crate) fn stage_with(name: &str, keys: Value) -> Value {
    let mut stage = stage(name);
    for (key, value) in keys.as_object().unwrap() {
        stage[key] = value.clone();
    }
    stage
}

/// A stage with a Cobertura report, which runs always.
pub(crate) fn cov() -> Value {
    stage_with("cov", json!({"reports": [{"format": "cobertura", "files": ["coverage.xml"], "root": null}]}))
}

/// The hotfix rule: a title that starts with `[hotfix]` leaves `stages` out.
pub(crate) fn hotfix(stages: &[&str]) -> Value {
    json!({"name": "hotfix", "when": {"title": [{"starts-with": "[hotfix]"}]}, "stages": stages})
}

/// A pull request of alice, `feature` into `main`, that changes `.gated.yml` and `src/a.rs`.
pub(crate) fn facts() -> Facts {
    let commit = |c: &str| CommitId::new(c.repeat(40)).unwrap();
    Facts {
        change: Change {
            repository: RepositoryName::new("demo").unwrap(),
            pull_request: PullRequestId::new("7").unwrap(),
            revision: RevisionId::new("e".repeat(64)).unwrap(),
            source_reference: "refs/heads/feature".to_owned(),
            destination_reference: "refs/heads/main".to_owned(),
            source_commit: commit("a"),
            destination_commit: commit("b"),
            merge_base: commit("c"),
        },
        title: "Add a thing".to_owned(),
        author: AUTHOR.to_owned(),
        changed: changed(&[".gated.yml", "src/a.rs"]),
        approvals: Vec::new(),
        overridden_by: None,
        bound: false,
    }
}

/// The same with another title.
pub(crate) fn titled(title: &str) -> Facts {
    Facts { title: title.to_owned(), ..facts() }
}

/// The same, approved.
pub(crate) fn approved_by(approvals: &[&str]) -> Facts {
    Facts { approvals: approvals.iter().map(|arn| (*arn).to_owned()).collect(), ..facts() }
}

/// The same, which changes these files.
pub(crate) fn touching(paths: &[&str]) -> Facts {
    Facts { changed: changed(paths), ..facts() }
}

/// The same, whose list of changed files could not be read whole.
pub(crate) fn incomplete(mut facts: Facts) -> Facts {
    facts.changed.complete = false;
    facts
}

fn changed(paths: &[&str]) -> ChangedFiles {
    let file =
        |path: &&str| ChangedFile { path: (*path).to_owned(), kind: ChangeKind::Modified, before: None, after: None };
    ChangedFiles { files: paths.iter().map(file).collect(), complete: true }
}

/// What was found at a layer.
pub(crate) fn valid<T>(value: T) -> Found<T> {
    Found::Valid(value, Places::new())
}

/// A fault at line 3, column 5.
pub(crate) fn invalid<T>() -> Found<T> {
    let path = ".gated.yml".to_owned();
    Found::Invalid(vec![Problem { path, line: 3, column: 5, message: "unknown key `coverrage`".to_owned() }])
}

/// Three layers.
pub(crate) fn layers(floor: Found<Floor>, destination: Found<Policy>, source: Found<Policy>) -> Layers {
    fn layer<T>(found: Found<T>) -> Layer<T> {
        Layer { origin: Origin { path: ".gated.yml".to_owned(), commit: None, hash: None }, found }
    }
    Layers { floor: layer(floor), destination: layer(destination), source: layer(source) }
}

/// Decides under a destination and a source, without a floor.
pub(crate) fn decided(destination: &Policy, source: &Policy, facts: &Facts) -> Decision {
    decide(&layers(Found::Absent, valid(destination.clone()), valid(source.clone())), facts, "test")
}

/// Decides where destination and source have the same policy.
pub(crate) fn plan(written: Value) -> Decision {
    let policy = policy(written);
    decided(&policy, &policy, &facts())
}

/// Decides under all three.
pub(crate) fn decided_with_floor(floor: &Floor, destination: &Policy, source: &Policy, facts: &Facts) -> Decision {
    let layers = layers(valid(floor.clone()), valid(destination.clone()), valid(source.clone()));
    decide(&layers, facts, "test")
}

/// A planned stage.
pub(crate) fn planned<'a>(decision: &'a Decision, name: &str) -> &'a PlannedStage {
    decision.stages.iter().find(|stage| stage.name.as_str() == name).unwrap()
}

/// A planned skip rule.
pub(crate) fn skip<'a>(decision: &'a Decision, name: &str) -> &'a PlannedSkip {
    decision.skips.iter().find(|skip| skip.rule.as_str() == name).unwrap()
}

/// The differences as `path kind`.
pub(crate) fn differences(decision: &Decision) -> Vec<(&str, DeltaKind)> {
    decision.delta.iter().map(|row| (row.path.as_str(), row.kind)).collect()
}
