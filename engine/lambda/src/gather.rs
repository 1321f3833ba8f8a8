//! Reads everything that a decision rests on, and makes it. An event is only a hint to look: what counts is what CodeCommit
//! says now.

use gated_aws::{Aws, PolicyFile, PullRequest};
use gated_core::decide;
use gated_core::decision::{Decision, LayerName};
use gated_core::facts::Facts;
use gated_core::names::CommitId;
use gated_core::policy::Mode;
use gated_core::report;
use gated_policy::{Content, POLICY_PATH, PolicyText, read_layers};

use crate::settings::GATE;
use crate::{Fault, Settings};

/// A pull request, and the decision about it as it would be made now.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// What was seen.
    pub facts: Facts,
    /// What was decided.
    pub decision: Decision,
    /// The policies that it rests on, as they were read.
    pub policies: Vec<report::PolicyText>,
    /// Whether the gate itself approves this revision now.
    pub approved: bool,
}

/// Whether a rule of the pull request can be met by the gate's vote alone.
pub(crate) fn is_bound(settings: &Settings, live: &PullRequest) -> bool {
    live.rules.iter().any(|rule| gated_core::demands_vote(rule, &settings.voter_arn))
}

/// Whether the gate votes on a pull request, as [`decide`] says it: one that waits for its vote gets it.
pub(crate) fn mode(settings: &Settings, live: &PullRequest) -> Mode {
    if is_bound(settings, live) { Mode::Enforce } else { settings.mode(&live.change.repository) }
}

/// Who said what of a revision.
#[derive(Debug, Default)]
struct Votes {
    approvals: Vec<String>,
    overridden_by: Option<String>,
}

/// Reads layers and facts of a pull request that was just looked at, and decides.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub async fn gather(aws: &Aws, settings: &Settings, live: &PullRequest) -> Result<Gathered, Fault> {
    let change = &live.change;
    let votes = async {
        let (approvals, overridden_by) = tokio::try_join!(
            aws.approvals(&change.pull_request, &change.revision),
            aws.overridden_by(&change.pull_request, &change.revision),
        )?;
        Ok(Votes { approvals, overridden_by })
    };
    gather_with(aws, settings, live, votes).await
}

/// [`gather`] for a revision that its own event has just told of: nobody has voted on it. Should somebody have, the vote's
/// event follows, and the judge asks before it answers.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub(crate) async fn gather_new(aws: &Aws, settings: &Settings, live: &PullRequest) -> Result<Gathered, Fault> {
    gather_with(aws, settings, live, async { Ok(Votes::default()) }).await
}

async fn gather_with(
    aws: &Aws,
    settings: &Settings,
    live: &PullRequest,
    votes: impl Future<Output = Result<Votes, gated_aws::Fault>>,
) -> Result<Gathered, Fault> {
    let change = &live.change;
    let (source, destination, changed, votes) = tokio::try_join!(
        aws.policy_file(&change.repository, &change.source_commit),
        aws.policy_file(&change.repository, &change.destination_commit),
        aws.changed_files(&change.repository, &change.merge_base, &change.source_commit),
        votes,
    )?;
    let approved = votes.approvals.contains(&settings.voter_arn);
    let facts = Facts {
        change: change.clone(),
        title: live.title.clone(),
        author: live.author.clone(),
        changed,
        approvals: votes.approvals.into_iter().filter(|arn| *arn != settings.voter_arn).collect(),
        overridden_by: votes.overridden_by,
        bound: is_bound(settings, live),
    };
    let floor = settings.floor.as_ref().map(|floor| (floor.path.as_str(), floor.bytes.as_slice()));
    let layers =
        read_layers(floor, text(&change.destination_commit, &destination), text(&change.source_commit, &source));
    let decision = decide(&layers, &facts, GATE);
    let policies = report::PolicyText::of_layers(&layers, |layer| match layer {
        LayerName::Floor => floor.map(|(_, bytes)| bytes),
        LayerName::Destination => content(&destination),
        LayerName::Source => content(&source),
    });
    Ok(Gathered { facts, decision, policies, approved })
}

fn content(file: &PolicyFile) -> Option<&[u8]> {
    match file {
        PolicyFile::Regular(bytes) => Some(bytes),
        PolicyFile::Absent | PolicyFile::Irregular(_) => None,
    }
}

fn text<'a>(commit: &'a CommitId, file: &'a PolicyFile) -> PolicyText<'a> {
    let content = match file {
        PolicyFile::Absent => Content::Absent,
        PolicyFile::Regular(bytes) => Content::Regular(bytes),
        PolicyFile::Irregular(why) => Content::Irregular(*why),
    };
    PolicyText { path: POLICY_PATH, commit, content }
}
