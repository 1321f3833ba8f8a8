//! From the outbox to the targets. An event is removed in the same transaction in which its targets' queue accepts it,
//! so that none is lost; a target may still see one twice, as AWS says.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::time::Instant;

use super::pattern::Pattern;
use super::rules::{RULES, Rule};
use crate::AwsError;
use crate::faults::{Injector, Kind};
use crate::lambda::{enqueue, qualified_name, run_queued};
use crate::world::Shared;

/// Delivers until it is ended.
pub(super) async fn deliver(world: Shared) {
    let mut held = Held::new();
    loop {
        deliver_waiting(&world, &mut held);
        let next = held.values().filter(|until| **until > Instant::now()).min().copied();
        tokio::select! {
            () = world.outbox.notified() => {} // a ring that came meanwhile is remembered
            () = reached(next) => {}
        }
    }
}

/// Events that a fault holds back in the outbox, by key, and until when.
type Held = BTreeMap<String, Instant>;

/// Waits for a moment, or for ever.
pub(super) async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn deliver_waiting(world: &Shared, held: &mut Held) {
    let waiting = world.store.scan::<Value>("outbox", "");
    if waiting.is_empty() {
        return;
    }
    let rules = enabled_rules(world);
    for (key, event) in waiting {
        let matching = rules.iter().filter(|(pattern, _)| pattern.matches(&event));
        let functions: Vec<&String> = matching.flat_map(|(_, functions)| functions).collect();
        let times = match &world.faults {
            Some(faults) if !functions.is_empty() => times(world, faults, &key, held),
            Some(_) | None => Some(1),
        };
        let Some(times) = times else { continue };
        let accepted = world.store.transact(|tx| -> Result<Vec<String>, AwsError> {
            tx.delete("outbox", &key);
            let functions = functions.iter().flat_map(|function| std::iter::repeat_n(function, times));
            Ok(functions.map(|function| enqueue(tx, function, event.clone())).collect())
        });
        // When the journal cannot be written the event stays, and the next ring or start tries again.
        for invocation in accepted.unwrap_or_default() {
            run_queued(world, invocation);
        }
    }
}

/// How often an event is delivered now, with the faults that hit it; `None` while it is held back.
fn times(world: &Shared, faults: &Injector, key: &str, held: &mut Held) -> Option<usize> {
    match held.get(key) {
        Some(until) if *until > Instant::now() => return None,
        Some(_) => drop(held.remove(key)),
        None if faults.hits_event(world, Kind::Reorder, key) => {
            held.insert(key.to_owned(), Instant::now() + Injector::HELD);
            return None;
        }
        None => {}
    }
    if faults.hits_event(world, Kind::Drop, key) {
        return Some(0);
    }
    Some(if faults.hits_event(world, Kind::Duplicate, key) { 2 } else { 1 })
}

/// Each enabled rule's pattern and the functions it calls.
fn enabled_rules(world: &Shared) -> Vec<(Pattern, Vec<String>)> {
    let rules = world.store.scan::<Rule>(RULES, "").into_iter().map(|(_, rule)| rule);
    rules
        .filter(|rule| rule.enabled)
        .filter_map(|rule| {
            let functions = rule.targets.iter().map(|target| qualified_name(&target.arn).to_owned()).collect();
            Some((Pattern::parse(&rule.pattern?).ok()?, functions))
        })
        .collect()
}
