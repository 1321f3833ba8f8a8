//! Opens a file in the user's browser. It runs no shell, and waits for nobody.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

/// What opens files where `BROWSER` does not say: of freedesktop.org, WSL and macOS.
const OPENERS: [&str; 3] = ["xdg-open", "wslview", "open"];

/// Opens a file with the first program of `BROWSER` (a list with colons) or of [`OPENERS`] that can be started.
///
/// # Errors
/// When there is none of them.
pub(crate) fn open(path: &Path) -> anyhow::Result<()> {
    let wanted = std::env::var_os("BROWSER").unwrap_or_default();
    let wanted = std::env::split_paths(&wanted).map(std::path::PathBuf::into_os_string);
    let mut programs = wanted.filter(|name| !name.is_empty()).chain(OPENERS.map(OsString::from));
    let start = |program: &OsString| {
        let mut command = Command::new(program);
        command.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().is_ok()
    };
    match programs.any(|program| start(&program)) {
        true => Ok(()),
        false => anyhow::bail!("no browser can be started: name one in BROWSER, or open {} by hand", path.display()),
    }
}
