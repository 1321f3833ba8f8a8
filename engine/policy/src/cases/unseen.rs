//! Which sides of a policy's conditions the cases have seen. A condition that was only ever true, or only ever false, may
//! as well not be there, and nobody would notice.

use gated_core::decision::{Action, Decision, SkipState};
use gated_core::facts::Facts;
use gated_core::layers::Places;
use gated_core::policy::Policy;
use gated_core::switches::switches;

/// A side of a condition that no case has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Dotted path of the condition: `stages.test.when`, `skip.hotfix`.
    pub path: String,
    /// The side: whether it holds.
    pub side: bool,
    /// Its line in the policy, when the file itself names it.
    pub line: Option<u32>,
    /// The case to add.
    pub message: String,
}

/// What was seen so far: path, was it true, was it false. In the order of the policy.
#[derive(Default)]
pub(super) struct Sides {
    seen: Vec<(String, [bool; 2])>,
}

impl Sides {
    /// Adds what one case has seen.
    pub(super) fn see(&mut self, policy: &Policy, facts: &Facts, decision: &Decision) {
        if policy.gate.ignore.is_some() {
            self.note("gate.ignore".to_owned(), Some(decision.action == Action::Pass));
        }
        for rule in &policy.skip {
            let path = format!("skip.{}", rule.name);
            let state = decision.skips.iter().find(|skip| skip.rule == rule.name).map(|skip| skip.state);
            self.note(path.clone(), state.map(|state| state == SkipState::Granted));
            if rule.when.is_none() && rule.by.is_none() && rule.approval.is_none() {
                self.note(path, Some(false)); // it has no condition that a pull request could miss
            }
        }
        for switch in switches(policy, facts) {
            self.note(switch.path, switch.holds);
        }
    }

    /// The sides that are missing.
    pub(super) fn unseen(self, places: &Places) -> Vec<Unseen> {
        let missing = |(path, [yes, no]): &(String, [bool; 2])| {
            let side = |side: bool| Unseen {
                side,
                line: line(places, path),
                message: format!("`{path}` was never {side}: add a case {}", hint(path, side)),
                path: path.clone(),
            };
            [(!yes).then(|| side(true)), (!no).then(|| side(false))]
        };
        self.seen.iter().flat_map(missing).flatten().collect()
    }

    fn note(&mut self, path: String, holds: Option<bool>) {
        let at = self.seen.iter().position(|(known, _)| *known == path).unwrap_or_else(|| {
            self.seen.push((path, [false, false]));
            self.seen.len() - 1
        });
        match holds {
            Some(true) => self.seen[at].1[0] = true,
            Some(false) => self.seen[at].1[1] = true,
            None => {}
        }
    }
}

/// The case that would see a side.
fn hint(path: &str, side: bool) -> &'static str {
    let parts: Vec<&str> = path.split('.').collect();
    match (&parts[..], side) {
        (["gate", ..], true) => "that changes nothing but ignored files",
        (["gate", ..], false) => "that changes a file which is not ignored",
        (["skip", _], true) => "in which the rule is granted",
        (["skip", _], false) => "in which the rule is not granted",
        ([.., "by"], true) => "for which `when` holds, by an author who may ask",
        ([.., "by"], false) => "for which `when` holds, by an author who may not ask",
        ([.., "approval"], true) => "for which the rule's other keys hold, with its approvals",
        ([.., "approval"], false) => "for which the rule's other keys hold, without its approvals",
        (_, true) => "for which it holds",
        (_, false) => "for which it does not hold",
    }
}

/// Its own line; `title` is the short form of a rule's `when`.
fn line(places: &Places, path: &str) -> Option<u32> {
    let short = || places.get(&format!("{}.title", path.strip_suffix(".when")?));
    places.get(path).or_else(short).copied()
}
