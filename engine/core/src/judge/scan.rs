//! The image's scan, held against the policy. An image that was only built is never a pass where its findings matter.

use super::{Finding, Told};
use crate::decision::{Decision, StageAction};
use crate::measured::StageOutcome;
use crate::policy::FailOn;
use crate::verdict::{FailureClass, State};

/// The requirement `container/scan`; none where no image is built or no finding would matter.
pub(super) fn finding(decision: &Decision, told: &Told<'_>) -> Option<Finding> {
    let container = decision.container.as_ref().filter(|container| container.action == StageAction::Run)?;
    if container.fail_on == FailOn::Never {
        return None;
    }
    let finding = |state, reason: &str| Finding::of("container/scan", "container scan", state, reason.to_owned());
    Some(match told.run("container").map(|run| run.outcome) {
        Some(StageOutcome::Passed) => finding(
            State::Error,
            "the image was built, and nothing is known of its scan; `container: {scan: {fail-on: never}}` demands none",
        )
        .class(FailureClass::Infrastructure),
        Some(StageOutcome::Failed | StageOutcome::TimedOut | StageOutcome::NotRun) | None => {
            finding(State::NotRun, "there is no image to scan")
        }
    })
}
