//! Expressions of payload templates: a path, or intrinsic functions nested up to ten deep.
//! Never evaluates a function that it does not know: an unknown one is refused when the definition is loaded.

mod array;
mod function;
mod parse;
mod text;

use serde_json::Value;

pub(crate) use function::Function;

use crate::path::Path;
use crate::scope::{Chance, Problem, Scope};

/// Intrinsic functions nest at most this deep (developer guide, "Intrinsic functions for JSONPath states").
pub(crate) const NESTING_LIMIT: usize = 10;

/// The text of a `"name.$"` field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Path(Path),
    Call(Call),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) function: Function,
    pub(crate) arguments: Vec<Argument>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Argument {
    Literal(Value),
    Path(Path),
    Call(Call),
}

impl Expression {
    /// Reads an expression; the error says what is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('$') {
            return Path::parse(text).map(Expression::Path);
        }
        parse::call(text).map(Expression::Call)
    }

    /// The value of the expression; `field` names it in errors.
    pub(crate) fn evaluate(&self, field: &str, scope: &Scope<'_>, chance: Chance<'_>) -> Result<Value, Problem> {
        match self {
            Expression::Path(path) => find(path, field, scope),
            Expression::Call(call) => call.evaluate(field, scope, chance),
        }
    }
}

impl Call {
    fn evaluate(&self, field: &str, scope: &Scope<'_>, chance: Chance<'_>) -> Result<Value, Problem> {
        let mut values = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            values.push(match argument {
                Argument::Literal(value) => value.clone(),
                Argument::Path(path) => find(path, field, scope)?,
                Argument::Call(call) => call.evaluate(field, scope, chance)?,
            });
        }
        self.function
            .apply(&values, chance)
            .map_err(|what| Problem::Intrinsic(format!("{} in the field '{field}': {what}", self.function.name())))
    }
}

fn find(path: &Path, field: &str, scope: &Scope<'_>) -> Result<Value, Problem> {
    scope.find(path).cloned().ok_or_else(|| {
        // recorded: the sentence of Step Functions, under the error name States.Runtime
        Problem::Runtime(format!(
            "The JSONPath '{}' specified for the field '{field}' could not be found in the input '{}'",
            path.text, scope.input
        ))
    })
}
