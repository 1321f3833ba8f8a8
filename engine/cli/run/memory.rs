//! What did not pass last time, in a file of the git directory. It never holds more than names, and never decides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use gated_core::decision::{Decision, StageAction};
use gated_core::verdict::{State, Verdict};
use serde::{Deserialize, Serialize};

use super::choice::measures;
use crate::exit::WrongUse;
use crate::git::Standing;

#[derive(Serialize, Deserialize)]
struct LastRun {
    /// 1
    version: u32,
    /// Stages that did not pass when they ran last.
    failed: BTreeSet<String>,
}

/// Where it is kept: below the git directory of this working tree.
pub(super) fn path(standing: &Standing) -> PathBuf {
    standing.own.join("gated/last-run.json")
}

/// The stages that did not pass last time.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<String>> {
    match load(path)? {
        Some(last) => Ok(last.failed.into_iter().collect()),
        None => Err(WrongUse("nothing was run here yet: `gated run` runs everything".to_owned()).into()),
    }
}

/// Remembers this run: stages that did not run stay as they were, and so do those that measure coverage where a part of
/// `whole` was run that says nothing of it.
pub(super) fn write(path: &Path, whole: &Decision, decision: &Decision, verdict: &Verdict) -> anyhow::Result<()> {
    let judges_coverage =
        |decision: &Decision| decision.coverage.as_ref().is_some_and(|it| it.action == StageAction::Run);
    let is_open = judges_coverage(whole) && !judges_coverage(decision);
    let mut failed = load(path).ok().flatten().map(|last| last.failed).unwrap_or_default();
    for stage in decision.running().filter(|stage| !(is_open && measures(stage))) {
        failed.remove(stage.name.as_str());
    }
    failed.extend(not_passed(decision, verdict));
    failed.retain(|name| decision.stages.iter().any(|stage| stage.name.as_str() == name));
    let text = serde_json::to_vec(&LastRun { version: 1, failed })?;
    let place = path.parent().context("the git directory")?;
    std::fs::create_dir_all(place).with_context(|| place.display().to_string())?;
    let new = path.with_extension("new");
    std::fs::write(&new, text).with_context(|| new.display().to_string())?;
    std::fs::rename(&new, path).with_context(|| path.display().to_string())
}

fn load(path: &Path) -> anyhow::Result<Option<LastRun>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let last: LastRun = serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
            Ok((last.version == 1).then_some(last))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// The running stages that a requirement speaks against: their own, their reports', and the coverage they measure.
fn not_passed(decision: &Decision, verdict: &Verdict) -> Vec<String> {
    let open: Vec<&str> = verdict
        .requirements
        .iter()
        .filter(|requirement| matches!(requirement.state, State::Failed | State::Error | State::NotRun))
        .map(|requirement| requirement.id.as_str())
        .collect();
    let speaks_against = |id: &&str, name: &str, measures: bool| {
        let mut parts = id.split('/');
        let (kind, of) = (parts.next(), parts.next());
        (matches!(kind, Some("stage" | "tests" | "report")) && of == Some(name))
            || (kind == Some("coverage") && measures)
    };
    decision
        .running()
        .filter(|stage| open.iter().any(|id| speaks_against(id, stage.name.as_str(), measures(stage))))
        .map(|stage| stage.name.to_string())
        .collect()
}
