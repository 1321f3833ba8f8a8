//! `gated status`: what the gate runs now, stage by stage, and what it said last. It looks, and changes nothing.

mod look;

use std::io::stdout;
use std::time::{Duration, Instant};

use gated_aws::PullRequest;
use gated_core::names::PullRequestId;
use gated_core::verdict::VerdictKind;
use gated_lambda::newest;

use crate::args::{Format, StatusArgs};
use crate::deployment::{Deployment, pull_request_id};
use crate::exit::Exit;
use crate::screen;
use look::Running;

/// Time between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a revision may be without an execution or a verdict before nobody waits for it any more.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(args: StatusArgs) -> anyhow::Result<Exit> {
    let id = args.pull_request.as_deref().map(pull_request_id).transpose()?;
    let deployment = Deployment::find(args.deployment).await?;
    let mut picture = Picture::new(args.format, args.watch);
    let mut waiting: Option<(String, Instant)> = None;
    loop {
        let live = match &id {
            Some(id) => Some(deployment.pull_request(id).await?),
            None => None,
        };
        let running = look::look(&deployment, id.as_ref()).await?;
        picture.show(&running)?;
        let Some(live) = live else {
            match (running.is_empty(), args.watch) {
                (true, _) => {
                    screen::tell("nothing runs");
                    return Ok(Exit::Yes);
                }
                (false, false) => return Ok(Exit::Waiting),
                (false, true) => {}
            }
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let is_gated_now = running.iter().any(|it| it.is_current);
        if !is_gated_now && let Some(exit) = decided(&deployment, &live, args.format).await? {
            return Ok(exit);
        }
        let revision = live.change.revision.to_string();
        if is_gated_now {
            waiting = None;
        } else if waiting.as_ref().is_none_or(|(of, _)| *of != revision) {
            if args.watch {
                screen::tell(&format!("waiting for the gate to begin with commit {}", short(&live)));
            }
            waiting = Some((revision, Instant::now()));
        }
        let too_long = waiting.as_ref().is_some_and(|(_, since)| since.elapsed() > PATIENCE);
        if !args.watch || too_long {
            if !is_gated_now {
                undecided(&deployment, &live, too_long).await?;
            }
            return Ok(Exit::Waiting);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What is shown of what runs.
struct Picture {
    format: Format,
    watch: bool,
    /// Lines of the last one, which a terminal draws over.
    drawn: usize,
    /// The last one without its times.
    last: String,
}

impl Picture {
    fn new(format: Format, watch: bool) -> Self {
        Self { format, watch, drawn: 0, last: String::new() }
    }

    /// A terminal shows the newest picture alone; a file gets each change once.
    fn show(&mut self, running: &[Running]) -> anyhow::Result<()> {
        let human = |times: bool| running.iter().map(|it| it.text(times)).collect::<String>();
        let (text, without_times) = match self.format {
            Format::Human => (human(true), human(false)),
            Format::Json => {
                let text = format!("{}\n", serde_json::to_string(running)?);
                (text.clone(), text)
            }
        };
        let redraws = self.watch && self.format == Format::Human && screen::redraws(&stdout());
        if redraws && self.drawn > 0 {
            screen::print(&format!("\x1b[{}A\x1b[J", self.drawn))?;
        }
        if redraws || without_times != self.last {
            screen::print(&text)?;
        }
        (self.drawn, self.last) = (text.lines().count(), without_times);
        Ok(())
    }
}

/// The verdict on the revision that the pull request has now; `None` while there is none. It is told, and makes the exit code.
async fn decided(deployment: &Deployment, live: &PullRequest, format: Format) -> anyhow::Result<Option<Exit>> {
    let id = &live.change.pull_request;
    let kept = newest(&deployment.aws, &deployment.bucket, &live.change).await?;
    let record = kept.as_ref().map(|kept| &kept.report.record);
    let state = if live.open { "" } else { " is closed" };
    match record.filter(|record| record.decision.change.revision == live.change.revision) {
        Some(record) => {
            let words = gated_render::verdict_line(record);
            let line =
                format!("{words}\npull request {id}{state}, commit {}: `gated why {id}` says why\n", short(live));
            if format == Format::Human {
                screen::print(&screen::judged(&line, Some(record.verdict.kind)))?;
            }
            Ok(Some(match record.verdict.kind {
                VerdictKind::Pass => Exit::Yes,
                VerdictKind::Waiting => Exit::Waiting,
                VerdictKind::Fail | VerdictKind::Error | VerdictKind::Superseded => Exit::No,
            }))
        }
        None if !live.open => {
            screen::tell(&format!(
                "pull request {id} is closed, and the gate decided nothing about commit {}",
                short(live)
            ));
            Ok(Some(Exit::Waiting))
        }
        None => Ok(None),
    }
}

/// Nothing runs for the revision that the pull request has now, and nothing is decided about it.
async fn undecided(deployment: &Deployment, live: &PullRequest, too_long: bool) -> anyhow::Result<()> {
    let id: &PullRequestId = &live.change.pull_request;
    let mut text =
        format!("pull request {id}: nothing runs, and the gate has not decided about commit {} yet", short(live));
    if let Some(kept) = newest(&deployment.aws, &deployment.bucket, &live.change).await? {
        let commit = &kept.report.record.decision.change.source_commit.as_str()[..12];
        text +=
            &format!("\nof the earlier commit {commit} it said: {}", gated_render::verdict_line(&kept.report.record));
    }
    if too_long {
        text += &format!(
            "\nwaited {} seconds for it to begin: its comment says so if it failed, the sweeper starts what was missed, and \
             `gated doctor` says whether this repository is gated",
            PATIENCE.as_secs()
        );
    }
    screen::tell(&text);
    Ok(())
}

fn short(live: &PullRequest) -> &str {
    &live.change.source_commit.as_str()[..12]
}
