//! The direction of every key, and the lines it points to.

use gated_core::decide;
use gated_core::decision::DeltaKind::{self, Changed, Stricter, Weaker};
use gated_core::layers::{Found, Places};
use serde_json::{Value, json};

use crate::support::*;

fn kinds(destination: Value, source: Value) -> Vec<(String, DeltaKind)> {
    let (destination, source) = (policy(destination), policy(source));
    let decision = decided(&destination, &source, &facts());
    differences(&decision).into_iter().map(|(path, kind)| (path.to_owned(), kind)).collect()
}

/// Each key: path, a value, another value, the direction from the first to the second, and the one back.
pub(crate) fn directions() -> Vec<(&'static str, Value, Value, DeltaKind, DeltaKind)> {
    let test = |keys: Value| json!({"stages": [stage_with("test", keys)]});
    let rule = |keys: Value| {
        let mut rule = hotfix(&["test"]);
        for (key, value) in keys.as_object().unwrap() {
            rule[key] = value.clone();
        }
        json!({"skip": [rule]})
    };
    let environment = |keys: Value| json!({"environment": keys});
    let container = |keys: Value| json!({"container": keys});
    let scan = |keys: Value| json!({"container": {"build": true, "scan": keys}});
    let coverage = |mut keys: Value| {
        keys["paths"] = json!([]);
        json!({"coverage": keys})
    };
    let accept = json!([{"id": "CVE-1", "until": "2027-01-31", "owner": "bob", "reason": "x"}]);
    let junit = json!([{"format": "junit", "files": ["a.xml"], "root": null}]);
    let other = json!([{"format": "junit", "files": ["b.xml"], "root": null}]);
    let more = json!([{"format": "junit", "files": ["a.xml"], "root": null}, {"format": "lcov", "files": ["l"], "root": null}]);
    let target = |line: &str| json!({"coverage": {"paths": [{"files": ["src/**"], "line": line, "branch": null}]}});
    let (src, docs) = (json!({"paths": ["src/**"]}), json!({"paths": ["docs/**"]}));
    vec![
        ("gate.fail-fast", json!({}), json!({"gate": {"fail-fast": true}}), Changed, Changed),
        ("gate.ignore", json!({}), json!({"gate": {"ignore": ["docs/**"]}}), Weaker, Stricter),
        ("gate.ignore", json!({"gate": {"ignore": ["a"]}}), json!({"gate": {"ignore": ["a", "b"]}}), Weaker, Stricter),
        ("gate.ignore", json!({"gate": {"ignore": ["a"]}}), json!({"gate": {"ignore": ["a", "!b"]}}), Stricter, Weaker),
        ("gate.ignore", json!({"gate": {"ignore": ["a"]}}), json!({"gate": {"ignore": ["b"]}}), Changed, Changed),
        ("gate.policy-owners", json!({}), json!({"gate": {"policy-owners": [MANAGERS]}}), Stricter, Weaker),
        ("environment.image", json!({}), environment(json!({"image": "x:1"})), Changed, Changed),
        ("environment.compute", json!({}), environment(json!({"compute": "2xlarge"})), Changed, Changed),
        ("environment.timeout", json!({}), environment(json!({"timeout": 3600})), Weaker, Stricter),
        ("environment.profile", json!({}), environment(json!({"profile": "vpc"})), Changed, Changed),
        ("environment.docker", json!({}), environment(json!({"docker": true})), Changed, Stricter),
        ("environment.variables", json!({}), environment(json!({"variables": [["A", "1"]]})), Changed, Changed),
        ("environment.runtimes", json!({}), environment(json!({"runtimes": [["nodejs", "22"]]})), Changed, Changed),
        ("environment.cache", json!({}), environment(json!({"cache": ["target"]})), Changed, Changed),
        ("environment.secrets", json!({}), environment(json!({"secrets": [["A", "ci/a"]]})), Weaker, Stricter),
        ("environment.parameters", json!({}), environment(json!({"parameters": [["A", "/a"]]})), Weaker, Stricter),
        ("setup", json!({}), json!({"setup": ["npm ci"]}), Changed, Changed),
        ("stages.test", json!({}), json!({"stages": [stage("test")]}), Stricter, Weaker),
        ("stages.test.run", test(json!({})), test(json!({"run": ["true"]})), Changed, Changed),
        ("stages.test.dir", test(json!({})), test(json!({"dir": "app"})), Changed, Changed),
        ("stages.test.reports", test(json!({})), test(json!({"reports": junit})), Stricter, Weaker),
        ("stages.test.reports", test(json!({"reports": junit})), test(json!({"reports": other})), Changed, Changed),
        ("stages.test.reports", test(json!({"reports": junit})), test(json!({"reports": more})), Stricter, Weaker),
        ("stages.test.when", test(json!({})), test(json!({"when": src})), Weaker, Stricter),
        ("stages.test.when", test(json!({"when": src})), test(json!({"when": docs})), Changed, Changed),
        ("stages.test.timeout", test(json!({})), test(json!({"timeout": 60})), Stricter, Weaker),
        ("stages.test.required", test(json!({})), test(json!({"required": false})), Weaker, Stricter),
        ("stages.test.retry", test(json!({})), test(json!({"retry": 1})), Weaker, Stricter),
        ("stages.test.min-duration", test(json!({})), test(json!({"min-duration": 2})), Stricter, Weaker),
        ("container.build", json!({}), container(json!({"build": true})), Changed, Weaker),
        ("container.dockerfile", container(json!({})), container(json!({"dockerfile": "D2"})), Changed, Changed),
        ("container.context", container(json!({})), container(json!({"context": "app"})), Changed, Changed),
        ("container.when", container(json!({})), container(json!({"when": src})), Weaker, Stricter),
        ("container.scan.fail-on", scan(json!({})), scan(json!({"fail-on": "critical"})), Weaker, Stricter),
        ("container.scan.unscannable", scan(json!({})), scan(json!({"unscannable": "allow"})), Weaker, Stricter),
        ("container.scan.accept", scan(json!({})), scan(json!({"accept": accept})), Weaker, Stricter),
        ("coverage.line", coverage(json!({"line": "80"})), coverage(json!({"line": "79.99"})), Weaker, Stricter),
        ("coverage.branch", coverage(json!({})), coverage(json!({"branch": "1"})), Stricter, Weaker),
        ("coverage.patch", coverage(json!({})), coverage(json!({"patch": "1"})), Stricter, Weaker),
        ("coverage.min-patch-lines", coverage(json!({})), coverage(json!({"min-patch-lines": 10})), Weaker, Stricter),
        ("coverage.exclude", coverage(json!({})), coverage(json!({"exclude": ["gen/**"]})), Weaker, Stricter),
        ("coverage.paths.src/**.line", target("90"), target("80"), Weaker, Stricter),
        ("coverage.paths.src/**.line", json!({}), target("80"), Stricter, Weaker),
        ("skip.hotfix", json!({}), rule(json!({})), Weaker, Stricter),
        ("skip.hotfix.when", rule(json!({})), rule(json!({"when": null})), Weaker, Stricter),
        ("skip.hotfix.stages", rule(json!({})), rule(json!({"stages": ["test", "lint"]})), Weaker, Stricter),
        ("skip.hotfix.by", rule(json!({})), rule(json!({"by": [MANAGERS]})), Stricter, Weaker),
        (
            "skip.hotfix.approval",
            rule(json!({})),
            rule(json!({"approval": {"from": [MANAGERS], "count": 1}})),
            Stricter,
            Weaker,
        ),
    ]
}

