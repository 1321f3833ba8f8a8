//! `GT314`: a value that the organisation's floor overrides, so that it is not what the gate does.

use gated_core::policy::{Environment, Floor, Policy};

use super::walk::{at, entries, texts};
use super::{PARTS, Subject};
use crate::diagnostic::Diagnostic;
use crate::lint::FileKind;
use crate::rules;
use crate::span::Span;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let (Some(floor), Some(policy), FileKind::Policy) = (subject.floor, subject.policy(&PARTS), subject.kind) else {
        return;
    };
    let mut tell = |place: Option<Span>, message: String| {
        if let Some(place) = place {
            findings.push(
                Diagnostic::error(rules::OVERRIDDEN, place, message).help("remove it, or write what the floor says"),
            );
        }
    };
    let value = |path: &str| at(subject.file, path).map(|node| node.span);
    for key in final_keys(&policy.environment, &floor.policy.environment) {
        tell(
            value(&format!("environment.{key}")),
            format!("the floor's `environment.{key}` is final, and it is another"),
        );
    }
    for (key, what) in weaker(policy, floor) {
        tell(value(key), format!("the floor demands {what}"));
    }
    for stage in &policy.stages {
        let demanded = floor.policy.stages.iter().find(|other| other.name == stage.name);
        if stage.required == Some(false) && demanded.is_some_and(|demanded| demanded.required != Some(false)) {
            let place = value(&format!("stages.{}.required", stage.name));
            tell(place, format!("the floor requires the stage `{}`", stage.name));
        }
    }
    for rule in entries(subject.file.get("skip")) {
        for (node, name) in texts(rule.value.get("stages")) {
            if floor.unskippable.iter().any(|stage| stage.as_str() == name.text) {
                tell(Some(node.span), format!("the floor lets no rule leave out `{}`", name.text));
            }
        }
    }
}

/// Keys that the floor writes, and otherwise.
fn final_keys(own: &Environment, floor: &Environment) -> Vec<&'static str> {
    fn differs<T: PartialEq>(own: &Option<T>, floor: &Option<T>) -> bool {
        own.is_some() && floor.is_some() && own != floor
    }
    let keys = [
        ("image", differs(&own.image, &floor.image)),
        ("compute", differs(&own.compute, &floor.compute)),
        ("docker", differs(&own.docker, &floor.docker)),
        ("runtimes", differs(&own.runtimes, &floor.runtimes)),
        ("cache", differs(&own.cache, &floor.cache)),
    ];
    keys.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
}

/// Demands below the floor's, with what the floor demands.
fn weaker(policy: &Policy, floor: &Floor) -> Vec<(&'static str, String)> {
    let mut weaker = Vec::new();
    if let (Some(own), Some(most)) = (policy.environment.timeout, floor.policy.environment.timeout)
        && own > most
    {
        weaker.push(("environment.timeout", format!("{most} at most")));
    }
    let (own, demanded) =
        (policy.coverage.clone().unwrap_or_default(), floor.policy.coverage.clone().unwrap_or_default());
    let rates = [
        ("coverage.line", own.line, demanded.line),
        ("coverage.branch", own.branch, demanded.branch),
        ("coverage.patch", own.patch, demanded.patch),
    ];
    for (key, own, demanded) in rates {
        if let (Some(own), Some(demanded)) = (own, demanded)
            && own < demanded
        {
            weaker.push((key, format!("{demanded} percent")));
        }
    }
    let scan = |policy: &Policy| policy.container.clone().and_then(|container| container.scan).unwrap_or_default();
    let (own, demanded) = (scan(policy), scan(&floor.policy));
    if own.fail_on.is_some() && own.fail_on < demanded.fail_on {
        weaker.push(("container.scan.fail-on", "that smaller findings fail too".to_owned()));
    }
    if own.unscannable.is_some() && own.unscannable < demanded.unscannable {
        weaker.push(("container.scan.unscannable", "that an image that cannot be scanned fails".to_owned()));
    }
    weaker
}
