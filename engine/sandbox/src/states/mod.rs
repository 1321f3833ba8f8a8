//! Step Functions: state machines, and executions that are driven by the interpreter of `gated-asl`. Each step of an
//! execution is written before it is acted on; nothing is asked for again and again.

mod case;
mod drive;
mod events;
mod executions;
mod history;
mod machines;
mod names;
mod record;
mod resource;
mod start_execution;
mod task;
mod validate;
mod versions;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::lambda::Tasks;
use crate::world::{Caller, Shared};
use crate::{AwsError, Store, StoreError};

/// What this service holds in memory while the sandbox runs; nothing here outlives the process.
#[derive(Default)]
pub(crate) struct Running {
    tasks: Tasks,
    /// How running executions are told, by key.
    inboxes: Mutex<HashMap<String, UnboundedSender<drive::Message>>>,
}

impl Running {
    fn inboxes(&self) -> MutexGuard<'_, HashMap<String, UnboundedSender<drive::Message>>> {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether every record of this service can be read.
///
/// # Errors
/// The first that cannot.
pub(crate) fn check(store: &Store) -> Result<(), StoreError> {
    store.check::<record::Record>(record::EXECUTIONS)?;
    store.check::<record::Step>(record::STEPS)?;
    store.check::<machines::Machine>(machines::MACHINES)?;
    store.check::<String>(machines::DEFINITIONS)?;
    versions::check(store)
}

/// Installs the installation's state machines and takes up the executions that an earlier run left running.
pub(crate) async fn start(world: &Shared) -> Result<(), AwsError> {
    machines::install(world)?;
    drive::resume_all(world)
}

/// Ends what runs in memory. Executions stay running in the store and go on at the next start.
pub(crate) async fn stop(world: &Shared) {
    world.running.states.tasks.stop().await;
}

/// Answers one operation of Step Functions.
pub(crate) async fn call(world: &Shared, _caller: &Caller, operation: &str, input: Value) -> Result<Value, AwsError> {
    match operation {
        "CreateStateMachine" => machines::create(world, input),
        "UpdateStateMachine" => machines::update(world, input),
        "DescribeStateMachine" => machines::describe(world, input),
        "ListStateMachines" => machines::list(world, input),
        "DeleteStateMachine" => machines::delete(world, input),
        "ValidateStateMachineDefinition" => validate::validate(input),
        "PublishStateMachineVersion" => versions::publish(world, input),
        "ListStateMachineVersions" => versions::list(world, input),
        "DeleteStateMachineVersion" => versions::delete(world, input),
        "CreateStateMachineAlias" => versions::create_alias(world, input),
        "UpdateStateMachineAlias" => versions::update_alias(world, input),
        "DescribeStateMachineAlias" => versions::describe_alias(world, input),
        "ListStateMachineAliases" => versions::list_aliases(world, input),
        "DeleteStateMachineAlias" => versions::delete_alias(world, input),
        "StartExecution" => start_execution::start_execution(world, input),
        "DescribeExecution" => executions::describe(world, input),
        "DescribeStateMachineForExecution" => executions::describe_machine(world, input),
        "ListExecutions" => executions::list(world, input),
        "StopExecution" => executions::stop(world, input).await,
        "GetExecutionHistory" => history::get(world, input),
        _ => Err(AwsError::not_emulated(format!("the operation {operation} of Step Functions"))),
    }
}

/// The operations, which a task may name.
pub(crate) const OPERATIONS: &[&str] = &[
    "CreateStateMachine",
    "UpdateStateMachine",
    "DescribeStateMachine",
    "ListStateMachines",
    "DeleteStateMachine",
    "ValidateStateMachineDefinition",
    "PublishStateMachineVersion",
    "ListStateMachineVersions",
    "DeleteStateMachineVersion",
    "CreateStateMachineAlias",
    "UpdateStateMachineAlias",
    "DescribeStateMachineAlias",
    "ListStateMachineAliases",
    "DeleteStateMachineAlias",
    "StartExecution",
    "DescribeExecution",
    "DescribeStateMachineForExecution",
    "ListExecutions",
    "StopExecution",
    "GetExecutionHistory",
];
