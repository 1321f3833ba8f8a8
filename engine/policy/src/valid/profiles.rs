//! Build profiles and modes of a floor, and the names by which policies choose a profile.

use gated_core::names::PolicyName;
use gated_core::policy::{Mode, Modes, Network, Profile, Proxy};

use super::patterns;
use crate::diagnostic::{Class, Diagnostic};
use crate::guess::{listed, nearest};
use crate::reader::Reader;
use crate::rules;
use crate::span::Span;
use crate::written::At;
use crate::written::collections::{Keyed, OneOrMany, PolicyNameKey};
use crate::written::platform::{self, Voting};

/// The profiles of a floor, in its order.
pub(super) fn profiles(written: Keyed<PolicyNameKey, platform::Profile>, to: &mut Reader<'_>) -> Vec<Profile> {
    let mut all = Vec::new();
    for (key, entry) in written.entries {
        let Ok(name) = PolicyName::new(key.text) else { continue };
        whole_network(&name, key.span, &entry, to);
        all.push(profile(name, entry.value));
    }
    all
}

fn profile(name: PolicyName, written: platform::Profile) -> Profile {
    let network = match (written.vpc, written.subnets, written.security_groups) {
        (Some(vpc), Some(subnets), Some(groups)) => Some(Network {
            vpc: vpc.value.0,
            subnets: texts(subnets.value, |subnet| subnet.0),
            security_groups: texts(groups.value, |group| group.0),
        }),
        _ => None, // incomplete is told
    };
    let proxy = written.proxy.map(|proxy| Proxy {
        http: proxy.value.http.map(|url| url.value.0),
        https: proxy.value.https.map(|url| url.value.0),
        no_proxy: proxy.value.no_proxy.map(|hosts| texts(hosts.value, |host| host.0)).unwrap_or_default(),
    });
    Profile {
        name,
        network,
        proxy,
        role: written.role.map(|role| role.value.0),
        key: written.key.map(|key| key.value.0),
        docker: written.docker.map(|docker| docker.value.0),
    }
}

fn texts<T, const LEAST: usize>(list: OneOrMany<T, LEAST>, text: fn(T) -> String) -> Vec<String> {
    list.0.into_iter().map(|one| text(one.value)).collect()
}

/// CodeBuild takes a VPC, its subnets and its security groups together or not at all. Silent where a value of the profile
/// could not be read.
fn whole_network(name: &PolicyName, place: Span, entry: &At<platform::Profile>, to: &mut Reader<'_>) {
    let (there, missing) = entry.value.network_keys();
    let inside = entry.span.start..entry.span.end.max(entry.span.start + 1);
    let faulty = to.diagnostics.iter().any(|told| told.class == Class::Structure && inside.contains(&told.span.start));
    if there.is_empty() || missing.is_empty() || faulty {
        return;
    }
    let message = format!("profile `{name}` has {} and no {}", listed(there.into_iter()), listed(missing.into_iter()));
    let fault = Diagnostic::error(rules::MISSING_KEY, place, message);
    to.tell(fault.help("CodeBuild takes `vpc`, `subnets` and `security-groups` together"));
}

/// Whether the gate votes.
pub(super) fn modes(written: Voting, to: &mut Reader<'_>) -> Modes {
    let some = match written {
        Voting::Everywhere(mode) => return Modes::everywhere(mode),
        Voting::Some(some) => some,
    };
    let (mode, list) = match (some.observe, some.enforce) {
        (Some(list), _) => (Mode::Observe, list),
        (None, Some(list)) => (Mode::Enforce, list),
        (None, None) => return Modes::default(), // nothing could be read, and that is told
    };
    patterns::globs(&list.value.0, |text| &text.0, to).map(|names| Modes::only(mode, names)).unwrap_or_default()
}

/// What to say of a policy, or the floor itself, that names a profile which the floor does not define.
pub(crate) fn unknown_profile(name: &PolicyName, place: Span, profiles: &[Profile]) -> Option<Diagnostic> {
    if profiles.iter().any(|profile| profile.name == *name) {
        return None;
    }
    let names = || profiles.iter().map(|profile| profile.name.as_str());
    let message = format!("the floor defines no profile `{name}`");
    let fault = Diagnostic::error(rules::UNKNOWN_PROFILE, place, message);
    Some(match nearest(name.as_str(), names()) {
        Some(guess) => {
            fault.help(format!("did you mean `{guess}`?")).written("write the profile that was meant", guess)
        }
        None if profiles.is_empty() => fault.help("remove it, or have the floor's owners define it in `profiles`"),
        None => fault.help(format!("its profiles are {}", listed(names()))),
    })
}
