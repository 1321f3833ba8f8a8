//! Whether a later decision of the same revision can be judged from what an earlier one's build measured.

use crate::decision::{Action, Decision, PlannedCoverage, PlannedStage, StageAction};
use crate::matching::Globs;
use crate::measured::{BuildStatus, StageOutcome, StageRun};
use crate::verdict::Evidence;

impl Decision {
    /// Whether the measurements of `earlier` answer this decision's questions: same commit and merge base, same
    /// environment and setup, and every stage that runs now ran then, in the same order, in the same way. Fewer stages
    /// are fine; thresholds, skips and approvals may differ. `exclude` must be the same: what is stored has the
    /// excluded files gone already. A patch that is demanded now must have been demanded then.
    pub fn can_reuse(&self, earlier: &Self) -> bool {
        let (change, before) = (&self.change, &earlier.change);
        let same_code = change.repository == before.repository
            && change.pull_request == before.pull_request
            && change.revision == before.revision
            && change.source_commit == before.source_commit
            && change.merge_base == before.merge_base;
        same_code
            && self.action == Action::Build
            && earlier.action == Action::Build
            && self.same_environment(earlier)
            && self.same_stages(earlier)
            && self.same_container(earlier)
            && self.same_coverage(earlier)
    }

    /// [`Self::can_reuse`], and the build did not fail for something alone that is not demanded any more: such a build
    /// says nothing of what it would have said without it. What failed for another reason (the service, say) is judged.
    pub fn can_judge_from(&self, earlier: &Self, evidence: &Evidence) -> bool {
        self.can_reuse(earlier) && (self.explains(evidence) || !earlier.explains(evidence))
    }

    /// Whether something that this decision demands failed in the build.
    fn explains(&self, evidence: &Evidence) -> bool {
        let demanded = |name: &str| {
            (name == "container" && self.builds_image())
                || self.running().any(|stage| stage.required && stage.name.as_str() == name)
        };
        let failed = |run: &StageRun| matches!(run.outcome, StageOutcome::Failed | StageOutcome::TimedOut);
        evidence.outcome.status == BuildStatus::Failed
            && evidence.record.as_ref().is_ok_and(|record| {
                record.setup.as_ref().is_some_and(failed)
                    || record.stages.iter().any(|run| failed(run) && demanded(&run.name))
            })
    }

    fn builds_image(&self) -> bool {
        self.container.as_ref().is_some_and(|container| container.action == StageAction::Run)
    }

    /// A Docker daemon that is not needed any more does no harm.
    fn same_environment(&self, earlier: &Self) -> bool {
        let mut then = earlier.environment.clone();
        if then.privileged && !self.environment.privileged && earlier.builds_image() && !self.builds_image() {
            then.privileged = false;
        }
        self.environment == then && self.setup == earlier.setup && self.fail_fast == earlier.fail_fast
    }

    fn same_stages(&self, earlier: &Self) -> bool {
        let mut then = earlier.running();
        let all_ran = self.running().all(|stage| then.any(|other| runs_alike(stage, other)));
        // With fail-fast a stage that is gone now may have kept others from running.
        let names = |decision: &Self| decision.running().map(|stage| stage.name.clone()).collect::<Vec<_>>();
        all_ran && (!self.fail_fast || names(self) == names(earlier))
    }

    fn same_container(&self, earlier: &Self) -> bool {
        match (&self.container, &earlier.container) {
            (Some(now), Some(then)) if now.action == StageAction::Run => {
                then.action == StageAction::Run && now.dockerfile == then.dockerfile && now.context == then.context
            }
            (Some(now), None) => now.action != StageAction::Run,
            (Some(_) | None, _) => true,
        }
    }

    fn same_coverage(&self, earlier: &Self) -> bool {
        fn exclude(coverage: Option<&PlannedCoverage>) -> &[Globs] {
            coverage.map_or(&[], |coverage| coverage.exclude.as_slice())
        }
        let Some(now) = &self.coverage else { return true };
        let then = earlier.coverage.as_ref();
        let patch_known = now.patch.is_none() || then.is_some_and(|then| then.patch.is_some());
        exclude(Some(now)) == exclude(then) && patch_known
    }
}

fn runs_alike(now: &PlannedStage, then: &PlannedStage) -> bool {
    now.name == then.name
        && now.run == then.run
        && now.dir == then.dir
        && now.timeout == then.timeout
        && now.retry == then.retry
        && now.reports == then.reports
}
