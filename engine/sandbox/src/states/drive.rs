//! Drives executions: one task each, which sleeps until somebody answers or the interpreter's next deadline comes. What
//! it decides is written first, then done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gated_asl::{Effect, Outcome, StartTask, TaskToken};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, oneshot};

use super::events::status_change;
use super::record::{EXECUTIONS, End, Record, Run, STEPS, Step, Summary, Told};
use super::task;
use crate::clock::now_ms;
use crate::world::Shared;
use crate::{AwsError, Transaction};

/// What reaches a running execution.
pub(super) enum Message {
    /// A task has something to say.
    Task(Told),
    /// `StopExecution`; answered once it is written.
    Stop { error: Option<String>, cause: Option<String>, written: oneshot::Sender<Result<(), AwsError>> },
}

/// Begins a new execution: its record and its first step are one transaction with what `check` wants to see first.
pub(super) fn begin(
    world: &Shared,
    mut record: Record,
    mut run: Run,
    check: impl FnOnce(&mut Transaction<'_>, &mut Record) -> Result<(), AwsError>,
) -> Result<(), AwsError> {
    let Some((step, effects)) = run.advance(Told::Begin, record.started_ms) else { return Ok(()) };
    world.store.transact(|tx| {
        check(tx, &mut record)?;
        tx.put(EXECUTIONS, &run.key, &record);
        world.emit(tx, status_change(world, &record));
        write(world, tx, &mut record, &step, &effects);
        Ok::<_, AwsError>(())
    })?;
    launch(world, record, run, effects, &[]);
    Ok(())
}

/// Takes up every execution that was running when the sandbox ended.
pub(super) fn resume_all(world: &Shared) -> Result<(), AwsError> {
    let every = world.store.scan::<Summary>(EXECUTIONS, "");
    let running = every.into_iter().filter(|(_, summary)| summary.end.is_none());
    let mut running: Vec<Record> = running.filter_map(|(key, _)| world.store.get(EXECUTIONS, &key)).collect();
    running.sort_by_key(|record| record.number);
    for record in running {
        let (run, submitted) = match Run::replay(world, &record) {
            Ok(replayed) => replayed,
            Err(error) => {
                give_up(world, record, error)?;
                continue;
            }
        };
        let pending: Vec<Effect> =
            run.execution().pending_tasks().into_iter().cloned().map(Effect::StartTask).collect();
        launch(world, record, run, pending, &submitted);
    }
    Ok(())
}

/// An execution that this program cannot read any more fails; the others go on.
fn give_up(world: &Shared, mut record: Record, error: AwsError) -> Result<(), AwsError> {
    let outcome = Outcome::Failed { error: Some("States.Runtime".to_owned()), cause: Some(error.message) };
    record.end = Some(End { stopped_ms: now_ms(), outcome });
    world.store.transact(|tx| {
        tx.put(EXECUTIONS, &record.key(), &record);
        world.emit(tx, status_change(world, &record));
        Ok(())
    })
}

fn launch(world: &Shared, record: Record, run: Run, effects: Vec<Effect>, submitted: &[TaskToken]) {
    let (sender, inbox) = unbounded_channel();
    let key = run.key.clone();
    world.running.states.inboxes().insert(key, sender.clone());
    let mut driver = Driver { world: world.clone(), record, run, sender, cancels: HashMap::new() };
    driver.act(effects, submitted);
    world.running.states.tasks.spawn(async move { driver.drive(inbox).await });
}

/// One running execution.
struct Driver {
    world: Shared,
    record: Record,
    run: Run,
    sender: UnboundedSender<Message>,
    /// How tasks that run are told that nobody waits for them any more.
    cancels: HashMap<TaskToken, Arc<Notify>>,
}

impl Driver {
    async fn drive(mut self, mut inbox: UnboundedReceiver<Message>) {
        while self.record.end.is_none() {
            let message = tokio::select! {
                message = inbox.recv() => message,
                () = until(self.run.next_deadline_ms()) => Some(Message::Task(Told::Time)),
            };
            let written = match message {
                None => break,
                Some(Message::Task(told)) => self.tell(told),
                Some(Message::Stop { error, cause, written }) => {
                    let outcome = self.tell(Told::Stop { error, cause });
                    let failed = outcome.is_err();
                    written.send(outcome).ok(); // whoever asked may be gone
                    if failed { Err(AwsError::internal("the journal cannot be written")) } else { Ok(()) }
                }
            };
            if written.is_err() {
                break; // without a journal nothing may be done; the next start goes on from the last step
            }
        }
        self.world.running.states.inboxes().remove(&self.run.key);
    }

    fn tell(&mut self, told: Told) -> Result<(), AwsError> {
        if let Told::Succeeded { token, .. } | Told::Failed { token, .. } = &told {
            self.cancels.remove(token);
        }
        let Some((step, effects)) = self.run.advance(told, now_ms()) else { return Ok(()) };
        let (world, record) = (self.world.clone(), &mut self.record);
        world.store.transact(|tx| {
            write(&world, tx, record, &step, &effects);
            Ok::<_, AwsError>(())
        })?;
        self.act(effects, &[]);
        Ok(())
    }

    fn act(&mut self, effects: Vec<Effect>, submitted: &[TaskToken]) {
        for effect in effects {
            match effect {
                Effect::StartTask(start) => self.start_task(start, submitted),
                Effect::CancelTask { token } => {
                    if let Some(cancel) = self.cancels.remove(&token) {
                        cancel.notify_one();
                    }
                }
                Effect::Finished(_) => {} // written with its step
            }
        }
    }

    fn start_task(&mut self, start: StartTask, submitted: &[TaskToken]) {
        let cancel = Arc::new(Notify::new());
        self.cancels.insert(start.token.clone(), cancel.clone());
        let job = task::Job {
            world: self.world.clone(),
            execution: self.run.key.clone(),
            role: super::names::role_name(&self.record.role_arn).to_owned(),
            submitted: submitted.contains(&start.token),
            start,
            cancel,
            sender: self.sender.clone(),
        };
        self.world.running.states.tasks.spawn(job.run());
    }
}

/// Writes a step, and the end of the execution when it is one.
fn write(
    world: &Shared,
    tx: &mut Transaction<'_>,
    record: &mut Record,
    (key, step): &(String, Step),
    effects: &[Effect],
) {
    tx.put(STEPS, key, step);
    let finished = effects.iter().find_map(|effect| match effect {
        Effect::Finished(outcome) => Some(outcome.clone()),
        Effect::StartTask(_) | Effect::CancelTask { .. } => None,
    });
    if let Some(outcome) = finished {
        record.end = Some(End { stopped_ms: step.at_ms(), outcome });
        tx.put(EXECUTIONS, &record.key(), record);
        world.emit(tx, status_change(world, record));
    }
}

/// Sleeps until a moment, or for ever.
async fn until(deadline_ms: Option<u64>) {
    match deadline_ms {
        Some(deadline) => tokio::time::sleep(Duration::from_millis(deadline.saturating_sub(now_ms()))).await,
        None => std::future::pending().await,
    }
}
