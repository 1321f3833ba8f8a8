//! What the functions tell of themselves: one JSON line each, with the ids of pull request, revision and execution, so that
//! everything about one of them is found by one search. It never holds a secret, nor a policy's or a report's text.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::{milliseconds, now};
use crate::metrics::Metric;

/// Takes one line.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// Writes lines about one thing.
#[derive(Clone)]
pub struct Log {
    sink: Sink,
    service: String,
    /// Goes into every line.
    about: Value,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("service", &self.service).field("about", &self.about).finish_non_exhaustive()
    }
}

impl Log {
    /// A function's log.
    pub fn new(sink: Sink, service: &str, function: &str) -> Self {
        let about = json!({"function": function, "pullRequestId": null, "revisionId": null, "execution": null});
        Self { sink, service: service.to_owned(), about }
    }

    /// The same log, about what a payload is about. What it does not name stays as it was.
    pub(crate) fn of(&self, payload: &Value) -> Self {
        let mut log = self.clone();
        for (name, value) in ids(payload) {
            log.about[name] = value;
        }
        log
    }

    /// The same log, about this pull request.
    pub(crate) fn pull_request(&self, id: &str) -> Self {
        self.of(&json!({"detail": {"pullRequestId": id}}))
    }

    pub(crate) fn info(&self, message: &str, more: Value) {
        self.write("info", message, more);
    }

    pub(crate) fn error(&self, message: &str, more: Value) {
        self.write("error", message, more);
    }

    fn write(&self, level: &str, message: &str, more: Value) {
        let mut line = json!({"time": now(), "level": level, "message": message});
        for part in [self.about.clone(), more] {
            if let (Value::Object(line), Value::Object(part)) = (&mut line, part) {
                line.extend(part);
            }
        }
        (self.sink)(&line.to_string());
    }

    /// One data point of a metric without a dimension of its own.
    pub(crate) fn measure(&self, metric: Metric, value: u64) {
        self.measure_kind(metric, value, "");
    }

    /// One data point, of this kind.
    pub(crate) fn measure_kind(&self, metric: Metric, value: u64, kind: &str) {
        (self.sink)(&metric.line(milliseconds(), &self.service, value, kind, &self.about).to_string());
    }
}

/// The ids that a payload names: an event's, a task's of the state machine, or the key of a record or plan.
fn ids(payload: &Value) -> Vec<(&'static str, Value)> {
    let first = |places: &[&str]| places.iter().map(|place| &payload[*place]).find(|value| !value.is_null());
    let mut found = Vec::new();
    // The event of an execution's end carries its input, as text.
    let input = payload["detail"]["input"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let input = input.unwrap_or_default();
    for part in [payload, &payload["detail"], &payload["gate"], &payload["rerun"], &input] {
        for name in ["pullRequestId", "revisionId"] {
            if part[name].is_string() {
                found.push((name, part[name].clone()));
            }
        }
    }
    if let Some(execution) = first(&["execution"]).or(Some(&payload["detail"]["name"])).filter(|name| name.is_string())
    {
        found.push(("execution", execution.clone()));
    }
    // `decisions/<repository>/pr-<n>/<revision>/<execution>.json`, `plans/<repository>/pr-<n>/<revision>/<hash>.json`
    if let Some(key) = first(&["record", "plan"]).and_then(Value::as_str) {
        let parts: Vec<&str> = key.split('/').collect();
        if let [prefix, _, pull_request, revision, file] = parts[..] {
            found.push(("pullRequestId", json!(pull_request.trim_start_matches("pr-"))));
            found.push(("revisionId", json!(revision)));
            if prefix == "decisions" {
                found.push(("execution", json!(file.trim_end_matches(".json"))));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn lines(write: impl Fn(&Log)) -> Vec<Value> {
        let kept: Arc<Mutex<Vec<Value>>> = Arc::default();
        let into = Arc::clone(&kept);
        let sink: Sink = Arc::new(move |line| into.lock().unwrap().push(serde_json::from_str(line).unwrap()));
        write(&Log::new(sink, "gated", "gated-judge"));
        let kept = kept.lock().unwrap();
        kept.clone()
    }

    #[test]
    fn every_line_names_pull_request_revision_and_execution_whatever_the_payload_is() {
        let execution = "pr-3-0123456789abcdef-01234567-1";
        for payload in [
            json!({"execution": execution, "gate": {"pullRequestId": "3", "revisionId": "abc"}}),
            json!({"detail": {"name": execution, "input": r#"{"pullRequestId": "3", "revisionId": "abc"}"#}}),
            json!({"action": "vote", "record": format!("decisions/demo/pr-3/abc/{execution}.json")}),
        ] {
            let written = lines(|log| {
                log.of(&payload).info("done", json!({"awsCalls": 2}));
                log.of(&payload).measure_kind(Metric::Verdicts, 1, "pass");
            });
            for line in &written {
                let ids = (&line["pullRequestId"], &line["revisionId"], &line["execution"]);
                assert_eq!(ids, (&json!("3"), &json!("abc"), &json!(execution)), "{line}");
            }
            assert_eq!((written.len(), &written[0]["function"]), (2, &json!("gated-judge")));
        }
    }

    #[test]
    fn an_event_without_a_revision_says_so_and_loses_nothing_else() {
        let line = &lines(|log| log.of(&json!({"detail": {"pullRequestId": "9"}})).error("no", json!({})))[0];
        assert_eq!((&line["pullRequestId"], &line["revisionId"]), (&json!("9"), &Value::Null));
        assert_eq!((&line["level"], &line["message"]), (&json!("error"), &json!("no")));
    }
}
