//! Policies by chance, small enough that layers often name the same things.

use gated_core::policy::Policy;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::{MANAGERS, policy};

fn some(of: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 2 => of].boxed()
}

fn globs() -> BoxedStrategy<Value> {
    subsequence(vec!["src/**", "docs/**", "**/gen/**", "*.md", "!src/gen/**"], 1..4)
        .prop_map(|list| json!(list))
        .boxed()
}

fn condition() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        globs().prop_map(|globs| json!({"paths": globs})),
        select(vec!["feature", "main", "release/*"]).prop_map(|glob| json!({"destination": [glob]})),
        select(vec!["[hotfix]", "add"]).prop_map(|text| json!({"title": [{"starts-with": text}]})),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|list| json!({"all": list})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|list| json!({"any": list})),
            inner.prop_map(|inner| json!({"not": inner})),
        ]
    })
    .boxed()
}

fn reports() -> BoxedStrategy<Value> {
    let all = vec![
        json!({"format": "junit", "files": ["junit.xml"], "root": null}),
        json!({"format": "trx", "files": ["a.trx"], "root": null}),
        json!({"format": "lcov", "files": ["lcov.info"], "root": null}),
    ];
    subsequence(all, 0..=3).prop_map(|list| json!(list)).boxed()
}

fn any_stage(name: &'static str) -> BoxedStrategy<Value> {
    let optional = (some(reports()), some(condition()), some((1u64..9000).prop_map(|n| json!(n))));
    let rest = (
        some(any::<bool>().prop_map(|b| json!(b))),
        some((0u8..2).prop_map(|n| json!(n))),
        some((0u64..9).prop_map(|n| json!(n))),
    );
    (select(vec!["make a", "make b"]), optional, rest)
        .prop_map(move |(run, (reports, when, timeout), (required, retry, least))| {
            json!({
                "name": name, "run": [run], "reports": reports, "when": when, "timeout": timeout,
                "required": required, "retry": retry, "min-duration": least,
            })
        })
        .boxed()
}

fn percent() -> BoxedStrategy<Value> {
    some((0u32..=100).prop_map(|n| json!(n.to_string()))).boxed()
}

fn coverage() -> BoxedStrategy<Value> {
    let least = some((0u32..20).prop_map(|n| json!(n)));
    let paths = subsequence(vec!["src/**", "auth/**"], 0..=2);
    (percent(), percent(), percent(), least, some(globs()), paths, percent()).prop_map(
        |(line, branch, patch, least, exclude, paths, target)| {
            let paths: Vec<Value> =
                paths.iter().map(|glob| json!({"files": [glob], "line": target, "branch": null})).collect();
            json!({"line": line, "branch": branch, "patch": patch, "min-patch-lines": least, "exclude": exclude, "paths": paths})
        },
    ).boxed()
}

fn container() -> BoxedStrategy<Value> {
    let accept = json!([{"id": "CVE-1", "until": "2027-01-31", "owner": "bob", "reason": "x"}]);
    let fail_on = some(select(vec!["never", "critical", "low"]).prop_map(|word| json!(word)));
    let unscannable = some(select(vec!["allow", "fail"]).prop_map(|word| json!(word)));
    let scan = (fail_on, unscannable, some(Just(accept))).prop_map(
        |(fail_on, unscannable, accept)| json!({"fail-on": fail_on, "unscannable": unscannable, "accept": accept}),
    );
    (some(any::<bool>().prop_map(|b| json!(b))), some(condition()), some(scan))
        .prop_map(|(build, when, scan)| json!({"build": build, "when": when, "scan": scan}))
        .boxed()
}

fn environment() -> BoxedStrategy<Value> {
    let pairs =
        || some(subsequence(vec![["A", "ci/a"], ["B", "ci/b"], ["A", "prod/a"]], 0..=2).prop_map(|list| json!(list)));
    (some((60u64..20_000).prop_map(|n| json!(n))), pairs(), pairs(), some(any::<bool>().prop_map(|b| json!(b)))).prop_map(
        |(timeout, secrets, parameters, docker)| {
            json!({"timeout": timeout, "secrets": secrets, "parameters": parameters, "docker": docker})
        },
    ).boxed()
}

fn rules() -> BoxedStrategy<Value> {
    let approval = json!({"from": [MANAGERS], "count": 1});
    let rule = |name: &'static str| {
        (some(condition()), subsequence(vec!["lint", "test", "cov"], 1..=3), some(Just(json!([MANAGERS]))), some(Just(approval.clone())))
            .prop_map(move |(when, stages, by, approval)| json!({"name": name, "when": when, "stages": stages, "by": by, "approval": approval}))
    };
    (rule("hotfix"), rule("docs"))
        .prop_flat_map(|(a, b)| subsequence(vec![a, b], 0..=2))
        .prop_map(|list| json!(list))
        .boxed()
}

/// A policy with any of the keys that have a direction.
pub(crate) fn any_policy() -> BoxedStrategy<Policy> {
    let stages = (any_stage("lint"), any_stage("test"), any_stage("cov"))
        .prop_flat_map(|(a, b, c)| subsequence(vec![a, b, c], 0..=3).prop_shuffle());
    let gate = (some(globs()), some(Just(json!([MANAGERS]))))
        .prop_map(|(ignore, owners)| json!({"ignore": ignore, "policy-owners": owners}));
    (gate, environment(), stages, some(container()), some(coverage()), rules())
        .prop_map(|(gate, environment, stages, container, coverage, skip)| {
            policy(json!({
                "gate": gate, "environment": environment, "stages": stages, "container": container,
                "coverage": coverage, "skip": skip,
            }))
        })
        .boxed()
}
