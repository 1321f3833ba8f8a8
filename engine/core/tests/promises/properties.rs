//! What holds for every three policies: together they are never weaker than destination or floor, equal ones do not
//! differ, and a proposal that shows no weakening has none.

use crate::support::generate::any_policy;
use crate::support::*;
use gated_core::decision::{Action, DeltaKind, StageAction};
use gated_core::delta::delta;
use gated_core::effective::{Effective, Parties, effective};
use gated_core::layers::Places;
use gated_core::policy::{Floor, Policy, Report, Stage};
use proptest::prelude::*;
use proptest::sample::select;

/// Paths that globs are tried on.
pub(crate) const PATHS: [&str; 6] = ["src/a.rs", "src/gen/b.rs", "docs/a.md", "auth/x.rs", "README.md", ".gated.yml"];

fn demands_kind(reports: &[Report], other: &[Report]) -> bool {
    reports.iter().all(|report| other.iter().any(|it| it.format.kind() == report.format.kind()))
}

/// What `policy` demands and `together` does not.
fn missing_demands(together: &Effective, policy: &Policy) -> Vec<String> {
    let mut missing: Vec<String> = policy.stages.iter().filter_map(|stage| missing_of_stage(together, stage)).collect();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            missing.push(what.to_owned());
        }
    };
    let coverage = together.coverage.as_ref();
    if let Some(written) = &policy.coverage {
        check(coverage.and_then(|it| it.line) >= written.line, "line");
        check(coverage.and_then(|it| it.branch) >= written.branch, "branch");
        check(coverage.and_then(|it| it.patch) >= written.patch, "patch");
        for target in written.paths.iter().filter(|target| target.line.is_some()) {
            let found = coverage.and_then(|it| it.paths.iter().find(|other| other.files == target.files));
            check(found.is_some_and(|found| found.line >= target.line), "path target");
        }
        for target in written.paths.iter().filter(|target| target.branch.is_some()) {
            let found = coverage.and_then(|it| it.paths.iter().find(|other| other.files == target.files));
            check(found.is_some_and(|found| found.branch >= target.branch), "path target of branches");
        }
        check(
            written.min_patch_lines.is_none_or(|most| coverage.is_none_or(|it| it.min_patch_lines <= most)),
            "min-patch-lines",
        );
    }
    if let Some(written) = &policy.container {
        let container = together.container.as_ref();
        let scan = written.scan.clone().unwrap_or_default();
        check(container.is_some_and(|it| Some(it.fail_on) >= scan.fail_on), "fail-on");
        check(container.is_some_and(|it| Some(it.unscannable) >= scan.unscannable), "unscannable");
        let demanded = |it: &gated_core::effective::EffectiveContainer| {
            it.demands.iter().any(|demand| demand.required && demand.when == written.when)
        };
        check(written.build != Some(true) || container.is_some_and(demanded), "container.build");
    }
    let owners = policy.gate.policy_owners.iter().flat_map(|owners| owners.written().to_vec());
    for owner in owners {
        check(together.owners.written().contains(&owner), "policy-owners");
    }
    missing
}

fn missing_of_stage(together: &Effective, stage: &Stage) -> Option<String> {
    let Some(found) = together.stages.iter().find(|it| it.name == stage.name) else {
        return Some(format!("stage {}", stage.name));
    };
    let required = stage.required.unwrap_or(true);
    let holds = found.demands.iter().any(|it| it.required == required && it.when == stage.when)
        && found.retry <= stage.retry.unwrap_or(0)
        && found.min_duration >= stage.min_duration
        && demands_kind(stage.reports.as_deref().unwrap_or_default(), &found.reports);
    (!holds).then(|| format!("{stage:?} against {found:?}"))
}

