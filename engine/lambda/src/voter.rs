//! The only function that may comment and vote. It takes the key of a decision record, never a verdict: what it does follows
//! from the newest record of that revision and from the pull request as it is now. An execution's input alone can never make
//! it approve.

mod taken_back;

use gated_aws::{Aws, Cast};
use gated_core::change::Change;
use gated_core::decision::Action;
use gated_core::measured::BuildStatus;
use gated_core::names::PullRequestId;
use gated_core::report::Report;
use gated_core::stored::Unreadable;
use gated_core::verdict::{Abstention, Again, Ballot, Live, Permit, Record, VerdictKind};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::again::again;
use crate::gate::{Gate, closed, look};
use crate::gather::gather;
use crate::log::Log;
use crate::proof;
use crate::records::{self, MOST_TRIES, Stored, read_plan, read_record};
use crate::report;
use crate::{Fault, Settings};

/// What the state machine asks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
enum Asked {
    /// Write the comment for a record.
    Comment { record: String },
    /// Vote by a record.
    Vote { record: String },
    /// Take the answer on a revision back, since it is built again.
    Reopen { plan: String, attempt: u32 },
    /// Say that a revision is built, above what was said of an earlier one.
    Announce { plan: String, attempt: u32 },
    /// Say that the gate itself failed. It can only take an approval back.
    Trouble { execution: String, gate: Gate },
    /// Say that nothing is built any more, where the comment of a pull request that has ended says that something is.
    #[serde(rename_all = "camelCase")]
    End { pull_request_id: PullRequestId },
}

/// The two parts of an answer, which the state machine repeats each on its own.
#[derive(Debug, Clone, Copy)]
enum Part {
    Comment,
    Vote,
}

impl Part {
    /// Under which its answer stands.
    fn name(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Vote => "vote",
        }
    }
}

/// Comments, votes, or says that the gate failed.
///
/// # Errors
/// When a record or a build is not what the gate planned, or AWS refuses or cannot be reached.
pub async fn voter(aws: &Aws, settings: &Settings, log: &Log, payload: Value) -> Result<Value, Fault> {
    let asked: Asked = serde_json::from_value(payload)
        .map_err(|error| Fault::misconfigured(format!("the voter's payload: {error}")))?;
    match asked {
        Asked::Comment { record } => by_newest(aws, settings, log, record, Part::Comment).await,
        Asked::Vote { record } => by_newest(aws, settings, log, record, Part::Vote).await,
        Asked::Reopen { plan, attempt } => {
            taken_back::reopen(aws, settings, &read_plan(aws, settings, &plan).await?, attempt).await
        }
        Asked::Announce { plan, attempt } => {
            taken_back::announce(aws, settings, &read_plan(aws, settings, &plan).await?, attempt).await
        }
        Asked::Trouble { execution, gate } => taken_back::trouble(aws, settings, log, &execution, &gate).await,
        Asked::End { pull_request_id } => match closed(aws, &pull_request_id).await? {
            Some(live) => taken_back::end(aws, settings, log, &live).await,
            None => Ok(json!({"comment": "gone"})),
        },
    }
}

/// Does what a record asks for, or the newest of its revision where that is another: a task that is repeated late, or a record
/// that somebody sends again, brings nothing back. One may come in between, so it looks afterwards too.
async fn by_newest(aws: &Aws, settings: &Settings, log: &Log, mut key: String, part: Part) -> Result<Value, Fault> {
    let mut record = read_record(aws, settings, &key).await?;
    match newer(aws, settings, &record.decision.change, &key).await? {
        None => {}
        Some((newest, Ok(newer))) => (key, record) = (newest, newer),
        // A newer gate has judged this revision meanwhile, and answers for itself.
        Some((_, Err(Unreadable::Newer { .. }))) => return Ok(json!({part.name(): "superseded"})),
        Some((newest, Err(error))) => return Err(records::not_read(&newest, &error)),
    }
    for _ in 0..MOST_TRIES {
        let change = record.decision.change.clone();
        let answer = match part {
            Part::Comment => comment(aws, settings, report::of(aws, settings, &key, record).await?).await?,
            Part::Vote => vote(aws, settings, log, &record).await?,
        };
        match newer(aws, settings, &change, &key).await? {
            None => return Ok(answer),
            Some((newest, Ok(newer))) => (key, record) = (newest, newer),
            // What was just said may not hold any more, and whether it does cannot be told.
            Some((newest, Err(error))) => return Err(records::not_read(&newest, &error)),
        }
    }
    Err(Fault::transient(format!("{MOST_TRIES} newer records came while this revision was answered, {key} the last")))
}

/// The newest record of a revision, unless it is this one.
async fn newer(
    aws: &Aws,
    settings: &Settings,
    change: &Change,
    key: &str,
) -> Result<Option<(String, Result<Record, Unreadable>)>, Fault> {
    let objects = aws.list_objects(&settings.artifact_bucket, &records::records_of(change)).await?;
    let newest = records::newest(aws, &settings.artifact_bucket, objects).await?;
    Ok(newest.filter(|(newest, _)| newest != key))
}

