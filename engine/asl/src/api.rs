//! History events as the JSON of `GetExecutionHistory`. Never shortens what it shows: `truncated` is always false.

use serde_json::{Map, Value, json};

use crate::history::{EventDetail, HistoryEvent, TaskScheduled};

impl HistoryEvent {
    /// The event as an element of `events` in the answer of `GetExecutionHistory`: timestamp in seconds with
    /// milliseconds, and the details under the name that belongs to the type. Without `execution_data` inputs and
    /// outputs are left out, as the request's `includeExecutionData` asks.
    pub fn to_api(&self, execution_data: bool) -> Value {
        let mut event = Map::new();
        event.insert("timestamp".to_owned(), json!(self.timestamp.as_millis() as f64 / 1000.0));
        event.insert("type".to_owned(), json!(self.event_type()));
        event.insert("id".to_owned(), json!(self.id));
        event.insert("previousEventId".to_owned(), json!(self.previous_event_id));
        if let Some((name, details)) = details(&self.detail, execution_data) {
            event.insert(name.to_owned(), Value::Object(details));
        }
        Value::Object(event)
    }
}

fn details(detail: &EventDetail, data: bool) -> Option<(&'static str, Map<String, Value>)> {
    let fields = Fields { data, fields: Map::new() };
    let named = |name: &'static str, fields: Fields| Some((name, fields.fields));
    match detail {
        EventDetail::ExecutionStarted { input, role_arn } => {
            named("executionStartedEventDetails", fields.payload("input", input).text("roleArn", role_arn))
        }
        EventDetail::ExecutionSucceeded { output } => {
            named("executionSucceededEventDetails", fields.payload("output", output))
        }
        EventDetail::ExecutionFailed { error, cause } => {
            named("executionFailedEventDetails", fields.failure(error, cause))
        }
        EventDetail::ExecutionTimedOut => named("executionTimedOutEventDetails", fields),
        EventDetail::ExecutionAborted { error, cause } => {
            named("executionAbortedEventDetails", fields.failure(error, cause))
        }
        EventDetail::StateEntered { name, input, .. } => {
            named("stateEnteredEventDetails", fields.text("name", name).payload("input", input))
        }
        EventDetail::StateExited { name, output, .. } => {
            named("stateExitedEventDetails", fields.text("name", name).payload("output", output))
        }
        EventDetail::TaskScheduled(task) => named("taskScheduledEventDetails", fields.scheduled(task)),
        EventDetail::TaskStarted { resource_type, resource } => {
            named("taskStartedEventDetails", fields.resource(resource_type, resource))
        }
        EventDetail::TaskSubmitted { resource_type, resource, output } => {
            named("taskSubmittedEventDetails", fields.resource(resource_type, resource).payload("output", output))
        }
        EventDetail::TaskSucceeded { resource_type, resource, output } => {
            named("taskSucceededEventDetails", fields.resource(resource_type, resource).payload("output", output))
        }
        EventDetail::TaskFailed { resource_type, resource, error, cause } => {
            named("taskFailedEventDetails", fields.resource(resource_type, resource).failure(error, cause))
        }
        EventDetail::TaskTimedOut { resource_type, resource, error, cause } => {
            named("taskTimedOutEventDetails", fields.resource(resource_type, resource).failure(error, cause))
        }
        EventDetail::LambdaFunctionScheduled { resource, input, timeout_in_seconds } => named(
            "lambdaFunctionScheduledEventDetails",
            fields.text("resource", resource).payload("input", input).number("timeoutInSeconds", *timeout_in_seconds),
        ),
        EventDetail::LambdaFunctionSucceeded { output } => {
            named("lambdaFunctionSucceededEventDetails", fields.payload("output", output))
        }
        EventDetail::LambdaFunctionFailed { error, cause } => {
            named("lambdaFunctionFailedEventDetails", fields.failure(error, cause))
        }
        EventDetail::LambdaFunctionTimedOut { error, cause } => {
            named("lambdaFunctionTimedOutEventDetails", fields.failure(error, cause))
        }
        EventDetail::MapStateStarted { length } => {
            named("mapStateStartedEventDetails", fields.number("length", Some(*length)))
        }
        EventDetail::MapIterationStarted { name, index } => {
            named("mapIterationStartedEventDetails", fields.iteration(name, *index))
        }
        EventDetail::MapIterationSucceeded { name, index } => {
            named("mapIterationSucceededEventDetails", fields.iteration(name, *index))
        }
        EventDetail::MapIterationFailed { name, index } => {
            named("mapIterationFailedEventDetails", fields.iteration(name, *index))
        }
        EventDetail::MapIterationAborted { name, index } => {
            named("mapIterationAbortedEventDetails", fields.iteration(name, *index))
        }
        EventDetail::StateAborted { .. }
        | EventDetail::LambdaFunctionStarted
        | EventDetail::ParallelStateStarted
        | EventDetail::ParallelStateSucceeded
        | EventDetail::ParallelStateFailed
        | EventDetail::MapStateSucceeded
        | EventDetail::MapStateFailed => None,
    }
}

struct Fields {
    data: bool,
    fields: Map<String, Value>,
}

impl Fields {
    fn text(mut self, name: &str, text: &str) -> Self {
        self.fields.insert(name.to_owned(), json!(text));
        self
    }

    fn number(mut self, name: &str, number: Option<u64>) -> Self {
        if let Some(number) = number {
            self.fields.insert(name.to_owned(), json!(number));
        }
        self
    }

    /// `input` or `output` with its `inputDetails` or `outputDetails`.
    fn payload(self, name: &str, text: &str) -> Self {
        if !self.data {
            return self;
        }
        let mut with = self.text(name, text);
        with.fields.insert(format!("{name}Details"), json!({"truncated": false}));
        with
    }

    fn failure(mut self, error: &Option<String>, cause: &Option<String>) -> Self {
        for (name, text) in [("error", error), ("cause", cause)] {
            if let Some(text) = text {
                self = self.text(name, text);
            }
        }
        self
    }

    fn resource(self, resource_type: &str, resource: &str) -> Self {
        self.text("resourceType", resource_type).text("resource", resource)
    }

    fn scheduled(self, task: &TaskScheduled) -> Self {
        let fields = self.resource(&task.resource_type, &task.resource).text("region", &task.region);
        // `parameters` is a required member of the details, so it stays whether or not data was asked for (assumed).
        fields
            .text("parameters", &task.parameters)
            .number("timeoutInSeconds", task.timeout_in_seconds)
            .number("heartbeatInSeconds", task.heartbeat_in_seconds)
    }

    fn iteration(self, name: &str, index: u64) -> Self {
        self.text("name", name).number("index", Some(index))
    }
}
