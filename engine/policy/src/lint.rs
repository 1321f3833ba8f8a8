//! Everything that can be said about one file by itself: its faults, and what it says that its author cannot have meant.
//! No repository, Dockerfile or script need exist, and nothing here decides whether the gate takes a file.

use gated_core::policy::{Floor, Policy};

use crate::constraints::breaches;
use crate::diagnostic::{Diagnostic, Severity};
use crate::ignores;
use crate::lints::{self, Subject};
use crate::place::within_quotes;
use crate::read::{Read, Trees, read_floor_with_trees, read_with_trees, settled};
use crate::rules;
use crate::span::Span;

/// Which of the two languages a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A repository's `.gated.yml`.
    Policy,
    /// An organisation's floor.
    Floor,
}

/// How long the buildspec of a valid policy can be, under a floor when it is known; `None` where it surely fits. Only who
/// can render one knows.
pub type Measure<'m> = &'m dyn Fn(&Policy, Option<&Floor>) -> Option<usize>;

/// Every finding about a file, by place. `floor` is the organisation's, when it is known, and then what it demands is held
/// against a policy too.
pub fn lint(bytes: &[u8], kind: FileKind, floor: Option<&Floor>) -> Vec<Diagnostic> {
    lint_measured(bytes, kind, floor, &|_, _| None, usize::MAX)
}

/// The same, with a finding for a buildspec of more than `most` characters (CodeBuild API reference, StartBuild,
/// `buildspecOverride`).
pub fn lint_measured(
    bytes: &[u8],
    kind: FileKind,
    floor: Option<&Floor>,
    measure: Measure<'_>,
    most: usize,
) -> Vec<Diagnostic> {
    let source = std::str::from_utf8(bytes).unwrap_or_default();
    match kind {
        FileKind::Policy => {
            let read = read_with_trees(bytes);
            let mut more = Vec::new();
            if let (Some(floor), Some(policy)) = (floor, read.valid()) {
                more.extend(breaches(floor, policy, &read.trees).into_iter().map(|told| within_quotes(source, told)));
            }
            let length = read.valid().and_then(|policy| measure(policy, floor));
            if let Some(length) = length.filter(|length| *length > most) {
                more.push(too_long(&read.trees, length, most));
            }
            let Read { value, diagnostics, trees } = read;
            with_lints(source, kind, value.as_ref(), diagnostics, more, &trees, floor)
        }
        FileKind::Floor => {
            let Read { value, diagnostics, trees } = read_floor_with_trees(bytes);
            with_lints(source, kind, value.as_ref().map(|floor| &floor.policy), diagnostics, Vec::new(), &trees, None)
        }
    }
}

/// At the stage that is the longest: there is most to gain.
fn too_long(trees: &Trees, length: usize, most: usize) -> Diagnostic {
    let stages = trees.file.as_ref().and_then(|file| file.get("stages"));
    let entries = lints::entries(stages);
    let longest = entries.iter().max_by_key(|entry| entry.value.span.end.saturating_sub(entry.value.span.start));
    let place = longest.map_or(Span::TOP, |entry| entry.key.span);
    let message = format!("the buildspec of this policy has {length} characters, and CodeBuild takes {most}");
    Diagnostic::error(rules::BUILDSPEC_SIZE, place, message).help("move long commands into a script of the repository")
}

fn with_lints(
    source: &str,
    kind: FileKind,
    policy: Option<&Policy>,
    faults: Vec<Diagnostic>,
    more: Vec<Diagnostic>,
    trees: &Trees,
    floor: Option<&Floor>,
) -> Vec<Diagnostic> {
    let errors = faults.iter().filter(|told| told.severity == Severity::Error);
    let errors: Vec<Span> = errors.map(|told| told.span).collect();
    let told: Vec<Diagnostic> = faults.into_iter().chain(more).collect();
    let silent = |told: &Diagnostic| told.code == rules::VERSION.code || told.code == rules::TOO_MANY_FINDINGS.code;
    let Some(file) = trees.file.as_ref().filter(|_| !told.iter().any(silent)) else { return told };
    let subject = Subject { source, kind, file, policy, errors: &errors, floor };
    // What is at fault already is not told a second time.
    let beside = |finding: &Diagnostic| !told.iter().any(|fault| overlap(fault.span, finding.span));
    let found = lints::run(&subject).into_iter().filter(beside);
    let found = found.map(|finding| within_quotes(source, finding)).collect();
    let kept = ignores::apply(source, &trees.comments, found, floor.is_some_and(|floor| floor.forbids_ignoring));
    settled(told.into_iter().chain(kept).collect(), 0)
}

fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end.max(b.start + 1) && b.start < a.end.max(a.start + 1)
}
