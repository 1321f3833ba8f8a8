//! Differences of the stages. A stage more is stricter, a stage less is weaker; of one that both have, key by key.

use super::direction::{changed, demanded_when, higher_is_stricter, lower_is_stricter};
use super::narrower::fewer_globs;
use super::rows::Rows;
use crate::decision::DeltaKind;
use crate::defaults;
use crate::names::PolicyName;
use crate::policy::{Report, ReportKind, Stage};
use crate::show;

pub(super) fn compare(rows: &mut Rows<'_>, old: &[Stage], new: &[Stage]) {
    let find = |list: &'_ [Stage], name: &PolicyName| list.iter().position(|stage| &stage.name == name);
    let shared = |list: &[Stage], other: &[Stage]| -> Vec<PolicyName> {
        list.iter().map(|stage| stage.name.clone()).filter(|name| find(other, name).is_some()).collect()
    };
    // Stages run one after the other in one checkout, so that their order is part of what they do.
    let order = (shared(old, new), shared(new, old));
    rows.key("stages", Some(&order.0), Some(&order.1), changed, |list| show::list(list));
    for stage in old {
        match find(new, &stage.name) {
            Some(at) => one(rows, stage, &new[at]),
            None => rows.push(&path(stage), DeltaKind::Weaker, Some(summary(stage)), None),
        }
    }
    for stage in new.iter().filter(|stage| find(old, &stage.name).is_none()) {
        rows.push(&path(stage), DeltaKind::Stricter, None, Some(summary(stage)));
    }
}

fn one(rows: &mut Rows<'_>, old: &Stage, new: &Stage) {
    let Stage { name: _, run, dir, reports, when, timeout, required, retry, min_duration } = old;
    let key = |key: &str| format!("{}.{key}", path(old));
    rows.key(&key("run"), run.as_ref(), new.run.as_ref(), changed, |commands| show::commands(commands));
    let directory = |dir: &Option<String>| dir.clone().unwrap_or_else(|| defaults::DIRECTORY.to_owned());
    rows.text(&key("dir"), Some(&directory(dir)), Some(&directory(&new.dir)), changed);
    let (old_reports, new_reports) = (reports.clone().unwrap_or_default(), new.reports.clone().unwrap_or_default());
    rows.key(&key("reports"), Some(&old_reports), Some(&new_reports), report_direction, |list| show::reports(list));
    rows.text(&key("when"), when.as_ref(), new.when.as_ref(), demanded_when);
    rows.text(&key("timeout"), timeout.as_ref(), new.timeout.as_ref(), lower_is_stricter);
    rows.filled(&key("required"), *required, new.required, true, higher_is_stricter);
    rows.filled(&key("retry"), *retry, new.retry, 0, lower_is_stricter);
    rows.text(&key("min-duration"), min_duration.as_ref(), new.min_duration.as_ref(), higher_is_stricter);
}

/// Reports that are all still there beside new ones demand more; a kind that is gone demands less. Their order says nothing.
fn report_direction(old: Option<&Vec<Report>>, new: Option<&Vec<Report>>) -> DeltaKind {
    let (old, new) = (old.map_or(&[][..], Vec::as_slice), new.map_or(&[][..], Vec::as_slice));
    let has = |list: &[Report], kind| list.iter().any(|report: &Report| report.format.kind() == kind);
    let dropped = [ReportKind::Tests, ReportKind::Coverage].into_iter().any(|kind| has(old, kind) && !has(new, kind));
    let within = |some: &[Report], all: &[Report]| some.iter().all(|one| all.iter().any(|other| same(one, other)));
    match (within(old, new), within(new, old)) {
        _ if dropped => DeltaKind::Weaker,
        (true, true) => DeltaKind::Equal,
        (true, false) => DeltaKind::Stricter,
        (false, _) => DeltaKind::Changed,
    }
}

fn same(one: &Report, other: &Report) -> bool {
    let Report { format, files, root } = one;
    *format == other.format && *root == other.root && fewer_globs(Some(files), Some(&other.files)) == DeltaKind::Equal
}

fn path(stage: &Stage) -> String {
    format!("stages.{}", stage.name)
}

fn summary(stage: &Stage) -> String {
    match &stage.run {
        Some(run) => show::commands(run),
        None => "demanded".to_owned(),
    }
}
