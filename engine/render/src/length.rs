//! How long the buildspec of a policy can become, before any pull request is known. It renders nothing that anybody runs.

use gated_core::change::Change;
use gated_core::decide;
use gated_core::facts::{ChangedFiles, Facts};
use gated_core::layers::{Found, Layer, Layers, Origin, Places};
use gated_core::names::{CommitId, NameError, PullRequestId, RepositoryName, RevisionId};
use gated_core::policy::{Floor, Policy};

use crate::buildspec::{BUILDSPEC_LIMIT, RenderFault, buildspec};

/// Characters of a buildspec that are there whatever the policy says, generously; presets included.
const FIXED: usize = 11_000;
/// Characters that a stage, or a command, has besides its own text, generously.
const FOR_A_STEP: usize = 120;
/// Characters that one byte of a policy can become: a glob becomes a regular expression, which is quoted twice.
const FOR_A_BYTE: usize = 8;

/// Characters of the buildspec in which every stage of the policy, and of the floor, runs; `None` where so short a policy
/// (of `bytes` bytes) surely fits, or where something else is wrong with it.
pub fn longest_buildspec(policy: &Policy, floor: Option<&Floor>, bytes: usize) -> Option<usize> {
    let most = FIXED + FOR_A_STEP * steps(policy) + FOR_A_BYTE.saturating_mul(bytes);
    if floor.is_none() && most <= BUILDSPEC_LIMIT {
        return None;
    }
    let policy = unconditional(policy);
    let floor = floor.map(|floor| Floor { policy: unconditional(&floor.policy), ..floor.clone() });
    let same = || Layer { origin: Origin::default(), found: Found::Valid(policy.clone(), Places::new()) };
    let floor = floor.map_or(Found::Absent, |floor| Found::Valid(floor, Places::new()));
    let floor = Layer { origin: Origin::default(), found: floor };
    let decision = decide(&Layers { floor, destination: same(), source: same() }, &facts().ok()?, "");
    match buildspec(&decision) {
        Ok(text) => Some(text.chars().count()),
        Err(RenderFault::TooLong { length, .. }) => Some(length),
        Err(_) => None,
    }
}

fn steps(policy: &Policy) -> usize {
    let commands = policy.stages.iter().map(|stage| &stage.run).chain([&policy.setup]).flatten();
    policy.stages.len() + commands.map(Vec::len).sum::<usize>()
}

/// The same policy with nothing that could leave a stage out.
fn unconditional(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    policy.gate.ignore = None;
    policy.skip.clear();
    policy.stages.iter_mut().for_each(|stage| stage.when = None);
    if let Some(container) = &mut policy.container {
        container.when = None;
    }
    policy
}

/// A pull request about which nothing is known.
fn facts() -> Result<Facts, NameError> {
    let commit = || CommitId::new("0".repeat(40));
    Ok(Facts {
        change: Change {
            repository: RepositoryName::new("any")?,
            pull_request: PullRequestId::new("1")?,
            revision: RevisionId::new("0".repeat(64))?,
            source_reference: "refs/heads/any".to_owned(),
            destination_reference: "refs/heads/main".to_owned(),
            source_commit: commit()?,
            destination_commit: commit()?,
            merge_base: commit()?,
        },
        title: String::new(),
        author: String::new(),
        changed: ChangedFiles { files: Vec::new(), complete: true },
        approvals: Vec::new(),
        overridden_by: None,
    })
}