#[test]
fn every_key_has_its_direction() {
    for (path, old, new, there, back) in directions() {
        assert_eq!(kinds(old.clone(), new.clone()), [(path.to_owned(), there)], "{old} → {new}");
        assert_eq!(kinds(new.clone(), old.clone()), [(path.to_owned(), back)], "{new} → {old}");
        assert_eq!(kinds(new.clone(), new), [], "no difference to itself");
    }
}

#[test]
fn the_directions_above_name_every_key_of_the_language() {
    let listed: Vec<&str> = directions().iter().map(|row| row.0).collect();
    for (section, value) in [
        ("gate.", serde_json::to_value(policy(json!({})).gate).unwrap()),
        ("environment.", serde_json::to_value(policy(json!({})).environment).unwrap()),
        ("stages.test.", serde_json::to_value(&plain().stages[0]).unwrap()),
        ("container.", serde_json::to_value(gated_core::policy::Container::default()).unwrap()),
        ("container.scan.", serde_json::to_value(gated_core::policy::Scan::default()).unwrap()),
        ("coverage.", serde_json::to_value(gated_core::policy::Coverage::default()).unwrap()),
    ] {
        for key in value.as_object().unwrap().keys().filter(|key| *key != "name") {
            let path = format!("{section}{key}");
            assert!(listed.iter().any(|listed| listed.starts_with(&path)), "{path} has no tested direction");
        }
    }
}

