//! The Amazon States Language: a strict model, a checker and a pure interpreter, in the JSONPath query language.
//!
//! [`Definition::parse`] reads a state machine and names every fault in it; whatever is not understood is a fault, so a
//! definition that loads is one that runs. [`Execution`] is one run of it as plain data: it can be stored after any call
//! and read back after a crash.
//!
//! Never does I/O, never asks for the time, never makes chance of its own: the host carries tasks out and hands time and
//! chance in. Where Step Functions is imitated beyond its documentation, a comment says *recorded* or *assumed*; the rest
//! is *documented*.
//!
//! ```
//! use gated_asl::{Definition, Effect, Execution, ExecutionContext, Outcome, Timestamp};
//! use serde_json::json;
//!
//! let definition = Definition::parse(r#"{"StartAt": "Greet", "States": {"Greet":
//!     {"Type": "Pass", "Parameters": {"text.$": "States.Format('hello {}', $.name)"}, "End": true}}}"#)
//!     .expect("a definition without faults");
//! let context = ExecutionContext {
//!     execution_arn: "arn:aws:states:us-east-1:111122223333:execution:greet:one".into(),
//!     execution_name: "one".into(),
//!     role_arn: "arn:aws:iam::111122223333:role/greet".into(),
//!     state_machine_arn: "arn:aws:states:us-east-1:111122223333:stateMachine:greet".into(),
//!     state_machine_name: "greet".into(),
//! };
//! let now = Timestamp::from_millis(0);
//! let mut execution = Execution::start(&definition, context, json!({"name": "world"}), now);
//! let effects = execution.poll(&definition, now, &mut || 0.5);
//! assert_eq!(effects, [Effect::Finished(Outcome::Succeeded { output: json!({"text": "hello world"}) })]);
//! ```

mod api;
mod execution;
mod fault;
mod history;
mod intrinsic;
mod json;
mod load;
mod model;
mod names;
mod path;
mod resource;
mod rule;
mod scope;
mod template;
mod timestamp;

pub use execution::{Answer, Effect, Execution, ExecutionContext, Outcome, StartTask, TaskToken};
pub use fault::Fault;
pub use history::{EventDetail, HistoryEvent, StateType, TaskScheduled};
pub use json::{DEPTH_LIMIT, nests_deeper};
pub use model::Definition;
pub use timestamp::Timestamp;
