//! One open pull request: is it bound, and is it answered? It judges nothing itself.

use gated_aws::{ExecutionState, PullRequest, Started};
use gated_core::decision::{Action, Decision};
use gated_core::names::{PullRequestId, execution_name, revision_prefix};
use gated_core::verdict::{Again, FailureClass, Record};
use serde_json::json;

use super::{Sweep, Work};
use crate::Fault;
use crate::again::again;
use crate::gather::{gather, gather_new, is_bound};
use crate::intake::is_gated;
use crate::records;
use crate::start::{Earlier, MOST_ATTEMPTS, Wish, earlier, start};

/// Most attempts at one decision that are started without a person asking.
pub(crate) const MOST_OWN_ATTEMPTS: u32 = 3;

/// The newest answer to a revision.
struct Answer {
    record: Record,
    /// Whether the execution that gave it ended as it should: comment and vote are on the pull request.
    told: bool,
}

impl Answer {
    /// Whether nothing but another attempt can tell more: the service failed, not the code.
    fn is_infrastructure(&self) -> bool {
        self.record.verdict.class == Some(FailureClass::Infrastructure)
    }

    fn settles(&self, decision: &Decision) -> bool {
        self.told && self.record.decision.hash == decision.hash && !self.is_infrastructure()
    }
}

