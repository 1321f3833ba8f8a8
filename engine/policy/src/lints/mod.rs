//! The lints: what a file says that its author cannot have meant, or will regret. One lint a file; each is a pure function
//! over what was read, and none can make the gate refuse a file.

mod images;
mod mend;
mod walk;

mod anchored_title;
mod approval_out_of_reach;
mod comma_splits_command;
mod condition_never_holds;
mod coverage_without_report;
mod format_without_branches;
mod glob_matches_everything;
mod glob_matches_nothing;
mod key_without_effect;
mod misleading_title;
mod missing_space;
mod nothing_required;
mod open_skip_rule;
mod overridden_by_floor;
mod report_format_mismatch;
mod retired_image;
mod rules_skip_everything;
mod runtime_without_standard_image;
mod secret_in_clear;
mod shadowed_glob;
mod time_out_of_reach;
mod title_matches_everything;
mod title_matches_nothing;
mod unknown_image;
mod unknown_runtime;
mod unpinned_image;

use gated_core::policy::{Floor, Policy};

pub(crate) use walk::entries;

use crate::diagnostic::Diagnostic;
use crate::lint::FileKind;
use crate::rules::{self, Rule};
use crate::span::Span;
use crate::tree::Node;

/// What a lint looks at.
pub(crate) struct Subject<'s> {
    /// The text.
    pub(crate) source: &'s str,
    /// Which language it is.
    pub(crate) kind: FileKind,
    /// The file in long form, without what presets add.
    pub(crate) file: &'s Node,
    /// What it says, with its presets, as far as it could be read: see [`Subject::policy`].
    pub(crate) policy: Option<&'s Policy>,
    /// Where its errors are.
    pub(crate) errors: &'s [Span],
    /// The organisation's floor, when it is known.
    pub(crate) floor: Option<&'s Floor>,
}

/// The keys at the top of a policy of which one can be at fault while the others say what they say.
const PARTS: [&str; 7] = ["gate", "environment", "setup", "stages", "container", "coverage", "skip"];

impl<'s> Subject<'s> {
    /// What the file says, for a lint that looks at these keys; `None` while there is an error in one of them, or one that may
    /// be about any, so that one slip is told once.
    pub(crate) fn policy(&self, keys: &[&str]) -> Option<&'s Policy> {
        let elsewhere = |error: &Span| {
            let part = entries(Some(self.file))
                .iter()
                .find(|entry| entry.key.span.start <= error.start && error.start < entry.value.span.end);
            part.is_some_and(|entry| {
                PARTS.contains(&entry.key.text.as_str()) && !keys.contains(&entry.key.text.as_str())
            })
        };
        self.policy.filter(|_| self.errors.iter().all(elsewhere))
    }
}

type Lint = fn(&Subject<'_>, &mut Vec<Diagnostic>);

/// Every lint, by code. [`rules::BUILDSPEC_SIZE`] is told by who can render one, and `GT5..` by the ignore comments.
pub(crate) const LINTS: &[(Rule, Lint)] = &[
    (rules::GLOB_NOTHING, glob_matches_nothing::check),
    (rules::GLOB_EVERYTHING, glob_matches_everything::check),
    (rules::SHADOWED_GLOB, shadowed_glob::check),
    (rules::ANCHORED_TITLE, anchored_title::check),
    (rules::TITLE_NOTHING, title_matches_nothing::check),
    (rules::TITLE_EVERYTHING, title_matches_everything::check),
    (rules::MISLEADING_TITLE, misleading_title::check),
    (rules::NEVER_HOLDS, condition_never_holds::check),
    (rules::NOTHING_REQUIRED, nothing_required::check),
    (rules::RULES_SKIP_ALL, rules_skip_everything::check),
    (rules::NO_COVERAGE_REPORT, coverage_without_report::check),
    (rules::NO_BRANCHES, format_without_branches::check),
    (rules::FORMAT_MISMATCH, report_format_mismatch::check),
    (rules::OVERRIDDEN, overridden_by_floor::check),
    (rules::FEW_APPROVERS, approval_out_of_reach::check),
    (rules::OUT_OF_TIME, time_out_of_reach::check),
    (rules::WITHOUT_EFFECT, key_without_effect::check),
    (rules::SECRET, secret_in_clear::check),
    (rules::UNPINNED_IMAGE, unpinned_image::check),
    (rules::UNKNOWN_IMAGE, unknown_image::check),
    (rules::RETIRED_IMAGE, retired_image::check),
    (rules::UNKNOWN_RUNTIME, unknown_runtime::check),
    (rules::RUNTIME_ELSEWHERE, runtime_without_standard_image::check),
    (rules::COMMA, comma_splits_command::check),
    (rules::OPEN_SKIP, open_skip_rule::check),
    (rules::MISSING_SPACE, missing_space::check),
];

/// What every lint finds.
pub(crate) fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (_, lint) in LINTS {
        lint(subject, &mut findings);
    }
    findings
}
