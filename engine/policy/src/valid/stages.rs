//! Stages, their reports, and the rules that may leave them out.

use gated_core::names::PolicyName;
use gated_core::policy::{Approval, Report, SkipRule, Stage};
use gated_core::units::Seconds;

use super::Owner;
use super::environment::duration;
use super::patterns::{arns, condition, globs, title};
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::rules;
use crate::written::At;
use crate::written::collections::{Keyed, PolicyNameKey};
use crate::written::policy;
use crate::written::short::StageEntry;

/// `stages` as written.
pub(crate) type Stages = Keyed<PolicyNameKey, StageEntry>;
/// `skip` as written.
pub(crate) type Rules = Keyed<PolicyNameKey, policy::SkipRule>;

/// The shortest and the longest time that one stage may be given: it is a part of a build.
const STAGE_TIME: (Seconds, Seconds) = (Seconds(1), Seconds(36 * 60 * 60));

/// What the record of a build calls the gate's own steps.
const STEPS: [&str; 2] = ["setup", "container"];

/// Every stage that is not removed.
pub(crate) fn stages(written: Stages, owner: Owner, to: &mut Reader<'_>) -> Vec<Stage> {
    let mut stages = Vec::new();
    for (key, entry) in written.entries {
        let StageEntry::Stage(written) = entry.value else { continue };
        let Ok(name) = PolicyName::new(key.text) else { continue };
        if name.is_reserved() && owner == Owner::Repository {
            let message = format!("the prefix of `{name}` is reserved for stages that the organisation injects");
            let fault = Diagnostic::error(rules::RESERVED_NAME, key.span, message);
            to.tell(fault.help("choose a name without `gated-`"));
        }
        if STEPS.contains(&name.as_str()) {
            let message = format!("no stage can be named `{name}`, which is a step of the gate itself");
            to.tell(Diagnostic::error(rules::RESERVED_NAME, key.span, message).help("choose another name"));
        }
        stages.push(stage(name, *written, to));
    }
    stages
}

fn stage(name: PolicyName, written: policy::Stage, to: &mut Reader<'_>) -> Stage {
    Stage {
        name,
        run: written.run.map(|list| list.value.0.into_iter().map(|command| command.value.0).collect()),
        dir: written.dir.map(|dir| dir.value.0),
        reports: written.reports.map(|list| list.value.0.into_iter().filter_map(|one| report(one, to)).collect()),
        when: written.when.and_then(|when| condition(when.value, to)),
        timeout: written.timeout.and_then(|time| duration(&time, STAGE_TIME, "a stage's", to)),
        required: written.required.map(|flag| flag.value.0),
        retry: written.retry.map(|retry| u8::from(retry.value.0 > 0)),
        min_duration: written.min_duration.and_then(|time| duration(&time, STAGE_TIME, "a stage's", to)),
    }
}

fn report(written: At<policy::Report>, to: &mut Reader<'_>) -> Option<Report> {
    let written = written.value;
    let files = globs(&written.files?.value.0, |glob| &glob.0, to)?;
    Some(Report { format: written.format?.value.0, files, root: written.root.map(|root| root.value.0) })
}

/// Every skip rule.
pub(crate) fn rules(written: Rules, to: &mut Reader<'_>) -> Vec<SkipRule> {
    let mut rules = Vec::new();
    for (key, entry) in written.entries {
        let Ok(name) = PolicyName::new(key.text) else { continue };
        rules.extend(rule(name, entry.value, to));
    }
    rules
}

fn rule(name: PolicyName, written: policy::SkipRule, to: &mut Reader<'_>) -> Option<SkipRule> {
    if let (Some(short), Some(when)) = (&written.title, &written.when) {
        let fault =
            Diagnostic::error(rules::CONFLICT, short.span, "`title` here is short for `when`, which is there too");
        to.tell(fault.beside(when.span, "`when` is").help("put the title inside `when`: {title: {starts-with: …}}"));
        return None;
    }
    let when = match (written.title, written.when) {
        (Some(short), _) => Some(title(short.value, to)?),
        (None, Some(when)) => Some(condition(when.value, to)?),
        (None, None) => None,
    };
    let stages = written.stages?.value.0;
    let by = match written.by {
        Some(list) => Some(arns(&list.value.0, to)?),
        None => None,
    };
    let approval = match written.approval {
        Some(written) => {
            let count = written.value.count.map_or(1, |count| count.value.0);
            Some(Approval { from: arns(&written.value.from?.value.0, to)?, count })
        }
        None => None,
    };
    let stages = stages.into_iter().filter_map(|stage| PolicyName::new(stage.value.0).ok()).collect();
    Some(SkipRule { name, when, stages, by, approval })
}
