//! The command `gated`. It reads arguments, calls the rooms that know, and prints; it decides nothing.
#![allow(clippy::disallowed_methods)] // the edge owns files and environment; output goes through `screen`

mod adopt;
mod args;
mod browser;
mod completions;
mod demo;
mod deployment;
mod diff;
mod doctor;
mod exit;
mod explain;
mod git;
mod init;
mod install;
mod lint;
mod local;
mod page;
mod plan;
mod render;
mod rerun;
mod run;
mod sandbox;
mod schema;
mod screen;
mod status;
mod teardown;
mod test;
mod why;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for: they are no wrong use.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Yes };
            let _ = error.print();
            return exit.into();
        }
    };
    let answer = match cli.command {
        Command::Init(args) => init::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Run(args) => alone(run::run(&args)),
        Command::Render(args) => render::run(&args),
        Command::Why(args) => waiting(why::run(args)),
        Command::Status(args) => waiting(status::run(args)),
        Command::Rerun(args) => waiting(rerun::run(args)),
        Command::Doctor(args) => waiting(doctor::run(args)),
        Command::Adopt(args) => waiting(adopt::run(args)),
        Command::Teardown(args) => waiting(teardown::run(args)),
        Command::Sandbox(args) => waiting(sandbox::run(args)),
        Command::Demo(args) => waiting(demo::run(args)),
        Command::Completions(args) => completions::run(&args),
    };
    match answer {
        Ok(exit) => exit.into(),
        Err(error) => {
            screen::tell(&format!("error: {error:#}"));
            exit::of(&error).into()
        }
    }
}

/// Runs a command that waits for processes of this machine alone: one thread starts sooner than many.
fn alone(command: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the tool could not start")?.block_on(command)
}

/// Runs a command that talks to the network. The others do without threads that would only cost them their start.
fn waiting(command: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("the tool could not start")?.block_on(command)
}
