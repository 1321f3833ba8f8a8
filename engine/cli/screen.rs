//! Standard output and standard error: whether they take colours, how wide they are, and that nobody has to be listening any
//! more. It knows no words.

use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::Context;
use clap::ValueEnum;
use gated_core::verdict::VerdictKind;

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
    /// Whether standard output is coloured: as was asked for, else as the environment says.
    pub(crate) fn wanted(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => colours(&io::stdout()),
        }
    }
}

/// Whether text to this stream has colours: `NO_COLOR` (no-color.org: set and not empty) forbids them, `CLICOLOR_FORCE` and
/// `FORCE_COLOR` demand them, else a terminal that is not dumb takes them.
pub(crate) fn colours(stream: &impl IsTerminal) -> bool {
    coloured(&|name| std::env::var_os(name), stream.is_terminal())
}

fn coloured(variable: &dyn Fn(&str) -> Option<OsString>, is_terminal: bool) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let forced = |name: &str| set(name).is_some_and(|value| value != "0" && value != "false");
    set("NO_COLOR").is_none()
        && (forced("CLICOLOR_FORCE")
            || forced("FORCE_COLOR")
            || is_terminal && set("TERM").is_none_or(|it| it != "dumb"))
}

/// Whether lines on this stream can be drawn over.
pub(crate) fn redraws(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Text whose first line is a verdict, in the colour of how good it is where standard output has colours.
pub(crate) fn judged(text: &str, kind: Option<VerdictKind>) -> String {
    if !colours(&io::stdout()) {
        return text.to_owned();
    }
    let code = match kind {
        Some(VerdictKind::Pass) => "1;32",
        Some(VerdictKind::Fail | VerdictKind::Error) => "1;31",
        Some(VerdictKind::Waiting | VerdictKind::Superseded) | None => "1;33",
    };
    let end = text.find('\n').unwrap_or(text.len());
    format!("\x1b[{code}m{}\x1b[0m{}", &text[..end], &text[end..])
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

/// Says something on standard error, in lines of its own. Whether anybody reads it changes nothing.
pub(crate) fn tell(text: &str) {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let _ = io::stderr().lock().write_all(format!("{text}{end}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coloured_with(variables: &[(&str, &str)], is_terminal: bool) -> bool {
        let find =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        coloured(&find, is_terminal)
    }

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        assert!(coloured_with(&[("TERM", "xterm")], true) && coloured_with(&[], true));
        assert!(coloured_with(&[("NO_COLOR", "")], true), "no-color.org: when it is not empty");
        for nothing in [&[("NO_COLOR", "1")][..], &[("TERM", "dumb")], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]] {
            assert!(!coloured_with(nothing, true), "{nothing:?}");
        }
        assert!(!coloured_with(&[], false) && !coloured_with(&[("CLICOLOR_FORCE", "0")], false));
        for name in ["CLICOLOR_FORCE", "FORCE_COLOR"] {
            assert!(
                coloured_with(&[(name, "1")], false) && coloured_with(&[(name, "1"), ("TERM", "dumb")], true),
                "{name}"
            );
        }
    }
}
