//! `gated sandbox`: the whole gate on this machine. It starts the emulated services with the gate installed in them.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use gated_lambda::FloorFile;
use gated_sandbox::{Faults, Sandbox, Settings, Status};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{DataArgs, SandboxArgs, SandboxCommand, StartArgs};
use crate::exit::{Exit, WrongUse};
use crate::screen;
use crate::{install, lint};

pub(crate) async fn run(args: SandboxArgs) -> anyhow::Result<Exit> {
    match args.command {
        SandboxCommand::Start(args) => serve(args).await,
        SandboxCommand::Env(args) => env(&args),
        SandboxCommand::Status(args) => status(&args),
        SandboxCommand::Reset(args) => reset(&args),
    }
}

/// How a sandbox differs from an ordinary one.
#[derive(Debug)]
pub(crate) struct Options {
    /// The organisation's floor.
    pub(crate) floor: Option<FloorFile>,
    /// How long a minute of a build's time-out lasts.
    pub(crate) minute: Duration,
    /// What goes wrong on request.
    pub(crate) faults: Option<Faults>,
    /// The functions' program; without one they run in this process.
    pub(crate) bootstrap: Option<PathBuf>,
    /// Whether builds leave their reports in report groups too.
    pub(crate) report_groups: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { floor: None, minute: Duration::from_secs(60), faults: None, bootstrap: None, report_groups: false }
    }
}

/// Starts a sandbox with the gate installed.
pub(crate) async fn start(listen: SocketAddr, data: &Path, options: Options) -> anyhow::Result<Sandbox> {
    let Options { floor, minute, faults, bootstrap, report_groups } = options;
    let data = std::path::absolute(data).with_context(|| data.display().to_string())?;
    let (account, region) = (install::ACCOUNT.to_owned(), install::REGION.to_owned());
    let settings = Settings { listen, data, account, region, minute, faults };
    Ok(gated_sandbox::start(settings, install::installation(floor, bootstrap, report_groups)?).await?)
}

async fn serve(args: StartArgs) -> anyhow::Result<Exit> {
    let floor = match args.floor {
        Some(path) => Some(FloorFile { bytes: lint::read(&path)?, path: path.display().to_string() }),
        None => None,
    };
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let minute = Duration::from_millis(args.minute);
    let StartArgs { faults, bootstrap, report_groups, .. } = args;
    let options = Options { floor, minute, faults, bootstrap, report_groups };
    let sandbox = start(args.listen, &args.data.data, options).await?;
    let mut out = std::io::stdout();
    writeln!(out, "ready {}", sandbox.endpoint_url())?;
    out.flush()?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    sandbox.stop().await;
    Ok(Exit::Yes)
}

fn env(args: &DataArgs) -> anyhow::Result<Exit> {
    let Status::Running { endpoint_url } = gated_sandbox::status(&args.data)? else {
        let data = args.data.display();
        return Err(
            WrongUse(format!("no sandbox runs on {data}: start one with `gated sandbox start --data {data}`")).into()
        );
    };
    let user =
        std::env::var("AWS_ACCESS_KEY_ID").ok().filter(|key| !key.starts_with("AKIA") && !key.starts_with("ASIA"));
    screen::print(&format!("export AWS_ENDPOINT_URL={endpoint_url}\n"))?;
    screen::print(&format!(
        "export AWS_ACCESS_KEY_ID={}\n",
        user.as_deref().filter(|name| is_plain(name)).unwrap_or("alice")
    ))?;
    screen::print("export AWS_SECRET_ACCESS_KEY=any\n")?;
    screen::print(&format!("export AWS_DEFAULT_REGION={0}\nexport AWS_REGION={0}\n", install::REGION))?;
    screen::print("unset AWS_SESSION_TOKEN AWS_PROFILE\n")?;
    Ok(Exit::Yes)
}

/// What may stand in an `export` line without quotes.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
}

fn status(args: &DataArgs) -> anyhow::Result<Exit> {
    let data = args.data.display();
    Ok(match gated_sandbox::status(&args.data)? {
        Status::Running { endpoint_url } => {
            screen::print(&format!("running: {endpoint_url}, data in {data}\n"))?;
            Exit::Yes
        }
        Status::Stopped => {
            screen::print(&format!("stopped: there is state in {data}\n"))?;
            Exit::No
        }
        Status::Absent => {
            screen::print(&format!("absent: no sandbox has used {data}\n"))?;
            Exit::No
        }
    })
}

fn reset(args: &DataArgs) -> anyhow::Result<Exit> {
    gated_sandbox::reset(&args.data)?;
    screen::print(&format!("empty: {}\n", args.data.display()))?;
    Ok(Exit::Yes)
}