/// What `together` grants though none of `grantors` does.
fn extra_grants(together: &Effective, grantors: &[&Policy]) -> Vec<String> {
    let mut extra = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            extra.push(what);
        }
    };
    for entry in &together.environment.secrets {
        let named = grantors.iter().any(|policy| policy.environment.secrets.iter().flatten().any(|it| it == entry));
        check(named, format!("secret {entry:?}"));
    }
    for entry in &together.environment.parameters {
        let named = grantors.iter().any(|policy| policy.environment.parameters.iter().flatten().any(|it| it == entry));
        check(named, format!("parameter {entry:?}"));
    }
    for entry in together.container.iter().flat_map(|container| &container.accept) {
        let of = |policy: &&&Policy| {
            policy.container.as_ref().and_then(|it| it.scan.as_ref()).and_then(|it| it.accept.clone())
        };
        let named = grantors.iter().filter_map(|policy| of(&policy)).any(|list| list.contains(entry));
        check(named, format!("accept {entry:?}"));
    }
    for path in PATHS {
        let ignores: Vec<bool> =
            grantors.iter().filter_map(|policy| policy.gate.ignore.as_ref()).map(|globs| globs.matches(path)).collect();
        check(
            !together.ignores(path) || (!ignores.is_empty() && ignores.iter().all(|it| *it)),
            format!("ignore {path}"),
        );
        let excludes: Vec<bool> = grantors
            .iter()
            .filter_map(|policy| policy.coverage.as_ref()?.exclude.as_ref())
            .map(|globs| globs.matches(path))
            .collect();
        let excluded = together.coverage.as_ref().is_some_and(|coverage| {
            !coverage.exclude.is_empty() && coverage.exclude.iter().all(|globs| globs.matches(path))
        });
        check(!excluded || (!excludes.is_empty() && excludes.iter().all(|it| *it)), format!("exclude {path}"));
    }
    for rule in together.skip.iter().filter(|rule| !rule.dropped_by_source) {
        for policy in grantors {
            let theirs = policy.skip.iter().find(|it| it.name == rule.name);
            check(theirs.is_none_or(|theirs| rule.grants.contains(theirs)), format!("rule {}", rule.name));
        }
        let named = grantors.iter().any(|policy| policy.skip.iter().any(|it| it.name == rule.name));
        check(named, format!("rule {}", rule.name));
    }
    extra
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn together_is_never_weaker_than_destination_or_floor(
        floor in any_policy(), destination in any_policy(), source in any_policy(),
    ) {
        let organisation = Floor { policy: floor.clone(), ..Floor::default() };
        let together = effective(&Parties::new(Some(&organisation), Some(&destination), Some(&source)));
        prop_assert_eq!(missing_demands(&together, &destination), Vec::<String>::new());
        prop_assert_eq!(missing_demands(&together, &floor), Vec::<String>::new());
        let mut proposed = source.clone();
        proposed.gate.policy_owners = None; // a pull request cannot name its own
        prop_assert_eq!(missing_demands(&together, &proposed), Vec::<String>::new());
        prop_assert_eq!(extra_grants(&together, &[&destination, &floor]), Vec::<String>::new());
        let longest = floor.environment.timeout.unwrap_or(gated_core::defaults::LONGEST_TIMEOUT);
        prop_assert!(together.environment.timeout <= longest);
    }

    #[test]
    fn an_owner_s_approval_never_goes_below_the_floor(
        floor in any_policy(), destination in any_policy(), source in any_policy(),
    ) {
        let organisation = Floor { policy: floor.clone(), ..Floor::default() };
        let together = effective(&Parties::new(Some(&organisation), Some(&destination), Some(&source)).owned());
        prop_assert_eq!(missing_demands(&together, &floor), Vec::<String>::new());
        prop_assert_eq!(missing_demands(&together, &source), Vec::<String>::new());
        prop_assert_eq!(extra_grants(&together, &[&source, &floor]), Vec::<String>::new());
    }

    #[test]
    fn a_first_adoption_grants_nothing_that_the_floor_does_not(floor in any_policy(), source in any_policy()) {
        let organisation = Floor { policy: floor.clone(), ..Floor::default() };
        let together = effective(&Parties::new(Some(&organisation), None, Some(&source)));
        prop_assert_eq!(missing_demands(&together, &floor), Vec::<String>::new());
        prop_assert_eq!(extra_grants(&together, &[&floor]), Vec::<String>::new());
    }

    #[test]
    fn a_policy_does_not_differ_from_itself(policy in any_policy()) {
        let places = Places::new();
        prop_assert_eq!(delta((&policy, &places), (&policy.clone(), &places)), vec![]);
    }

    #[test]
    fn every_single_weakening_shows(policy in any_policy(), which in 0usize..9) {
        let mut weaker = policy.clone();
        prop_assume!(weaken(&mut weaker, which));
        let places = Places::new();
        let rows = delta((&policy, &places), (&weaker, &places));
        prop_assert!(rows.iter().any(|row| matches!(row.kind, DeltaKind::Weaker | DeltaKind::Changed)), "{:?}", rows);
    }

    #[test]
    fn whatever_is_decided_a_build_has_something_required_to_run(
        destination in any_policy(), source in any_policy(), title in select(vec!["[hotfix] x", "add x"]), whole in any::<bool>(),
    ) {
        let facts = if whole { titled(title) } else { incomplete(titled(title)) };
        let decision = decided(&destination, &source, &facts);
        let runs = decision.running().any(|stage| stage.required && !stage.run.is_empty());
        let image = decision.container.as_ref().is_some_and(|container| container.action == StageAction::Run);
        prop_assert!(decision.action != Action::Build || runs || image);
        prop_assert!(decision.action != Action::Pass || whole);
        prop_assert!(decision.stages.iter().all(|stage| !stage.reason.is_empty()));
        let again: gated_core::decision::Decision = serde_json::from_value(serde_json::to_value(&decision).unwrap()).unwrap();
        prop_assert_eq!(again, decision);
    }
}

