//! Standard output: whether it takes colours, how wide it is, and that nobody has to be listening any more.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::Context;
use clap::ValueEnum;

/// How wide text is that goes to no terminal.
const PAGE: usize = 120;

/// Whether output has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// The wish first, then `NO_COLOR` (no-color.org: set and not empty), then the terminal.
    pub(crate) fn wanted(self) -> bool {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                set("NO_COLOR").is_none()
                    && set("TERM").as_deref() != Some(OsStr::new("dumb"))
                    && io::stdout().is_terminal()
            }
        }
    }
}

/// Columns of the terminal, or of a page where there is none.
pub(crate) fn width() -> usize {
    match terminal_size::terminal_size() {
        Some((columns, _)) if io::stdout().is_terminal() => columns.0.into(),
        Some(_) | None => PAGE,
    }
}

/// Prints text as it is. A reader that went away, as `head` does, is no fault.
///
/// # Errors
/// When standard output cannot be written for any other reason.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        answer => answer.context("standard output"),
    }
}
