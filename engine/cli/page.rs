//! A report page on this machine: written to a file, and shown in a browser.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::browser;

/// Writes a page where it was asked for, else among the temporary files, and opens it when that was asked for. Returns where
/// it lies; `None` when nothing was asked for.
///
/// # Errors
/// When the file cannot be written, or no browser can be started.
pub(crate) fn show(page: &[u8], file: Option<&Path>, open: bool) -> anyhow::Result<Option<PathBuf>> {
    let path = match file {
        Some(path) => path.to_owned(),
        None if open => {
            tempfile::Builder::new().prefix("gated-").suffix(".html").tempfile().context("a temporary file")?.keep()?.1
        }
        None => return Ok(None),
    };
    std::fs::write(&path, page).with_context(|| path.display().to_string())?;
    if open {
        browser::open(&path)?;
    }
    Ok(Some(path))
}