#[test]
fn writing_a_default_down_is_no_difference() {
    let written = json!({
        "gate": {"fail-fast": false},
        "environment": {"image": gated_core::defaults::IMAGE, "compute": "small", "timeout": 1800, "docker": false},
        "stages": [stage_with("test", json!({"dir": ".", "required": true, "retry": 0, "reports": []}))],
    });
    assert_eq!(kinds(json!({"stages": [stage("test")]}), written), []);
}

#[test]
fn the_order_of_stages_is_part_of_what_they_do() {
    let (one, two) = (json!({"stages": [stage("a"), stage("b")]}), json!({"stages": [stage("b"), stage("a")]}));
    assert_eq!(kinds(one, two), [("stages".to_owned(), Changed)]);
}

#[test]
fn a_condition_that_is_provably_narrower_is_known_to_be() {
    let when = |condition: Value| json!({"skip": [{"name": "x", "when": condition, "stages": ["test"]}]});
    let title = json!({"title": [{"starts-with": "[hotfix]"}]});
    let main = json!({"destination": ["main"]});
    for (wide, narrow) in [
        (title.clone(), json!({"all": [title, main]})),
        (json!({"any": [title, main]}), title.clone()),
        (json!({"paths": ["a", "b"]}), json!({"paths": ["a"]})),
        (json!({"paths": ["a"]}), json!({"paths": ["a", "!b"]})),
        (json!({"not": {"paths": ["a"]}}), json!({"not": {"paths": ["a", "b"]}})),
        (json!({"author": [MANAGERS, "arn:aws:iam::*:user/x"]}), json!({"author": [MANAGERS]})),
    ] {
        assert_eq!(kinds(when(wide.clone()), when(narrow.clone())), [("skip.x.when".to_owned(), Stricter)], "{narrow}");
        assert_eq!(kinds(when(narrow), when(wide)), [("skip.x.when".to_owned(), Weaker)]);
    }
    let matches = json!({"title": [{"matches": "hotfix.*"}]});
    assert_eq!(kinds(when(title), when(matches)), [("skip.x.when".to_owned(), Changed)]);
    assert_eq!(
        kinds(when(json!({"paths": ["!b"]})), when(json!({"paths": ["a"]}))),
        [("skip.x.when".to_owned(), Changed)]
    );
}

#[test]
fn conditions_that_say_the_same_are_no_difference_however_they_are_written() {
    let (a, b, c) = (json!({"paths": ["a"]}), json!({"destination": ["b"]}), json!({"title": [{"contains": "Fix"}]}));
    for (one, other) in [
        (json!({"all": [a, b]}), json!({"all": [b, a]})),
        (json!({"any": [a, b]}), json!({"any": [b, a, b]})),
        (json!({"paths": ["a", "b"]}), json!({"paths": ["b", "a", "a"]})),
        (json!({"paths": ["a", "b"]}), json!({"any": [{"paths": ["b"]}, {"paths": ["a"]}]})),
        (json!({"paths": ["a", "b", "!c", "!d"]}), json!({"paths": ["!d", "b", "!c", "a"]})),
        (json!({"paths": ["!c"]}), json!({"paths": ["**", "!c"]})),
        (json!({"source": ["!b"]}), json!({"not": {"source": ["b"]}})),
        (json!({"destination": ["b", "!c"]}), json!({"all": [{"not": {"destination": ["c"]}}, b]})),
        (json!({"all": [a]}), a.clone()),
        (json!({"all": [a, {"all": [b, c]}]}), json!({"all": [{"all": [a, b]}, c]})),
        (json!({"not": {"not": a}}), a.clone()),
        (json!({"not": {"all": [a, b]}}), json!({"any": [{"not": b}, {"not": a}]})),
        (json!({"all": [{"any": [a, b]}, c]}), json!({"any": [{"all": [c, a]}, {"all": [b, c]}]})),
        (c.clone(), json!({"title": [{"contains": "fIX"}]})),
        (
            json!({"author": [MANAGERS, "arn:aws:iam::*:user/x"]}),
            json!({"author": ["arn:aws:iam::*:user/x", MANAGERS]}),
        ),
    ] {
        let rule = |when: &Value| json!({"skip": [{"name": "x", "when": when, "stages": ["test"]}]});
        assert_eq!(kinds(rule(&one), rule(&other)), [], "{one} and {other}");
        let stage = |when: &Value| json!({"stages": [stage_with("test", json!({"when": when}))]});
        assert_eq!(kinds(stage(&one), stage(&other)), [], "{one} and {other}");
    }
}

