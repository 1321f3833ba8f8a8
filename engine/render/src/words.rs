//! Our words for the states of things, one place for each, so that comment, plan and terminal say the same. No text from
//! outside passes through here.

use gated_core::decision::{DeltaKind, Holds, SkipState, StageAction};
use gated_core::policy::Mode;
use gated_core::units::Ratio;
use gated_core::verdict::{Record, State, VerdictKind};

use crate::markdown::line;

/// A requirement's state.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Passed => "passed",
        State::Failed => "failed",
        State::NotApplicable => "not applicable",
        State::NotRun => "not run",
        State::Skipped => "skipped",
        State::Waiting => "waiting",
        State::Error => "error",
    }
}

/// What a reason adds to the word for the state that it stands behind.
pub(crate) fn after_state(of: State, reason: &str) -> &str {
    reason.strip_prefix(state(of)).and_then(|rest| rest.strip_prefix(' ')).unwrap_or(reason)
}

/// A verdict, with the sign in front of it. A gate that observes approves nothing.
pub(crate) fn verdict(kind: VerdictKind, mode: Mode) -> (&'static str, &'static str) {
    match (kind, mode) {
        (VerdictKind::Superseded, _) => ("⏭️", "Superseded"),
        (VerdictKind::Fail, _) => ("❌", "Not approved"),
        (VerdictKind::Error, _) => ("❌", "Not approved, error"),
        (VerdictKind::Waiting, _) => ("⏳", "Waiting for an approval"),
        (VerdictKind::Pass, Mode::Enforce) => ("✅", "Approved"),
        (VerdictKind::Pass, Mode::Observe) => ("✅", "Would approve"),
    }
}

/// A verdict of somebody who has no vote, on all stages or on a part of them, which is never a pass.
pub fn rehearsal(kind: VerdictKind, is_part: bool) -> (&'static str, &'static str) {
    match (kind, is_part) {
        (VerdictKind::Pass, false) => ("✅", "It would pass"),
        (VerdictKind::Pass, true) => ("◐", "The part that was run passed, which is not a pass"),
        (VerdictKind::Fail, _) => ("❌", "It would not pass"),
        (VerdictKind::Error | VerdictKind::Superseded, _) => ("❌", "It would not pass, error"),
        (VerdictKind::Waiting, _) => ("⏳", "It would wait for an approval"),
    }
}

/// The verdict of a record in a line for a terminal: `❌ Not approved: stage test failed`.
pub fn verdict_line(record: &Record) -> String {
    let (sign, words) = verdict(record.verdict.kind, record.decision.mode);
    format!("{sign} {words}: {}", line(&record.verdict.headline, 300))
}

/// What happens with a stage, and what happened when it is over.
pub(crate) fn action(action: StageAction) -> &'static str {
    match action {
        StageAction::Run => "run",
        StageAction::Skip => "skipped",
        StageAction::NotApplicable => "not applicable",
    }
}

/// What became of a skip rule.
pub(crate) fn skip(state: SkipState) -> &'static str {
    match state {
        SkipState::Granted => "granted",
        SkipState::WaitingForApproval => "waits for an approval",
        SkipState::NotApplicable => "does not apply",
    }
}

/// From when a key of the proposal holds; `waits` is whether an owner must approve it first.
pub(crate) fn holds(holds: Holds, waits: bool) -> &'static str {
    match (holds, waits) {
        (Holds::Now, _) => "holds at once",
        (Holds::Merged, true) => "holds once an owner approves",
        (Holds::Merged, false) => "holds from the next pull request on",
        (Holds::Never, _) => "never holds: the floor is final",
    }
}

/// A difference's direction.
pub(crate) fn delta(kind: DeltaKind) -> &'static str {
    match kind {
        DeltaKind::Equal => "same",
        DeltaKind::Stricter => "stricter",
        DeltaKind::Weaker => "weaker",
        DeltaKind::Changed => "changed",
    }
}

/// A moment of RFC 3339 in UTC for people: `2026-11-22 16:00 UTC`. Anything else stays as it is.
pub(crate) fn moment(text: &str) -> String {
    match (text.get(..10), text.get(10..11), text.get(11..16), text.ends_with('Z')) {
        (Some(day), Some("T"), Some(time), true) => format!("{day} {time} UTC"),
        _ => text.to_owned(),
    }
}

/// Who an ARN names: `alice` of `arn:aws:iam::111122223333:user/alice`. Anything else stays as it is.
pub(crate) fn person(arn: &str) -> &str {
    match arn.starts_with("arn:") {
        true => arn.rsplit('/').next().unwrap_or(arn),
        false => arn,
    }
}

/// How a percentage changed, in points: `+0.52 points`.
pub(crate) fn change(then: Ratio, now: Ratio) -> String {
    let hundredths = |ratio: Ratio| match ratio.total {
        0 => 0,
        total => (u128::from(ratio.covered) * 1_000_000 / u128::from(total)) as i128,
    };
    let difference = hundredths(now) - hundredths(then);
    let (sign, size) = if difference < 0 { ("−", -difference) } else { ("+", difference) };
    match (difference, size / 100) {
        (0, _) => "unchanged".to_owned(),
        (_, 0) => format!("{sign}<0.01 points"),
        (_, size) => format!("{sign}{}.{:02} points", size / 100, size % 100),
    }
}

/// A length of time: `840 ms`, `4.2 s`, `3 min 20 s`.
pub(crate) fn time(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1_000),
    }
}
