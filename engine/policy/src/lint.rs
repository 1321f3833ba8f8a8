//! Everything that can be said about one file by itself: its faults, and what it says that its author cannot have meant.
//! No repository, Dockerfile or script need exist, and nothing here decides whether the gate takes a file.

use gated_core::layers::Found;
use gated_core::policy::{Floor, Policy};

use crate::constraints::breaches;
use crate::diagnostic::Diagnostic;
use crate::ignores;
use crate::lints::{self, Subject};
use crate::read::{Trees, read_floor_with_trees, read_with_trees, settled};
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

/// Every finding about a file, by place. `_path` is for callers that name it; `floor` is the organisation's, when it is
/// known, and then its constraints are held against a policy too.
pub fn lint(_path: &str, bytes: &[u8], kind: FileKind, floor: Option<&Floor>) -> Vec<Diagnostic> {
    let source = std::str::from_utf8(bytes).unwrap_or_default();
    match kind {
        FileKind::Policy => {
            let (reading, trees) = read_with_trees(bytes);
            let policy = match &reading.found {
                Found::Valid(policy, _) => Some(policy),
                Found::Invalid(_) | Found::Absent => None,
            };
            let mut told = reading.diagnostics;
            if let (Some(floor), Some(policy)) = (floor, policy) {
                told.extend(breaches(floor, policy, &trees));
            }
            with_lints(source, kind, policy, told, &trees, floor)
        }
        FileKind::Floor => {
            let (reading, trees) = read_floor_with_trees(bytes);
            let own = match &reading.found {
                Found::Valid(floor, _) => Some(floor),
                Found::Invalid(_) | Found::Absent => None,
            };
            with_lints(source, kind, own.map(|own| &own.policy), reading.diagnostics, &trees, None)
        }
    }
}

/// The finding for a buildspec of `size` bytes, which only who can render one knows; none while it fits. CodeBuild takes
/// a buildspec of `most` bytes inline (API reference, StartBuild, `buildspecOverride`).
pub fn buildspec_size(size: usize, most: usize) -> Option<Diagnostic> {
    let message = format!("the buildspec of this policy has {size} bytes, and CodeBuild takes {most} at most");
    let finding = Diagnostic::error(rules::BUILDSPEC_SIZE, Span::TOP, message);
    (size > most).then(|| finding.help("move long commands into scripts of the repository"))
}

fn with_lints(
    source: &str,
    kind: FileKind,
    policy: Option<&Policy>,
    told: Vec<Diagnostic>,
    trees: &Trees,
    floor: Option<&Floor>,
) -> Vec<Diagnostic> {
    let silent = |told: &Diagnostic| told.code == rules::VERSION.code || told.code == rules::TOO_MANY_FINDINGS.code;
    let Some(file) = trees.file.as_ref().filter(|_| !told.iter().any(silent)) else { return told };
    let subject = Subject { source, kind, file, policy, floor };
    // What is at fault already is not told a second time.
    let beside = |finding: &Diagnostic| !told.iter().any(|fault| overlap(fault.span, finding.span));
    let found = lints::run(&subject).into_iter().filter(beside).collect();
    let kept = ignores::apply(source, &trees.comments, found, floor.is_some_and(|floor| floor.forbids_ignoring));
    settled(told.into_iter().chain(kept).collect(), 0)
}

fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end.max(b.start + 1) && b.start < a.end.max(a.start + 1)
}
