//! The command `gated`. It reads arguments, calls the rooms that know, and prints; it decides nothing.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)] // the edge owns files, environment, output

mod args;
mod demo;
mod exit;
mod git;
mod install;
mod lint;
mod local;
mod plan;
mod render;
mod rerun;
mod sandbox;

use std::process::ExitCode;

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
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the tool could not start: {error}");
            return Exit::Trouble.into();
        }
    };
    let answer = runtime.block_on(async {
        match cli.command {
            Command::Lint(args) => lint::run(&args),
            Command::Plan(args) => plan::run(&args),
            Command::Render(args) => render::run(&args),
            Command::Rerun(args) => rerun::run(args).await,
            Command::Sandbox(args) => sandbox::run(args).await,
            Command::Demo(args) => demo::run(args).await,
        }
    });
    match answer {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            exit::of(&error).into()
        }
    }
}