impl Sweep<'_> {
    /// Looks at one pull request that was open a moment ago.
    pub(super) async fn open(&self, id: &PullRequestId) -> Result<Vec<Work>, Fault> {
        let Some(live) = self.aws.pull_request(id).await? else { return Ok(Vec::new()) };
        let elsewhere = self.moved.is_some_and(|branch| live.change.destination_reference != branch);
        if !live.open || elsewhere || !is_gated(self.settings, &live) {
            return Ok(Vec::new());
        }
        // A rule that cannot be put right keeps no pull request from its answer.
        let started = self.gate(&live).await;
        let bound = self.bind_pull_request(&live).await?;
        Ok(bound.into_iter().chain(started?).collect())
    }

    /// A template's rule comes upon pull requests that are opened later: those from before get one of their own.
    async fn bind_pull_request(&self, live: &PullRequest) -> Result<Option<Work>, Fault> {
        let voter = &self.settings.voter_arn;
        if !self.settings.binds(&live.change.repository) || is_bound(self.settings, live) {
            return Ok(None);
        }
        let content = gated_core::approval_rule(std::slice::from_ref(voter), 1).to_string();
        let id = &live.change.pull_request;
        let name = &self.settings.rule_template;
        if self.aws.create_rule(id, name, &content).await? {
            return Ok(Some(Work::Bound(id.clone())));
        }
        // Another sweep was faster, or somebody changed the rule of that name.
        match self.aws.pull_request(id).await? {
            Some(now) if now.open && !is_bound(self.settings, &now) => Err(Fault::misconfigured(format!(
                "its approval rule {name} was changed, and others than the gate can meet it: whoever may must delete it \
                 (aws codecommit delete-pull-request-approval-rule --pull-request-id {id} --approval-rule-name {name}), and \
                 the next sweep puts it right"
            ))),
            Some(_) | None => Ok(None),
        }
    }

    async fn gate(&self, live: &PullRequest) -> Result<Option<Work>, Fault> {
        let change = &live.change;
        let prefix = revision_prefix(&change.pull_request, &change.revision);
        // What runs looks at the pull request itself before it answers.
        if self.running.iter().any(|name| name.starts_with(&prefix)) {
            return Ok(None);
        }
        let mut decision = gather(self.aws, self.settings, live).await?.decision;
        let answer = self.newest_answer(&decision).await?;
        // What moved can change the decision alone: an answer that is missing is for its own event, or for the clock, which
        // counts it as missed, and another try after the service failed has to have its time.
        if self.moved.is_some() && answer.as_ref().is_none_or(|answer| answer.record.decision.hash == decision.hash) {
            return Ok(None);
        }
        if answer.as_ref().is_some_and(|answer| answer.settles(&decision)) && !self.died(&decision).await? {
            return Ok(None);
        }
        let build = match decision.action {
            Action::Build => match earlier(self.aws, self.settings, self.log, &decision).await? {
                Earlier::Runs => return Ok(None),
                // What the service's failure left says nothing: only a build can.
                Earlier::Fit(_) => answer.as_ref().is_some_and(Answer::is_infrastructure),
                Earlier::Unfit => true,
                Earlier::Nothing => {
                    // As its event would have it planned, should that come late: the name decides that there is one build.
                    decision = gather_new(self.aws, self.settings, live).await?.decision;
                    true
                }
            },
            Action::Pass | Action::Refuse => true,
        };
        self.attempt(&decision, Wish { build, again: answer.is_some(), ..Wish::default() }).await
    }

    /// Starts the next attempt at a decision, unless one runs or too many were made without a person asking.
    async fn attempt(&self, decision: &Decision, wish: Wish<'_>) -> Result<Option<Work>, Fault> {
        let change = &decision.change;
        let mut own = 0;
        for attempt in 1..=MOST_ATTEMPTS {
            let name = execution_name(&change.pull_request, &change.revision, &decision.hash, attempt);
            match self.aws.execution_and_input(&self.settings.state_machine_arn, &name).await? {
                Some((ExecutionState::Running, _)) => return Ok(None),
                Some((ExecutionState::Succeeded | ExecutionState::Failed, input)) => {
                    own += u32::from(input["requestedBy"].is_null());
                }
                None if own >= MOST_OWN_ATTEMPTS => break,
                None => {
                    let again = wish.again || attempt > 1;
                    let begun = start(self.aws, self.settings, decision, attempt, Wish { again, ..wish }).await?;
                    let work = if again { Work::Again } else { Work::Started };
                    return Ok((begun.started == Started::New).then(|| work(begun.execution)));
                }
            }
        }
        let about = json!({ "attempts": own, "mend": format!("gated rerun {}", change.pull_request) });
        self.log.pull_request(change.pull_request.as_str()).info("no attempt is left", about);
        Ok(None)
    }

    /// Whether the newest attempt to build the revision again ended without leaving anything: the answer before it, which it
    /// took back, does not hold.
    async fn died(&self, decision: &Decision) -> Result<bool, Fault> {
        let (aws, settings, change) = (self.aws, self.settings, &decision.change);
        // Most revisions were never built again: what was measured, which may be much, is read for the others alone.
        if decision.action != Action::Build || again(aws, settings, change, None).await? != Again::Lost {
            return Ok(false);
        }
        let stored = records::measured(aws, settings, self.log, change).await?;
        Ok(again(aws, settings, change, stored.as_ref()).await? == Again::Lost)
    }

    async fn newest_answer(&self, decision: &Decision) -> Result<Option<Answer>, Fault> {
        let prefix = records::records_of(&decision.change);
        let objects = self.aws.list_objects(&self.settings.artifact_bucket, &prefix).await?;
        let newest = records::newest(self.aws, &self.settings.artifact_bucket, objects).await?;
        let Some((key, record)) = newest else { return Ok(None) };
        let record = match record {
            Ok(record) => record,
            // A gate that was taken back leaves what the one in its place cannot read: this one has not answered yet.
            Err(error) => {
                let log = self.log.pull_request(decision.change.pull_request.as_str());
                let cause = records::not_read(&key, &error).message;
                log.error("an answer cannot be read, and is given anew", json!({"cause": cause}));
                return Ok(None);
            }
        };
        let name = key.trim_start_matches(&prefix).trim_end_matches(".json");
        let state = self.aws.execution(&self.settings.state_machine_arn, name).await?;
        // Step Functions forgets an execution after 90 days; the record is kept.
        let told = !matches!(state, Some(ExecutionState::Failed));
        Ok(Some(Answer { record, told }))
    }
}