/// The proposal by itself demands all that the destination demands, and grants nothing more.
pub(crate) fn assert_no_weakening(destination: &Policy, source: &Policy) -> Result<(), TestCaseError> {
    let alone = effective(&Parties::new(None, Some(source), Some(source)));
    for stage in &destination.stages {
        let found = alone.stages.iter().find(|it| it.name == stage.name);
        prop_assert!(
            found.is_some_and(
                |found| found.min_duration >= stage.min_duration && found.retry <= stage.retry.unwrap_or(0)
            )
        );
    }
    let without_conditions = Policy { stages: Vec::new(), container: None, ..destination.clone() };
    prop_assert_eq!(missing_demands(&alone, &without_conditions), Vec::<String>::new());
    let without_rules = Policy { skip: source.skip.clone(), ..destination.clone() };
    prop_assert_eq!(extra_grants(&alone, &[&without_rules]), Vec::<String>::new());
    prop_assert!(source.skip.iter().all(|rule| destination.skip.iter().any(|it| it.name == rule.name)));
    Ok(())
}

/// Takes one demand away, or adds one grant; `false` when there is nothing to take.
fn weaken(policy: &mut Policy, which: usize) -> bool {
    let rule = gated_core::policy::SkipRule {
        name: gated_core::names::PolicyName::new("mine").unwrap(),
        when: None,
        stages: Vec::new(),
        by: None,
        approval: None,
    };
    match which {
        0 => policy.stages.pop().is_some(),
        1 => policy.stages.first_mut().is_some_and(|stage| stage.required.replace(false) != Some(false)),
        2 => policy.stages.first_mut().is_some_and(|stage| stage.retry.replace(1) != Some(1)),
        3 => policy.stages.first_mut().is_some_and(|stage| stage.min_duration.take().is_some()),
        4 => policy.coverage.take().is_some_and(|it| it.line.is_some() || it.branch.is_some() || it.patch.is_some()),
        5 => policy.container.take().is_some_and(|it| it.build != Some(false)),
        6 => policy.gate.policy_owners.take().is_some(),
        7 => {
            policy.skip.push(rule);
            true
        }
        _ => {
            policy.environment.secrets.get_or_insert_default().push(("ROOT".to_owned(), "prod/root".to_owned()));
            true
        }
    }
}
