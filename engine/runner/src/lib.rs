//! Runs the phases of a CodeBuild buildspec in a directory, as real processes of this machine. It knows nothing of
//! gates, of AWS APIs or of where the directory came from, and it never gives a build its own environment.
//!
//! ```text
//! text ── Buildspec::parse ──▶ Buildspec ── run(spec, build, observer, …) ──▶ Outcome
//!                                  └─────── collect_artifacts, collect_report ──▶ files to take along
//! ```
//!
//! Where behaviour is CodeBuild's, the code says how we know it: *documented* (the CodeBuild user guide), *recorded*
//! (seen in published build logs) or *assumed* (neither; chosen so that a build that passes here passes there).
//!
//! What this is not: a border. A build runs as the user of its host and can reach what that user can reach.

// This room owns the builds' processes, files and time, which the rest of the workspace may not touch.
#![allow(clippy::disallowed_methods)]

mod buildspec;
mod cancel;
mod collect;
mod log;
mod process;
mod run;
mod shell;
mod yaml;

pub use buildspec::{
    Artifacts, Buildspec, BuildspecFault, Cache, Environment, FaultKind, FileSet, OnFailure, Phase, PhaseSpec, Report,
    ShellKind,
};
pub use cancel::{CancelHandle, Cancellation, cancellation};
pub use collect::{CollectFault, CollectedFile, collect_artifacts, collect_files, collect_report};
pub use log::MAX_LINE;
pub use process::{Leftover, ShellProcess, end_children, kill_leftover};
pub use run::{
    BuildEnvironment, BuildStatus, Observer, Outcome, PhaseContext, PhaseReport, PhaseStatus, Prepared, RunFault,
    prepare, run,
};
