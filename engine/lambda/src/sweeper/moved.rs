//! A branch that moved: the policy that it holds may demand something else now of the pull requests into it, of which CodeCommit
//! has no event. It looks for nothing that events missed: that is for the clock, which counts it.

use std::collections::BTreeSet;

use gated_aws::Aws;
use gated_core::names::RepositoryName;
use serde_json::{Value, json};

use super::{Sweep, Swept, Work};
use crate::log::Log;
use crate::metrics::Metric;
use crate::{Fault, Settings};

/// CodeCommit's events of branches and tags.
pub(super) const DETAIL_TYPE: &str = "CodeCommit Repository State Change";

/// Looks at the open pull requests into the branch that an event names.
///
/// # Errors
/// When the list of pull requests or executions cannot be read.
pub(super) async fn moved(aws: &Aws, settings: &Settings, log: &Log, detail: &Value) -> Result<Value, Fault> {
    let text = |key: &str| detail[key].as_str().unwrap_or_default();
    let (name, branch) = (text("repositoryName"), text("referenceFullName"));
    let repository = RepositoryName::new(name).ok().filter(|_| settings.repositories.matches(name));
    let gated = detail["referenceType"] == "branch" && gated_core::gates(settings.valid_floor().as_ref(), branch);
    let Some(repository) = repository.filter(|_| gated && detail["event"] == "referenceUpdated") else {
        return Ok(json!({"did": "nothing", "why": format!("no gated branch moved: {branch} of {name}")}));
    };
    // Of the branches that are pushed few have a pull request into them, and of a repository that is gone there is no list.
    let open = aws.open_pull_requests(&repository).await?.unwrap_or_default();
    let mut swept = Swept::default();
    if !open.is_empty() {
        let running: BTreeSet<String> =
            aws.running_executions(&settings.state_machine_arn).await?.into_iter().collect();
        let sweep = Sweep { aws, settings, log, running: &running, moved: Some(branch) };
        sweep.look_at(open, &mut swept).await;
    }
    for kind in Work::KINDS {
        // A sweep counts that there was nothing, too: this is none.
        if swept.count(kind) > 0 {
            log.measure_kind(Metric::SweeperFoundWork, swept.count(kind), kind);
        }
    }
    Ok(swept.told(1))
}
