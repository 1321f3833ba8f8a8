//! What a path may look at while a state runs: its input and the context object. Never changes either.

use std::cell::OnceCell;

use serde_json::Value;

use crate::path::{Path, Root};

/// Where chance comes from: a number in `[0, 1)` at every call.
pub(crate) type Chance<'a> = &'a mut dyn FnMut() -> f64;

/// The two documents that paths start in. The context object holds the whole execution input, so it is only made
/// when a path asks for it.
pub(crate) struct Scope<'a> {
    pub(crate) input: &'a Value,
    context: OnceCell<Value>,
    make_context: &'a dyn Fn() -> Value,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(input: &'a Value, make_context: &'a dyn Fn() -> Value) -> Self {
        Self { input, context: OnceCell::new(), make_context }
    }

    /// The value at `path`, if there is one.
    pub(crate) fn find(&self, path: &Path) -> Option<&Value> {
        match path.root {
            Root::Input => path.find(self.input),
            Root::Context => path.find(self.context.get_or_init(self.make_context)),
        }
    }
}

/// Why data could not be shaped; the state turns it into one of the States Language's errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// `States.Runtime`, with the sentence that follows the name of the state.
    Runtime(String),
    /// `States.IntrinsicFailure`
    Intrinsic(String),
    /// `States.ResultPathMatchFailure`
    ResultPath(String),
}
