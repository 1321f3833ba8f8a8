//! Policies by chance, small enough that layers often name the same things.

use gated_core::policy::{Floor, Policy};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::{MANAGERS, floor, policy};

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
        select(vec!["feature", "hotfix/*"]).prop_map(|glob| json!({"source": [glob]})),
        Just(json!({"author": [MANAGERS]})),
        select(vec!["[hotfix]", "add"]).prop_map(|text| json!({"title": [{"starts-with": text}]})),
        select(vec!["contains", "matches"]).prop_map(|form| json!({"title": [{form: "fix"}]})),
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

/// One condition.
pub(crate) fn any_condition() -> BoxedStrategy<gated_core::policy::Condition> {
    condition().prop_map(|written| serde_json::from_value(written).unwrap()).boxed()
}

fn reports() -> BoxedStrategy<Value> {
    let all = vec![
        json!({"format": "junit", "files": ["junit.xml"], "root": "app"}),
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
    let run = some(select(vec!["make a", "make b"]).prop_map(|run| json!([run])));
    (run, some(Just(json!("app"))), optional, rest)
        .prop_map(move |(run, dir, (reports, when, timeout), (required, retry, least))| {
            json!({
                "name": name, "run": run, "dir": dir, "reports": reports, "when": when, "timeout": timeout,
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
    (percent(), percent(), percent(), least, some(globs()), paths, (percent(), percent())).prop_map(
        |(line, branch, patch, least, exclude, paths, (target, branches))| {
            // The language has no target that demands nothing.
            let some = !(target.is_null() && branches.is_null());
            let paths: Vec<Value> =
                paths.iter().filter(|_| some).map(|glob| json!({"files": [glob], "line": target, "branch": branches})).collect();
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
    let places = (word(&["Dockerfile", "app/Dockerfile"]), word(&[".", "app"]));
    (some(any::<bool>().prop_map(|b| json!(b))), places, some(condition()), some(scan))
        .prop_map(|(build, (dockerfile, context), when, scan)| {
            json!({"build": build, "dockerfile": dockerfile, "context": context, "when": when, "scan": scan})
        })
        .boxed()
}

fn environment() -> BoxedStrategy<Value> {
    let pairs =
        || some(subsequence(vec![["A", "ci/a"], ["B", "ci/b"], ["A", "prod/a"]], 0..=2).prop_map(|list| json!(list)));
    let grants = (pairs(), pairs());
    let machine = (word(&["a:1", "b:1"]), word(&["small", "large"]), word(&["inside", "outside"]));
    let tools =
        (pairs(), pairs(), some(subsequence(vec!["target", "node_modules"], 1..=2).prop_map(|list| json!(list))));
    let time = some((60u64..20_000).prop_map(|n| json!(n)));
    (time, grants, some(any::<bool>().prop_map(|b| json!(b))), machine, tools)
        .prop_map(|(timeout, (secrets, parameters), docker, (image, compute, profile), (variables, runtimes, cache))| {
            json!({
                "timeout": timeout, "secrets": secrets, "parameters": parameters, "docker": docker, "image": image,
                "compute": compute, "profile": profile, "variables": variables, "runtimes": runtimes, "cache": cache,
            })
        })
        .boxed()
}

fn word(words: &[&'static str]) -> BoxedStrategy<Value> {
    some(select(words.to_vec()).prop_map(|word| json!(word)))
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

/// A policy with any of its keys.
pub(crate) fn any_policy() -> BoxedStrategy<Policy> {
    let stages = (any_stage("lint"), any_stage("test"), any_stage("cov"))
        .prop_flat_map(|(a, b, c)| subsequence(vec![a, b, c], 0..=3).prop_shuffle());
    let gate = (some(globs()), some(Just(json!([MANAGERS]))), some(any::<bool>().prop_map(|b| json!(b)))).prop_map(
        |(ignore, owners, fail_fast)| json!({"ignore": ignore, "policy-owners": owners, "fail-fast": fail_fast}),
    );
    let setup = some(Just(json!(["npm ci"])));
    (gate, environment(), setup, stages, some(container()), some(coverage()), rules())
        .prop_map(|(gate, environment, setup, stages, container, coverage, skip)| {
            policy(json!({
                "gate": gate, "environment": environment, "setup": setup, "stages": stages, "container": container,
                "coverage": coverage, "skip": skip,
            }))
        })
        .boxed()
}

fn profiles() -> BoxedStrategy<Value> {
    let network = json!({"vpc": "vpc-1", "subnets": ["subnet-1"], "securityGroups": ["sg-1"]});
    let proxy = json!({"https": "http://proxy:3128", "http": null, "noProxy": []});
    let profile = move |name: &'static str| {
        let docker = some(any::<bool>().prop_map(|b| json!(b)));
        (some(Just(network.clone())), some(Just(proxy.clone())), word(&["arn:aws:iam::1:role/r"]), word(&["alias/k"]), docker)
            .prop_map(move |(network, proxy, role, key, docker)| {
                json!({"name": name, "network": network, "proxy": proxy, "role": role, "key": key, "docker": docker})
            })
    };
    (profile("inside"), profile("outside"))
        .prop_flat_map(|(a, b)| subsequence(vec![a, b], 0..=2))
        .prop_map(|list| json!(list))
        .boxed()
}

/// A floor with any of its keys.
pub(crate) fn any_floor() -> BoxedStrategy<Floor> {
    let mode = (select(vec!["observe", "enforce"]), some(Just(json!(["demo"]))))
        .prop_map(|(mode, only)| json!({"mode": mode, "only": only}));
    let lists = (
        subsequence(vec!["lint", "test"], 0..=2),
        subsequence(vec!["ci/", "prod/"], 0..=2),
        some(Just(json!(["main", "release/*"]))),
    );
    let switches = (any::<bool>(), any::<bool>(), select(vec!["reject", "default", "ignore"]));
    let schema = some(Just(json!({"required": ["coverage"]})));
    (any_policy(), lists, switches, mode, profiles(), schema)
        .prop_map(|(policy, (unskippable, secrets, destinations), (commands, ignoring, require), mode, profiles, schema)| {
            floor(json!({
                "policy": policy, "unskippable": unskippable, "require-policy": require, "destinations": destinations,
                "secrets-allowed": secrets, "commands-from-destination": commands, "mode": mode, "profiles": profiles,
                "constraints": schema, "forbids-ignoring": ignoring,
            }))
        })
        .boxed()
}
