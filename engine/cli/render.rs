//! `gated render`: what the gate hands to CodeBuild, as it would for the pull request that flags and repository describe.

use anyhow::bail;
use gated_core::decision::Action;

use crate::args::{RenderArgs, Rendering};
use crate::exit::Exit;
use crate::install::stack_config;
use crate::local::decide_locally;
use crate::screen;

pub(crate) fn run(args: &RenderArgs) -> anyhow::Result<Exit> {
    let decision = decide_locally(&args.subject)?.decision;
    match decision.action {
        Action::Build => {}
        Action::Pass | Action::Refuse => {
            screen::tell(&gated_render::plan_text(&decision));
            screen::tell("there is no build to render");
            return Ok(Exit::No);
        }
    }
    match args.what {
        Rendering::Buildspec => match gated_render::buildspec(&decision) {
            Ok(text) => screen::print(&text)?,
            Err(fault) => bail!("{fault}"),
        },
        Rendering::Project => {
            let project = gated_render::full_project(&args.service, &decision, &stack_config(&args.service));
            screen::print(&format!("{}\n", serde_json::to_string_pretty(&project)?))?;
        }
    }
    Ok(Exit::Yes)
}