#[test]
fn a_condition_that_is_too_large_to_tell_is_changed_when_it_is_written_otherwise() {
    let list = |count: usize, entry: &dyn Fn(usize) -> String| (0..count).map(entry).collect::<Vec<_>>();
    let people = |count| json!({"author": list(count, &|n| format!("arn:aws:iam::111122223333:user/{n}"))});
    let when = |condition: &Value| json!({"stages": [stage_with("test", json!({"when": condition}))]});
    let kind = |one: &Value, other: &Value| kinds(when(one), when(other)).first().map(|(_, kind)| *kind);
    let paths = json!({"paths": ["a", "b", "!c"]});
    let turned = |count| (json!({"all": [paths, people(count)]}), json!({"all": [people(count), paths]}));
    let (one, other) = turned(250);
    assert_eq!(kind(&one, &other), None);
    let (one, other) = turned(251);
    assert_eq!(kind(&one, &other), Some(Changed));
    assert_eq!(kind(&one, &one), None);
    let globs = [list(248, &|n| format!("src/{n}/**")), list(250, &|n| format!("!docs/{n}/**"))].concat();
    let large = json!({"all": [{"paths": globs}, people(990)]});
    assert_eq!(kind(&json!({"paths": ["src/**"]}), &large), Some(Changed));
    let nothing = vec![json!({"all": []}); 1_000];
    let empty = json!({"all": vec![json!({"any": nothing}); 8]});
    assert_eq!(kind(&empty, &json!({"all": []})), Some(Changed));
}

#[test]
fn the_order_of_what_has_no_order_is_no_difference() {
    let pairs = |list: Value| json!({"environment": {"variables": list, "runtimes": list, "cache": ["x", "y"]}});
    let (one, mut other) = (pairs(json!([["A", "1"], ["B", "2"]])), pairs(json!([["B", "2"], ["A", "1"]])));
    other["environment"]["cache"] = json!(["y", "x"]);
    assert_eq!(kinds(one, other), []);
    let junit = json!({"format": "junit", "files": ["a.xml", "b.xml"], "root": null});
    let turned = json!({"format": "junit", "files": ["b.xml", "a.xml"], "root": null});
    let lcov = json!({"format": "lcov", "files": ["l"], "root": null});
    let reports = |list: Value| json!({"stages": [stage_with("test", json!({"reports": list}))]});
    assert_eq!(kinds(reports(json!([junit, lcov])), reports(json!([lcov, turned]))), []);
}

#[test]
fn a_difference_points_to_the_lines_of_both_files() {
    let places = |entries: &[(&str, u32)]| -> Places {
        entries.iter().map(|(path, line)| ((*path).to_owned(), *line)).collect()
    };
    let of = |line: &str| policy(json!({"stages": [cov()], "coverage": {"line": line, "paths": []}}));
    let layers = layers(
        Found::Absent,
        Found::Valid(of("80"), places(&[("coverage", 9), ("coverage.line", 10)])),
        Found::Valid(of("70"), places(&[("coverage", 12)])),
    );
    let decision = decide(&layers, &facts(), "1");
    let row = &decision.delta[0];
    let (old, new) = (row.destination.as_ref().unwrap(), row.source.as_ref().unwrap());
    assert_eq!((old.value.as_str(), old.line), ("80", Some(10)));
    assert_eq!((new.value.as_str(), new.line), ("70", Some(12)), "`coverage: 70` is short for its line");
}

#[test]
fn an_acceptance_that_comes_with_an_image_nobody_builds_yet_is_a_grant() {
    let accept = json!([{"id": "CVE-1", "until": "2027-01-31", "owner": "bob", "reason": "x"}]);
    let adds = json!({"container": {"build": false, "scan": {"accept": accept}}});
    assert_eq!(kinds(json!({}), adds), [("container.scan.accept".to_owned(), Weaker)]);
}
