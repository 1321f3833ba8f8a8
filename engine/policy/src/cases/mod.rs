//! Tests of a policy (`.gated.test.yml`): read as strictly as a policy, and held against what the gate decides. Nothing is
//! decided here, and no file is opened: whoever asks hands the texts in.

mod check;
mod expect;
mod unseen;
mod written;

use gated_core::layers::{Found, Places};
use gated_core::names::sha256_hex;

use crate::compose::compose;
use crate::diagnostic::{Diagnostic, Severity};
use crate::read::{Reading, problems, settled};
use crate::reader::{Reader, respelled};
use crate::rules;
use crate::tree::Key;
use crate::written::{At, Written};

pub use check::{Checked, CheckedCase, Failure, Texts, check_cases};
pub use unseen::Unseen;
pub(crate) use written::WrittenCases;
use written::{Expect, WrittenCase};

/// The valid tests of a policy. Paths in it are relative to its own file.
#[derive(Debug)]
pub struct Cases {
    policy: Option<String>,
    floor: Option<String>,
    cases: Vec<(Key, WrittenCase)>,
}

impl Cases {
    /// The policy under test; `None` is the nearest one.
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// The floor.
    pub fn floor(&self) -> Option<&str> {
        self.floor.as_deref()
    }

    /// The policies that pull requests propose, each once.
    pub fn proposals(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = self
            .cases
            .iter()
            .filter_map(|(_, case)| case.proposes.as_ref())
            .map(|path| path.value.0.as_str())
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}

/// Reads a policy's tests. `path` only names the file in problems.
pub fn read_cases(path: &str, bytes: &[u8]) -> Reading<Cases> {
    let composed = compose(bytes);
    let source = std::str::from_utf8(bytes).unwrap_or_default();
    let mut reader = Reader::new(source, composed.diagnostics);
    reader.elsewhere = elsewhere;
    let cases = composed.document.and_then(|document| {
        let root = respelled(document.root, WrittenCases::KEYS, &mut reader);
        WrittenCases::read(&root, &mut reader).and_then(|written| valid(written, &mut reader))
    });
    let diagnostics = settled(reader.diagnostics, reader.untold);
    let faulty = diagnostics.iter().any(|told| told.severity == Severity::Error);
    let found = match cases {
        Some(cases) if !faulty => Found::Valid(cases, Places::new()),
        Some(_) | None => Found::Invalid(problems(path, &diagnostics)),
    };
    Reading { found, hash: sha256_hex(bytes), diagnostics }
}

/// Where a key that is unknown here would be legal.
fn elsewhere(key: &str) -> Option<String> {
    let homes: [(&'static str, &[crate::reader::FieldName]); 3] = [
        ("at the top of the file", WrittenCases::KEYS),
        ("under a case", WrittenCase::KEYS),
        ("under a case's `expect`", Expect::KEYS),
    ];
    let has = |names: &[crate::reader::FieldName]| names.iter().any(|(name, _)| crate::reader::is_key(name, key));
    homes.into_iter().rev().find(|(_, names)| has(names)).map(|(home, _)| home.to_owned())
}

/// Tests that could pass without having tested anything are faults.
fn valid(written: WrittenCases, to: &mut Reader<'_>) -> Option<Cases> {
    let cases = written.cases?;
    if cases.value.keys.is_empty() {
        let fault = Diagnostic::error(rules::EMPTY, cases.span, "there are no cases, so nothing is tested");
        to.tell(fault.help("give it a sentence and, below it, `changed` and `expect`"));
    }
    for (key, case) in &cases.value.entries {
        asserts(key, &case.value, to);
    }
    Some(Cases {
        policy: written.policy.map(|path| path.value.0),
        floor: written.floor.map(|path| path.value.0),
        cases: cases.value.entries.into_iter().map(|(key, case)| (key, case.value)).collect(),
    })
}

fn asserts(key: &Key, case: &WrittenCase, to: &mut Reader<'_>) {
    let Some(At { value: expect, span }) = &case.expect else { return };
    let Expect { action, stages, container, coverage, skips, delta, weakens, verdict } = expect;
    let alone = [action.is_some(), container.is_some(), coverage.is_some(), weakens.is_some(), verdict.is_some()];
    let named = stages.as_ref().is_some_and(|stages| !stages.value.keys.is_empty())
        || skips.as_ref().is_some_and(|skips| !skips.value.keys.is_empty())
        || delta.as_ref().is_some_and(|delta| !delta.value.keys.is_empty());
    if !named && !alone.contains(&true) {
        let fault = Diagnostic::error(rules::EMPTY, *span, format!("`{}` asserts nothing", key.text));
        to.tell(fault.help("name a stage, a skip rule or a verdict"));
    }
    let supposed = [case.outcomes.as_ref().map(|it| it.span), case.coverage.as_ref().map(|it| it.span)];
    if let Some(span) = supposed.into_iter().flatten().next()
        && verdict.is_none()
    {
        let message = format!("`{}` says how the build ends, and asks for no verdict", key.text);
        to.tell(Diagnostic::error(rules::MISSING_KEY, span, message).help("give its `expect` a `verdict`"));
    }
    if let (Some(delta), None) = (delta, &case.proposes) {
        let message = format!("`{}` proposes no other policy, so there is no difference", key.text);
        to.tell(
            Diagnostic::error(rules::MISSING_KEY, delta.span, message).help("name the other policy with `proposes`"),
        );
    }
}
