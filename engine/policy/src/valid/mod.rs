//! The door from what is written to what is valid: patterns are compiled, names and references checked, and every fault
//! told at its place. A fault never becomes a default.

mod container;
mod environment;
mod floor;
mod patterns;
mod profiles;
mod references;
mod stages;

use gated_core::policy::{Gate, Policy};

use crate::reader::Reader;
use crate::written::collections::OneOrMany;
use crate::written::scalars::{Arn, Command, Text};
use crate::written::{At, policy};

pub(crate) use floor::floor;
pub(crate) use profiles::unknown_profile;

/// Which kind of file is read: some things are legal in only one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A repository's `.gated.yml`.
    Repository,
    /// An organisation's floor.
    Organisation,
}

/// The parts that a policy and a floor share, as written.
pub(crate) struct Parts {
    pub(crate) gate: GateParts,
    pub(crate) environment: Option<At<policy::Environment>>,
    pub(crate) setup: Option<At<OneOrMany<Command, 0>>>,
    pub(crate) stages: Option<At<stages::Stages>>,
    pub(crate) container: Option<At<crate::written::short::ContainerEntry>>,
    pub(crate) coverage: Option<At<crate::written::short::CoverageEntry>>,
    pub(crate) skip: Option<At<stages::Rules>>,
}

/// The keys of `gate` that a policy and a floor share.
#[derive(Default)]
pub(crate) struct GateParts {
    pub(crate) fail_fast: Option<bool>,
    pub(crate) ignore: Option<At<OneOrMany<Text, 1>>>,
    pub(crate) policy_owners: Option<At<OneOrMany<Arn, 0>>>,
}

/// A repository's policy.
pub(crate) fn policy(written: policy::WrittenPolicy, to: &mut Reader<'_>) -> Policy {
    let gate = written.gate.map_or_else(GateParts::default, |gate| GateParts {
        fail_fast: gate.value.fail_fast.map(|flag| flag.value.0),
        ignore: gate.value.ignore,
        policy_owners: gate.value.policy_owners,
    });
    let parts = Parts {
        gate,
        environment: written.environment,
        setup: written.setup,
        stages: written.stages,
        container: written.container,
        coverage: written.coverage,
        skip: written.skip,
    };
    whole(parts, Owner::Repository, to)
}

/// Everything that a policy and a floor share.
fn whole(parts: Parts, owner: Owner, to: &mut Reader<'_>) -> Policy {
    references::check(&parts, owner, to);
    Policy {
        gate: Gate {
            fail_fast: parts.gate.fail_fast,
            ignore: parts.gate.ignore.and_then(|list| patterns::globs(&list.value.0, |t| &t.0, to)),
            policy_owners: parts.gate.policy_owners.and_then(|list| patterns::arns(&list.value.0, to)),
        },
        environment: parts.environment.map(|e| environment::environment(e.value, to)).unwrap_or_default(),
        setup: parts.setup.map(|list| list.value.0.into_iter().map(|command| command.value.0).collect()),
        stages: parts.stages.map(|s| stages::stages(s.value, owner, to)).unwrap_or_default(),
        container: parts.container.map(|c| container::container(c.value.0, to)),
        coverage: parts.coverage.map(|c| container::coverage(c.value.0, to)),
        skip: parts.skip.map(|rules| stages::rules(rules.value, to)).unwrap_or_default(),
    }
}
