//! `gated status`: what the gate runs now, stage by stage. It looks, and changes nothing.

mod look;

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use gated_core::names::PullRequestId;
use gated_lambda::newest;

use crate::args::{Format, StatusArgs};
use crate::deployment::{Deployment, pull_request_id};
use crate::exit::Exit;
use crate::screen;
use look::Running;

/// Time between two looks.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) async fn run(args: StatusArgs) -> anyhow::Result<Exit> {
    let id = args.pull_request.as_deref().map(pull_request_id).transpose()?;
    let deployment = Deployment::find(args.deployment).await?;
    if let Some(id) = &id {
        deployment.pull_request(id).await?;
    }
    let mut drawn = 0;
    let mut last = String::new();
    loop {
        let running = look::look(&deployment, id.as_ref()).await?;
        let (text, without_times) = match args.format {
            Format::Human => (human(&running, true), human(&running, false)),
            Format::Json => {
                let text = format!("{}\n", serde_json::to_string(&running)?);
                (text.clone(), text)
            }
        };
        // A terminal shows the newest picture alone; a file gets each change once.
        let redraws = args.watch && args.format == Format::Human && stdout().is_terminal();
        if redraws && drawn > 0 {
            screen::print(&format!("\x1b[{drawn}A\x1b[J"))?;
        }
        if !running.is_empty() || args.format == Format::Json {
            if redraws || without_times != last {
                screen::print(&text)?;
            }
            (drawn, last) = (text.lines().count(), without_times);
        }
        if running.is_empty() {
            return idle(&deployment, id.as_ref(), args.format).await;
        }
        if !args.watch {
            return Ok(Exit::Waiting);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Nothing runs: what was decided last.
async fn idle(deployment: &Deployment, id: Option<&PullRequestId>, format: Format) -> anyhow::Result<Exit> {
    let Some(id) = id else {
        screen::tell("nothing runs");
        return Ok(Exit::Yes);
    };
    let live = deployment.pull_request(id).await?;
    let kept = newest(&deployment.aws, &deployment.bucket, &live.change).await?;
    match kept {
        None => screen::tell(&format!("pull request {id}: nothing runs, and the gate has not decided about it")),
        Some(kept) if format == Format::Human => {
            let record = &kept.report.record;
            let words = gated_render::verdict_line(record);
            let commit = &record.decision.change.source_commit.as_str()[..12];
            screen::print(&format!("pull request {id}: nothing runs; {words} (commit {commit}): `gated why {id}`\n"))?;
        }
        Some(_) => {}
    }
    Ok(Exit::Yes)
}

fn human(running: &[Running], times: bool) -> String {
    running.iter().map(|it| it.text(times)).collect()
}
