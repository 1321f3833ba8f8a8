//! The switches of a policy: whatever in it is true of some pull requests and false of others. Tests of a policy count
//! whether each was seen both ways; nothing is decided here.

use crate::conditions::{Truth, evaluate};
use crate::facts::Facts;
use crate::policy::{Condition, Policy, SkipRule};
use crate::skips::approvers;

/// One switch, as one pull request sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// Dotted path, as deltas have it: `stages.test.when`, `skip.hotfix.by`.
    pub path: String,
    /// Whether it holds. `None` where nobody asked: an earlier key of its rule did not hold, or the list of changed files
    /// is not whole.
    pub holds: Option<bool>,
}

/// Every condition of a policy, in its order: `when` of stages and container, and of each skip rule `when`, `by` and
/// `approval`, each asked only where those before it hold.
pub fn switches(policy: &Policy, facts: &Facts) -> Vec<Switch> {
    let mut all = Vec::new();
    for stage in &policy.stages {
        if let Some(when) = &stage.when {
            all.push(Switch { path: format!("stages.{}.when", stage.name), holds: known(when, facts) });
        }
    }
    if let Some(when) = policy.container.as_ref().and_then(|container| container.when.as_ref()) {
        all.push(Switch { path: "container.when".to_owned(), holds: known(when, facts) });
    }
    for rule in &policy.skip {
        all.extend(of_rule(rule, facts));
    }
    all
}

fn of_rule(rule: &SkipRule, facts: &Facts) -> Vec<Switch> {
    let SkipRule { name, when, stages: _, by, approval } = rule;
    let approved = approval.as_ref().map(|approval| {
        let given = u32::try_from(approvers(approval, facts).len()).unwrap_or(u32::MAX);
        Some(given >= approval.count.max(1))
    });
    let keys = [
        ("when", when.as_ref().map(|when| known(when, facts))),
        ("by", by.as_ref().map(|by| Some(by.find(&facts.author).is_some()))),
        ("approval", approved),
    ];
    let mut asked = true;
    let mut all = Vec::new();
    for (key, there) in keys {
        let Some(holds) = there else { continue };
        all.push(Switch { path: format!("skip.{name}.{key}"), holds: holds.filter(|_| asked) });
        asked &= holds == Some(true);
    }
    all
}

fn known(condition: &Condition, facts: &Facts) -> Option<bool> {
    match evaluate(condition, facts).truth {
        Truth::Yes => Some(true),
        Truth::No => Some(false),
        Truth::Unknown => None,
    }
}
