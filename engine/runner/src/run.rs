//! Takes a build through its phases by CodeBuild's rules and tells its observer as things happen. It never decides
//! what becomes of the files that the build leaves, and never reads a clock of its own.
//!
//! Rules, from "Build phase transitions" and the buildspec reference (*documented*): a failed command skips the rest
//! of its `commands`; `finally` always runs; after a failed INSTALL or PRE_BUILD nothing more runs; POST_BUILD follows
//! a failed BUILD; `on-failure` overrides both. *Recorded*: phases that are not written succeed. *Assumed*: a build
//! that went on after a failed phase has failed; a stopped or timed-out build runs no `finally`.

mod build;
mod ending;
mod outcome;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::buildspec::{Buildspec, Phase};
use crate::cancel::Cancellation;
use crate::process::ShellProcess;

pub use outcome::{BuildStatus, Outcome, PhaseContext, PhaseReport, PhaseStatus};

/// Where and with what a build runs. Later maps win over earlier ones and over the buildspec, as on CodeBuild:
/// `base` < buildspec `env.variables` < `resolved` < `variables`.
#[derive(Debug, Clone)]
pub struct BuildEnvironment {
    /// The checkout; commands start in it.
    pub directory: PathBuf,
    /// A directory of this build alone, outside the checkout; made when missing, left to the host afterwards.
    pub scratch: PathBuf,
    /// The environment of the build image: `PATH`, `HOME`, `LANG`. Nothing of the host's own is added.
    pub base: BTreeMap<String, String>,
    /// Values of the variables in `env.parameter-store` and `env.secrets-manager`; every one is needed, and each is
    /// replaced by `***` in the log.
    pub resolved: BTreeMap<String, String>,
    /// Variables of the project and of StartBuild, and the `CODEBUILD_` and `AWS_` ones.
    pub variables: BTreeMap<String, String>,
    /// Further values that must not appear in the log.
    pub masked: Vec<String>,
    /// Time between SIGTERM and SIGKILL when a build is stopped, and for the shell's exit trap after the last phase.
    pub grace: Duration,
}

/// Hears of a build as it happens, in order, on the task that runs it: its methods must not block.
pub trait Observer: Send {
    /// The host's clock, in milliseconds since 1970.
    fn now_ms(&mut self) -> u64;
    /// A shell was started; record it for [`crate::kill_leftover`]. Again after a command has ended the shell.
    fn shell_started(&mut self, process: &ShellProcess);
    /// A phase begins at `at_ms`.
    fn phase_started(&mut self, phase: Phase, at_ms: u64);
    /// A phase has ended.
    fn phase_ended(&mut self, report: &PhaseReport);
    /// One line of the log without its line feed, of at most [`crate::MAX_LINE`] bytes, not always UTF-8.
    fn log(&mut self, line: &[u8]);
}

/// Why a build could not be run, or not to its end: never the fault of a command.
#[derive(Debug, thiserror::Error)]
pub enum RunFault {
    /// The host did not resolve a variable of `env.parameter-store` or `env.secrets-manager`.
    #[error("no value for variable `{variable}` from `{reference}`; the host must resolve it before the build")]
    Unresolved {
        /// Name of the variable.
        variable: String,
        /// What the buildspec refers to.
        reference: String,
    },
    /// This machine refused something.
    #[error("cannot {what}")]
    Machine {
        /// What was attempted, with the path.
        what: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// Runs all phases of `spec` and ends every process it has started.
///
/// `limit` is the longest the phases may take from now on. Dropping the future kills the build's process group.
///
/// # Errors
/// [`RunFault`] when the machine or the host failed; a failing build is an [`Outcome`].
pub async fn run(
    spec: &Buildspec,
    build: &BuildEnvironment,
    observer: &mut dyn Observer,
    cancel: Cancellation,
    limit: Option<Duration>,
) -> Result<Outcome, RunFault> {
    build::Build::new(spec, build, observer, cancel)?.run(limit).await
}

/// A build whose shell was started, and that has run nothing yet. Dropping it kills the shell.
pub struct Prepared<'b>(build::Build<'b>);

/// Starts the shell of a build while its checkout is still being made; the directory must be there.
///
/// # Errors
/// As [`run`].
pub async fn prepare<'b>(
    spec: &'b Buildspec,
    build: &'b BuildEnvironment,
    observer: &'b mut dyn Observer,
    cancel: Cancellation,
) -> Result<Prepared<'b>, RunFault> {
    let mut build = build::Build::new(spec, build, observer, cancel)?;
    build.shell().await?;
    Ok(Prepared(build))
}

impl Prepared<'_> {
    /// As [`run`].
    ///
    /// # Errors
    /// As [`run`].
    pub async fn run(self, limit: Option<Duration>) -> Result<Outcome, RunFault> {
        self.0.run(limit).await
    }
}
