//! No key of the language is forgotten: the generator of policies and floors writes every key that there is, and what holds
//! of layers is tried on each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use gated_core::conditions::{Truth, evaluate};
use gated_core::decision::DeltaKind;
use gated_core::delta::{delta, is_narrower};
use gated_core::effective::{Effective, Parties, effective};
use gated_core::facts::Facts;
use gated_core::layers::Places;
use gated_core::names::PolicyName;
use gated_core::policy::{Condition, Floor, Policy, SkipRule};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::properties::{PATHS, assert_no_weakening};
use super::support::generate::{any_condition, any_floor, any_policy};
use super::support::{AUTHOR, MANAGER, titled, touching};

/// Every key with the values that were seen there. Conditions and constraints are values of their own.
fn note(value: &Value, path: &str, seen: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}.{key}");
                seen.entry(path.clone()).or_default().insert(value.to_string());
                if !matches!(key.as_str(), "when" | "constraints") {
                    note(value, &path, seen);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| note(item, path, seen)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_key_of_a_floor_and_of_its_policy_is_generated_with_more_than_one_value() {
    /// Parts of values that are whole only together: `CVE-1` comes with its date.
    const TOGETHER: [&str; 4] =
        [".policy.container.scan.accept.", ".policy.skip.approval.", ".profiles.network.", ".profiles.proxy."];
    let mut seen = BTreeMap::new();
    let mut runner = TestRunner::deterministic();
    for _ in 0..300 {
        let floor: Floor = any_floor().new_tree(&mut runner).unwrap().current();
        note(&serde_json::to_value(floor).unwrap(), "", &mut seen);
    }
    assert!(seen.contains_key(".policy.coverage.paths.branch") && seen.contains_key(".mode.only"), "{:?}", seen.keys());
    for (path, values) in seen {
        let whole = TOGETHER.iter().any(|part| path.starts_with(part));
        assert!(values.len() > 1 || whole, "{path} is only ever {values:?}: let `generate.rs` write it");
    }
}

/// The ways to every key: through mappings, and through lists by the names of their entries.
fn keys(value: &Value, here: &[String], ways: &mut Vec<Vec<String>>) {
    let below = |step: &str| [here, &[step.to_owned()]].concat();
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| *key != "name") {
                ways.push(below(key));
                keys(value, &below(key), ways);
            }
        }
        Value::Array(items) => {
            for item in items {
                if let Some(name) = item.get("name").and_then(Value::as_str) {
                    keys(item, &below(name), ways);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn at<'v>(value: &'v mut Value, way: &[String]) -> Option<&'v mut Value> {
    way.iter().try_fold(value, |value, step| match value {
        Value::Object(map) => map.get_mut(step),
        Value::Array(items) => items.iter_mut().find(|item| item["name"] == **step),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

/// `policy` with one key as `other` has it, whichever.
fn with_one_key_of(policy: &Policy, other: &Policy, which: Index) -> Option<Policy> {
    let (mut ours, mut theirs) = (serde_json::to_value(policy).ok()?, serde_json::to_value(other).ok()?);
    let mut ways = Vec::new();
    keys(&ours, &[], &mut ways);
    let way = which.get(&ways);
    let value = at(&mut theirs, way)?.clone();
    *at(&mut ours, way)? = value;
    serde_json::from_value(ours).ok()
}

/// For which pull requests a condition holds, does not, and cannot be told: one letter for each.
fn holding(condition: Option<&Condition>) -> String {
    let Some(condition) = condition else { return "always".to_owned() };
    let letter = |facts: &Facts| match evaluate(condition, facts).truth {
        Truth::Yes => 'y',
        Truth::No => 'n',
        Truth::Unknown => 'u',
    };
    many_facts().iter().map(letter).collect()
}

/// Pull requests in which whatever [`any_policy`] asks for is so and is not.
fn many_facts() -> &'static [Facts] {
    static ALL: OnceLock<Vec<Facts>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = vec![titled("[hotfix] x"), titled("add a fix"), titled("x fix")];
        let mut vary = |change: &dyn Fn(&mut Facts, usize), ways: usize| {
            let of = |facts: &Facts| (0..ways).map(|way| (facts.clone(), way)).collect::<Vec<_>>();
            all = all.iter().flat_map(of).map(|(mut facts, way)| (change(&mut facts, way), facts).1).collect();
        };
        vary(&|it, way| it.change.source_reference = format!("refs/heads/{}", ["feature", "hotfix/1"][way]), 2);
        vary(
            &|it, way| {
                it.change.destination_reference = format!("refs/heads/{}", ["feature", "main", "release/1"][way])
            },
            3,
        );
        vary(&|it, way| it.author = [AUTHOR, MANAGER][way].to_owned(), 2);
        vary(&|it, way| it.changed = touching(&PATHS[way..(way + 1 + way % 2).min(PATHS.len())]).changed, PATHS.len());
        vary(&|it, way| it.changed.complete = way == 0, 2);
        all
    })
}

/// What joined policies demand and allow, whichever layer said it. Secrets, parameters and accepted findings are left out:
/// what a floor gives of them always holds, also where a proposal renounces it.
fn meaning(joined: &Effective) -> Vec<String> {
    let mut said = Vec::new();
    for stage in &joined.stages {
        let demands: BTreeSet<String> =
            stage.demands.iter().map(|it| format!("{} {}", it.required, holding(it.when.as_ref()))).collect();
        said.push(format!("{} {demands:?} {:?} {:?} {:?}", stage.name, stage.retry, stage.min_duration, stage.reports));
    }
    // An image that nobody demands is not built, whatever its scan would have to show.
    if let Some(container) = joined.container.iter().find(|container| !container.demands.is_empty()) {
        let demands: BTreeSet<String> =
            container.demands.iter().map(|it| format!("{} {}", it.required, holding(it.when.as_ref()))).collect();
        said.push(format!("{demands:?} {:?} {:?}", container.fail_on, container.unscannable));
    }
    if let Some(it) = &joined.coverage {
        let out = |path: &&str| !it.exclude.is_empty() && it.exclude.iter().all(|globs| globs.matches(path));
        let excluded: Vec<&str> = PATHS.into_iter().filter(out).collect();
        said.push(format!(
            "{:?} {:?} {:?} {} {:?} {excluded:?}",
            it.line, it.branch, it.patch, it.min_patch_lines, it.paths
        ));
    }
    for rule in &joined.skip {
        let grant = |SkipRule { name, when, stages, by, approval }: &SkipRule| {
            let stages: BTreeSet<&PolicyName> = stages.iter().collect();
            format!("{name} {} {stages:?} {by:?} {approval:?}", holding(when.as_ref()))
        };
        let grants: BTreeSet<String> = rule.grants.iter().map(grant).collect();
        said.push(format!("{} {grants:?} {}", rule.name, rule.dropped_by_source));
    }
    let ignored: Vec<&str> = PATHS.into_iter().filter(|path| joined.ignores(path)).collect();
    said.push(format!("{ignored:?} {:?}", joined.owners));
    said
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_layer_that_is_joined_twice_changes_nothing(destination in any_policy(), source in any_policy()) {
        let once = effective(&Parties::new(None, Some(&destination), Some(&source)));
        let again = Floor { policy: destination.clone(), ..Floor::default() };
        let twice = effective(&Parties::new(Some(&again), Some(&destination), Some(&source)));
        prop_assert_eq!(meaning(&twice), meaning(&once));
    }

    #[test]
    fn what_is_called_narrower_never_holds_where_the_other_does_not(one in any_condition(), other in any_condition()) {
        let rank = |letter: char| "nuy".find(letter);
        let whole = |condition| holding(Some(condition)).chars().map(rank).collect::<Vec<_>>();
        if is_narrower(&one, &other) {
            let wider = whole(&one).into_iter().zip(whole(&other)).all(|(one, other)| one <= other);
            prop_assert!(wider, "{one} is called narrower than {other}");
        }
    }

    #[test]
    fn no_key_can_be_weakened_without_showing(destination in any_policy(), other in any_policy(), which in any::<Index>()) {
        let Some(source) = with_one_key_of(&destination, &other, which) else { return Ok(()) };
        let places = Places::new();
        let rows = delta((&destination, &places), (&source, &places));
        if !rows.iter().any(|row| matches!(row.kind, DeltaKind::Weaker | DeltaKind::Changed)) {
            assert_no_weakening(&destination, &source)?;
        }
        if rows.is_empty() {
            let alone = |policy| meaning(&effective(&Parties::new(None, Some(policy), Some(policy))));
            prop_assert_eq!(alone(&source), alone(&destination), "a difference without a row");
        }
    }

    #[test]
    fn what_a_floor_writes_is_final(floor in any_floor(), destination in any_policy(), source in any_policy()) {
        let together = effective(&Parties::new(Some(&floor), Some(&destination), Some(&source)));
        let (said, is) = (&floor.policy.environment, &together.environment);
        prop_assert!(said.image.as_ref().is_none_or(|image| *image == is.image));
        prop_assert!(said.compute.is_none_or(|compute| compute == is.compute));
        prop_assert!(said.docker.is_none_or(|docker| docker == is.privileged));
        prop_assert!(said.cache.as_ref().is_none_or(|cache| *cache == is.cache));
        prop_assert!(said.timeout.is_none_or(|longest| is.timeout <= longest));
        for (pairs, have) in [(&said.variables, &is.variables), (&said.runtimes, &is.runtimes)] {
            let first = |name: &str| pairs.iter().flatten().find(|(other, _)| other == name);
            prop_assert!(pairs.iter().flatten().all(|(name, _)| have.iter().any(|pair| first(name) == Some(pair))));
        }
        if let Some(name) = &said.profile {
            prop_assert!(is.profile.as_ref().is_none_or(|profile| profile.name == *name));
        }
        prop_assert!(is.profile.as_ref().is_none_or(|profile| floor.profiles.contains(profile)));
        let container = together.container.as_ref();
        let written = floor.policy.container.as_ref();
        prop_assert!(written.and_then(|it| it.dockerfile.as_ref()).is_none_or(|it| container.is_some_and(|c| c.dockerfile == *it)));
        prop_assert!(written.and_then(|it| it.context.as_ref()).is_none_or(|it| container.is_some_and(|c| c.context == *it)));
        prop_assert_eq!(&together.unskippable, &floor.unskippable);
        for stage in together.stages.iter().filter(|_| floor.commands_from_destination) {
            let of = |policy: &Policy| policy.stages.iter().find(|it| it.name == stage.name).and_then(|it| it.run.clone());
            let theirs = of(&destination).or_else(|| of(&floor.policy)).unwrap_or_default();
            prop_assert_eq!(&stage.run, &theirs, "commands are never the source's");
        }
    }
}
