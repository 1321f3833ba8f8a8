//! How each type of state begins an attempt. Never waits for anything itself.

use serde_json::Value;

use super::drive::{Driver, Turn};
use super::strand::{Strand, Visit, Work};
use crate::model::{Choice, Fail, Kind, Seconds, State, Then, Wait, Wording};
use crate::names::{Failure, NO_CHOICE_MATCHED};
use crate::path::Path;
use crate::scope::Problem;
use crate::timestamp::Timestamp;

impl Driver<'_> {
    /// Begins an attempt at the state's work.
    pub(super) fn begin(&mut self, strand: &mut Strand, state: &State, visit: &mut Visit) -> Result<Turn, Failure> {
        match &state.kind {
            Kind::Pass(result) => self.pass(strand, state, visit, result.as_ref()),
            Kind::Succeed => self.finish_unchanged(strand, state, visit),
            Kind::Fail(fail) => Err(self.fail(strand, visit, fail)?),
            Kind::Choice(choice) => self.choose(strand, state, visit, choice),
            Kind::Wait(wait) => {
                let until = self.wait_until(strand, state, visit, wait)?;
                visit.work = Work::Waiting { until };
                Ok(Turn::Moved)
            }
            Kind::Task(task) => self.begin_task(strand, state, task, visit),
            Kind::Parallel(branches) => self.begin_branches(strand, state, branches, visit),
            Kind::Map(map) => self.begin_iterations(strand, state, map, visit),
        }
    }

    /// The result is `Result`, else what `Parameters` makes of the effective input.
    fn pass(&mut self, strand: &Strand, state: &State, visit: &Visit, result: Option<&Value>) -> Result<Turn, Failure> {
        let input = self.effective_input(strand, state, visit)?;
        let made = self.payload(visit, strand.item.as_ref(), None, state.parameters.as_ref(), input)?;
        self.finish(strand, state, visit, result.cloned().unwrap_or(made))
    }

    /// The failure that a Fail state reports.
    fn fail(&mut self, strand: &Strand, visit: &Visit, fail: &Fail) -> Result<Failure, Failure> {
        let error = self.wording(strand, visit, fail.error.as_ref(), "ErrorPath")?;
        let cause = self.wording(strand, visit, fail.cause.as_ref(), "CausePath")?;
        Ok(Failure { error, cause, heartbeat: false })
    }

    fn wording(
        &mut self,
        strand: &Strand,
        visit: &Visit,
        wording: Option<&Wording>,
        field: &str,
    ) -> Result<Option<String>, Failure> {
        let expression = match wording {
            None => return Ok(None),
            Some(Wording::Fixed(text)) => return Ok(Some(text.clone())),
            Some(Wording::Computed(expression)) => expression,
        };
        self.with_scope(visit, strand.item.as_ref(), None, &visit.input.0, |scope, chance| {
            match expression.evaluate(field, scope, chance)? {
                Value::String(text) => Ok(Some(text)),
                other => Err(Problem::Runtime(format!("The {field} field must give a string but gives {other}"))),
            }
        })
    }

    fn choose(&mut self, strand: &Strand, state: &State, visit: &Visit, choice: &Choice) -> Result<Turn, Failure> {
        let input = self.effective_input(strand, state, visit)?;
        let chosen = self.with_scope(visit, strand.item.as_ref(), None, &input, |scope, _| {
            for (rule, next) in &choice.rules {
                if rule.holds(scope)? {
                    return Ok(Some(next));
                }
            }
            Ok(choice.default.as_ref())
        })?;
        match chosen {
            Some(next) => self.go_out(strand, state, visit, &input, Then::Next(next.clone())),
            None => Err(Failure::new(
                NO_CHOICE_MATCHED,
                format!("No rule of the state '{}' holds for its input, and it has no Default", visit.state),
            )),
        }
    }

    fn wait_until(&mut self, strand: &Strand, state: &State, visit: &Visit, wait: &Wait) -> Result<Timestamp, Failure> {
        match wait {
            Wait::Until(instant) => Ok(*instant),
            Wait::For(Seconds::Fixed(seconds)) => Ok(self.now.after_seconds(*seconds as f64)),
            Wait::For(Seconds::Path(path)) => {
                let input = self.effective_input(strand, state, visit)?;
                let seconds = self.integer_at(strand, visit, &input, path, "SecondsPath", 0)?;
                Ok(self.now.after_seconds(seconds as f64))
            }
            Wait::UntilPath(path) => {
                let input = self.effective_input(strand, state, visit)?;
                self.with_scope(visit, strand.item.as_ref(), None, &input, |scope, _| {
                    let value = scope.find(path).ok_or_else(|| no_results(path))?;
                    value.as_str().and_then(Timestamp::parse_rfc3339).ok_or_else(|| {
                        // recorded
                        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        Problem::Runtime(format!(
                            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time \
                             format string: {} == {shown}",
                            path.text
                        ))
                    })
                })
            }
        }
    }

    /// An integer from `least` on, taken from `input` or the context object.
    pub(super) fn integer_at(
        &mut self,
        strand: &Strand,
        visit: &Visit,
        input: &Value,
        path: &Path,
        field: &str,
        least: u64,
    ) -> Result<u64, Failure> {
        self.with_scope(visit, strand.item.as_ref(), None, input, |scope, _| {
            let value = scope.find(path).ok_or_else(|| no_results(path))?;
            value.as_u64().filter(|number| *number >= least).ok_or_else(|| {
                // recorded
                Problem::Runtime(format!(
                    "The {field} field refers to value {value} which is not a valid integer: {}",
                    path.text
                ))
            })
        })
    }

    /// What a Task, Parallel or Map state works on: the effective input after `Parameters`.
    pub(super) fn work_input(&mut self, strand: &Strand, state: &State, visit: &Visit) -> Result<Value, Failure> {
        let input = self.effective_input(strand, state, visit)?;
        self.payload(visit, strand.item.as_ref(), None, state.parameters.as_ref(), input)
    }
}

fn no_results(path: &Path) -> Problem {
    Problem::Runtime(format!("Invalid path '{}' : No results for path", path.text))
}
