//! From the outbox to the targets. An event is removed in the same transaction in which its targets' queue accepts it,
//! so that none is lost; a target may still see one twice, as AWS says.

use serde_json::Value;

use super::pattern::Pattern;
use super::rules::{RULES, Rule};
use crate::AwsError;
use crate::lambda::{bare_name, enqueue, run_queued};
use crate::world::Shared;

/// Delivers until it is ended.
pub(super) async fn deliver(world: Shared) {
    loop {
        deliver_waiting(&world);
        world.outbox.notified().await; // a ring that came meanwhile is remembered
    }
}

fn deliver_waiting(world: &Shared) {
    let waiting = world.store.scan::<Value>("outbox", "");
    if waiting.is_empty() {
        return;
    }
    let rules = enabled_rules(world);
    for (key, event) in waiting {
        let accepted = world.store.transact(|tx| -> Result<Vec<String>, AwsError> {
            tx.delete("outbox", &key);
            let matching = rules.iter().filter(|(pattern, _)| pattern.matches(&event));
            let functions = matching.flat_map(|(_, functions)| functions);
            Ok(functions.map(|function| enqueue(tx, function, event.clone())).collect())
        });
        // When the journal cannot be written the event stays, and the next ring or start tries again.
        for invocation in accepted.unwrap_or_default() {
            run_queued(world, invocation);
        }
    }
}

/// Each enabled rule's pattern and the functions it calls.
fn enabled_rules(world: &Shared) -> Vec<(Pattern, Vec<String>)> {
    let rules = world.store.scan::<Rule>(RULES, "").into_iter().map(|(_, rule)| rule);
    rules
        .filter(|rule| rule.enabled)
        .filter_map(|rule| {
            let functions = rule.targets.iter().map(|target| bare_name(&target.arn).to_owned()).collect();
            Some((Pattern::parse(&rule.pattern).ok()?, functions))
        })
        .collect()
}
