//! The keys that only an organisation's floor has.

use gated_core::names::PolicyName;
use gated_core::policy::{Floor, Policy, RequirePolicy};

use super::{GateParts, Owner, Parts, patterns, profiles, unknown_profile, whole};
use crate::constraints;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::rules;
use crate::span::Span;
use crate::written::At;
use crate::written::floor::WrittenFloor;
use crate::written::scalars::Text;

/// How a branch's full reference begins.
const FULL: &str = "refs/heads/";

/// An organisation's floor.
pub(crate) fn floor(written: WrittenFloor, to: &mut Reader<'_>) -> Floor {
    let mut destinations = None;
    let mut gate = GateParts::default();
    if let Some(written) = written.gate {
        let written = written.value;
        destinations = written.destinations.and_then(|list| {
            let branches: Vec<At<Text>> = list.value.0.into_iter().map(by_short_name).collect();
            patterns::globs(&branches, |text| &text.0, to)
        });
        gate = GateParts {
            fail_fast: written.fail_fast.map(|flag| flag.value.0),
            ignore: written.ignore,
            policy_owners: written.policy_owners,
        };
    }
    let parts = Parts {
        gate,
        environment: written.environment,
        setup: written.setup,
        stages: written.stages,
        container: written.container,
        coverage: written.coverage,
        skip: written.skip,
    };
    let chosen = parts.environment.as_ref().and_then(|written| written.value.profile.as_ref()).map(|name| name.span);
    let policy = whole(parts, Owner::Organisation, to);
    let profiles = written.profiles.map(|all| profiles::profiles(all.value, to)).unwrap_or_default();
    if let (Some(name), Some(place), false) = (&policy.environment.profile, chosen, to.incomplete)
        && let Some(fault) = unknown_profile(name, place, &profiles)
    {
        to.tell(fault);
    }
    let require_policy = written.require_policy.as_ref().map(|word| word.value.0).unwrap_or_default();
    if let Some(word) = &written.require_policy {
        default_runs_something(&policy, require_policy, word.span, to);
    }
    if let Some(schema) = &written.constraints
        && let Err(error) = constraints::compiled(&schema.value.0)
    {
        to.fault(rules::CONSTRAINTS, schema.span, format!("`constraints` is not a JSON Schema: {error}"));
    }
    let names = written.unskippable.map(|list| list.value.0).unwrap_or_default();
    Floor {
        policy,
        unskippable: names.into_iter().filter_map(|name| PolicyName::new(name.value.0).ok()).collect(),
        require_policy,
        destinations,
        secrets_allowed: written
            .secrets_allowed
            .map(|list| list.value.0.into_iter().map(|prefix| prefix.value.0).collect())
            .unwrap_or_default(),
        commands_from_destination: written.commands.is_some(),
        mode: written.mode.map(|mode| profiles::modes(mode.value, to)).unwrap_or_default(),
        profiles,
        constraints: written.constraints.map(|schema| schema.value.0),
        forbids_ignoring: written.lint_ignores.is_some_and(|ignoring| ignoring.value.0),
    }
}

/// A branch may be written as the reference that CodeCommit's approval rules take: `refs/heads/main` is `main`.
fn by_short_name(mut glob: At<Text>) -> At<Text> {
    let text = &mut glob.value.0;
    let bang = usize::from(text.starts_with('!'));
    if text[bang..].starts_with(FULL) {
        text.replace_range(bang..bang + FULL.len(), "");
    }
    glob
}

/// A floor that stands in for a missing policy must run something for every pull request.
fn default_runs_something(policy: &Policy, require: RequirePolicy, place: Span, to: &mut Reader<'_>) {
    let runs =
        policy.stages.iter().any(|stage| stage.run.is_some() && stage.when.is_none() && stage.required != Some(false));
    if require == RequirePolicy::Default && !runs && !to.incomplete {
        let message = "`require-policy: default` needs a required stage that always runs, and this floor has none";
        let fault = Diagnostic::error(rules::DEFAULT_FLOOR, place, message);
        to.tell(fault.help("give the floor a stage with `run` and without `when`, or write `reject`"));
    }
}
