//! The environment of the build, joined. Values are the source's, what the floor writes is final; grants (secrets,
//! parameters, the build profile) only as the destination or the floor has them.

use super::granted;
use crate::decision::PlannedEnvironment;
use crate::defaults;
use crate::names::PolicyName;
use crate::policy::{Environment, Pairs, Profile};
use crate::trio::{Trio, keys};
use crate::units::Seconds;

/// The environment, whether the floor forbids a Docker daemon, and what was set aside.
pub(super) fn join(
    layers: Trio<&Environment>,
    injected: bool,
    profiles: &[Profile],
) -> (PlannedEnvironment, bool, Vec<String>) {
    keys!(layers => Environment {
        image, compute, timeout, profile, docker, variables, parameters, secrets, runtimes, cache,
    });
    let mut notes = Vec::new();
    // A stage that the organisation injects must not run in an image that a pull request chose.
    let (image, variables) = if injected {
        if image.floor.is_none() && image.newest().is_some() {
            notes.push("the floor injects stages, so the image is the floor's".to_owned());
        }
        (image.floor, variables.floor.cloned().unwrap_or_default())
    } else {
        (image.unless_floor(), pairs(variables))
    };
    let longest = timeout.floor.copied().unwrap_or(defaults::LONGEST_TIMEOUT);
    let wanted = timeout.newest().copied().unwrap_or(defaults::TIMEOUT);
    if timeout.newest().is_some() && wanted > longest {
        notes.push(format!("the time-out of {wanted} is cut to {longest}, the longest that is allowed"));
    }
    let (profile, set_aside) = chosen(profile, profiles);
    notes.extend(set_aside);
    // The floor's own word first; a profile's is the platform's, so that no repository can say otherwise.
    let docker_by_platform = docker.floor.copied().or(profile.and_then(|profile| profile.docker));
    let environment = PlannedEnvironment {
        image: image.cloned().unwrap_or_else(|| defaults::IMAGE.to_owned()),
        compute: compute.unless_floor().copied().unwrap_or(defaults::COMPUTE),
        timeout: wanted.min(longest),
        profile: profile.cloned(),
        privileged: docker_by_platform.or(docker.newest().copied()).unwrap_or(false),
        variables,
        parameters: granted(parameters, |(variable, _)| variable),
        secrets: granted(secrets, |(variable, _)| variable),
        runtimes: pairs(runtimes),
        cache: cache.unless_floor().cloned().unwrap_or_default(),
    };
    (environment, docker_by_platform == Some(false), notes)
}

/// The profile that builds get, and what to say of the proposal's. A profile gives network and role: a pull request cannot
/// choose one for itself, only for those after it. One that the floor no longer defines is none, so that the pull request
/// that names another one can be judged.
fn chosen<'p>(named: Trio<&PolicyName>, profiles: &'p [Profile]) -> (Option<&'p Profile>, Option<String>) {
    let defined = |name: &&PolicyName| profiles.iter().find(|profile| profile.name == **name);
    let given = named.floor.or(named.destination);
    let profile = given.as_ref().and_then(defined);
    let note = match (named.source, given) {
        _ if given.is_some() && profile.is_none() => {
            given.map(|name| format!("the profile {name} is not defined by the floor, so builds have none"))
        }
        (Some(proposed), given) if given != Some(proposed) => {
            let holds = profile.map_or("none".to_owned(), |profile| profile.name.to_string());
            let why = if named.floor.is_some() { "the floor chooses it" } else { "its own holds once it is merged" };
            Some(format!("the build has the profile {holds}, not {proposed}: {why}"))
        }
        _ => None,
    };
    (profile, note)
}

/// A stage's own time-out: the source's, never above the floor's.
pub(super) fn stage_timeout(timeout: Trio<&Seconds>) -> Option<Seconds> {
    let longest = timeout.floor.copied().unwrap_or(defaults::LONGEST_TIMEOUT);
    timeout.newest().map(|wanted| (*wanted).min(longest))
}

/// The source's pairs, else the destination's; each pair that the floor writes is final.
fn pairs(layers: Trio<&Pairs>) -> Pairs {
    let floor = layers.floor.cloned().unwrap_or_default();
    let own = layers.source.or(layers.destination).cloned().unwrap_or_default();
    let mut all = floor;
    for (key, value) in own {
        if !all.iter().any(|(other, _)| *other == key) {
            all.push((key, value));
        }
    }
    all
}
