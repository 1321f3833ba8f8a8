//! Rules that wait for the clock. What is due is handed to the queue of the rule's own targets; it runs nothing.
//!
//! *Documented* (EventBridge user guide, "Rate expressions"): a rate begins to count when its rule is made. *Assumed*: it
//! begins anew when the rule's rate is changed or the rule enabled, and when the sandbox starts, which does not always run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::rules::{RULES, Rule, arn};
use crate::AwsError;
use crate::lambda::{enqueue, qualified_name, run_queued};
use crate::world::Shared;

/// The time of a `rate(…)`.
///
/// # Errors
/// `ValidationException` as EventBridge says it, and the sandbox's own for a `cron(…)`.
pub(super) fn period(expression: &str) -> Result<Duration, AwsError> {
    if expression.starts_with("cron(") {
        return Err(AwsError::not_emulated(format!("the schedule {expression}: only rate(…) is")));
    }
    let wrong = || AwsError::client("ValidationException", "Parameter ScheduleExpression is not valid.");
    let inside = expression.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')).ok_or_else(wrong)?;
    let (count, unit) = inside.split_once(' ').ok_or_else(wrong)?;
    let count: u32 = count.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
    // *Documented*: a value of 1 takes the unit's singular, every other its plural.
    let seconds = match (count == 1, unit) {
        (true, "minute") | (false, "minutes") => 60,
        (true, "hour") | (false, "hours") => 3_600,
        (true, "day") | (false, "days") => 86_400,
        _ => return Err(wrong()),
    };
    Ok(Duration::from_secs(seconds) * count)
}

/// Scheduled rules by name, each with its expression and when it is due.
type Due = BTreeMap<String, (String, Instant)>;

/// Wakes the targets of scheduled rules until it is ended.
pub(super) async fn keep_time(world: Shared) {
    let mut due = Due::new();
    loop {
        plan(&world, &mut due, Instant::now());
        let next = due.values().map(|(_, at)| *at).min();
        tokio::select! {
            () = world.running.events.changed.notified() => {}
            () = super::deliver::reached(next) => wake(&world, &mut due, Instant::now()),
        }
    }
}

/// Takes in rules that are new or changed, and forgets those that are gone or off.
fn plan(world: &Shared, due: &mut Due, now: Instant) {
    let rules = world.store.scan::<Rule>(RULES, "").into_iter().map(|(_, rule)| rule).filter(|rule| rule.enabled);
    let scheduled: BTreeMap<String, String> = rules.filter_map(|rule| Some((rule.name, rule.schedule?))).collect();
    due.retain(|name, (expression, _)| scheduled.get(name) == Some(expression));
    for (name, expression) in scheduled {
        let Ok(period) = period(&expression) else { continue };
        due.entry(name).or_insert_with(|| (expression, now + period));
    }
}

fn wake(world: &Shared, due: &mut Due, now: Instant) {
    for (name, (expression, at)) in due.iter_mut().filter(|(_, (_, at))| *at <= now) {
        if let Ok(period) = period(expression) {
            *at += period;
        }
        let Some(rule) = world.store.get::<Rule>(RULES, name) else { continue };
        let event = world.event("aws.events", "Scheduled Event", &[arn(world, name)], json!({}));
        deliver(world, &rule, &event);
    }
}

/// Hands the event to the rule's own targets alone; a function that cannot be reached is tried at the next turn.
fn deliver(world: &Shared, rule: &Rule, event: &Value) {
    let accepted = world.store.transact(|tx| -> Result<Vec<String>, AwsError> {
        let functions = rule.targets.iter().map(|target| qualified_name(&target.arn));
        Ok(functions.map(|function| enqueue(tx, function, event.clone())).collect())
    });
    for invocation in accepted.unwrap_or_default() {
        run_queued(world, invocation);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::world::World;
    use crate::{Function, Installation, Trigger};

    #[tokio::test]
    async fn a_scheduled_rule_calls_its_target_at_every_turn_and_not_while_it_is_off() {
        let directory = tempfile::tempdir().unwrap();
        let (sender, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let ear = Function::InProcess(Arc::new(move |call| {
            sender.send((call.function, call.payload)).ok();
            Box::pin(async { Ok(Value::Null) })
        }));
        let trigger = Trigger::Schedule("rate(15 minutes)".to_owned());
        let rule = crate::Rule { name: "sweep".to_owned(), trigger, function: "ear:live".to_owned() };
        let functions = BTreeMap::from([("ear:live".to_owned(), ear)]);
        let installation = Installation { rules: vec![rule], functions, ..Installation::default() };
        let world: Shared = Arc::new(World { installation, ..World::bare(directory.path()) });
        super::super::rules::install(&world).unwrap();
        let (start, mut due) = (Instant::now(), Due::new());
        let mut turn = |minutes: u64| {
            let now = start + Duration::from_secs(minutes * 60);
            plan(&world, &mut due, now);
            wake(&world, &mut due, now);
        };
        turn(0);
        turn(14);
        assert!(heard.try_recv().is_err(), "it waits for its first turn");
        for minutes in [15, 30] {
            turn(minutes);
            let (function, event) = heard.recv().await.unwrap();
            assert_eq!((function.as_str(), &event["detail-type"]), ("ear", &json!("Scheduled Event")));
            assert_eq!(event["resources"], json!(["arn:aws:events:us-east-1:111122223333:rule/sweep"]));
        }
        super::super::rules::set_state(&world, "DisableRule", json!({ "Name": "sweep" }), "DISABLED").unwrap();
        turn(45);
        super::super::rules::set_state(&world, "EnableRule", json!({ "Name": "sweep" }), "ENABLED").unwrap();
        turn(46);
        turn(60);
        assert!(heard.try_recv().is_err(), "it counts from when it was switched on again");
        turn(61);
        assert!(heard.recv().await.is_some());
    }

    #[test]
    fn reads_rates_as_they_are_documented() {
        for (expression, minutes) in
            [("rate(1 minute)", 1), ("rate(15 minutes)", 15), ("rate(1 hour)", 60), ("rate(2 days)", 2_880)]
        {
            assert_eq!(period(expression).unwrap(), Duration::from_secs(minutes * 60), "{expression}");
        }
        for wrong in [
            "rate(1 minutes)",
            "rate(15 minute)",
            "rate(0 minutes)",
            "rate(x minutes)",
            "15 minutes",
            "rate(5)",
            "cron(0 8 * * ? *)",
        ] {
            assert!(period(wrong).is_err(), "{wrong}");
        }
    }
}
