//! `gated plan`: what the gate will do, and why.

use gated_core::decision::Action;

use crate::args::{Format, PlanArgs};
use crate::exit::Exit;
use crate::local::decide_locally;
use crate::screen;

pub(crate) fn run(args: &PlanArgs) -> anyhow::Result<Exit> {
    let local = decide_locally(&args.subject)?;
    match args.format {
        Format::Human => {
            let mut text = gated_render::plan_text(&local.decision);
            if !local.assumed.is_empty() {
                text += &format!("\nassumed: {}\n", local.assumed.join("; "));
            }
            if local.is_policy_uncommitted {
                text += "\n.gated.yml is not committed, and a pull request is made of commits: `gated plan --policy .gated.yml` plans \
                         with it as it is, `gated run --dirty` runs it\n";
            }
            screen::print(&text)?;
        }
        Format::Json => screen::print(&format!("{}\n", serde_json::to_string_pretty(&local.decision)?))?,
    }
    let waits = local.decision.owners.as_ref().is_some_and(|owners| owners.granted_by.is_none());
    Ok(match local.decision.action {
        Action::Build if waits => Exit::Waiting,
        Action::Build | Action::Pass => Exit::Yes,
        Action::Refuse => Exit::No,
    })
}
