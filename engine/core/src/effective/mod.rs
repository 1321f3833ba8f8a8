//! The effective policy: what floor, destination and source demand together. Joined on what is written; defaults are
//! filled in last. The source may add any demand, and a grant only where the destination or the floor has it too.

mod environment;
mod requirements;
mod stages;

pub use requirements::{EffectiveContainer, EffectiveCoverage};
pub use stages::{Demand, EffectiveStage};

use crate::decision::PlannedEnvironment;
use crate::matching::{ArnGlobs, Globs};
use crate::names::PolicyName;
use crate::policy::{Floor, Gate, Policy, SkipRule};
use crate::trio::{Trio, keys};

/// The policies that are joined. A first adoption has no `destination`, which alone takes every grant from the source.
#[derive(Debug, Clone, Copy)]
pub struct Parties<'a> {
    /// The organisation's floor.
    pub floor: Option<&'a Floor>,
    /// What the proposal is held against.
    pub destination: Option<&'a Policy>,
    /// The proposal.
    pub source: Option<&'a Policy>,
    /// Whose commands run where the floor says `commands: destination`.
    pub trusted: Option<&'a Policy>,
}

/// What the three layers demand and grant together, before the facts of a pull request are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// Stop at the first required stage that fails.
    pub fail_fast: bool,
    /// A file is ignored when every one of these lists matches it; none when there is no list.
    pub ignore: Vec<Globs>,
    /// Owners of destination and floor.
    pub owners: ArnGlobs,
    /// The environment of the build; `privileged` is `docker` alone.
    pub environment: PlannedEnvironment,
    /// Whether the floor, or the build profile, forbids a Docker daemon.
    pub docker_forbidden: bool,
    /// Commands before the stages.
    pub setup: Vec<String>,
    /// Every stage, in order.
    pub stages: Vec<EffectiveStage>,
    /// The container image; `None` when no layer has one.
    pub container: Option<EffectiveContainer>,
    /// Demands on coverage; `None` when there are none.
    pub coverage: Option<EffectiveCoverage>,
    /// Every skip rule that the destination or the floor has.
    pub skip: Vec<EffectiveSkip>,
    /// Stages that no rule may leave out.
    pub unskippable: Vec<PolicyName>,
    /// Where a value of the proposal was set aside, in sentences.
    pub notes: Vec<String>,
}

/// A skip rule, as each layer that has a say in it grants it.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectiveSkip {
    /// Its name.
    pub name: PolicyName,
    /// The rule of every layer that has it; all must grant.
    pub grants: Vec<SkipRule>,
    /// Whether the source has a policy without this rule: then it is not granted.
    pub dropped_by_source: bool,
}

impl Effective {
    /// Whether `gate.ignore` leaves this file out.
    pub fn ignores(&self, path: &str) -> bool {
        !self.ignore.is_empty() && self.ignore.iter().all(|list| list.matches(path))
    }
}

impl<'a> Parties<'a> {
    /// The three layers as they are: the source can only tighten.
    pub fn new(floor: Option<&'a Floor>, destination: Option<&'a Policy>, source: Option<&'a Policy>) -> Self {
        Self { floor, destination, source, trusted: destination }
    }

    /// After an owner's approval the proposal stands in for the destination: its own values hold, never below the floor.
    pub fn owned(self) -> Self {
        Self { destination: self.source, ..self }
    }

    fn layers(&self) -> Trio<&'a Policy> {
        Trio { floor: self.floor.map(|floor| &floor.policy), destination: self.destination, source: self.source }
    }
}

/// Joins the layers.
pub fn effective(parties: &Parties<'_>) -> Effective {
    let layers = parties.layers();
    keys!(layers => Policy { setup, container, coverage } { gate, environment, stages, skip });
    keys!(gate => Gate { fail_fast, ignore, policy_owners });
    let _ = setup; // joined with the stages' commands, below
    let injected = stages.floor.is_some_and(|list| list.iter().any(|stage| stage.name.is_reserved()));
    let profiles = parties.floor.map_or(&[][..], |floor| &floor.profiles);
    let (environment, docker_forbidden, notes) = environment::join(environment, injected, profiles);
    Effective {
        fail_fast: fail_fast.newest().copied().unwrap_or(false),
        ignore: left_out(ignore),
        owners: joined_owners(policy_owners),
        environment,
        docker_forbidden,
        setup: stages::setup(parties),
        stages: stages::join(stages, parties),
        container: requirements::container(container),
        coverage: requirements::coverage(coverage),
        skip: skips(skip, parties.source.is_some()),
        unskippable: parties.floor.map(|floor| floor.unskippable.clone()).unwrap_or_default(),
        notes,
    }
}

/// The lists that must all match: none where neither the destination nor the floor has the key.
fn left_out(lists: Trio<&Globs>) -> Vec<Globs> {
    if lists.floor.is_none() && lists.destination.is_none() {
        return Vec::new();
    }
    let mut all: Vec<Globs> = Vec::new();
    for list in lists.values() {
        if !all.contains(list) {
            all.push(list.clone());
        }
    }
    all
}

/// Destination and floor only, joined.
fn joined_owners(owners: Trio<&ArnGlobs>) -> ArnGlobs {
    Trio { source: None, ..owners }.values().fold(ArnGlobs::default(), |all, more| all.plus(more))
}

/// The entries that the destination or the floor has. A source that names the key keeps of the destination's only
/// those that it names itself; the floor's always hold.
fn granted<T: Clone + PartialEq, K: PartialEq>(lists: Trio<&Vec<T>>, key: impl Fn(&T) -> &K) -> Vec<T> {
    let of = |list: Option<&Vec<T>>| list.cloned().unwrap_or_default();
    let (floor, destination) = (of(lists.floor), of(lists.destination));
    let own = match lists.source {
        Some(named) => named.iter().filter(|entry| destination.contains(entry)).cloned().collect(),
        None => destination,
    };
    let mut entries = floor;
    for entry in own {
        if !entries.iter().any(|other| key(other) == key(&entry)) {
            entries.push(entry);
        }
    }
    entries
}

fn skips(rules: Trio<&Vec<SkipRule>>, source_has_policy: bool) -> Vec<EffectiveSkip> {
    let mut names: Vec<&PolicyName> = Vec::new();
    for rule in rules.destination.into_iter().chain(rules.floor).flatten() {
        if !names.contains(&&rule.name) {
            names.push(&rule.name);
        }
    }
    let named = |name: &PolicyName| {
        let grants = rules.key(|list| list.iter().find(|rule| &rule.name == name));
        EffectiveSkip {
            name: name.clone(),
            grants: grants.values().cloned().collect(),
            dropped_by_source: source_has_policy && grants.source.is_none(),
        }
    };
    names.into_iter().map(named).collect()
}
