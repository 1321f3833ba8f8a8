//! `gated why`: the stored decision about a pull request. What was decided is printed as it was kept, and never made anew.

use gated_core::report::Report;
use gated_core::verdict::VerdictKind;
use gated_lambda::newest;

use crate::args::{Format, WhyArgs};
use crate::deployment::{Deployment, pull_request_id};
use crate::exit::Exit;
use crate::{page, screen};

pub(crate) async fn run(args: WhyArgs) -> anyhow::Result<Exit> {
    let id = pull_request_id(&args.pull_request)?;
    let deployment = Deployment::find(args.deployment).await?;
    let live = deployment.pull_request(&id).await?;
    let Some(kept) = newest(&deployment.aws, &deployment.bucket, &live.change).await? else {
        screen::tell(&format!(
            "the gate has not decided about pull request {id} yet: `gated status {id}` shows what runs"
        ));
        return Ok(Exit::Waiting);
    };
    let Report { record, links, .. } = &kept.report;
    let is_current = record.decision.change.revision == live.change.revision;
    match args.format {
        Format::Human => {
            let text = gated_render::terminal(&gated_render::whole_comment(&kept.report));
            screen::print(&screen::judged(&text, Some(record.verdict.kind)))?;
            screen::tell(&format!("\nrecord: s3://{}/{}", deployment.bucket, kept.key));
            if let Some(address) = &links.page {
                screen::tell(&format!("page: {address}"));
            }
        }
        Format::Json => screen::print(&format!("{}\n", serde_json::to_string_pretty(&kept.report)?))?,
    }
    if !is_current {
        screen::tell(&format!(
            "this is about an earlier revision; nothing is decided about {} yet: `gated status {id}` shows what runs",
            &live.change.source_commit.as_str()[..12]
        ));
    }
    if args.html.is_some() || args.open {
        let text = kept.page(&deployment.aws, &deployment.bucket).await?;
        let text = text.unwrap_or_else(|| gated_render::page(&kept.report).into_bytes());
        page::show(&text, &args.html.map_or_else(page::temporary, Ok)?, args.open)?;
    }
    Ok(match record.verdict.kind {
        _ if !is_current => Exit::Waiting,
        VerdictKind::Pass => Exit::Yes,
        VerdictKind::Waiting => Exit::Waiting,
        VerdictKind::Fail | VerdictKind::Error | VerdictKind::Superseded => Exit::No,
    })
}
