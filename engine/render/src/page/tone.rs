//! What a state looks like: one of a few tones, and a sign that says the same without colour.

use gated_core::verdict::{State, VerdictKind};

/// Class of the style sheet.
pub(super) type Tone = &'static str;

pub(super) const GOOD: Tone = "good";
pub(super) const BAD: Tone = "bad";
pub(super) const WAIT: Tone = "wait";
pub(super) const QUIET: Tone = "quiet";

/// Tone and sign of a requirement's state.
pub(super) fn state(state: State) -> (Tone, &'static str) {
    match state {
        State::Passed => (GOOD, "✓"),
        State::Failed => (BAD, "✗"),
        State::Error => (BAD, "!"),
        State::Waiting => (WAIT, "…"),
        State::Skipped => (WAIT, "↷"),
        State::NotApplicable => (QUIET, "–"),
        State::NotRun => (QUIET, "○"),
    }
}

/// Tone and sign of a verdict.
pub(super) fn verdict(kind: VerdictKind) -> (Tone, &'static str) {
    match kind {
        VerdictKind::Pass => (GOOD, "✓"),
        VerdictKind::Fail => (BAD, "✗"),
        VerdictKind::Error => (BAD, "!"),
        VerdictKind::Waiting => (WAIT, "…"),
        VerdictKind::Superseded => (QUIET, "↷"),
    }
}

/// The same of a verdict on a part of the stages, which is never a pass.
pub(super) fn part(kind: VerdictKind) -> (Tone, &'static str) {
    if kind == VerdictKind::Pass { (WAIT, "◐") } else { verdict(kind) }
}
