//! What one part of a file says about another: skip rules name stages, and stages have something to run. Silent where a
//! part could not be understood, so that one slip is told once.

use super::{Owner, Parts};
use crate::diagnostic::Diagnostic;
use crate::guess::{listed, nearest};
use crate::reader::Reader;
use crate::rules;
use crate::tree::Key;
use crate::written::At;
use crate::written::policy::SkipRule;
use crate::written::short::StageEntry;

/// Checks every reference of a repository's policy. A floor may name stages that only repositories have.
pub(crate) fn check(parts: &Parts, owner: Owner, to: &mut Reader<'_>) {
    if owner == Owner::Organisation || to.incomplete {
        return;
    }
    let stages = Named::of(parts);
    if let Some(written) = &parts.stages {
        for (key, entry) in &written.value.entries {
            commands(key, entry, to);
        }
    }
    for (key, rule) in parts.skip.iter().flat_map(|rules| &rules.value.entries) {
        skip(key, &rule.value, &stages, to);
    }
}

/// The stages of a file.
struct Named<'p> {
    /// Every stage that stays, readable or not.
    all: Vec<&'p str>,
    /// Those that can hold a pull request back.
    required: Vec<&'p str>,
}

impl<'p> Named<'p> {
    fn of(parts: &'p Parts) -> Self {
        let Some(stages) = &parts.stages else { return Self { all: Vec::new(), required: Vec::new() } };
        let entry = |name: &str| stages.value.entries.iter().find(|(key, _)| key.text == name).map(|(_, e)| &e.value);
        let names = stages.value.keys.iter().map(|key| key.text.as_str());
        let all: Vec<&str> = names.filter(|name| !matches!(entry(name), Some(StageEntry::Removed))).collect();
        let required = |name: &&str| match entry(name) {
            Some(StageEntry::Stage(stage)) => stage.required.as_ref().is_none_or(|flag| flag.value.0),
            Some(StageEntry::Removed) => false,
            None => true,
        };
        let required = all.iter().copied().filter(|name| required(name)).collect();
        Self { all, required }
    }
}

fn commands(key: &Key, entry: &At<StageEntry>, to: &mut Reader<'_>) {
    let StageEntry::Stage(stage) = &entry.value else { return };
    let inside = entry.span.start..entry.span.end;
    let misspelled = |told: &Diagnostic| told.code == rules::UNKNOWN_KEY.code && inside.contains(&told.span.start);
    if stage.run.is_some() || to.diagnostics.iter().any(misspelled) {
        return;
    }
    let fault = Diagnostic::error(rules::NO_RUN, key.span, format!("stage `{}` has nothing to run", key.text));
    to.tell(fault.help("give it `run:` with a command, or `extends:` a preset that has this stage"));
}

fn skip(key: &Key, rule: &SkipRule, stages: &Named<'_>, to: &mut Reader<'_>) {
    let Some(named) = &rule.stages else { return };
    let mut unknown = false;
    for stage in &named.value.0 {
        let name = stage.value.0.as_str();
        // A reserved name can only be the floor's, which this file does not show.
        if stages.all.contains(&name) || name.starts_with("gated-") {
            continue;
        }
        unknown = true;
        let fault =
            Diagnostic::error(rules::UNKNOWN_STAGE, stage.span, format!("there is no stage `{name}` to leave out"));
        to.tell(match nearest(name, stages.all.iter().copied()) {
            Some(guess) => fault.help(format!("did you mean `{guess}`?")),
            None => fault.help(format!("the stages are {}", listed(stages.all.iter().copied()))),
        });
    }
    let left_out = |name: &&str| named.value.0.iter().any(|stage| stage.value.0 == **name);
    if !unknown && !stages.required.is_empty() && stages.required.iter().all(left_out) {
        let message = format!("skip rule `{}` leaves out every required stage", key.text);
        let fault = Diagnostic::error(rules::SKIPS_EVERYTHING, named.span, message);
        to.tell(fault.help("keep one required stage out of this list: no rule may leave nothing to run"));
    }
}
