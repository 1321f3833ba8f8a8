//! What one part of a file says about another: skip rules name stages, and stages have something to run. Silent where a
//! part could not be understood, so that one slip is told once.

use std::collections::{HashMap, HashSet};

use super::{Owner, Parts};
use crate::diagnostic::{Diagnostic, Edit};
use crate::guess::{listed, nearest};
use crate::reader::Reader;
use crate::rules;
use crate::tree::Key;
use crate::written::At;
use crate::written::policy::SkipRule;
use crate::written::short::StageEntry;

/// How the names of injected stages begin.
const RESERVED: &str = "gated-";

/// Checks every reference of a repository's policy. A floor may name stages that only repositories have, and leave their
/// commands to them; the commands of a reserved stage are always the floor's own.
pub(crate) fn check(parts: &Parts, owner: Owner, to: &mut Reader<'_>) {
    if to.incomplete {
        return;
    }
    for (key, entry) in parts.stages.iter().flat_map(|stages| &stages.value.entries) {
        if owner == Owner::Repository || key.text.starts_with(RESERVED) {
            commands(key, entry, to);
        }
    }
    // A file without stages is about those of other layers, which it does not show.
    if owner == Owner::Organisation || parts.stages.is_none() {
        return;
    }
    let stages = Named::of(parts);
    for (key, rule) in parts.skip.iter().flat_map(|rules| &rules.value.entries) {
        skip(key, &rule.value, &stages, to);
    }
}

/// The stages of a file.
struct Named<'p> {
    /// Every stage that stays, readable or not, in order.
    all: Vec<&'p str>,
    /// The same, for looking one up: whether it can hold a pull request back.
    required: HashMap<&'p str, bool>,
}

impl<'p> Named<'p> {
    fn of(parts: &'p Parts) -> Self {
        let mut stages = Self { all: Vec::new(), required: HashMap::new() };
        let Some(written) = &parts.stages else { return stages };
        let entries: HashMap<&str, &StageEntry> =
            written.value.entries.iter().map(|(key, entry)| (key.text.as_str(), &entry.value)).collect();
        for key in &written.value.keys {
            let name = key.text.as_str();
            let required = match entries.get(name) {
                Some(StageEntry::Removed) => continue,
                Some(StageEntry::Stage(stage)) => stage.required.as_ref().is_none_or(|flag| flag.value.0),
                None => true,
            };
            stages.all.push(name);
            stages.required.insert(name, required);
        }
        stages
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
        if stages.required.contains_key(name) || name.starts_with(RESERVED) {
            continue;
        }
        unknown = true;
        if to.has_told_enough() {
            break;
        }
        let fault =
            Diagnostic::error(rules::UNKNOWN_STAGE, stage.span, format!("there is no stage `{name}` to leave out"));
        to.tell(match nearest(name, stages.all.iter().copied()) {
            Some(guess) => {
                let edit = Edit { span: stage.span, text: guess.to_owned() };
                fault.help(format!("did you mean `{guess}`?")).fix("write the stage that was meant", false, vec![edit])
            }
            None => fault.help(format!("the stages are {}", listed(stages.all.iter().copied()))),
        });
    }
    let left_out: HashSet<&str> = named.value.0.iter().map(|stage| stage.value.0.as_str()).collect();
    let mut required = stages.required.iter().filter(|(_, required)| **required).peekable();
    if !unknown && required.peek().is_some() && required.all(|(name, _)| left_out.contains(name)) {
        let message = format!("skip rule `{}` leaves out every required stage", key.text);
        let fault = Diagnostic::error(rules::SKIPS_EVERYTHING, named.span, message);
        to.tell(fault.help("keep one required stage out of this list: no rule may leave nothing to run"));
    }
}
