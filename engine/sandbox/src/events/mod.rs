//! EventBridge: rules on the default bus, and the delivery of what the services emit. An event leaves the outbox only
//! when its targets have accepted it; it promises no order.

mod deliver;
mod pattern;
mod pattern_parse;
mod put;
mod rules;
mod schedule;
mod targets;

use serde_json::Value;
use tokio::sync::Notify;

pub use pattern::Pattern;
pub(crate) use pattern::wildcard;

use crate::lambda::Tasks;
use crate::world::{Caller, Shared};
use crate::{AwsError, Store, StoreError};

/// What this service holds in memory while the sandbox runs; nothing here outlives the process.
#[derive(Default)]
pub(crate) struct Running {
    tasks: Tasks,
    /// Rung when a rule was written.
    changed: Notify,
}

/// Whether every record of this service can be read.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<rules::Rule>(rules::RULES)
}

/// Installs the installation's rules and begins to deliver, first what an earlier run left in the outbox.
pub(crate) async fn start(world: &Shared) -> Result<(), AwsError> {
    rules::install(world)?;
    world.running.events.tasks.spawn(deliver::deliver(world.clone()));
    world.running.events.tasks.spawn(schedule::keep_time(world.clone()));
    Ok(())
}

/// Ends the delivery. What is in the outbox stays there.
pub(crate) async fn stop(world: &Shared) {
    world.running.events.tasks.stop().await;
}

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &[
    "PutRule",
    "DescribeRule",
    "ListRules",
    "EnableRule",
    "DisableRule",
    "DeleteRule",
    "PutTargets",
    "ListTargetsByRule",
    "RemoveTargets",
    "PutEvents",
    "TestEventPattern",
];

/// Answers one operation of EventBridge.
pub(crate) async fn call(world: &Shared, _caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    match operation {
        "PutRule" => rules::put_rule(world, input),
        "DescribeRule" => rules::describe_rule(world, input),
        "ListRules" => rules::list_rules(world, input),
        "EnableRule" => rules::set_state(world, operation, input, "ENABLED"),
        "DisableRule" => rules::set_state(world, operation, input, "DISABLED"),
        "DeleteRule" => rules::delete_rule(world, input),
        "PutTargets" => targets::put_targets(world, input),
        "ListTargetsByRule" => targets::list_targets(world, input),
        "RemoveTargets" => targets::remove_targets(world, input),
        "PutEvents" => put::put_events(world, input),
        "TestEventPattern" => put::test_event_pattern(input),
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of EventBridge"))),
    }
}
