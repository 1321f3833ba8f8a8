//! A definition that was understood in full: what can be executed, and nothing else.
//! Never holds a field whose meaning the interpreter does not know.

use std::collections::{BTreeMap, BTreeSet};

use crate::intrinsic::Expression;
use crate::names::Failure;
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::Rule;
use crate::template::Template;
use crate::timestamp::Timestamp;

/// A state machine whose every state, path, expression and transition was checked. Made by [`Definition::parse`].
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub(crate) comment: Option<String>,
    pub(crate) timeout_seconds: Option<u64>,
    pub(crate) machine: Machine,
}

impl Definition {
    /// The top-level `Comment`.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// The top-level `TimeoutSeconds`.
    pub fn timeout_seconds(&self) -> Option<u64> {
        self.timeout_seconds
    }

    /// The name of the first state.
    pub fn start_at(&self) -> &str {
        &self.machine.start_at
    }

    /// The names of all states, those of branches and item processors included; they are unique in a definition.
    pub fn state_names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.machine.visit(&mut |name, _| {
            names.insert(name);
        });
        names
    }

    /// The resources of all Task states, as they are written, such as `arn:aws:states:::codebuild:startBuild.sync`.
    pub fn resources(&self) -> BTreeSet<&str> {
        let mut resources = BTreeSet::new();
        self.machine.visit(&mut |_, state| {
            if let Kind::Task(task) = &state.kind {
                resources.insert(task.resource.arn());
            }
        });
        resources
    }

    /// Every error name in a `Retry` or `Catch`, the reserved `States.` names included.
    pub fn error_names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.machine.visit(&mut |_, state| {
            names.extend(state.retry.iter().flat_map(|retrier| &retrier.errors).map(String::as_str));
            names.extend(state.catch.iter().flat_map(|catcher| &catcher.errors).map(String::as_str));
        });
        names
    }
}

/// States that lead to one another: the whole machine, a branch, or an item processor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Machine {
    pub(crate) start_at: String,
    pub(crate) states: BTreeMap<String, State>,
}

impl Machine {
    /// Shows every state to `see`, nested ones after the state that holds them.
    pub(crate) fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a str, &'a State)) {
        for (name, state) in &self.states {
            see(name, state);
            match &state.kind {
                Kind::Parallel(branches) => branches.iter().for_each(|branch| branch.visit(see)),
                Kind::Map(map) => map.processor.visit(see),
                Kind::Task(_) | Kind::Choice(_) | Kind::Wait(_) | Kind::Pass(_) | Kind::Succeed | Kind::Fail(_) => {}
            }
        }
    }
}

/// One state. Fields that its type does not have are at their defaults, which do nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) kind: Kind,
    pub(crate) input_path: Selection,
    pub(crate) parameters: Option<Template>,
    pub(crate) result_selector: Option<Template>,
    pub(crate) result_path: ResultPath,
    pub(crate) output_path: Selection,
    pub(crate) retry: Vec<Retrier>,
    pub(crate) catch: Vec<Catcher>,
    /// A Choice state decides by its rules instead, a Fail state goes nowhere.
    pub(crate) then: Then,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Task(Task),
    Choice(Choice),
    Wait(Wait),
    /// The `Result`, when there is one.
    Pass(Option<serde_json::Value>),
    Succeed,
    Fail(Fail),
    /// The branches.
    Parallel(Vec<Machine>),
    Map(Map),
}

/// `InputPath` or `OutputPath`: what of the data goes on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Selection {
    /// `null`: an empty object.
    Nothing,
    Path(Path),
}

/// Where the result goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ResultPath {
    /// `null`: the input goes on, the result is dropped.
    Discard,
    Into(Path),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Next(String),
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Task {
    pub(crate) resource: Resource,
    pub(crate) timeout: Option<Seconds>,
    pub(crate) heartbeat: Option<Seconds>,
}

/// A number of seconds, or the path where it is found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seconds {
    Fixed(u64),
    Path(Path),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    /// In order; the first that holds names the next state.
    pub(crate) rules: Vec<(Rule, String)>,
    pub(crate) default: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wait {
    For(Seconds),
    Until(Timestamp),
    UntilPath(Path),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fail {
    pub(crate) error: Option<Wording>,
    pub(crate) cause: Option<Wording>,
}

/// The text of an `Error` or `Cause`, or what computes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wording {
    Fixed(String),
    Computed(Expression),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Map {
    pub(crate) items_path: Path,
    pub(crate) item_selector: Option<Template>,
    pub(crate) processor: Machine,
    pub(crate) max_concurrency: Concurrency,
}

/// How many iterations run at the same time; 0 is as many as possible.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Concurrency {
    Fixed(u64),
    Path(Path),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Retrier {
    pub(crate) errors: Vec<String>,
    pub(crate) interval_seconds: u64,
    pub(crate) max_attempts: u64,
    pub(crate) backoff_rate: f64,
    pub(crate) max_delay_seconds: Option<u64>,
    pub(crate) full_jitter: bool,
}

impl Retrier {
    /// Seconds to wait before the attempt that follows `retries` earlier ones; `chance` is in `[0, 1)`
    /// (developer guide, "Retrying after an error": with FULL jitter, anything from 0 to the delay).
    pub(crate) fn delay_seconds(&self, retries: u64, chance: impl FnOnce() -> f64) -> f64 {
        let grown = self.interval_seconds as f64 * self.backoff_rate.powf(retries as f64);
        let capped = self.max_delay_seconds.map_or(grown, |most| grown.min(most as f64));
        if self.full_jitter { capped * chance() } else { capped }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Catcher {
    pub(crate) errors: Vec<String>,
    pub(crate) next: String,
    pub(crate) result_path: ResultPath,
}

impl Catcher {
    pub(crate) fn catches(&self, failure: &Failure) -> bool {
        failure.matches_any(&self.errors)
    }
}