async fn comment(aws: &Aws, settings: &Settings, report: Report) -> Result<Value, Fault> {
    let change = &report.record.decision.change;
    let live = look(aws, &change.pull_request).await?;
    if live.change.revision != change.revision {
        return Ok(json!({"comment": "superseded"}));
    }
    let text = gated_render::comment(&report);
    write(aws, settings, &live.change, &text).await
}

/// Writes the comment, and answers whether there is one now: without a second commit CodeCommit takes none.
async fn write(aws: &Aws, settings: &Settings, change: &Change, text: &str) -> Result<Value, Fault> {
    let written = aws.write_comment(change, &settings.voter_arn, text).await?;
    Ok(json!({"comment": if written { "written" } else { "no second commit" }}))
}

async fn vote(aws: &Aws, settings: &Settings, log: &Log, record: &Record) -> Result<Value, Fault> {
    let change = &record.decision.change;
    let live = look(aws, &change.pull_request).await?;
    // A closed or newer pull request needs no second look at its policies.
    let gathered = if live.open && live.change.revision == change.revision {
        Some(gather(aws, settings, &live).await?)
    } else {
        None
    };
    let approved = gathered.as_ref().is_some_and(|gathered| gathered.approved);
    let decided = gathered.map(|gathered| gathered.decision);
    let (stored, again) = match &decided {
        Some(_) => measured(aws, settings, log, change).await?,
        None => (None, Again::Never),
    };
    let needs_no_build = decided.as_ref().is_some_and(|decision| decision.action == Action::Pass);
    let now = Live {
        pull_request: live.change.pull_request.clone(),
        revision: live.change.revision.clone(),
        open: live.open,
        decision_hash: decided.map(|decision| decision.hash).unwrap_or_default(),
        build: build_of(stored.as_ref()),
        again,
    };
    let cast = match record.ballot(&now) {
        Ballot::Approve(permit) => {
            if record.evidence.is_some() || !needs_no_build {
                prove_build(aws, settings, record, stored).await?;
            }
            approve(aws, settings, log, record, (!approved).then_some(permit), now).await?
        }
        // A vote that changes nothing is not cast: another gate on the repository would answer to it, and this one to that.
        Ballot::Revoke(..) if !approved => "revoked",
        Ballot::Revoke(pull_request, revision) => told(aws.revoke(&pull_request, &revision).await?, "revoked"),
        Ballot::Abstain(Abstention::Moved) => "moved",
        Ballot::Abstain(Abstention::Building) => "building",
        Ballot::Abstain(Abstention::Superseded) => "superseded",
        Ballot::Abstain(Abstention::Closed) => "closed",
        Ballot::Abstain(Abstention::Observing) => "observing",
    };
    Ok(json!({"vote": cast}))
}

fn told(cast: Cast, word: &'static str) -> &'static str {
    match cast {
        Cast::Counted => word,
        Cast::Superseded => "superseded",
        Cast::Closed => "closed",
    }
}

/// What was measured last of a revision, and whether it is built again: a record whose build a newer one overtook is as old as
/// that build.
async fn measured(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    change: &Change,
) -> Result<(Option<Stored>, Again), Fault> {
    let stored = records::measured(aws, settings, log, change).await?;
    let again = again(aws, settings, change, stored.as_ref()).await?;
    Ok((stored, again))
}

fn build_of(stored: Option<&Stored>) -> Option<String> {
    stored.and_then(|stored| stored.evidence.outcome.id.clone())
}

/// Approves, unless an approval stands (`permit` is none), and takes that back where a new build was announced meanwhile. Such a
/// build takes back what was approved before it begins, and it is announced before that: one of the two sees the other.
async fn approve(
    aws: &Aws,
    settings: &Settings,
    log: &Log,
    record: &Record,
    permit: Option<Permit>,
    then: Live,
) -> Result<&'static str, Fault> {
    let change = &record.decision.change;
    let cast = match permit {
        Some(permit) => aws.approve(permit).await?,
        None => Cast::Counted,
    };
    let (stored, again) = measured(aws, settings, log, change).await?;
    if let Ballot::Approve(_) = record.ballot(&Live { build: build_of(stored.as_ref()), again, ..then }) {
        return Ok(told(cast, "approved"));
    }
    Ok(told(aws.revoke(&change.pull_request, &change.revision).await?, "moved"))
}

/// Holds the build against its plan before an approval: whoever may start builds could have started another one. The plan is
/// the one that was kept with the measurements, where only the judge writes: the one under `plans/` is deleted sooner.
async fn prove_build(aws: &Aws, settings: &Settings, record: &Record, stored: Option<Stored>) -> Result<(), Fault> {
    let id = record.evidence.as_ref().and_then(|e| e.outcome.id.as_deref());
    let id = id.ok_or_else(|| Fault::forged("the record passes without naming a build"))?;
    let planned = stored.map(|stored| stored.planned).filter(|plan| record.built_under.as_ref() == Some(&plan.hash));
    let planned = planned.ok_or_else(|| Fault::forged(format!("build {id} was planned under another decision")))?;
    let build = proof::known(aws, id).await?;
    let passed = record.verdict.kind == VerdictKind::Pass && build.outcome.status == BuildStatus::Succeeded;
    match proof::difference(settings, &planned, &build).or((!passed).then_some("status")) {
        None => Ok(()),
        Some(what) => Err(Fault::forged(format!("build {id} is not the one that was planned: its {what} differs"))),
    }
}
