//! Reads everything that a decision rests on, and makes it. An event is only a hint to look: what counts is what CodeCommit
//! says now.

use gated_aws::{Aws, PolicyFile, PullRequest};
use gated_core::decide;
use gated_core::decision::Decision;
use gated_core::facts::Facts;
use gated_core::layers::{Found, Layer, Layers, Origin, Problem};
use gated_core::names::CommitId;
use gated_core::policy::Policy;

use crate::settings::GATE;
use crate::{Fault, Settings};

/// Where a repository's policy lies.
const POLICY_PATH: &str = ".gated.yml";

/// A pull request, and the decision about it as it would be made now.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// What was seen.
    pub facts: Facts,
    /// What was decided.
    pub decision: Decision,
}

/// Reads layers and facts of a pull request that was just looked at, and decides.
///
/// # Errors
/// When AWS refuses or cannot be reached.
pub async fn gather(aws: &Aws, settings: &Settings, live: &PullRequest) -> Result<Gathered, Fault> {
    let change = &live.change;
    let (source, destination, changed, approvals, overridden_by) = tokio::try_join!(
        aws.policy_file(&change.repository, &change.source_commit),
        aws.policy_file(&change.repository, &change.destination_commit),
        aws.changed_files(&change.repository, &change.merge_base, &change.source_commit),
        aws.approvals(&change.pull_request, &change.revision),
        aws.overridden_by(&change.pull_request, &change.revision),
    )?;
    let facts = Facts {
        change: change.clone(),
        title: live.title.clone(),
        author: live.author.clone(),
        changed,
        approvals: approvals.into_iter().filter(|arn| *arn != settings.voter_arn).collect(),
        overridden_by,
    };
    let layers = layers(settings, (&change.destination_commit, destination), (&change.source_commit, source));
    let decision = decide(&layers, &facts, GATE);
    Ok(Gathered { facts, decision })
}

fn layers(settings: &Settings, destination: (&CommitId, PolicyFile), source: (&CommitId, PolicyFile)) -> Layers {
    let floor = match (&settings.floor, settings.read_floor()) {
        (Some(file), Some(reading)) => Layer {
            origin: Origin { path: file.path.clone(), commit: None, hash: Some(reading.hash) },
            found: reading.found,
        },
        _ => Layer { origin: Origin::default(), found: Found::Absent },
    };
    let constrain = |layer: Layer<Policy>, file: &PolicyFile| -> Layer<Policy> {
        let (Found::Valid(floor, _), Found::Valid(..), PolicyFile::Regular(bytes)) = (&floor.found, &layer.found, file)
        else {
            return layer;
        };
        let problems = gated_policy::check_constraints(floor, POLICY_PATH, bytes);
        if problems.is_empty() { layer } else { Layer { origin: layer.origin, found: Found::Invalid(problems) } }
    };
    let destination_layer = layer(destination.0, &destination.1);
    let source_layer = constrain(layer(source.0, &source.1), &source.1);
    Layers { floor, destination: destination_layer, source: source_layer }
}

fn layer(commit: &CommitId, file: &PolicyFile) -> Layer<Policy> {
    let origin = |hash| Origin { path: POLICY_PATH.to_owned(), commit: Some(commit.clone()), hash };
    match file {
        PolicyFile::Absent => Layer { origin: origin(None), found: Found::Absent },
        PolicyFile::Irregular(message) => {
            let problem = Problem { path: POLICY_PATH.to_owned(), line: 0, column: 0, message: message.clone() };
            let hash = gated_core::names::sha256_hex(message.as_bytes());
            Layer { origin: origin(Some(hash)), found: Found::Invalid(vec![problem]) }
        }
        PolicyFile::Regular(bytes) => {
            let reading = gated_policy::read_policy(POLICY_PATH, bytes);
            Layer { origin: origin(Some(reading.hash)), found: reading.found }
        }
    }
}
