//! The way of data through a state: InputPath, Parameters, result, ResultSelector, ResultPath, OutputPath
//! (developer guide, "Processing input and output in Step Functions"). Never lets out more than a payload may hold.

use serde_json::{Map, Value};

use super::TaskToken;
use super::context::context;
use super::drive::{Driver, Turn};
use super::strand::{Item, Strand, Visit};
use crate::json::{DEPTH_LIMIT, PAYLOAD_LIMIT, nests_deeper};
use crate::model::{ResultPath, Selection, State, Then};
use crate::names::{DATA_LIMIT_EXCEEDED, Failure, INTRINSIC_FAILURE, RESULT_PATH_MATCH_FAILURE, RUNTIME};
use crate::scope::{Chance, Problem, Scope};
use crate::template::Template;

impl Driver<'_> {
    /// Calls `f` with what paths may look at: `input`, and the context object of this visit.
    pub(super) fn with_scope<T>(
        &mut self,
        visit: &Visit,
        item: Option<&Item>,
        token: Option<&TaskToken>,
        input: &Value,
        f: impl FnOnce(&Scope<'_>, Chance<'_>) -> Result<T, Problem>,
    ) -> Result<T, Failure> {
        let head = &*self.head;
        let make_context = || context(head, visit, item, token);
        f(&Scope::new(input, &make_context), &mut *self.chance).map_err(|problem| visit.failure(problem))
    }

    /// The effective input: the raw one after `InputPath`.
    pub(super) fn effective_input(&mut self, strand: &Strand, state: &State, visit: &Visit) -> Result<Value, Failure> {
        self.select(strand, visit, &state.input_path, &visit.input.0)
    }

    /// The payload that a template makes of `input`, or `input` itself.
    pub(super) fn payload(
        &mut self,
        visit: &Visit,
        item: Option<&Item>,
        token: Option<&TaskToken>,
        template: Option<&Template>,
        input: Value,
    ) -> Result<Value, Failure> {
        let payload = match template {
            Some(template) => {
                self.with_scope(visit, item, token, &input, |scope, chance| template.evaluate(scope, chance))?
            }
            None => input,
        };
        fits(visit, &visit.state, payload)
    }

    /// Leaves the state with a result: `ResultSelector`, `ResultPath` onto the raw input, `OutputPath`.
    pub(super) fn finish(
        &mut self,
        strand: &Strand,
        state: &State,
        visit: &Visit,
        result: Value,
    ) -> Result<Turn, Failure> {
        let item = strand.item.as_ref();
        let result = match &state.result_selector {
            Some(template) => {
                self.with_scope(visit, item, None, &result, |scope, chance| template.evaluate(scope, chance))?
            }
            None => result,
        };
        let combined = put(visit, &state.result_path, result)?;
        self.go_out(strand, state, visit, &combined, state.then.clone())
    }

    /// Leaves a state that has no result: the effective input goes out.
    pub(super) fn finish_unchanged(&mut self, strand: &Strand, state: &State, visit: &Visit) -> Result<Turn, Failure> {
        let input = self.effective_input(strand, state, visit)?;
        self.go_out(strand, state, visit, &input, state.then.clone())
    }

    /// `OutputPath`, and the limits of what goes out.
    pub(super) fn go_out(
        &mut self,
        strand: &Strand,
        state: &State,
        visit: &Visit,
        output: &Value,
        then: Then,
    ) -> Result<Turn, Failure> {
        let output = self.select(strand, visit, &state.output_path, output)?;
        fits(visit, &visit.state, output).map(|output| Turn::Leave { output, then })
    }

    fn select(
        &mut self,
        strand: &Strand,
        visit: &Visit,
        selection: &Selection,
        from: &Value,
    ) -> Result<Value, Failure> {
        match selection {
            Selection::Nothing => Ok(Value::Object(Map::new())),
            Selection::Path(path) => self.with_scope(visit, strand.item.as_ref(), None, from, |scope, _| {
                scope
                    .find(path)
                    .cloned()
                    .ok_or_else(|| Problem::Runtime(format!("Invalid path '{}' : No results for path", path.text)))
            }),
        }
    }
}

/// The raw input with the result where `ResultPath` puts it.
pub(super) fn put(visit: &Visit, result_path: &ResultPath, result: Value) -> Result<Value, Failure> {
    match result_path {
        ResultPath::Discard => Ok(visit.input.0.clone()),
        ResultPath::Into(path) if path.is_whole() => Ok(result),
        ResultPath::Into(path) => path
            .put(visit.input.0.clone(), result)
            .map_err(|what| visit.failure(Problem::ResultPath(format!("ResultPath {what}")))),
    }
}

/// A payload that is neither too large nor too deep; `owner` is named in the error.
pub(super) fn fits(visit: &Visit, owner: &str, payload: Value) -> Result<Value, Failure> {
    if payload.to_string().len() > PAYLOAD_LIMIT {
        return Err(too_large(owner));
    }
    if nests_deeper(&payload, DEPTH_LIMIT) {
        // assumed: Step Functions surely has such a limit too, where it lies is not documented
        return Err(visit.failure(Problem::Runtime(format!("The payload nests deeper than {DEPTH_LIMIT} levels."))));
    }
    Ok(payload)
}

/// recorded: the sentence of Step Functions
pub(super) fn too_large(owner: &str) -> Failure {
    let cause = format!(
        "The state/task '{owner}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Failure::new(DATA_LIMIT_EXCEEDED, cause)
}

impl Visit {
    /// The failure that a problem in this state is. The beginning of the sentence is recorded.
    pub(super) fn failure(&self, problem: Problem) -> Failure {
        let (error, what) = match problem {
            Problem::Runtime(what) => (RUNTIME, what),
            Problem::Intrinsic(what) => (INTRINSIC_FAILURE, what),
            Problem::ResultPath(what) => (RESULT_PATH_MATCH_FAILURE, what),
        };
        let (state, event) = (&self.state, self.entered_event);
        let cause =
            format!("An error occurred while executing the state '{state}' (entered at the event id #{event}). {what}");
        Failure::new(error, cause)
    }
}
