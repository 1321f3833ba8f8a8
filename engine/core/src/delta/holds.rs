//! From when the proposal's value of a differing key holds. What a proposal runs is its own at once, since it is tested
//! under itself; what is demanded of it, and what it may leave out, is the destination's until it is merged.

use crate::decision::{Delta, DeltaKind, Holds};
use crate::policy::{Floor, Policy};

/// The layers that have a say besides the destination.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sayers<'a> {
    pub(crate) floor: Option<&'a Floor>,
    pub(crate) source: &'a Policy,
    /// Whether a policy owner approved the proposal.
    pub(crate) owned: bool,
    /// Whether the build profile says if there is a Docker daemon.
    pub(crate) docker_is_set: bool,
}

/// From when the proposal's side of this difference holds.
pub(crate) fn holds(row: &Delta, sayers: Sayers<'_>) -> Holds {
    let Sayers { floor, source, owned, docker_is_set } = sayers;
    let nature = nature(&row.path);
    let commands_are_withheld = floor.is_some_and(|floor| floor.commands_from_destination);
    match nature {
        Nature::Value if docker_is_set && row.path == "environment.docker" => Holds::Never,
        Nature::Value | Nature::Platform if floor.is_some_and(|floor| is_final(&row.path, floor)) => Holds::Never,
        Nature::Command | Nature::Stage if commands_are_withheld => Holds::Merged,
        _ if owned => Holds::Now,
        // A layer that does not write a value says nothing about it, so the destination's stays.
        Nature::Value | Nature::Command if writes(&row.path, source) => Holds::Now,
        Nature::Value | Nature::Command | Nature::Platform => Holds::Merged,
        Nature::Stage | Nature::Demand => match row.kind {
            DeltaKind::Stricter | DeltaKind::Equal => Holds::Now,
            DeltaKind::Weaker => Holds::Merged,
            // A kind of report that is still there, or a container that is turned on; a condition that is neither wider
            // nor narrower is asked beside the destination's.
            DeltaKind::Changed if row.path.ends_with(".reports") || row.path == "container.build" => Holds::Now,
            DeltaKind::Changed => Holds::Merged,
        },
    }
}

/// How a key is joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// The newest that is written: the source's.
    Value,
    /// Likewise, unless the floor takes commands from the destination only.
    Command,
    /// A whole stage: the union.
    Stage,
    /// Destination and floor only.
    Platform,
    /// The strictest, or what all grant.
    Demand,
}

fn nature(path: &str) -> Nature {
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        ["setup"] | ["stages", _, "run" | "dir"] => Nature::Command,
        ["stages", _] => Nature::Stage,
        ["gate", "policy-owners"] | ["environment", "profile"] => Nature::Platform,
        ["stages"] | ["gate", "fail-fast"] | ["stages", _, "timeout"] | ["container", "dockerfile" | "context"] => {
            Nature::Value
        }
        ["environment", "image" | "compute" | "timeout" | "docker" | "variables" | "runtimes" | "cache"] => {
            Nature::Value
        }
        _ => Nature::Demand,
    }
}

/// Whether the policy itself writes a value. The order of its stages it always does.
fn writes(path: &str, policy: &Policy) -> bool {
    let environment = &policy.environment;
    let container = policy.container.as_ref();
    let parts: Vec<&str> = path.split('.').collect();
    match parts[..] {
        ["setup"] => policy.setup.is_some(),
        ["stages"] => true,
        ["stages", name, key] => {
            policy.stages.iter().find(|stage| stage.name.as_str() == name).is_some_and(|stage| match key {
                "run" => stage.run.is_some(),
                "dir" => stage.dir.is_some(),
                _ => stage.timeout.is_some(),
            })
        }
        ["gate", _] => policy.gate.fail_fast.is_some(),
        ["container", "dockerfile"] => container.is_some_and(|container| container.dockerfile.is_some()),
        ["container", _] => container.is_some_and(|container| container.context.is_some()),
        ["environment", "image"] => environment.image.is_some(),
        ["environment", "compute"] => environment.compute.is_some(),
        ["environment", "timeout"] => environment.timeout.is_some(),
        ["environment", "docker"] => environment.docker.is_some(),
        ["environment", "variables"] => environment.variables.is_some(),
        ["environment", "runtimes"] => environment.runtimes.is_some(),
        ["environment", "cache"] => environment.cache.is_some(),
        _ => false,
    }
}

/// Whether the floor's value is final: it writes one, or it injects stages, which run in its own image with its own
/// variables. Time-outs and the order are cut or extended by a floor, never replaced.
fn is_final(path: &str, floor: &Floor) -> bool {
    let injects = floor.policy.stages.iter().any(|stage| stage.name.is_reserved());
    match path {
        "environment.image" | "environment.variables" if injects => true,
        "environment.image" | "environment.compute" | "environment.docker" | "environment.cache" => {
            writes(path, &floor.policy)
        }
        "environment.profile" => floor.policy.environment.profile.is_some(),
        "container.dockerfile" | "container.context" => writes(path, &floor.policy),
        _ => false,
    }
}
