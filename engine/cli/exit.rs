//! The exit codes, by name. They are the same for every command (`gated help`).

use std::process::ExitCode;

/// What a command's exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: yes. Clean, pass, holds.
    Yes,
    /// 1: no. Findings, a fail or error verdict.
    No,
    /// 2: wrong use.
    Usage,
    /// 3: the tool could not do its work: files, network, AWS.
    Trouble,
    /// 4: waiting, or only a part was run.
    Waiting,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Yes => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Trouble => 3,
            Exit::Waiting => 4,
        })
    }
}

/// An error that is the caller's: it ends with [`Exit::Usage`] and not with [`Exit::Trouble`].
#[derive(Debug)]
pub(crate) struct WrongUse(pub(crate) String);

impl std::fmt::Display for WrongUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

/// The exit code of an error.
pub(crate) fn of(error: &anyhow::Error) -> Exit {
    if error.downcast_ref::<WrongUse>().is_some() { Exit::Usage } else { Exit::Trouble }
}
