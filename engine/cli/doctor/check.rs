//! One check of the doctor: what was looked at, how it stands, and how to mend it. Unknown is never ok.

use gated_aws::Fault;
use serde_json::{Value, json};

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Failed,
    /// It could not be found out.
    Unknown,
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    /// Stable: `template`, `direct-push`.
    pub(super) id: &'static str,
    /// The repository that it is about, when it is about one.
    pub(super) repository: Option<String>,
    pub(super) state: State,
    /// What was seen.
    pub(super) found: String,
    /// What to do; empty when it is ok.
    pub(super) mend: String,
}

impl Check {
    pub(super) fn ok(id: &'static str, found: impl Into<String>) -> Self {
        Self { id, repository: None, state: State::Ok, found: found.into(), mend: String::new() }
    }

    pub(super) fn failed(id: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { id, repository: None, state: State::Failed, found: found.into(), mend: mend.into() }
    }

    pub(super) fn unknown(id: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { id, repository: None, state: State::Unknown, found: found.into(), mend: mend.into() }
    }

    /// What could not be asked.
    pub(super) fn fault(id: &'static str, fault: &Fault) -> Self {
        let absent = fault.code.as_deref().is_some_and(|code| code.starts_with("NotImplemented"));
        let mend = match absent {
            true => format!("ask AWS: nothing answers {} here", fault.call),
            false if fault.transient => "call this again: that may go by itself".to_owned(),
            false => format!("run this as somebody who may call {}", fault.call),
        };
        Self::unknown(id, fault.to_string(), mend)
    }

    /// The same, with what it is about in front of what was seen.
    pub(super) fn about(mut self, subject: &str) -> Self {
        self.found = format!("{subject}: {}", self.found);
        self
    }

    pub(super) fn of(mut self, repository: &str) -> Self {
        self.repository = Some(repository.to_owned());
        self
    }

    pub(super) fn word(&self) -> &'static str {
        match self.state {
            State::Ok => "ok",
            State::Failed => "failed",
            State::Unknown => "unknown",
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "repository": self.repository,
            "state": self.word(),
            "found": self.found,
            "mend": self.mend,
        })
    }
}
