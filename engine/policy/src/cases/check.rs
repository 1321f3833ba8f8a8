//! Runs the cases: each is a pull request, decided as the gate decides, and held against what is expected.

use std::collections::BTreeMap;

use gated_core::change::Change;
use gated_core::decide;
use gated_core::decision::Decision;
use gated_core::facts::{ChangeKind, ChangedFile, ChangedFiles, Facts};
use gated_core::layers::{Found, Layers, Places, Problem};
use gated_core::names::{CommitId, NameError, PullRequestId, RepositoryName, RevisionId};
use gated_core::policy::Policy;

use super::Cases;
use super::expect::failures;
use super::unseen::{Sides, Unseen};
use super::written::WrittenCase;
use crate::layers::{Content, POLICY_PATH, PolicyText, read_layers};

const AUTHOR: &str = "arn:aws:iam::111122223333:user/author";

/// The texts that the cases are about.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// Path and bytes of the policy under test.
    pub policy: (&'a str, &'a [u8]),
    /// Path and bytes of the floor.
    pub floor: Option<(&'a str, &'a [u8])>,
    /// What [`Cases::proposals`] names → its bytes.
    pub proposals: &'a BTreeMap<String, Vec<u8>>,
}

/// What became of the cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Every case, in order.
    pub cases: Vec<CheckedCase>,
    /// Sides of conditions that no case has seen.
    pub unseen: Vec<Unseen>,
}

impl Checked {
    /// Whether every case holds, and every condition was seen both ways.
    pub fn holds(&self) -> bool {
        self.unseen.is_empty() && !self.cases.is_empty() && self.cases.iter().all(|case| case.failures.is_empty())
    }
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedCase {
    /// What it is called.
    pub name: String,
    /// Line of its name, from 1.
    pub line: u32,
    /// How the decision differs from what was expected; none where it does not.
    pub failures: Vec<Failure>,
}

/// One expectation that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Line of the expectation, from 1.
    pub line: u32,
    /// Its column in characters, from 1.
    pub column: u32,
    /// What was expected, what is, and why.
    pub message: String,
}

/// Decides every case. `gate` is the gate's version.
///
/// # Errors
/// The faults of the policy under test or of the floor: then no case could tell anything.
pub fn check_cases(cases: &Cases, texts: &Texts<'_>, gate: &str) -> Result<Checked, Vec<Problem>> {
    let change = change().map_err(|error| vec![nowhere(error.to_string())])?;
    let plain = layers(texts, texts.policy, &change);
    let (policy, places) = subject(&plain)?;
    let mut sides = Sides::default();
    let mut checked = Vec::new();
    for (key, case) in &cases.cases {
        let facts = facts(case, &change);
        let decision = decided(case, texts, &plain, &facts, gate);
        sides.see(policy, &facts, &decision);
        checked.push(CheckedCase { name: key.text.clone(), line: key.span.line, failures: failures(case, &decision) });
    }
    Ok(Checked { cases: checked, unseen: sides.unseen(places) })
}

/// The policy under test, which must be valid, as the floor must be.
fn subject(layers: &Layers) -> Result<(&Policy, &Places), Vec<Problem>> {
    if let Found::Invalid(problems) = &layers.floor.found {
        return Err(problems.clone());
    }
    match &layers.source.found {
        Found::Valid(policy, places) => Ok((policy, places)),
        Found::Invalid(problems) => Err(problems.clone()),
        Found::Absent => Err(vec![nowhere("there is no policy to test".to_owned())]),
    }
}

fn nowhere(message: String) -> Problem {
    Problem { path: POLICY_PATH.to_owned(), line: 0, column: 0, message }
}

fn layers(texts: &Texts<'_>, source: (&str, &[u8]), change: &Change) -> Layers {
    let text = |(path, bytes), commit| PolicyText { path, commit, content: Content::Regular(bytes) };
    read_layers(texts.floor, text(texts.policy, &change.destination_commit), text(source, &change.source_commit))
}

fn decided(case: &WrittenCase, texts: &Texts<'_>, plain: &Layers, facts: &Facts, gate: &str) -> Decision {
    let proposal = case.proposes.as_ref().and_then(|path| texts.proposals.get_key_value(&path.value.0));
    match proposal {
        None => decide(plain, facts, gate),
        Some((path, bytes)) => decide(&layers(texts, (path, bytes), &facts.change), facts, gate),
    }
}

/// The pull request that a case describes. Its list of changed files is whole.
fn facts(case: &WrittenCase, change: &Change) -> Facts {
    let WrittenCase { title, source, destination, author, changed, approvals, proposes, .. } = case;
    let mut paths: Vec<&str> =
        changed.iter().flat_map(|list| &list.value.0).map(|path| path.value.0.as_str()).collect();
    if proposes.is_some() && !paths.contains(&POLICY_PATH) {
        paths.push(POLICY_PATH);
    }
    let file =
        |path: &str| ChangedFile { path: path.to_owned(), kind: ChangeKind::Modified, before: None, after: None };
    let branch = |name: Option<&str>, default| format!("refs/heads/{}", name.unwrap_or(default));
    Facts {
        change: Change {
            source_reference: branch(source.as_ref().map(|it| it.value.0.as_str()), "feature"),
            destination_reference: branch(destination.as_ref().map(|it| it.value.0.as_str()), "main"),
            ..change.clone()
        },
        title: title.as_ref().map(|it| it.value.0.clone()).unwrap_or_default(),
        author: author.as_ref().map_or(AUTHOR, |it| it.value.0.as_str()).to_owned(),
        changed: ChangedFiles { files: paths.into_iter().map(file).collect(), complete: true },
        approvals: approvals.iter().flat_map(|list| &list.value.0).map(|arn| arn.value.0.clone()).collect(),
        overridden_by: None,
        bound: false,
    }
}

/// Names of a pull request that is nowhere.
fn change() -> Result<Change, NameError> {
    Ok(Change {
        repository: RepositoryName::new("repository")?,
        pull_request: PullRequestId::new("0")?,
        revision: RevisionId::new("0".repeat(64))?,
        source_reference: String::new(),
        destination_reference: String::new(),
        source_commit: CommitId::new("1".repeat(40))?,
        destination_commit: CommitId::new("0".repeat(40))?,
        merge_base: CommitId::new("0".repeat(40))?,
    })
}
